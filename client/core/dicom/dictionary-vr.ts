import { DICTIONARY_ROWS } from './dictionary-data.js';

/** The public attributes of PS3.6. */

let known: ReadonlyMap<number, string> | null = null;

/** Parsed when first asked for: 5,000 tags cost a few milliseconds that most runs of the client never need. */
function tags(): ReadonlyMap<number, string> {
  known ??= parseRows(DICTIONARY_ROWS);
  return known;
}

function parseRows(rows: string): Map<number, string> {
  const map = new Map<number, string>();
  for (const row of rows.trim().split('\n')) {
    const [group = '', ...words] = row.split(' ');
    let vr = '';
    for (const word of words) {
      if (word.length === 2) vr = word;
      else map.set(parseInt(group + word, 16), vr);
    }
  }
  return map;
}

/** The VR of a public attribute, repeating groups and group lengths included; null for private and unknown ones. */
export function dictionaryVr(tag: number): string | null {
  const vr = tags().get(tag);
  if (vr !== undefined) return vr;
  const group = tag >>> 16;
  if (group & 1) return null;
  if ((tag & 0xffff) === 0) return 'UL';
  // PS3.6 repeats the first group of curves and overlays, 5000 and 6000, up to 50FF and 60FF.
  if (group >>> 8 === 0x60) return tags().get(0x60000000 + (tag & 0xffff)) ?? OVERLAY[tag & 0xffff] ?? null;
  if (group >>> 8 === 0x50) return tags().get(0x50000000 + (tag & 0xffff)) ?? 'OW';
  return null;
}

const OVERLAY: Readonly<Record<number, string>> = {
  0x0010: 'US',
  0x0011: 'US',
  0x0015: 'IS',
  0x0022: 'LO',
  0x0040: 'CS',
  0x0045: 'CS',
  0x0050: 'SS',
  0x0051: 'US',
  0x0100: 'US',
  0x0102: 'US',
  0x1301: 'IS',
  0x1302: 'DS',
  0x1303: 'DS',
  0x1500: 'LO',
  0x3000: 'OW',
  0x4000: 'LT',
};
