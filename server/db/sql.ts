import type { Id } from '../../crypto/wire/ids.js';

/** The driver's type for bytea, sharing memory. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An id as its column holds it. */
export function idColumn(id: Id): Buffer {
  return Buffer.from(id, 'hex');
}

/** How names are compared in a search. */
export function foldCase(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}
