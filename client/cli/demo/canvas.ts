/** A picture to draw phantoms on. Rows follow each other; 16 bits signed. */
export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  readonly pixels: Int16Array;
}

export function createCanvas(columns: number, rows: number): Canvas {
  return { columns, rows, pixels: new Int16Array(columns * rows) };
}

/** Fills an upright ellipse with one value, row by row. Centre and radii in pixels; outside the picture nothing happens. */
export function fillEllipse(
  canvas: Canvas,
  { x, y, rx, ry }: { readonly x: number; readonly y: number; readonly rx: number; readonly ry: number },
  value: number,
): void {
  if (!(rx > 0 && ry > 0)) return;
  const top = Math.max(0, Math.ceil(y - ry));
  const bottom = Math.min(canvas.rows - 1, Math.floor(y + ry));
  for (let row = top; row <= bottom; row++) {
    const half = rx * Math.sqrt(Math.max(0, 1 - ((row - y) / ry) ** 2));
    const start = Math.max(0, Math.ceil(x - half));
    const end = Math.min(canvas.columns, Math.floor(x + half) + 1);
    if (start < end) canvas.pixels.fill(value, row * canvas.columns + start, row * canvas.columns + end);
  }
}

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Much more than a slice, so that slices can take their noise from different places instead of drawing it anew. */
const NOISE_LENGTH = 2 ** 20;

/** Gaussian noise of standard deviation `sigma`, rounded. */
export function createNoise(random: () => number, sigma: number): Int16Array {
  const noise = new Int16Array(NOISE_LENGTH);
  for (let i = 0; i < NOISE_LENGTH; i += 2) {
    const radius = sigma * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    noise[i] = Math.round(radius * Math.cos(angle));
    noise[i + 1] = Math.round(radius * Math.sin(angle));
  }
  return noise;
}

/** Adds noise from `start` on, then `offset`, and keeps the sum between `low` and `high`. */
export function addNoise(
  { pixels }: Canvas,
  noise: Int16Array,
  start: number,
  { offset, low, high }: { readonly offset: number; readonly low: number; readonly high: number },
): void {
  for (let i = 0, n = start & (NOISE_LENGTH - 1); i < pixels.length; i++, n = (n + 1) & (NOISE_LENGTH - 1)) {
    const value = (pixels[i] ?? 0) + (noise[n] ?? 0) + offset;
    pixels[i] = value < low ? low : value > high ? high : value;
  }
}
