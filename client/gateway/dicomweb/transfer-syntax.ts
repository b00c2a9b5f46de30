import { DEFLATED, EXPLICIT_BIG_ENDIAN, EXPLICIT_LITTLE, IMPLICIT_LITTLE } from '../../core/dicom/part10.js';

/** Media types of compressed frames, by transfer syntax (PS3.18 table 8.7.3-2). What has none is sent as application/octet-stream. */
const FRAME_TYPES: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.4.50': 'image/jpeg',
  '1.2.840.10008.1.2.4.51': 'image/jpeg',
  '1.2.840.10008.1.2.4.57': 'image/jpeg',
  '1.2.840.10008.1.2.4.70': 'image/jpeg',
  '1.2.840.10008.1.2.4.80': 'image/jls',
  '1.2.840.10008.1.2.4.81': 'image/jls',
  '1.2.840.10008.1.2.4.90': 'image/jp2',
  '1.2.840.10008.1.2.4.91': 'image/jp2',
  '1.2.840.10008.1.2.4.201': 'image/jphc',
  '1.2.840.10008.1.2.4.202': 'image/jphc',
  '1.2.840.10008.1.2.4.203': 'image/jphc',
  '1.2.840.10008.1.2.5': 'image/dicom-rle',
};

const NATIVE = new Set([IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG_ENDIAN, DEFLATED, '1.2.840.10008.1.2.8.1']);

export const OCTETS = 'application/octet-stream';

export function frameType(transferSyntaxUid: string): string {
  return FRAME_TYPES[transferSyntaxUid] ?? OCTETS;
}

/** Frames whose bytes are samples, whatever order they lie in. */
export function isNative(transferSyntaxUid: string): boolean {
  return NATIVE.has(transferSyntaxUid);
}
