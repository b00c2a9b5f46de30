import { WebError } from '../ports/error.js';
import { type ImageDataSet } from './dataset.js';
import { type PixelModule, uint16 } from './pixel-module.js';
import { storedValues } from './stored-values.js';

/** Colour as it is: interleaved or in planes, as RGB, YBR or a palette (PS3.3 §C.7.6.3.1.2). */
export function colorFrame(set: ImageDataSet, module: PixelModule, bytes: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  if (module.photometric === 'PALETTE COLOR') return paletteFrame(set, module, bytes);
  if (module.bitsAllocated !== 8) throw new WebError('image-unsupported', 'colour of more than 8 bits');
  switch (module.photometric) {
    case 'RGB':
      return rgbFrame(module, bytes);
    case 'YBR_FULL':
      return ybrFrame(rgbFrame(module, bytes));
    case 'YBR_FULL_422':
      return ybrFrame(ybr422Frame(module, bytes));
    default:
      throw new WebError('image-unsupported', 'an unknown colour space');
  }
}

function blank({ rows, columns }: PixelModule): Uint8ClampedArray<ArrayBuffer> {
  return new Uint8ClampedArray(4 * rows * columns).fill(255);
}

/** Three samples to four, from planes or interleaved. */
function rgbFrame(module: PixelModule, bytes: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const count = module.rows * module.columns;
  const out = blank(module);
  const [step, plane] = module.isPlanar ? [1, count] : [3, 1];
  for (let i = 0; i < count; i++) {
    out[4 * i] = bytes[step * i] ?? 0;
    out[4 * i + 1] = bytes[step * i + plane] ?? 0;
    out[4 * i + 2] = bytes[step * i + 2 * plane] ?? 0;
  }
  return out;
}

/** Two pixels in four bytes: Y1 Y2 Cb Cr. */
function ybr422Frame(module: PixelModule, bytes: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const out = blank(module);
  for (let i = 0; i < module.rows * module.columns; i++) {
    const pair = 4 * (i >> 1);
    out[4 * i] = bytes[pair + (i & 1)] ?? 0;
    out[4 * i + 1] = bytes[pair + 2] ?? 128;
    out[4 * i + 2] = bytes[pair + 3] ?? 128;
  }
  return out;
}

/** PS3.3 §C.7.6.3.1.2, the inverse of YBR_FULL; in place. */
function ybrFrame(out: Uint8ClampedArray<ArrayBuffer>): Uint8ClampedArray<ArrayBuffer> {
  for (let i = 0; i < out.length; i += 4) {
    const [y, cb, cr] = [out[i] ?? 0, (out[i + 1] ?? 128) - 128, (out[i + 2] ?? 128) - 128];
    out[i] = y + 1.402 * cr;
    out[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    out[i + 2] = y + 1.772 * cb;
  }
  return out;
}

const DESCRIPTORS = [0x00281101, 0x00281102, 0x00281103];
const TABLES = [0x00281201, 0x00281202, 0x00281203];

function paletteFrame(set: ImageDataSet, module: PixelModule, bytes: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const stored = storedValues(module, bytes, set.littleEndian);
  const out = blank(module);
  for (const [channel, tag] of DESCRIPTORS.entries()) {
    const table = paletteTable(set, tag, TABLES[channel] ?? 0);
    const first = uint16(set, tag, 1) ?? 0;
    for (let i = 0; i < stored.length; i++) {
      const at = Math.min(Math.max((stored[i] ?? 0) - first, 0), table.length - 1);
      out[4 * i + channel] = table[at] ?? 0;
    }
  }
  return out;
}

/** Entries of 16 bits keep their high byte, as far as the writer used it (PS3.3 §C.7.6.3.1.5). */
function paletteTable(set: ImageDataSet, descriptor: number, tag: number): Uint8Array {
  const data = set.values.get(tag);
  const entries = uint16(set, descriptor, 0) || 65_536;
  if (data === undefined) throw new WebError('image-unsupported', 'a palette in another form');
  if (uint16(set, descriptor, 2) !== 16) {
    if (data.length < entries) throw new WebError('image-invalid', 'a palette is shorter than its size');
    return data.subarray(0, entries);
  }
  if (data.length < 2 * entries) throw new WebError('image-invalid', 'a palette is shorter than its size');
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const full = Array.from({ length: entries }, (_, i) => view.getUint16(2 * i, set.littleEndian));
  const isLow = full.every((value) => value < 256);
  return Uint8Array.from(full, (value) => (isLow ? value : value >> 8));
}
