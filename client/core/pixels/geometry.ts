import type { PixelImage } from '../deidentification/pixel-port.js';
import type { Colour } from './raster/raster.js';
import { refusePixels } from './raster/refusal.js';

/** A frame larger than this is not decoded: a mammogram has 50 MB, the largest detector 140. Attack A23. */
export const MAX_FRAME_BYTES = 512 * 1024 * 1024;
/** NumberOfFrames is IS; real ones stay far below. */
export const MAX_FRAMES = 1_000_000;

/** Tables of a palette (PS3.3 §C.7.6.3.1.5, §C.7.9): red, green, blue, entries scaled to 8 bits. */
export interface Palette {
  /** The stored value that the first entry stands for. */
  readonly first: number;
  readonly tables: readonly [Uint8Array, Uint8Array, Uint8Array];
}

/** A picture's attributes and, with PALETTE COLOR, its tables. */
export interface DecodableImage extends PixelImage {
  readonly palette?: Palette | null;
}

const ALLOCATED = new Set([1, 8, 16, 32]);

/**
 * Bytes of one native frame, after everything was held against what a picture can be; nothing is allocated before.
 * @throws PixelRefused `geometry`, `too-large`
 */
export function frameBytes(image: PixelImage): number {
  assertGeometry(image);
  const { rows, columns, bitsAllocated } = image;
  const bits = rows * columns * storedSamples(image) * bitsAllocated;
  return Math.ceil(bits / 8);
}

/** @throws PixelRefused `geometry`, `too-large` */
export function assertGeometry(image: PixelImage): void {
  const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored, highBit, numberOfFrames } = image;
  const isDimension = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 65_535;
  if (!isDimension(rows) || !isDimension(columns)) refusePixels('geometry');
  if (![1, 3, 4].includes(samplesPerPixel) || !ALLOCATED.has(bitsAllocated)) refusePixels('geometry');
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit < bitsStored - 1 || highBit >= bitsAllocated) {
    refusePixels('geometry');
  }
  if (!Number.isInteger(numberOfFrames) || numberOfFrames < 1 || numberOfFrames > MAX_FRAMES) refusePixels('geometry');
  if (samplesPerPixel > 1 && colourOf(image).startsWith('mono')) refusePixels('geometry');
  // 4 bytes a sample are the most that decoding needs on the way.
  if (rows * columns * samplesPerPixel * Math.max(1, bitsAllocated / 8) > MAX_FRAME_BYTES) refusePixels('too-large');
}

/** PS3.3 §C.7.6.3.1.2: two pixels of YBR_FULL_422 share their colour, so native ones have two samples each. */
export function storedSamples(image: PixelImage): number {
  return image.samplesPerPixel === 3 && image.photometricInterpretation.endsWith('_422') ? 2 : image.samplesPerPixel;
}

/** @throws PixelRefused `unsupported` for a colour that nobody writes any more (HSV, ARGB, CMYK) */
export function colourOf({ photometricInterpretation, samplesPerPixel }: PixelImage): Colour {
  switch (photometricInterpretation) {
    case 'MONOCHROME1':
      return 'monochrome1';
    case 'MONOCHROME2':
      return 'monochrome2';
    case 'PALETTE COLOR':
      return 'palette';
    case 'RGB':
      return 'rgb';
    case 'YBR_FULL':
    case 'YBR_FULL_422':
      return 'ybr-full';
    case 'YBR_PARTIAL_420':
    case 'YBR_PARTIAL_422':
      return 'ybr-partial';
    case 'YBR_ICT':
    case 'YBR_RCT':
      return 'rgb'; // once the code stream's transform is undone
    case '':
      return samplesPerPixel === 1 ? 'monochrome2' : 'rgb';
    default:
      return samplesPerPixel === 1 ? 'monochrome2' : refusePixels('unsupported');
  }
}
