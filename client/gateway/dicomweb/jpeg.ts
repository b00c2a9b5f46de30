import type { CoefficientPlane, Coefficients } from '../../core/pixels/jpeg/coefficients.js';
import { forwardDct, ZIGZAG } from '../../core/pixels/jpeg/dct.js';
import { encodeCoefficients } from '../../core/pixels/jpeg/encode-dct.js';
import type { Picture } from '../../core/pixels/raster/raster.js';

/** A picture as baseline JPEG: what PS3.18 §8.7.4 gives to a client that asks for nothing else. Colours are not halved. */

/** ITU-T T.81 table K.1, row by row. */
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
] as const;

/** @param quality 1 to 100, as the query of PS3.18 §8.3.5.1.2 counts it */
export function encodeJpeg(picture: Picture, quality: number): Uint8Array {
  const { width, height, samples } = picture;
  const table = tableOf(quality);
  const components = Array.from({ length: samples }, (_, index) => ({ id: index + 1, h: 1, v: 1, quantization: 0 }));
  const coefficients: Coefficients = {
    header: { process: 'baseline', precision: 8, width, height, components },
    // With the Adobe segment nobody has to guess that three components are YCbCr.
    adobeTransform: samples === 3 ? 1 : null,
    hasJfif: false,
    quantization: new Map([[0, table]]),
    planes: components.map((_, index) => planeOf(picture, index, table)),
  };
  return encodeCoefficients(coefficients, width * height);
}

/** In zigzag order. */
function tableOf(quality: number): number[] {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return [...ZIGZAG].map((place) =>
    Math.max(1, Math.min(255, Math.floor(((LUMINANCE[place] ?? 1) * scale + 50) / 100))),
  );
}

function planeOf(picture: Picture, component: number, table: readonly number[]): CoefficientPlane {
  const [across, down] = [Math.ceil(picture.width / 8), Math.ceil(picture.height / 8)];
  const blocks = new Int16Array(across * down * 64);
  const block = new Float64Array(64);
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      fill(block, picture, component, column * 8, row * 8);
      forwardDct(block);
      const at = (row * across + column) * 64;
      for (let k = 0; k < 64; k++) blocks[at + k] = Math.round(block[ZIGZAG[k]!]! / table[k]!);
    }
  }
  return { across, down, usedAcross: across, usedDown: down, blocks };
}

/** Samples around zero; beyond the edge the last ones go on. */
function fill(
  block: Float64Array,
  { width, height, samples, bytes }: Picture,
  component: number,
  x0: number,
  y0: number,
): void {
  for (let i = 0; i < 64; i++) {
    const [x, y] = [Math.min(width - 1, x0 + (i & 7)), Math.min(height - 1, y0 + (i >> 3))];
    const at = (y * width + x) * samples;
    block[i] = (samples === 1 ? bytes[at]! : ycc(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, component)) - 128;
  }
}

/** ITU-R BT.601. */
function ycc(r: number, g: number, b: number, component: number): number {
  switch (component) {
    case 0:
      return 0.299 * r + 0.587 * g + 0.114 * b;
    case 1:
      return 128 - 0.168736 * r - 0.331264 * g + 0.5 * b;
    default:
      return 128 + 0.5 * r - 0.418688 * g - 0.081312 * b;
  }
}
