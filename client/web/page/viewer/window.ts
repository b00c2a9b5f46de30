import { type ColorView, type GrayView, type WindowView } from '../../desk/picture.js';

/** From values to shades (PS3.3 §C.11.2.1). */

export type GrayFrame = GrayView;

/** Share of full brightness, 0 to 1, of a value after rescaling. */
export function shadeOf(value: number, window: WindowView): number {
  if (window.shape === 'table') return tableShade(value, window);
  const { center, width, shape } = window;
  switch (shape) {
    case 'linear': {
      if (width <= 1) return value <= center - 0.5 ? 0 : 1;
      return clamp((value - (center - 0.5)) / (width - 1) + 0.5);
    }
    case 'linear-exact':
      return clamp((value - center) / width + 0.5);
    case 'sigmoid':
      return 1 / (1 + Math.exp((-4 * (value - center)) / width));
  }
}

/** PS3.3 §C.11.2.1.1: values outside are those of the first and last entry. */
function tableShade(value: number, { first, entries }: Extract<WindowView, { shape: 'table' }>): number {
  const at = Math.min(Math.max(Math.trunc(value - first), 0), entries.length - 1);
  return entries[at] ?? 0;
}

function clamp(share: number): number {
  return Math.min(Math.max(share, 0), 1);
}

/** Lowest and highest value of a picture, background left out. */
export function fullWindow(frame: GrayFrame): WindowView {
  const { values, slope, intercept, padding } = frame;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const stored of values) {
    if (padding !== null && stored >= padding[0] && stored <= padding[1]) continue;
    if (stored < low) low = stored;
    if (stored > high) high = stored;
  }
  if (low > high) [low, high] = [0, 1];
  const [a, b] = [low * slope + intercept, high * slope + intercept];
  // One value alone: an object on a background is white, a picture of nothing is black.
  if (a === b) return { center: padding === null ? a + 0.5 : a, width: 1, name: '', shape: 'linear' };
  const width = Math.max(Math.abs(b - a) + 1, 1);
  return { center: (a + b) / 2 + 0.5, width, name: '', shape: 'linear' };
}

export function defaultWindow(frame: GrayFrame): WindowView {
  return frame.windows[0] ?? fullWindow(frame);
}

const OFFSET = 32_768;
const TABLE_SIZE = 98_304;
let table: { readonly of: readonly unknown[]; readonly shades: Uint8ClampedArray } | null = null;

/** Stored values are few and pixels are many: each possible value is computed once. */
function tableFor(frame: GrayFrame, window: WindowView, isInverted: boolean): Uint8ClampedArray {
  const { slope, intercept, padding } = frame;
  const of = windowKey(frame, window, isInverted);
  if (table !== null && isSame(table.of, of)) return table.shades;
  const shades = new Uint8ClampedArray(TABLE_SIZE);
  for (let i = 0; i < TABLE_SIZE; i++) {
    const stored = i - OFFSET;
    const share = shadeOf(stored * slope + intercept, window);
    shades[i] = isPadding(stored, padding) ? 0 : 255 * (isInverted ? 1 - share : share);
  }
  table = { of, shades };
  return shades;
}

function windowKey({ slope, intercept, padding }: GrayFrame, window: WindowView, isInverted: boolean): unknown[] {
  const of = window.shape === 'table' ? [window.entries] : [window.center, window.width];
  return [slope, intercept, padding?.[0], padding?.[1], isInverted, window.shape, ...of];
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

function isPadding(stored: number, padding: GrayFrame['padding']): boolean {
  return padding !== null && stored >= padding[0] && stored <= padding[1];
}

/** Gray as RGBA. @param isInverted on top of what the picture itself asks for */
export function grayPixels(frame: GrayFrame, window: WindowView, isInverted: boolean): ImageData {
  const { rows, columns, values, slope, intercept } = frame;
  const image = new ImageData(columns, rows);
  const out = new Uint32Array(image.data.buffer);
  const flips = isInverted !== frame.isInverted;
  if (values instanceof Float32Array) {
    for (let i = 0; i < out.length; i++) {
      const share = shadeOf((values[i] ?? 0) * slope + intercept, window);
      out[i] = opaque(Math.round(255 * (flips ? 1 - share : share)));
    }
    return image;
  }
  const shades = tableFor(frame, window, flips);
  for (let i = 0; i < out.length; i++) out[i] = opaque(shades[(values[i] ?? 0) + OFFSET] ?? 0);
  return image;
}

function opaque(shade: number): number {
  return 0xff000000 | (shade << 16) | (shade << 8) | shade;
}

export function colorPixels(frame: ColorView, isInverted: boolean): ImageData {
  const image = new ImageData(frame.columns, frame.rows);
  image.data.set(frame.rgba);
  if (isInverted) {
    for (let i = 0; i < image.data.length; i++) if (i % 4 !== 3) image.data[i] = 255 - (image.data[i] ?? 0);
  }
  return image;
}
