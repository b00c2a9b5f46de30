import { concatBytes } from '../../../crypto/wire/bytes.js';
import { encodeElement, textElement, uint32Bytes } from './encode.js';

/** A root of 2.25 for what writes these files: the UUID f3a5b2a0-6d0c-4c52-9a5e-0b1d2c3e4f50 (PS3.5 annex B.2). */
export const IMPLEMENTATION_CLASS_UID = '2.25.323862754936556989557933165648099037008';

/** The meta group of a file (PS3.10 §7.1), with its group length. */
export function encodeMeta(uids: {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
}): Uint8Array {
  const group = concatBytes(
    encodeElement(0x00020001, 'OB', Uint8Array.of(0, 1)),
    textElement(0x00020002, 'UI', uids.sopClassUid),
    textElement(0x00020003, 'UI', uids.sopInstanceUid),
    textElement(0x00020010, 'UI', uids.transferSyntaxUid),
    textElement(0x00020012, 'UI', IMPLEMENTATION_CLASS_UID),
  );
  return concatBytes(encodeElement(0x00020000, 'UL', uint32Bytes(group.length)), group);
}
