/** Where blobs are kept: a folder (absolute), or a bucket. */
export type BlobPlace = { readonly kind: 'disk'; readonly folder: string } | ({ readonly kind: 's3' } & S3Place);

export interface S3Place {
  readonly bucket: string;
  /** Before every key; ends with `/`, or is empty. */
  readonly prefix: string;
  /** Null for the region's own endpoint. */
  readonly endpoint: string | null;
  readonly region: string;
  /** Where clients reach the store, when that is not where the relay does. */
  readonly publicEndpoint?: string | null;
  /** Whether clients may bring and fetch parts themselves. */
  readonly isDirect?: boolean;
  /** Null leaves it to the SDK: instance roles, web identity, its own variables and files. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}
