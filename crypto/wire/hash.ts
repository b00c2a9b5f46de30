import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8, writeUint32 } from './bytes.js';

export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return nobleSha256(bytes) as Uint8Array<ArrayBuffer>;
}

/** `LP(x) = u32(length) || x` (docs/spec/envelope.md §1.1). */
export function lengthPrefixed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(writeUint32(bytes.length), bytes);
}

/** `TH(label, x1..xn) = SHA-256("bb1/" label 00 LP(x1)..LP(xn))` (docs/spec/envelope.md §1.1): two uses never share an input. */
export function taggedHash(label: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return sha256(concatBytes(utf8(`bb1/${label}\0`), ...parts.map(lengthPrefixed)));
}
