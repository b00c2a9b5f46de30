import { type Palette } from '../../core/pixels/geometry.js';
import { WebError } from '../ports/error.js';
import { type Scopes, binary, bytesOf, uint16 } from './data-item.js';

/** Colour tables (PS3.3 §C.7.6.3.1.5 and .6, §C.7.9.2), scaled to 8 bits. */

const CHANNELS = [0x01, 0x02, 0x03] as const;
const DESCRIPTOR = 0x00281100;
const DATA = 0x00281200;
const SEGMENTED = 0x00281220;

/** @throws WebError `image-invalid`, and `image-unsupported` when there is none */
export function paletteOf(scopes: Scopes, isSigned: boolean): Palette {
  const first = binary(scopes, DESCRIPTOR + 1, isSigned ? 'SS' : 'US')[1] ?? 0;
  const [red, green, blue] = CHANNELS.map((channel) => channelTable(scopes, channel));
  if (red === undefined || green === undefined || blue === undefined) throw new WebError('image-invalid', 'no palette');
  return { first, tables: [red, green, blue] };
}

function channelTable(scopes: Scopes, channel: number): Uint8Array {
  const count = uint16(scopes, DESCRIPTOR + channel, 0);
  if (count === null) throw new WebError('image-unsupported', 'colours without a table');
  const length = count === 0 ? 65_536 : count;
  const bits = uint16(scopes, DESCRIPTOR + channel, 2) ?? 16;
  const plain = bytesOf(scopes, DATA + channel);
  if (plain === null) return scaled(expand(binary(scopes, SEGMENTED + channel, 'US'), length), bits);
  // Entries of 8 bits are packed by some writers, and each in a word by others.
  const isPacked = plain.length < 2 * length;
  if (plain.length < length || (isPacked && bits > 8)) throw new WebError('image-invalid', 'a palette is too short');
  return scaled(
    isPacked ? [...plain.subarray(0, length)] : binary(scopes, DATA + channel, 'US').slice(0, length),
    bits,
  );
}

/** Writers that say 16 bits and fill 8 are known by their greatest entry. */
function scaled(entries: readonly number[], bits: number): Uint8Array {
  const isLow = bits <= 8 || entries.every((entry) => entry < 256);
  return Uint8Array.from(entries, (entry) => (isLow ? entry : entry >> 8));
}

/** PS3.3 §C.7.9.2: runs of given values, straight lines from the value before, and repetitions of what stood earlier. */
export function expand(words: readonly number[], length: number): number[] {
  const out: number[] = [];
  const segments: number[] = [];
  for (let at = 0; at < words.length && out.length < length;) {
    segments.push(at);
    at = segmentAt(words, at, out, segments, length);
  }
  if (out.length < length) throw new WebError('image-invalid', 'a segmented palette is too short');
  return out.slice(0, length);
}

/** @returns where the next segment begins */
function segmentAt(
  words: readonly number[],
  at: number,
  out: number[],
  segments: readonly number[],
  most: number,
): number {
  const [kind = 0, count = 0] = [words[at], words[at + 1]];
  const room = Math.min(count, most - out.length);
  if (kind === 0) {
    const values = words.slice(at + 2, at + 2 + count);
    if (values.length < room) throw new WebError('image-invalid', 'a segment is cut off');
    out.push(...values.slice(0, room));
    return at + 2 + count;
  }
  if (kind === 1) {
    const [from, to] = [out.at(-1), words[at + 2]];
    if (from === undefined || to === undefined) throw new WebError('image-invalid', 'a line from nowhere');
    for (let i = 1; i <= room; i++) out.push(Math.round(from + ((to - from) * i) / count));
    return at + 3;
  }
  if (kind !== 2) throw new WebError('image-invalid', 'an unknown segment');
  // An offset in bytes, of two words with the lower one first.
  const start = ((words[at + 2] ?? 0) + (words[at + 3] ?? 0) * 0x10000) / 2;
  const from = segments.indexOf(start);
  if (from < 0 || from + count >= segments.length) throw new WebError('image-invalid', 'a repetition of nothing');
  for (const earlier of segments.slice(from, from + count)) {
    if (words[earlier] === 2) throw new WebError('image-invalid', 'a repetition of a repetition');
    segmentAt(words, earlier, out, [], most);
  }
  return at + 4;
}
