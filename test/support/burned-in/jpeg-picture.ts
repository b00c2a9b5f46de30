import { forwardDct, ZIGZAG } from '../../../client/core/pixels/jpeg/dct.js';
import type { CoefficientPlane } from '../../../client/core/pixels/jpeg/coefficients.js';
import { encodeCoefficients } from '../../../client/core/pixels/jpeg/encode-dct.js';

/** The luminance table of T.81 annex K.1, row by row. */
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
];

export interface JpegChoices {
  readonly width: number;
  readonly height: number;
  /** 1, or 3 for samples that are YCbCr already. */
  readonly samples: 1 | 3;
  readonly precision: 8 | 12;
  /** 1 to 100. */
  readonly quality: number;
  /** Colour at half the width and height. */
  readonly isSubsampled?: boolean;
}

/** A baseline or extended JPEG of samples side by side; for tests only, one table for all components. */
export function jpegOf(samples: ArrayLike<number>, choices: JpegChoices): Uint8Array<ArrayBuffer> {
  const { width, height, precision, quality } = choices;
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const table = [...ZIGZAG].map((place) =>
    Math.max(1, Math.min(255, Math.floor(((LUMINANCE[place] ?? 1) * scale + 50) / 100))),
  );
  const factor = choices.samples === 3 && choices.isSubsampled === true ? 2 : 1;
  const components = Array.from({ length: choices.samples }, (_, i) => {
    const own = i === 0 ? factor : 1;
    return { id: i + 1, h: own, v: own, quantization: 0 };
  });
  const planes = components.map(({ h }, index) => planeOf(samples, choices, { index, h, factor, table }));
  const header = { process: precision === 8 ? 'baseline' : 'extended', precision, width, height, components } as const;
  const quantization = new Map([[0, table]]);
  return encodeCoefficients({ header, adobeTransform: null, hasJfif: false, quantization, planes }, width * height);
}

interface PlaneChoices {
  readonly index: number;
  readonly h: number;
  readonly factor: number;
  readonly table: readonly number[];
}

function planeOf(
  samples: ArrayLike<number>,
  { width, height, samples: count, precision }: JpegChoices,
  { index, h, factor, table }: PlaneChoices,
): CoefficientPlane {
  const across = Math.ceil(width / (8 * factor)) * h;
  const down = Math.ceil(height / (8 * factor)) * h;
  const step = factor / h;
  const blocks = new Int16Array(across * down * 64);
  const block = new Float64Array(64);
  for (let b = 0; b < across * down; b++) {
    const [left, top] = [(b % across) * 8, Math.floor(b / across) * 8];
    for (let i = 0; i < 64; i++) {
      const x = Math.min(width - 1, (left + (i & 7)) * step);
      const y = Math.min(height - 1, (top + (i >> 3)) * step);
      block[i] = (samples[(y * width + x) * count + index] ?? 0) - 2 ** (precision - 1);
    }
    forwardDct(block);
    for (let k = 0; k < 64; k++) blocks[b * 64 + k] = Math.round((block[ZIGZAG[k] ?? 0] ?? 0) / (table[k] ?? 1));
  }
  const usedAcross = Math.ceil(Math.ceil((width * h) / factor) / 8);
  const usedDown = Math.ceil(Math.ceil((height * h) / factor) / 8);
  return { across, down, usedAcross, usedDown, blocks };
}
