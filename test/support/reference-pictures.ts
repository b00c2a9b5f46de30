/** How a picture of the corpus has to look, as another program renders it (test/campaign/reference-pictures.ts). */
export interface ReferencePicture {
  readonly path: string;
  readonly what: string;
  /** Counted from 0. */
  readonly frame: number;
  /** Centre and width; null for colours. */
  readonly window: readonly [center: number, width: number] | null;
  /** How far a shade may be off: rounding, or a coding with losses that two decoders undo differently. */
  readonly tolerance: number;
  readonly rows: number;
  readonly columns: number;
  /** Hex of red, green and blue at GRID × GRID places, row by row. */
  readonly grid: string;
}

export const GRID = 16;

/** Places that lie in the middles of as many fields. It stands alone, because pages and campaigns take it, too. */
export function gridOf(rgba: ArrayLike<number>, columns: number, rows: number): string {
  let text = '';
  for (let y = 0; y < GRID; y++) {
    for (let x = 0; x < GRID; x++) {
      const [column, row] = [Math.floor(((x + 0.5) * columns) / GRID), Math.floor(((y + 0.5) * rows) / GRID)];
      for (let channel = 0; channel < 3; channel++) {
        text += (rgba[4 * (row * columns + column) + channel] ?? 0).toString(16).padStart(2, '0');
      }
    }
  }
  return text;
}

/** The greatest distance of two grids. */
export function gridDistance(a: string, b: string): number {
  if (a.length !== b.length) return 256;
  let greatest = 0;
  for (let i = 0; i < a.length; i += 2) {
    const [x, y] = [a, b].map((text) => Number.parseInt(text.slice(i, i + 2), 16));
    greatest = Math.max(greatest, Math.abs((x ?? 0) - (y ?? 256)));
  }
  return greatest;
}
