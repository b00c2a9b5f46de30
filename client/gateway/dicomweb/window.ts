import type { DecodableImage } from '../../core/pixels/geometry.js';
import { sampleReader, toPicture } from '../../core/pixels/picture.js';
import type { Picture, Raster } from '../../core/pixels/raster/raster.js';

/** How gray levels are shown (PS3.3 §C.11.1.1.2, §C.11.2.1.2). */
export interface Window {
  readonly center: number;
  readonly width: number;
  readonly shape: 'linear' | 'linear-exact' | 'sigmoid';
}

/** Stored values to those that windows are about (PS3.3 §C.11.1.1.2). */
export interface Rescale {
  readonly slope: number;
  readonly intercept: number;
}

/** A frame for eyes: by the window, else spread over the values that occur. Colours are shown as they are. */
export function showFrame(raster: Raster, image: DecodableImage, window: Window | null, rescale: Rescale): Picture {
  const isGray = raster.samples === 1 && raster.colour !== 'palette';
  if (!isGray || window === null) return toPicture(raster, image);
  const count = raster.width * raster.height;
  const read = sampleReader(raster);
  const bytes = new Uint8Array(count);
  const level = levelOf(window);
  const isInverse = raster.colour === 'monochrome1';
  for (let i = 0; i < count; i++) {
    const value = Math.round(255 * level(read(i) * rescale.slope + rescale.intercept));
    bytes[i] = isInverse ? 255 - value : value;
  }
  return { width: raster.width, height: raster.height, samples: 1, bytes };
}

/** 0 to 1. */
function levelOf({ center, width, shape }: Window): (value: number) => number {
  const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);
  switch (shape) {
    case 'linear':
      // A width of 1 is a threshold.
      if (width <= 1) return (value) => (value > center - 0.5 ? 1 : 0);
      return (value) => clamp((value - (center - 0.5)) / (width - 1) + 0.5);
    case 'linear-exact':
      return (value) => clamp((value - center) / width + 0.5);
    case 'sigmoid':
      return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  }
}

/** Smaller by whole averages, never larger; the sides keep their proportion. */
export function fit(picture: Picture, maxWidth: number, maxHeight: number): Picture {
  const scale = Math.min(1, maxWidth / picture.width, maxHeight / picture.height);
  if (scale === 1) return picture;
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const bytes = new Uint8Array(width * height * picture.samples);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = span(y, height, picture.height);
    for (let x = 0; x < width; x++) {
      const [left, right] = span(x, width, picture.width);
      average(picture, { top, bottom, left, right }, bytes, (y * width + x) * picture.samples);
    }
  }
  return { width, height, samples: picture.samples, bytes };
}

function span(place: number, count: number, total: number): [number, number] {
  const from = Math.floor((place * total) / count);
  return [from, Math.max(from + 1, Math.floor(((place + 1) * total) / count))];
}

interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function average(
  { width, samples, bytes }: Picture,
  { top, bottom, left, right }: Box,
  out: Uint8Array,
  to: number,
): void {
  const count = (bottom - top) * (right - left);
  for (let sample = 0; sample < samples; sample++) {
    let sum = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) sum += bytes[(y * width + x) * samples + sample]!;
    }
    out[to + sample] = Math.round(sum / count);
  }
}
