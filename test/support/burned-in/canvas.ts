import { type Font, type Ink, turned } from './ink.js';
import type { Random } from './random.js';

/** Three brightnesses a pixel, as floating point until it is finished; and where text was drawn. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Float32Array;
  readonly tokens: Token[];
}

export interface Token {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** What a person would not want to be read; the rest is text, too, but harms nobody. */
  readonly isPersonal: boolean;
}

export type Colour = readonly [number, number, number];

export function createCanvas(width: number, height: number, colour: Colour): Canvas {
  const pixels = new Float32Array(width * height * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colour[i % 3] ?? 0;
  return { width, height, pixels, tokens: [] };
}

/** Calls back for every pixel of a rectangle that lies in the picture. */
export function fillWith(
  canvas: Canvas,
  [x0, y0, width, height]: readonly [number, number, number, number],
  colourAt: (x: number, y: number) => Colour | null,
): void {
  for (let y = Math.max(0, Math.floor(y0)); y < Math.min(canvas.height, y0 + height); y++) {
    for (let x = Math.max(0, Math.floor(x0)); x < Math.min(canvas.width, x0 + width); x++) {
      const colour = colourAt(x, y);
      if (colour === null) continue;
      const at = (y * canvas.width + x) * 3;
      canvas.pixels[at] = colour[0];
      canvas.pixels[at + 1] = colour[1];
      canvas.pixels[at + 2] = colour[2];
    }
  }
}

export interface TextStyle {
  readonly font: Font;
  readonly size: number;
  readonly colour: Colour;
  /** Drawn around each stroke. */
  readonly outline?: Colour | undefined;
  readonly isTurned?: boolean | undefined;
  readonly isPersonal?: boolean | undefined;
}

/** Draws text with its ink's upper left corner at a place, or nothing where it does not fit. @returns its ink's size */
export function drawText(canvas: Canvas, text: string, x: number, y: number, style: TextStyle): Ink | null {
  const straight = style.font.draw(text, style.size);
  const ink = style.isTurned === true ? turned(straight) : straight;
  const [left, top] = [Math.round(x), Math.round(y)];
  if (left < 0 || top < 0 || left + ink.width > canvas.width || top + ink.height > canvas.height) return null;
  if (overlapsText(canvas, left, top, ink)) return null;
  if (style.outline !== undefined) {
    for (let dy = -1; dy <= 1; dy++)
      for (let dx = -1; dx <= 1; dx++) blend(canvas, ink, left + dx, top + dy, style.outline);
  }
  blend(canvas, ink, left, top, style.colour);
  const isPersonal = style.isPersonal ?? true;
  canvas.tokens.push({ text, x: left, y: top, width: ink.width, height: ink.height, isPersonal });
  return ink;
}

function overlapsText({ tokens }: Canvas, left: number, top: number, { width, height }: Ink): boolean {
  return tokens.some(
    (token) =>
      left < token.x + token.width + 3 &&
      left + width + 3 > token.x &&
      top < token.y + token.height + 2 &&
      top + height + 2 > token.y,
  );
}

function blend(canvas: Canvas, { width, height, coverage }: Ink, left: number, top: number, colour: Colour): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const share = (coverage[y * width + x] ?? 0) / 255;
      const [px, py] = [left + x, top + y];
      if (share === 0 || px < 0 || py < 0 || px >= canvas.width || py >= canvas.height) continue;
      const at = (py * canvas.width + px) * 3;
      for (let c = 0; c < 3; c++)
        canvas.pixels[at + c] = canvas.pixels[at + c]! * (1 - share) + (colour[c] ?? 0) * share;
    }
  }
}

export function addNoise(canvas: Canvas, random: Random, amount: number): void {
  for (let i = 0; i < canvas.pixels.length; i += 3) {
    const noise = (random.next() + random.next() - 1) * amount;
    for (let c = 0; c < 3; c++) canvas.pixels[i + c]! += noise;
  }
}

export function toBytes({ pixels }: Canvas): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(pixels, (value) => Math.max(0, Math.min(255, Math.round(value))));
}
