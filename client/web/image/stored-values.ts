import { WebError } from '../ports/error.js';
import { type ImageDataSet } from './dataset.js';
import { type PixelModule, uint16 } from './pixel-module.js';

/** Bytes → stored values: the bits that count, with their sign. */

type Values = Int16Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

export function storedValues(module: PixelModule, bytes: Uint8Array, littleEndian: boolean): Values {
  const count = module.rows * module.columns;
  switch (module.bitsAllocated) {
    case 1:
      return Uint16Array.from({ length: count }, (_, i) => ((bytes[i >> 3] ?? 0) >> (i & 7)) & 1);
    case 8:
      return eightBit(module, bytes, count);
    case 16:
      return sixteenBit(module, bytes, count, littleEndian);
    case 32:
      return thirtyTwoBit(module, bytes, count, littleEndian);
  }
}

function eightBit({ bitsStored, highBit, isSigned }: PixelModule, bytes: Uint8Array, count: number): Values {
  const [shift, mask] = [highBit + 1 - bitsStored, 2 ** bitsStored - 1];
  const sign = isSigned ? 2 ** (bitsStored - 1) : 0;
  const out = isSigned ? new Int16Array(count) : new Uint16Array(count);
  for (let i = 0; i < count; i++) out[i] = ((((bytes[i] ?? 0) >> shift) & mask) ^ sign) - sign;
  return out;
}

function sixteenBit(
  { bitsStored, highBit, isSigned }: PixelModule,
  bytes: Uint8Array,
  count: number,
  littleEndian: boolean,
): Values {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [shift, mask] = [highBit + 1 - bitsStored, 2 ** bitsStored - 1];
  const sign = isSigned ? 2 ** (bitsStored - 1) : 0;
  const out = isSigned ? new Int16Array(count) : new Uint16Array(count);
  for (let i = 0; i < count; i++) out[i] = (((view.getUint16(2 * i, littleEndian) >> shift) & mask) ^ sign) - sign;
  return out;
}

/** 32 bits (dose grids) do not fit a table: kept as floating point. */
function thirtyTwoBit({ isSigned }: PixelModule, bytes: Uint8Array, count: number, littleEndian: boolean): Values {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    out[i] = isSigned ? view.getInt32(4 * i, littleEndian) : view.getUint32(4 * i, littleEndian);
  }
  return out;
}

/** A Modality LUT (PS3.3 §C.11.1) in place of slope and intercept, or null when there is none. */
export function modalityTable(set: ImageDataSet, module: PixelModule): ((stored: Values) => Values) | null {
  const hasOwnRescale = set.values.has(0x00281053);
  const data = set.values.get(0x00283006);
  // In an object without rescale the table that was met first is the modality's; VOI tables stand behind it.
  if (hasOwnRescale || data === undefined || !set.values.has(0x00283004)) return null;
  const [entries, first] = tableShape(set, module);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  if (data.length < 2 * entries) throw new WebError('image-invalid', 'a table is shorter than its size');
  const table = Uint16Array.from({ length: entries }, (_, i) => view.getUint16(2 * i, set.littleEndian));
  return (stored) => {
    const out = new Uint16Array(stored.length);
    for (let i = 0; i < stored.length; i++) {
      const at = Math.min(Math.max((stored[i] ?? 0) - first, 0), entries - 1);
      out[i] = table[at] ?? 0;
    }
    return out;
  };
}

function tableShape(set: ImageDataSet, { isSigned }: PixelModule): [entries: number, first: number] {
  const entries = uint16(set, 0x00283002, 0) || 65_536;
  const first = uint16(set, 0x00283002, 1) ?? 0;
  return [entries, isSigned && first > 0x7fff ? first - 0x10000 : first];
}
