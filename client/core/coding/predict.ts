import type { Planes } from './planes.js';

/**
 * Prediction from the neighbours left, above and left above (the median edge detector of JPEG-LS, ITU-T T.87 §A.3), the
 * differences folded so that small ones of either sign are small numbers, low bytes before high bytes: what deflate likes
 * (docs/spec/coding.md §5). No allocation but the result, no call per pixel.
 */
export function predict(planes: Planes, columns: number): Uint8Array<ArrayBuffer> {
  const count = planes.length;
  const wide = planes instanceof Uint16Array;
  const out = new Uint8Array(wide ? 2 * count : count);
  const unused = wide ? 16 : 24;
  for (let start = 0; start < count; start += columns) {
    const end = start + columns;
    let left = start === 0 ? 0 : (planes[start - columns] ?? 0);
    let corner = left;
    for (let i = start; i < end; i++) {
      const above = start === 0 ? left : (planes[i - columns] ?? 0);
      if (i === start || start === 0) corner = above;
      const value = planes[i] ?? 0;
      // Signed, in as many bits as a sample has; then 0, −1, 1, −2 … become 0, 1, 2, 3 …
      const difference = ((value - median(left, above, corner)) << unused) >> unused;
      const folded = (difference << 1) ^ (difference >> 31);
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
  for (let start = 0; start < count; start += columns) {
    const end = start + columns;
    let left = start === 0 ? 0 : (planes[start - columns] ?? 0);
    let corner = left;
    for (let i = start; i < end; i++) {
      const above = start === 0 ? left : (planes[i - columns] ?? 0);
      if (i === start || start === 0) corner = above;
      const folded = (residuals[i] ?? 0) | (wide ? (residuals[count + i] ?? 0) << 8 : 0);
      const value = (median(left, above, corner) + ((folded >>> 1) ^ -(folded & 1))) & mask;
      planes[i] = value;
      left = value;
      corner = above;
    }
  }
}

function median(left: number, above: number, corner: number): number {
  if (left < above) return corner >= above ? left : corner <= left ? above : left + above - corner;
  return corner >= left ? above : corner <= above ? left : left + above - corner;
}
