import type { Planes } from './planes.js';

/**
 * Prediction from the neighbours left, above and left above (the median edge detector of JPEG-LS, ITU-T T.87 §A.3), the
 * differences folded so that small ones of either sign are small numbers, low bytes before high bytes: what deflate likes
 * (docs/spec/coding.md §5). No allocation but the result, no call per pixel, and no branch that noise decides.
 */
export function predict(planes: Planes, columns: number): Uint8Array<ArrayBuffer> {
  const count = planes.length;
  const wide = planes instanceof Uint16Array;
  const out = new Uint8Array(wide ? 2 * count : count);
  const unused = wide ? 16 : 24;
  let left = 0;
  for (let i = 0; i < columns; i++) {
    const value = planes[i]!;
    const folded = foldedOf(value - left, unused);
    out[i] = folded;
    if (wide) out[count + i] = folded >>> 8;
    left = value;
  }
  for (let start = columns; start < count; start += columns) {
    const end = start + columns;
    // Before a row stands what stands over its first number, twice: so that one is foretold.
    let corner = planes[start - columns]!;
    left = corner;
    for (let i = start; i < end; i++) {
      const above = planes[i - columns]!;
      const value = planes[i]!;
      const folded = foldedOf(value - median(left, above, corner), unused);
      out[i] = folded;
      if (wide) out[count + i] = folded >>> 8;
      left = value;
      corner = above;
    }
  }
  return out;
}

/** The inverse of `predict`, into `planes`, which must fit. */
export function unpredict(residuals: Uint8Array, columns: number, planes: Planes): void {
  const count = planes.length;
  const wide = planes instanceof Uint16Array;
  const mask = wide ? 0xffff : 0xff;
  let left = 0;
  for (let i = 0; i < columns; i++) {
    const folded = residuals[i]! | (wide ? residuals[count + i]! << 8 : 0);
    left = (left + unfoldedOf(folded)) & mask;
    planes[i] = left;
  }
  for (let start = columns; start < count; start += columns) {
    const end = start + columns;
    let corner = planes[start - columns]!;
    left = corner;
    for (let i = start; i < end; i++) {
      const above = planes[i - columns]!;
      const folded = residuals[i]! | (wide ? residuals[count + i]! << 8 : 0);
      left = (median(left, above, corner) + unfoldedOf(folded)) & mask;
      planes[i] = left;
      corner = above;
    }
  }
}

/** Signed, in as many bits as a sample has; then 0, −1, 1, −2 … become 0, 1, 2, 3 … */
function foldedOf(value: number, unused: number): number {
  const difference = (value << unused) >> unused;
  return (difference << 1) ^ (difference >> 31);
}

function unfoldedOf(folded: number): number {
  return (folded >>> 1) ^ -(folded & 1);
}

/** The middle one of a, b and a + b − c, by signs instead of branches: in a picture with noise no processor guesses those right. */
function median(a: number, b: number, c: number): number {
  const difference = a - b;
  const below = difference & (difference >> 31);
  const least = b + below;
  const most = a - below;
  const above = a + b - c - least;
  const over = least + (above & ~(above >> 31)) - most;
  return most + (over & (over >> 31));
}
