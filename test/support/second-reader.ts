import dcmjs from 'dcmjs';

/** dcmjs as the second implementation of reading DICOM: the part of it that the tests use. */
interface Dcmjs {
  readonly log: { setLevel(level: string): void; getLogger(name: string): { setLevel(level: string): void } };
  readonly data: {
    readonly DicomMessage: {
      readFile(buffer: ArrayBuffer, options?: { ignoreErrors?: boolean; untilTag?: string }): { dict: Dictionary };
    };
    readonly DicomMetaDictionary: { naturalizeDataset(dict: Dictionary): Record<string, unknown> };
  };
}

/** By tag, `GGGGEEEE`. */
export type Dictionary = Readonly<
  Record<string, { readonly vr: string; readonly Value?: readonly unknown[] } | undefined>
>;

const { data, log } = dcmjs as Dcmjs;
log.setLevel('silent');
log.getLogger('validation.dcmjs').setLevel('silent');

/** All attributes by keyword. Throws where dcmjs refuses. */
export function readWithDcmjs(bytes: Uint8Array): Record<string, unknown> {
  return data.DicomMetaDictionary.naturalizeDataset(data.DicomMessage.readFile(bytes.slice().buffer).dict);
}

/** The attributes before the pixel data, as tolerant as dcmjs can be; null where it refuses. */
export function readHeaderWithDcmjs(bytes: Uint8Array): Dictionary | null {
  try {
    return data.DicomMessage.readFile(bytes.slice().buffer, { ignoreErrors: true, untilTag: '7FE00010' }).dict;
  } catch {
    return null;
  }
}
