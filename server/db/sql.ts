import type { Id } from '../../crypto/wire/ids.js';

/** The driver's type for bytea, sharing memory. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An id as its column holds it. */
export function idColumn(id: Id): Buffer {
  return Buffer.from(id, 'hex');
}

const GERMAN: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };

/** How a query is written for a search: small letters, umlauts as two letters, other marks left out. */
export function foldQuery(text: string): string {
  const small = text.normalize('NFKC').toLowerCase();
  return withoutMarks(small.replaceAll(/[äöüß]/g, (letter) => GERMAN[letter] ?? letter));
}

/** How a name is written to be found: as a query, and with the bare letter in the place of an umlaut as well. */
export function foldName(text: string): string {
  const bare = withoutMarks(text.normalize('NFKC').toLowerCase().replaceAll('ß', 'ss'));
  const folded = foldQuery(text);
  return bare === folded ? folded : `${folded} ${bare}`;
}

function withoutMarks(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').normalize('NFC');
}
