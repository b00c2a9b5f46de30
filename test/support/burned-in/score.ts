import type { Box } from '../../../client/core/pixels/text/extend.js';
import type { Example } from './example.js';

/** How well boxes cover what stands in a picture. */
export interface Score {
  readonly tokens: number;
  /** Of which every pixel is covered. */
  readonly covered: number;
  /** Pixels that are covered and lie in no token's box: margins count as wrong, too. */
  readonly wrongPixels: number;
  readonly pixels: number;
}

export function scoreOf({ picture, tokens }: Example, boxes: readonly Box[]): Score {
  const { width, height } = picture;
  const map = new Uint8Array(width * height);
  for (const { left, top, right, bottom } of boxes) {
    for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
      map.fill(1, y * width + Math.max(0, left), y * width + Math.min(width, right));
    }
  }
  let covered = 0;
  let counted = 0;
  for (const token of tokens) {
    let seen = 0;
    for (let y = token.y; y < token.y + token.height; y++) {
      for (let x = token.x; x < token.x + token.width; x++) seen += map[y * width + x] === 0 ? 0 : 1;
    }
    // L and R are left in the picture on purpose.
    if (token.text.length > 1) {
      counted++;
      if (seen === token.width * token.height) covered++;
    }
    // What belongs to a token is not wrong.
    for (let y = token.y; y < token.y + token.height; y++)
      map.fill(0, y * width + token.x, y * width + token.x + token.width);
  }
  return { tokens: counted, covered, wrongPixels: map.reduce((sum, one) => sum + one, 0), pixels: map.length };
}

export function sum(scores: readonly Score[]): Score {
  const total = (key: keyof Score): number => scores.reduce((all, score) => all + score[key], 0);
  return {
    tokens: total('tokens'),
    covered: total('covered'),
    wrongPixels: total('wrongPixels'),
    pixels: total('pixels'),
  };
}
