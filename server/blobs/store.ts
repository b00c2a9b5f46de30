/** Where the relay keeps sealed bytes. Every store passes test/server/blobs-conformance.ts. */
export interface BlobStore extends AsyncDisposable {
  /**
   * Stores the bytes under a new key. When it returns they survive a crash; when it throws, or `bytes` does, nothing is there.
   * @throws BlobError `storage-full`, `blob-exists`, `store-unavailable`; or what `bytes` throws
   */
  write(key: BlobKey, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Bytes `start` to `end` (exclusive). Leaving the loop early releases everything.
   * @throws BlobError `blob-missing`, also when it is shorter than `end`
   */
  read(key: BlobKey, start: number, end: number): AsyncIterable<Uint8Array>;
  /** Nothing happens when there is no such blob. */
  delete(key: BlobKey): Promise<void>;
  /** Every blob that was stored before `before`, in any order. */
  list(before: Date): AsyncIterable<BlobKey>;
  /** Removes what writes that never ended left behind before `before`. */
  discardUnfinished(before: Date): Promise<number>;
  /** @throws when the store cannot be used now */
  check(): Promise<void>;
  /** Where clients may bring and fetch blobs themselves; nothing where they may not. */
  readonly direct?: DirectBlobs;
}

/**
 * Requests that a client sends to the store itself, signed for one object and one moment (docs/spec/relay-api.md §16). A PUT is
 * signed with its length and with "only if there is none"; a GET with its range. Nobody can do anything else with them.
 */
export interface DirectBlobs {
  /** Scheme, host and port of every address below: what a page must be allowed to reach. */
  readonly origin: string;
  put(key: BlobKey, bytes: number): Promise<SignedRequest>;
  /** Bytes `start` to `end` (exclusive). */
  get(key: BlobKey, start: number, end: number): Promise<SignedRequest>;
}

export interface SignedRequest {
  readonly url: string;
  /** What the client must send with it, beside its length. */
  readonly headers: Readonly<Record<string, string>>;
}

declare const brand: unique symbol;
/** 32 lower-case hex digits that the relay drew itself: no client names a place in the store (attack A28). */
export type BlobKey = string & { readonly [brand]: 'BlobKey' };

const KEY = /^[0-9a-f]{32}$/;

export function isBlobKey(text: string): text is BlobKey {
  return KEY.test(text);
}

/** @param bytes 16 bytes */
export function blobKeyFrom(bytes: Buffer): BlobKey {
  const key = bytes.toString('hex');
  if (!isBlobKey(key)) throw new BlobError('key-invalid', 'a blob key has 16 bytes');
  return key;
}

export type BlobErrorCode =
  | 'storage-full'
  | 'blob-exists'
  | 'blob-missing'
  | 'key-invalid'
  | 'blob-too-large' // no part is
  | 'store-unavailable'; // a store elsewhere gives no answer, or refuses; later it may not

export class BlobError extends Error {
  override readonly name = 'BlobError';
  readonly code: BlobErrorCode;

  constructor(code: BlobErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
