import type { UltrasoundRegion } from '../deidentification/pixel-port.js';
import type { Picture } from './raster/raster.js';
import type { Box } from './text/extend.js';

/** Squares of this side are either plain or covered. */
const CELL = 8;
/** What differs this much from the background is no noise of it. */
const CONTRAST = 24;
/** More content than this outside is picture: then the regions do not describe all of it, and nothing is covered blindly. */
const MAX_SHARE = 0.2;

/**
 * Outside of the Sequence of Ultrasound Regions everything is text until proven otherwise; what proves otherwise is that it is plain.
 * @returns boxes over all that is not plain; null when the regions cannot be believed
 */
export function contentOutside(picture: Picture, regions: readonly UltrasoundRegion[]): Box[] | null {
  const { width, height } = picture;
  const inside = regions.filter(
    ({ minX, minY, maxX, maxY }) => maxX > minX && maxY > minY && minX < width && minY < height,
  );
  if (inside.length === 0) return null;
  const background = commonest(picture);
  const columns = Math.ceil(width / CELL);
  const rows = Math.ceil(height / CELL);
  const cells = new Uint8Array(columns * rows);
  let [outside, filled] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (inside.some(({ minX, minY, maxX, maxY }) => x >= minX && x <= maxX && y >= minY && y <= maxY)) continue;
      outside++;
      if (distance(picture, y * width + x, background) < CONTRAST) continue;
      filled++;
      cells[Math.floor(y / CELL) * columns + Math.floor(x / CELL)] = 1;
    }
  }
  if (filled > MAX_SHARE * outside) return null;
  return rectangles(cells, columns, rows).flatMap((box) => without(box, inside));
}

/** The commonest brightness; of colours, of their brightest channel. */
function commonest(picture: Picture): number {
  const counts = new Uint32Array(256);
  for (let i = 0; i < picture.width * picture.height; i++) counts[brightness(picture, i)]!++;
  return counts.indexOf(Math.max(...counts));
}

function brightness({ samples, bytes }: Picture, pixel: number): number {
  if (samples === 1) return bytes[pixel]!;
  return Math.max(bytes[3 * pixel]!, bytes[3 * pixel + 1]!, bytes[3 * pixel + 2]!);
}

function distance(picture: Picture, pixel: number, background: number): number {
  return Math.abs(brightness(picture, pixel) - background);
}

/** Runs of cells, put together where those below are equally long. */
function rectangles(cells: Uint8Array, columns: number, rows: number): Box[] {
  const done: Box[] = [];
  let open: Box[] = [];
  for (let row = 0; row < rows; row++) {
    const next: Box[] = [];
    for (let column = 0; column < columns; column++) {
      if (cells[row * columns + column] === 0) continue;
      const from = column;
      while (column < columns && cells[row * columns + column] === 1) column++;
      const [left, right] = [from * CELL, column * CELL];
      const above = open.find((box) => box.left === left && box.right === right);
      next.push({ left, right, top: above?.top ?? row * CELL, bottom: (row + 1) * CELL });
    }
    done.push(...open.filter((box) => !next.some((one) => one.left === box.left && one.right === box.right)));
    open = next;
  }
  return [...done, ...open];
}

/** A cell on a region's edge is cut, so that nothing inside is covered. */
function without(box: Box, regions: readonly UltrasoundRegion[]): Box[] {
  let parts = [box];
  for (const { minX, minY, maxX, maxY } of regions) {
    parts = parts.flatMap((part) => cut(part, { left: minX, top: minY, right: maxX + 1, bottom: maxY + 1 }));
  }
  return parts;
}

function cut(box: Box, hole: Box): Box[] {
  if (hole.left >= box.right || hole.right <= box.left || hole.top >= box.bottom || hole.bottom <= box.top)
    return [box];
  const top = Math.max(box.top, hole.top);
  const bottom = Math.min(box.bottom, hole.bottom);
  return [
    { ...box, bottom: hole.top },
    { ...box, top: hole.bottom },
    { left: box.left, right: hole.left, top, bottom },
    { left: hole.right, right: box.right, top, bottom },
  ].filter(({ left, right, top: t, bottom: b }) => right > left && b > t);
}
