import type { Region } from '../deidentification/pixel-port.js';
import { type DecodableImage, frameBytes, storedSamples } from './geometry.js';
import type { Cells, Raster } from './raster/raster.js';
import { refusePixels } from './raster/refusal.js';

/** Fills regions with black, in place. Everything outside keeps its bits, those inside lose all, overlay bits included. */

interface Clip {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The part of a region that lies in the picture; null when nothing does. */
export function clipRegion({ x, y, width, height }: Region, columns: number, rows: number): Clip | null {
  const left = Math.max(0, Math.floor(x));
  const top = Math.max(0, Math.floor(y));
  const right = Math.min(columns, Math.ceil(x + width));
  const bottom = Math.min(rows, Math.ceil(y + height));
  return right > left && bottom > top ? { left, top, right, bottom } : null;
}

/**
 * What black is, for each sample as it is stored: the smallest number, the largest for MONOCHROME1, the darkest entry of a palette,
 * zero with neutral colour for YBR.
 */
export function blackOf(image: DecodableImage): readonly number[] {
  const { bitsStored, pixelRepresentation, photometricInterpretation } = image;
  const range = 2 ** bitsStored;
  const isSigned = pixelRepresentation === 1;
  if (photometricInterpretation === 'MONOCHROME1') return [isSigned ? range / 2 - 1 : range - 1];
  if (photometricInterpretation === 'PALETTE COLOR') return [darkestEntry(image)];
  if (photometricInterpretation.startsWith('YBR_PARTIAL')) return [range / 16, range / 2, range / 2];
  if (photometricInterpretation.startsWith('YBR_FULL')) return [0, range / 2, range / 2];
  if (image.samplesPerPixel > 1) return new Array<number>(image.samplesPerPixel).fill(0);
  return [isSigned ? blackOfSigned(image) : 0];
}

/** Two's complement of the smallest number, within the bits of a cell, extended by its sign as most writers do. */
function blackOfSigned({ bitsStored, bitsAllocated }: DecodableImage): number {
  return 2 ** bitsAllocated - 2 ** (bitsStored - 1);
}

function darkestEntry({ palette, pixelRepresentation, bitsAllocated }: DecodableImage): number {
  if (!palette) return 0;
  const [red, green, blue] = palette.tables;
  let darkest = 0;
  let least = Number.POSITIVE_INFINITY;
  red.forEach((value, i) => {
    const sum = value + (green[i] ?? 0) + (blue[i] ?? 0);
    if (sum < least) [least, darkest] = [sum, i];
  });
  const stored = palette.first + darkest;
  return pixelRepresentation === 1 && stored < 0 ? 2 ** bitsAllocated + stored : stored;
}

/** @param cells samples side by side, as in a Raster */
export function maskCells(cells: Cells, raster: Raster, regions: readonly Region[], black: readonly number[]): void {
  const { width, height, samples } = raster;
  for (const region of regions) {
    const clip = clipRegion(region, width, height);
    if (clip === null) continue;
    for (let y = clip.top; y < clip.bottom; y++) {
      const from = (y * width + clip.left) * samples;
      const to = (y * width + clip.right) * samples;
      if (samples === 1) cells.fill(black[0] ?? 0, from, to);
      else for (let i = from; i < to; i++) cells[i] = black[(i - from) % samples] ?? 0;
    }
  }
}

/**
 * Masks one native frame in place: 1, 8, 16 or 32 bits, either byte order, planes or pixels, shared colour.
 * @throws PixelRefused `geometry`, `too-large`, `truncated`
 */
export function maskNativeFrame(image: DecodableImage, frame: Uint8Array, regions: readonly Region[]): void {
  if (frame.length < frameBytes(image)) refusePixels('truncated');
  const black = blackOf(image);
  for (const region of regions) {
    const clip = clipRegion(region, image.columns, image.rows);
    if (clip === null) continue;
    if (storedSamples(image) === 2) maskShared(image, frame, clip, black);
    else maskPlain(image, frame, clip, black);
  }
}

function maskPlain(image: DecodableImage, frame: Uint8Array, clip: Clip, black: readonly number[]): void {
  const { columns, rows, samplesPerPixel: samples, planarConfiguration } = image;
  const isPlanar = samples > 1 && planarConfiguration === 1;
  for (let sample = 0; sample < samples; sample++) {
    const step = isPlanar ? 1 : samples;
    const start = isPlanar ? sample * columns * rows : sample;
    for (let y = clip.top; y < clip.bottom; y++) {
      for (let x = clip.left; x < clip.right; x++) {
        storeSample(image, frame, start + (y * columns + x) * step, black[sample] ?? 0);
      }
    }
  }
}

/** Two pixels share their colour, so both lose it (PS3.3 §C.7.6.3.1.2). */
function maskShared(image: DecodableImage, frame: Uint8Array, clip: Clip, black: readonly number[]): void {
  for (let y = clip.top; y < clip.bottom; y++) {
    for (let x = clip.left; x < clip.right; x++) {
      const pixel = y * image.columns + x;
      const pair = (pixel >> 1) * 4;
      storeSample(image, frame, pair + (pixel & 1), black[0] ?? 0);
      storeSample(image, frame, pair + 2, black[1] ?? 0);
      storeSample(image, frame, pair + 3, black[2] ?? 0);
    }
  }
}

function storeSample(image: DecodableImage, frame: Uint8Array, index: number, value: number): void {
  const { bitsAllocated, littleEndian } = image;
  if (bitsAllocated === 8) frame[index] = value;
  else if (bitsAllocated === 1) {
    const bit = 1 << (index & 7);
    frame[index >> 3] = value === 0 ? frame[index >> 3]! & ~bit : frame[index >> 3]! | bit;
  } else {
    const bytes = bitsAllocated / 8;
    for (let i = 0; i < bytes; i++) {
      frame[index * bytes + i] = Math.floor(value / 2 ** (8 * (littleEndian ? i : bytes - 1 - i)));
    }
  }
}
