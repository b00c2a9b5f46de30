import type { Gray, Picture } from '../raster/raster.js';
import { channel } from './candidates.js';
import type { Box } from './extend.js';

/** What a reader of text (OCR) says stands somewhere. */
export interface Word extends Box {
  readonly text: string;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Reads dark text on a bright ground; a shell brings it. Its answer is the same for the same picture. */
export type TextReader = (gray: Gray) => Promise<readonly Word[]>;

/** Below this a word is one that texture spells, too. */
const LEAST_CONFIDENCE = 0.6;
const LEAST_LETTERS = 3;

/** Words of a picture in both polarities that are more than accidents. */
export async function readWords(picture: Picture, reader: TextReader): Promise<Word[]> {
  const bright = channel(picture, 'bright');
  // A reader of documents wants ink on paper.
  const onDark = await reader(inverted(bright));
  const onBright = await reader(inverted(channel(picture, 'dark')));
  return [...onDark, ...onBright].filter(isWord);
}

function isWord({ text, confidence, left, right, top, bottom }: Word): boolean {
  const letters = [...text].filter((letter) => /[\p{L}\p{N}]/u.test(letter));
  const height = bottom - top;
  if (letters.length < LEAST_LETTERS || confidence < LEAST_CONFIDENCE) return false;
  // A box that its letters could not fill was read from something else.
  return height >= 5 && height <= 80 && right - left < 2 * height * text.length && new Set(letters).size > 1;
}

function inverted({ width, height, bytes }: Gray): Gray {
  return { width, height, bytes: bytes.map((value) => 255 - value) };
}
