import { decodeDct } from '../../../client/core/pixels/jpeg/decode-dct.js';
import type { Picture } from '../../../client/core/pixels/raster/raster.js';
import { bitmapFont } from './bitmap-font.js';
import { type Canvas, type Token, toBytes } from './canvas.js';
import type { Font } from './ink.js';
import { jpegOf } from './jpeg-picture.js';
import { createRandom } from './random.js';
import { drawScene, type SceneName, SCENES } from './scenes.js';
import { systemFonts } from './truetype.js';

/** A picture with burned-in text, as a decoder would give it, and what stands in it. */
export interface Example {
  readonly scene: SceneName;
  readonly picture: Picture;
  readonly tokens: readonly Token[];
  readonly coding: 'native' | 'jpeg';
}

let fonts: readonly Font[] | null = null;

export function exampleFonts(): readonly Font[] {
  return (fonts ??= [...systemFonts(), bitmapFont]);
}

/** The same seed gives the same picture on machines with the same fonts. */
export function createExample(seed: number, only?: SceneName): Example {
  const random = createRandom(seed);
  const name = only ?? SCENES[(seed >> 1) % SCENES.length] ?? 'ultrasound';
  const { canvas, isColour } = drawScene(name, random, exampleFonts());
  const picture = pictureOf(canvas, isColour);
  if (!random.chance(0.4)) return { scene: name, picture, tokens: canvas.tokens, coding: 'native' };
  return { scene: name, picture: lossy(picture, random.whole(60, 95)), tokens: canvas.tokens, coding: 'jpeg' };
}

export function pictureOf(canvas: Canvas, isColour: boolean): Picture {
  const { width, height } = canvas;
  const bytes = toBytes(canvas);
  if (isColour) return { width, height, samples: 3, bytes };
  const gray = new Uint8Array(width * height);
  for (let i = 0; i < gray.length; i++) {
    gray[i] = Math.round(
      ((bytes[3 * i] ?? 0) * 77 + (bytes[3 * i + 1] ?? 0) * 150 + (bytes[3 * i + 2] ?? 0) * 29) / 256,
    );
  }
  return { width, height, samples: 1, bytes: gray };
}

function lossy(picture: Picture, quality: number): Picture {
  const { width, height, samples, bytes } = picture;
  const coded = jpegOf(bytes, { width, height, samples, precision: 8, quality });
  return { width, height, samples, bytes: Uint8Array.from(decodeDct(coded).samples) };
}
