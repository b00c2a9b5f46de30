import type { Gray } from '../raster/raster.js';

/** A box in pixels; right and bottom are exclusive. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** How far a line may grow: a word at its end whose shapes were not clear enough, the tail of a comma. In heights of a character. */
const MAX_SIDEWAYS = 6;
const MAX_UPWARDS = 0.45;
/** A gap that ends the line, and how full of ink a column of text can be: more is picture. */
const GAP = 1.1;
const MAX_FILL = 0.8;

/**
 * Lets a line's box grow over ink that belongs to it: full stops and hyphens, which are too small to be characters, descenders,
 * letters that touch the picture.
 * @param threshold what is at least as bright is ink
 */
export function extendLine(box: Box, size: number, threshold: number, gray: Gray): Box {
  const left = reachColumn(box, gray, threshold, { from: box.left - 1, step: -1, size });
  const right = reachColumn(box, gray, threshold, { from: box.right, step: 1, size }) + 1;
  // A comma at the end hangs below what the line had so far.
  const wide = { ...box, left, right };
  const top = reachRow(wide, gray, threshold, { from: box.top - 1, step: -1, most: MAX_UPWARDS * size });
  const bottom = reachRow(wide, gray, threshold, { from: box.bottom, step: 1, most: MAX_UPWARDS * size }) + 1;
  return { left, right, top, bottom };
}

interface Reach {
  readonly from: number;
  readonly step: 1 | -1;
}

/** Rows with ink directly beyond the edge, as long as there is little of it. @returns the last row of ink */
function reachRow(
  { left, right }: Box,
  { width, height, bytes }: Gray,
  threshold: number,
  { from, step, most }: Reach & { readonly most: number },
): number {
  let last = from - step;
  let misses = 0;
  for (let y = from, n = 0; n < most && y >= 0 && y < height; y += step, n++) {
    let ink = 0;
    for (let x = left; x < right; x++) if (bytes[y * width + x]! >= threshold) ink++;
    if (ink > 0.5 * (right - left)) break;
    if (ink > 0) {
      last = y;
      misses = 0;
    } else if (++misses > 2) break;
  }
  return last;
}

/** Columns with ink within a gap's reach. @returns the last column of ink */
function reachColumn(
  { top, bottom }: Box,
  { width, bytes }: Gray,
  threshold: number,
  { from, step, size }: Reach & { readonly size: number },
): number {
  let last = from - step;
  let full = 0;
  for (let x = from; x >= 0 && x < width; x += step) {
    if (Math.abs(x - last) > GAP * size || Math.abs(x - from) > MAX_SIDEWAYS * size) break;
    let ink = 0;
    for (let y = top; y < bottom; y++) if (bytes[y * width + x]! >= threshold) ink++;
    full = ink > MAX_FILL * (bottom - top) ? full + 1 : 0;
    // A stem is full for a stroke's width; what stays full is no text.
    if (full > 0.35 * size + 1) return last - step * (full - 1);
    if (ink > 0) last = x;
  }
  return last;
}
