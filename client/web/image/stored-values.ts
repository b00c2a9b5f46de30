import { type Raster } from '../../core/pixels/raster/raster.js';
import { type PixelKind } from './dataset.js';
import { type PixelModule } from './pixel-module.js';

/** Bytes → stored values: the bits that count, with their sign. */

export type Values = Int16Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

export function storedValues(module: PixelModule, bytes: Uint8Array, of: PixelKind, littleEndian: boolean): Values {
  const count = module.rows * module.columns;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (of === 'float') return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, littleEndian));
  if (of === 'double') return Float32Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, littleEndian));
  switch (module.bitsAllocated) {
    case 1:
      return Uint16Array.from({ length: count }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1);
    case 8:
      return signed(module, count, (i) => bytes[i]!);
    case 16:
      return sixteenBit(module, bytes, count, littleEndian);
    // 32 bits (dose grids) do not fit a table: kept as floating point.
    default:
      return Float32Array.from({ length: count }, (_, i) =>
        module.isSigned ? view.getInt32(4 * i, littleEndian) : view.getUint32(4 * i, littleEndian),
      );
  }
}

/** From what a decoder made: the stored bits lie at the bottom. */
export function rasterValues({ cells, bitsStored, signed: isSigned }: Raster): Values {
  if (cells instanceof Uint32Array) return Float32Array.from(cells, (cell) => (isSigned ? cell | 0 : cell));
  return signed({ bitsStored, highBit: bitsStored - 1, isSigned }, cells.length, (i) => cells[i]!);
}

type Bits = Pick<PixelModule, 'bitsStored' | 'highBit' | 'isSigned'>;

function signed({ bitsStored, highBit, isSigned }: Bits, count: number, read: (i: number) => number): Values {
  const [shift, mask] = [highBit + 1 - bitsStored, 2 ** bitsStored - 1];
  const sign = isSigned ? 2 ** (bitsStored - 1) : 0;
  const out = isSigned ? new Int16Array(count) : new Uint16Array(count);
  for (let i = 0; i < count; i++) out[i] = (((read(i) >> shift) & mask) ^ sign) - sign;
  return out;
}

function sixteenBit(module: PixelModule, bytes: Uint8Array, count: number, littleEndian: boolean): Values {
  const { bitsStored, highBit, isSigned } = module;
  // Most pictures, and the fast way: the bytes are the values already.
  if (littleEndian && bitsStored === 16 && highBit === 15) {
    const copy = bytes.slice(0, 2 * count).buffer as ArrayBuffer;
    return isSigned ? new Int16Array(copy) : new Uint16Array(copy);
  }
  const [low, high] = littleEndian ? [0, 1] : [1, 0];
  return signed(module, count, (i) => bytes[2 * i + low]! | (bytes[2 * i + high]! << 8));
}
