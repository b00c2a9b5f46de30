import { decodeText } from '../dicom/charset.js';
import { encodeText, isAscii } from '../dicom/charset-encode.js';
import { type ElementNode, valueBytes } from './element-tree.js';

/** VRs whose text is coded in Specific Character Set (PS3.5 §6.1.2.3); the others have the default repertoire. */
const CODED = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);
const PLAIN = new Set(['AE', 'CS', 'UR', 'AS', 'DA', 'DS', 'DT', 'IS', 'TM', 'UI']);
/** One value, whatever is in it. */
const SINGLE = new Set(['LT', 'ST', 'UT', 'UR']);

export function isTextVr(vr: string): boolean {
  return CODED.has(vr) || PLAIN.has(vr);
}

const latin = new TextDecoder('iso-8859-1');

/** One decoder for all: making one takes longer than most values are long. */
export function latinText(bytes: Uint8Array): string {
  return latin.decode(bytes);
}

export function textOf(node: ElementNode, vr: string, characterSets: readonly string[]): string {
  const bytes = valueBytes(node);
  const isCoded = CODED.has(vr) || vr === 'UN';
  return (isCoded ? decodeText(bytes, characterSets) : latinText(bytes)).replace(/[\0 ]+$/, '');
}

/** Values of a text; the backslash is found in the decoded text, because it can be half of a character in GBK and GB 18030. */
export function splitValues(text: string, vr: string): string[] {
  return SINGLE.has(vr) ? [text] : text.split('\\');
}

/** Each value changed; null when all stayed the same, so that the bytes can stay too. */
export function mapValues(text: string, vr: string, change: (value: string) => string): string | null {
  const values = splitValues(text, vr);
  const changed = values.map((value) => (value === '' ? value : change(value)));
  return changed.every((value, index) => value === values[index]) ? null : changed.join('\\');
}

/** What the character set cannot write is left out. */
export function encodeValue(text: string, vr: string, characterSets: readonly string[], instead: string): Uint8Array {
  const sets = CODED.has(vr) ? characterSets : [];
  const bytes = encodeText(text, sets);
  if (bytes !== null) return bytes;
  const ascii = [...text]
    .filter((point) => isAscii(point))
    .join('')
    .trim();
  return encodeText(/[\p{L}\p{N}]/u.test(ascii) ? ascii : instead, []) ?? new Uint8Array(0);
}
