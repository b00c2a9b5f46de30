import type { DecodableImage } from './geometry.js';
import type { Gray, Picture, Raster } from './raster/raster.js';

/** From stored samples to what is seen: sign, palette, colour, window. */

/**
 * Brightness for eyes and detectors. Gray levels are spread over the values that occur, so that nothing that stands in the
 * picture is cut off, whatever its window would show; MONOCHROME1 is turned so that bright is bright.
 */
export function toPicture(raster: Raster, image: DecodableImage): Picture {
  const { width, height } = raster;
  if (raster.colour === 'palette' && image.palette) return { width, height, samples: 3, bytes: lookUp(raster, image) };
  if (raster.samples === 1) return { width, height, samples: 1, bytes: stretch(raster) };
  return { width, height, samples: 3, bytes: colours(raster) };
}

export function toGray({ width, height, samples, bytes }: Picture): Gray {
  if (samples === 1) return { width, height, bytes };
  const out = new Uint8Array(width * height);
  // ITU-R BT.601, the weights of YBR_FULL (PS3.3 §C.7.6.3.1.2).
  for (let i = 0, at = 0; i < out.length; i++, at += 3) {
    out[i] = (bytes[at]! * 77 + bytes[at + 1]! * 150 + bytes[at + 2]! * 29) >> 8;
  }
  return { width, height, bytes: out };
}

/** A stored sample as a number. */
export function sampleReader({ bitsStored, signed, cells }: Raster): (index: number) => number {
  const range = 2 ** bitsStored;
  const half = signed ? range / 2 : range;
  if (bitsStored === 32) return signed ? (i) => cells[i]! | 0 : (i) => cells[i]!;
  return (i) => {
    const value = cells[i]! & (range - 1);
    return value >= half ? value - range : value;
  };
}

function stretch(raster: Raster): Uint8Array<ArrayBuffer> {
  const count = raster.width * raster.height;
  const out = new Uint8Array(count);
  const read = sampleReader(raster);
  const [low, high] =
    raster.bitsStored <= 8 && !raster.signed ? [0, 2 ** raster.bitsStored - 1] : extremes(read, count);
  const scale = high > low ? 255 / (high - low) : 0;
  const isInverse = raster.colour === 'monochrome1';
  for (let i = 0; i < count; i++) {
    const value = Math.max(0, Math.min(255, Math.round((read(i) - low) * scale)));
    out[i] = isInverse ? 255 - value : value;
  }
  return out;
}

/** The whole range: burned-in text often is the maximum itself, and nothing of it may be cut off. */
function extremes(read: (index: number) => number, count: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = read(i);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function lookUp(raster: Raster, { palette }: DecodableImage): Uint8Array<ArrayBuffer> {
  const read = sampleReader(raster);
  const count = raster.width * raster.height;
  const out = new Uint8Array(count * 3);
  const [red, green, blue] = palette?.tables ?? [];
  // PS3.3 §C.7.6.3.1.5: values outside are those of the first and last entry.
  const last = (red?.length ?? 1) - 1;
  for (let i = 0; i < count; i++) {
    const entry = Math.max(0, Math.min(last, read(i) - (palette?.first ?? 0)));
    out[3 * i] = red?.[entry] ?? 0;
    out[3 * i + 1] = green?.[entry] ?? 0;
    out[3 * i + 2] = blue?.[entry] ?? 0;
  }
  return out;
}

function colours(raster: Raster): Uint8Array<ArrayBuffer> {
  const { samples, bitsStored, cells, width, height } = raster;
  const count = width * height;
  const out = new Uint8Array(count * 3);
  const shift = Math.max(0, bitsStored - 8);
  for (let i = 0, from = 0, to = 0; i < count; i++, from += samples, to += 3) {
    const [a, b, c] = [cells[from]! >>> shift, cells[from + 1]! >>> shift, cells[from + 2]! >>> shift];
    if (raster.colour === 'rgb') {
      out[to] = a;
      out[to + 1] = b;
      out[to + 2] = c;
    } else storeYbr(out, to, raster.colour === 'ybr-partial' ? ((a - 16) * 255) / 219 : a, b - 128, c - 128);
  }
  return out;
}

function storeYbr(out: Uint8Array, at: number, y: number, cb: number, cr: number): void {
  out[at] = clamp(y + 1.402 * cr);
  out[at + 1] = clamp(y - 0.344136 * cb - 0.714136 * cr);
  out[at + 2] = clamp(y + 1.772 * cb);
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}
