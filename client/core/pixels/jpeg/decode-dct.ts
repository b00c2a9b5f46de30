import { refusePixels } from '../raster/refusal.js';
import { type CoefficientPlane, type Coefficients, maxFactor, readCoefficients } from './coefficients.js';
import { inverseDct, ZIGZAG } from './dct.js';

/** Samples of all components side by side, each component as wide as the picture. */
export interface JpegSamples {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly precision: number;
  /** What the code stream says of its colours: `null` when it says nothing. */
  readonly isYcc: boolean | null;
  readonly samples: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
}

/**
 * Decodes baseline, extended and progressive JPEG of 8 or 12 bits.
 * @throws PixelRefused `code-stream`, `truncated`, `unsupported`, `too-large`
 */
export function decodeDct(bytes: Uint8Array): JpegSamples {
  const coefficients = readCoefficients(bytes);
  const { header } = coefficients;
  const { width, height, precision } = header;
  const count = header.components.length;
  const size = width * height * count;
  const samples = precision > 8 ? new Uint16Array(size) : new Uint8Array(size);
  coefficients.planes.forEach((plane, index) => {
    const component = header.components[index]!;
    const place = samplesOfPlane(plane, quantizationOf(coefficients, index), precision);
    const [hMax, vMax] = [maxFactor(header, 'h'), maxFactor(header, 'v')];
    const stride = plane.across * 8;
    const columns = Uint32Array.from({ length: width }, (_, x) => Math.floor((x * component.h) / hMax));
    for (let y = 0, to = index; y < height; y++) {
      const from = Math.floor((y * component.v) / vMax) * stride;
      for (let x = 0; x < width; x++, to += count) samples[to] = place[from + columns[x]!]!;
    }
  });
  return { width, height, components: count, precision, isYcc: colourTransform(coefficients), samples };
}

export function quantizationOf({ header, quantization }: Coefficients, index: number): readonly number[] {
  return quantization.get(header.components[index]?.quantization ?? -1) ?? refusePixels('code-stream');
}

function samplesOfPlane(plane: CoefficientPlane, table: readonly number[], precision: number): Uint16Array {
  const out = new Uint16Array(plane.across * plane.down * 64);
  const block = new Float64Array(64);
  const stride = plane.across * 8;
  for (let row = 0; row < plane.down; row++) {
    for (let column = 0; column < plane.across; column++) {
      blockSamples(plane.blocks, (row * plane.across + column) * 64, table, block);
      storeBlock(block, out, row * 8 * stride + column * 8, stride, precision);
    }
  }
  return out;
}

/** De-quantised and transformed: samples around zero. */
export function blockSamples(blocks: Int16Array, at: number, table: readonly number[], block: Float64Array): void {
  let last = 63;
  while (last > 0 && blocks[at + last] === 0) last--;
  if (last === 0) {
    block.fill((blocks[at]! * table[0]!) / 8);
    return;
  }
  block.fill(0);
  for (let k = 0; k <= last; k++) block[ZIGZAG[k]!] = blocks[at + k]! * table[k]!;
  inverseDct(block);
}

function storeBlock(block: Float64Array, out: Uint16Array, at: number, stride: number, precision: number): void {
  const [middle, largest] = [2 ** (precision - 1), 2 ** precision - 1];
  for (let i = 0; i < 64; i++) {
    const value = Math.round(block[i]! + middle);
    out[at + (i >> 3) * stride + (i & 7)] = value < 0 ? 0 : value > largest ? largest : value;
  }
}

/** The Adobe segment decides, then component ids R G B, then JFIF, which is always YCbCr. */
function colourTransform({ adobeTransform, hasJfif, header }: Coefficients): boolean | null {
  if (header.components.length !== 3) return null;
  if (adobeTransform !== null) return adobeTransform === 1;
  if (header.components.map(({ id }) => id).join() === '82,71,66') return false;
  return hasJfif ? true : null;
}
