import type { PixelImage } from '../deidentification/pixel-port.js';
import { showsText } from '../deidentification/risk.js';

/**
 * Whether anything can have been drawn into a slice as a scanner makes it. What is drawn has one value, and edges that fall off at once; what is
 * measured has noise, in which neighbours beside an edge are hardly ever equal. So sharp edges are looked for, and of each whether the value
 * behind it goes on unchanged. A square of the picture with several such is looked at with care; a slice without one is done in a tenth of
 * a millisecond instead of thirty (docs/adr/0045-slices-are-looked-at-in-passing-first.md).
 */
export function isWithoutDrawing(image: PixelImage, frame: Uint8Array): boolean {
  const cells = cellsOf(image, frame);
  if (cells === null) return false;
  const { columns, rows } = image;
  const range = rangeOf(cells);
  const squares = new Uint8Array(Math.ceil(columns / SQUARE) * Math.ceil(rows / SQUARE));
  const step = Math.max(2, (range.high - range.low) >> 4);
  return !findsDrawing(cells, { columns, rows, squares, step });
}

/** Axial slices come so; a screen that was captured is none, whatever it calls its modality. */
const SLICES = new Set(['CT', 'MR', 'PT', 'NM']);

/** The side of a square: three small letters fill a good part of it, an outline only crosses it. */
const SQUARE = 32;
/** Edges with an even side in one square, every second row: three letters of 8 pixels have about a dozen. */
const FEW = 5;
/** The widest stroke of a letter; what goes on longer is background that was cut off at one value. */
const STROKE = 24;

type Samples = Int16Array | Uint16Array;

/** Null where it is not that simple, and the picture is looked at with care. */
function cellsOf(image: PixelImage, frame: Uint8Array): Samples | null {
  const { bitsAllocated, bitsStored, highBit, samplesPerPixel, littleEndian, columns, rows, pixelRepresentation } =
    image;
  if (!SLICES.has(image.modality) || showsText(image) || !image.imageType.includes('ORIGINAL')) return null;
  if (bitsAllocated !== 16 || highBit !== bitsStored - 1 || samplesPerPixel !== 1 || !littleEndian) return null;
  if (frame.byteOffset % 2 !== 0 || frame.length < 2 * columns * rows || columns < SQUARE || rows < SQUARE) return null;
  const { buffer, byteOffset } = frame;
  const count = columns * rows;
  return pixelRepresentation === 1
    ? new Int16Array(buffer, byteOffset, count)
    : new Uint16Array(buffer, byteOffset, count);
}

/** Of some samples: it only says how much an edge is. */
function rangeOf(cells: Samples): { low: number; high: number } {
  let low = cells[0]!;
  let high = low;
  for (let at = 0; at < cells.length; at += 31) {
    const value = cells[at]!;
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  return { low, high };
}

interface Search {
  readonly columns: number;
  readonly rows: number;
  readonly squares: Uint8Array;
  readonly step: number;
}

function findsDrawing(cells: Samples, { columns, rows, squares, step }: Search): boolean {
  const across = Math.ceil(columns / SQUARE);
  // One comparison for both directions: below zero it is a huge unsigned number.
  const [offset, widest] = [step - 1, 2 * step - 2];
  for (let y = 0; y + 2 < rows; y += 2) {
    const row = y * columns;
    const square = Math.floor(y / SQUARE) * across;
    const end = row + columns;
    for (let at = row + 1; at < end; at++) {
      at = afterFlat(cells, at, end, step);
      if (at === end) break;
      if ((cells[at]! - cells[at - 1]! + offset) >>> 0 <= widest) continue;
      const x = at - row;
      // Both sides of the edge: the letter may be on the left of it, or on the right.
      if (isStroke(cells, at, columns - x, 1, columns) || isStroke(cells, at - 1, x, -1, columns)) {
        const index = square + (x >> 5);
        if (++squares[index]! > FEW) return true;
      }
    }
  }
  return false;
}

/**
 * Goes on by four samples at a time as long as none of them is an edge: nearly all of a picture, so this loop is most of what a slice costs.
 * Between powers of two, so that one look tells for all four; what is in doubt is looked at singly.
 * @returns the first one in doubt, or `end`
 */
function afterFlat(cells: Samples, from: number, end: number, step: number): number {
  const power = 31 - Math.clz32(step - 1);
  const offset = 1 << power;
  let at = from;
  let before = cells[at - 1]!;
  for (; at + 3 < end; at += 4) {
    const first = cells[at]!;
    const second = cells[at + 1]!;
    const third = cells[at + 2]!;
    const last = cells[at + 3]!;
    const any =
      (first - before + offset) | (second - first + offset) | (third - second + offset) | (last - third + offset);
    if (any >>> (power + 1) !== 0) return at;
    before = last;
  }
  return at;
}

/**
 * Whether the very value at `at` goes on for two samples below, or for two away from the edge, and ends again within a stroke's width.
 * @param room samples from here to the row's end, where strokes do not end
 */
function isStroke(cells: Samples, at: number, room: number, away: 1 | -1, columns: number): boolean {
  const value = cells[at]!;
  const isEven =
    (cells[at + columns] === value && cells[at + 2 * columns] === value) ||
    (cells[at + away] === value && cells[at + 2 * away] === value);
  if (!isEven) return false;
  let length = 1;
  while (length < room && cells[at + away * length] === value) length++;
  return length < room && length <= STROKE;
}
