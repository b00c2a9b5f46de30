import type { Gray } from '../raster/raster.js';
import type { Character } from './characters.js';
import type { Line } from './lines.js';

/** What a line looks like in numbers without dimension, in the order of FEATURES. */
export type LineFeatures = readonly number[];

export const FEATURES = [
  'characters',
  'height',
  'heightSpread',
  'baseline',
  'topline',
  'brightness',
  'brightnessSpread',
  'contrast',
  'insideNoise',
  'outsideNoise',
  'edge',
  'edgeSpread',
  'stableUp',
  'stableDown',
  'stroke',
  'strokeSpread',
  'fill',
  'gap',
  'gapSpread',
  'aspect',
  'crossings',
  'length',
  'surround',
] as const;

/** @param gray as the line's characters were found in: bright on dark */
export function featuresOf({ characters, left, right, top, bottom }: Line, gray: Gray): LineFeatures {
  const heights = characters.map((one) => one.bottom - one.top);
  const height = median(heights);
  const strokes = characters.map(({ strokeWidth }) => strokeWidth);
  const brightness = characters.map((one) => one.brightness);
  const edges = characters.map(({ edge }) => edge);
  const insides = characters.map((one) => insideOf(one, gray));
  const gaps = characters.slice(1).map((one, i) => (one.left - characters[i]!.right) / height);
  const outside = mean(insides.map((one) => one.outside));
  return [
    // Touching characters count for as many as would fit.
    characters.reduce((sum, one) => sum + Math.max(1, Math.round((one.right - one.left) / (0.75 * height))), 0),
    height,
    deviation(heights, height) / height,
    deviation(characters.map((one) => one.bottom)) / height,
    deviation(characters.map((one) => one.top)) / height,
    mean(brightness) / 255,
    spread(brightness) / 255,
    (mean(brightness) - outside) / 255,
    mean(insides.map(({ insideNoise }) => insideNoise)) / 255,
    mean(insides.map(({ outsideNoise }) => outsideNoise)) / 255,
    mean(edges) / Math.max(16, mean(brightness) - outside),
    spread(edges) / Math.max(16, mean(edges)),
    mean(characters.map(({ stableUp }) => stableUp)),
    mean(characters.map(({ stableDown }) => stableDown)),
    mean(strokes) / height,
    spread(strokes) / mean(strokes),
    mean(characters.map((one) => one.area / ((one.right - one.left) * (one.bottom - one.top)))),
    gaps.length === 0 ? -1 : mean(gaps),
    gaps.length === 0 ? -1 : spread(gaps),
    mean(characters.map((one) => (one.right - one.left) / (one.bottom - one.top))),
    mean(characters.map(({ crossings }) => crossings)),
    (right - left) / height,
    surroundOf(left, top, right, bottom, gray),
  ];
}

/** Noise inside and around a character, within its own box. */
function insideOf(
  { left, right, top, bottom, level }: Character,
  { width, bytes }: Gray,
): { outside: number; insideNoise: number; outsideNoise: number } {
  const sums = { inside: [0, 0, 0], outside: [0, 0, 0] };
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const value = bytes[y * width + x]!;
      const sum = value >= level ? sums.inside : sums.outside;
      sum[0]! += 1;
      sum[1]! += value;
      sum[2]! += value * value;
    }
  }
  const noise = ([count = 0, sum = 0, squares = 0]: readonly number[]): number =>
    count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  const [count = 0, sum = 0] = sums.outside;
  return { outside: count === 0 ? 0 : sum / count, insideNoise: noise(sums.inside), outsideNoise: noise(sums.outside) };
}

/** Noise in a margin around the line: nothing for text on a plain ground. */
function surroundOf(left: number, top: number, right: number, bottom: number, { width, height, bytes }: Gray): number {
  const margin = 4;
  let [count, sum, squares] = [0, 0, 0];
  const add = (x: number, y: number): void => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const value = bytes[y * width + x]!;
    count += 1;
    sum += value;
    squares += value * value;
  };
  for (let x = left - margin; x < right + margin; x++) {
    add(x, top - margin);
    add(x, bottom + margin - 1);
  }
  for (let y = top; y < bottom; y++) {
    add(left - margin, y);
    add(right + margin - 1, y);
  }
  return count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) / 255;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function spread(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Median distance from the median: what a few descenders do not disturb. */
function deviation(values: readonly number[], middle = median(values)): number {
  return mean(values.map((value) => Math.abs(value - middle)));
}
