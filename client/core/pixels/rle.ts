import { createCells, type Cells } from './raster/raster.js';
import { refusePixels } from './raster/refusal.js';

/** RLE Lossless (PS3.5 annex G): each byte of each sample of all pixels in a segment of its own, coded as PackBits. */

const HEADER_BYTES = 64;
const MAX_SEGMENTS = 15;

export interface RleShape {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly bitsAllocated: number;
}

/** @throws PixelRefused `code-stream`, `truncated`, `unsupported` */
export function decodeRle(bytes: Uint8Array, shape: RleShape): Cells {
  const { width, height, samples, bitsAllocated } = shape;
  const depth = byteDepth(shape);
  const starts = segmentStarts(bytes, samples * depth);
  const cells = createCells(bitsAllocated, width * height * samples);
  const plane = new Uint8Array(width * height);
  for (let segment = 0; segment < samples * depth; segment++) {
    unpack(bytes.subarray(starts[segment], starts[segment + 1]), plane);
    // PS3.5 §G.2: the most significant byte comes first
    const shift = 8 * (depth - 1 - (segment % depth));
    let to = Math.floor(segment / depth);
    for (let i = 0; i < plane.length; i++, to += samples) cells[to]! += plane[i]! * 2 ** shift;
  }
  return cells;
}

function byteDepth({ bitsAllocated, samples }: RleShape): number {
  const depth = bitsAllocated / 8;
  if (!Number.isInteger(depth) || depth * samples > MAX_SEGMENTS) refusePixels('unsupported');
  return depth;
}

/** Offsets of the segments and, behind them, the end. */
function segmentStarts(bytes: Uint8Array, count: number): number[] {
  if (bytes.length < HEADER_BYTES) refusePixels('truncated');
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== count) refusePixels('mismatch');
  const starts = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i, true));
  starts.push(bytes.length);
  const isOrdered = starts.every((start, i) => start >= (i === 0 ? HEADER_BYTES : (starts[i - 1] ?? 0)));
  if (!isOrdered || starts.some((start) => start > bytes.length)) refusePixels('code-stream');
  return starts;
}

/** PS3.5 §G.3.2. What goes beyond the plane is padding. */
function unpack(bytes: Uint8Array, plane: Uint8Array): void {
  let from = 0;
  let to = 0;
  while (to < plane.length) {
    if (from >= bytes.length) refusePixels('truncated');
    const control = bytes[from++]!;
    if (control === 128) continue;
    const count = Math.min(control < 128 ? control + 1 : 257 - control, plane.length - to);
    if (from + (control < 128 ? count : 1) > bytes.length) refusePixels('truncated');
    if (control < 128) {
      plane.set(bytes.subarray(from, from + count), to);
      from += control + 1;
    } else plane.fill(bytes[from++]!, to, to + count);
    to += count;
  }
}

export function encodeRle(cells: Cells, shape: RleShape): Uint8Array<ArrayBuffer> {
  const depth = byteDepth(shape);
  const segments: Uint8Array[] = [];
  for (let sample = 0; sample < shape.samples; sample++) {
    for (let byte = depth - 1; byte >= 0; byte--) segments.push(packPlane(cells, shape, sample, 8 * byte));
  }
  const total = segments.reduce((sum, segment) => sum + segment.length, HEADER_BYTES);
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  view.setUint32(0, segments.length, true);
  let at = HEADER_BYTES;
  segments.forEach((segment, i) => {
    view.setUint32(4 + 4 * i, at, true);
    out.set(segment, at);
    at += segment.length;
  });
  return out;
}

/** One byte of one sample; each row is coded by itself (PS3.5 §G.3.1), and the segment has even length. */
function packPlane(cells: Cells, { width, height, samples }: RleShape, sample: number, shift: number): Uint8Array {
  // At worst a control byte for 128 bytes of each row.
  const out = new Uint8Array((width + Math.ceil(width / 128)) * height + 1);
  const row = new Uint8Array(width);
  let at = 0;
  for (let y = 0; y < height; y++) {
    let from = y * width * samples + sample;
    for (let x = 0; x < width; x++, from += samples) row[x] = cells[from]! >>> shift;
    at = packRow(row, out, at);
  }
  return out.subarray(0, at + (at % 2));
}

function packRow(row: Uint8Array, out: Uint8Array, start: number): number {
  let at = start;
  for (let x = 0; x < row.length;) {
    const run = runLength(row, x);
    if (run > 2) {
      out[at++] = 257 - run;
      out[at++] = row[x]!;
      x += run;
      continue;
    }
    const first = x;
    while (x < row.length && x - first < 128 && runLength(row, x) < 3) x++;
    out[at++] = x - first - 1;
    out.set(row.subarray(first, x), at);
    at += x - first;
  }
  return at;
}

/** Equal bytes from x, at most 128. */
function runLength(row: Uint8Array, x: number): number {
  let end = x + 1;
  while (end < row.length && end - x < 128 && row[end] === row[x]) end++;
  return end - x;
}
