import { concatBytes } from '../../../crypto/wire/bytes.js';

/**
 * Bits that pixels do not use, in RLE frames of 16-bit words (PS3.5 annex G): the coding splits words into bytes, so that an overlay in the upper
 * bits has a segment almost to itself.
 */
export interface RleWords {
  readonly pixels: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
}

const HEADER_BYTES = 64;

/** @param clean gives the word without what is no pixel. @returns null when every word is clean, or the frame is none that can be read */
export function cleanRleWords(
  frame: Uint8Array,
  { pixels, columns, samplesPerPixel }: RleWords,
  clean: (word: number) => number,
): Uint8Array | null {
  const segments = segmentsOf(frame, 2 * samplesPerPixel, pixels);
  if (segments === null) return null;
  let changed = false;
  for (let sample = 0; sample < samplesPerPixel; sample++) {
    // PS3.5 §G.2: the most significant byte comes first.
    const [high, low] = [segments[2 * sample], segments[2 * sample + 1]];
    if (high === undefined || low === undefined) return null;
    for (let at = 0; at < pixels; at++) {
      const word = ((high[at] ?? 0) << 8) | (low[at] ?? 0);
      const kept = clean(word);
      if (kept === word) continue;
      changed = true;
      high[at] = kept >>> 8;
      low[at] = kept & 255;
    }
  }
  return changed ? packed(segments, columns) : null;
}

function segmentsOf(frame: Uint8Array, count: number, pixels: number): Uint8Array[] | null {
  if (frame.length < HEADER_BYTES || count > 15) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== count) return null;
  const segments: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const segment = unpacked(frame, view.getUint32(4 + 4 * index, true), pixels);
    if (segment === null) return null;
    segments.push(segment);
  }
  return segments;
}

/** PS3.5 §G.3.2; null when it ends too early. */
function unpacked(frame: Uint8Array, start: number, pixels: number): Uint8Array | null {
  const plane = new Uint8Array(pixels);
  let [from, to] = [start, 0];
  while (to < pixels) {
    const control = frame[from++];
    if (control === undefined) return null;
    if (control === 128) continue;
    const count = Math.min(control < 128 ? control + 1 : 257 - control, pixels - to);
    if (from + (control < 128 ? count : 1) > frame.length) return null;
    if (control < 128) {
      plane.set(frame.subarray(from, from + count), to);
      from += control + 1;
    } else plane.fill(frame[from++] ?? 0, to, to + count);
    to += count;
  }
  return plane;
}

function packed(segments: readonly Uint8Array[], columns: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  header.setUint32(0, segments.length, true);
  const coded: Uint8Array[] = [];
  let at = HEADER_BYTES;
  for (const [index, plane] of segments.entries()) {
    header.setUint32(4 + 4 * index, at, true);
    const segment = packedPlane(plane, columns);
    coded.push(segment);
    at += segment.length;
  }
  return concatBytes(new Uint8Array(header.buffer), ...coded);
}

/** Row by row (PS3.5 §G.3.1), of even length. */
function packedPlane(plane: Uint8Array, columns: number): Uint8Array {
  const out = new Uint8Array(plane.length + Math.ceil(columns / 128) * Math.ceil(plane.length / columns) + 1);
  let at = 0;
  for (let row = 0; row < plane.length; row += columns) {
    const end = Math.min(row + columns, plane.length);
    for (let x = row; x < end;) {
      const run = runAt(plane, x, end);
      if (run > 2) {
        out[at++] = 257 - run;
        out[at++] = plane[x] ?? 0;
        x += run;
        continue;
      }
      const first = x;
      while (x < end && x - first < 128 && runAt(plane, x, end) < 3) x++;
      out[at++] = x - first - 1;
      out.set(plane.subarray(first, x), at);
      at += x - first;
    }
  }
  return out.subarray(0, at + (at % 2));
}

/** Equal bytes from `start`, at most 128. */
function runAt(plane: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end && at - start < 128 && plane[at] === plane[start]) at++;
  return at - start;
}
