import type { Gray, Picture } from '../raster/raster.js';
import { findCharacters } from './characters.js';
import { FEATURES, featuresOf, type LineFeatures, median } from './features.js';
import type { Box } from './extend.js';
import { findLines } from './lines.js';

/** A line that may be text, in the picture's pixels. */
export interface LineCandidate extends Box {
  /** Typical height of its characters, along the reading direction's cross. */
  readonly size: number;
  /** What is at least as bright, in its polarity, is ink. */
  readonly threshold: number;
  readonly isTurned: boolean;
  readonly polarity: 'bright' | 'dark';
  readonly features: LineFeatures;
}

/** Shorter groups are marks and letters like L and R, which name nobody. */
const MIN_CHARACTERS = 2;

/**
 * Every group of shapes that could be a line of text: bright on dark and dark on bright, upright and turned. In colours the brightest
 * channel shows bright text best, and the darkest one dark text.
 */
export function findCandidates(picture: Picture): LineCandidate[] {
  return viewsOf(picture).flatMap(candidatesIn);
}

const BRIGHTNESS = FEATURES.indexOf('brightness');
const CONTRAST = FEATURES.indexOf('contrast');

/** The picture as one of four sees it. */
export interface View {
  readonly gray: Gray;
  readonly polarity: 'bright' | 'dark';
  readonly isTurned: boolean;
}

export function viewsOf(picture: Picture): View[] {
  const bright = channel(picture, 'bright');
  const dark = channel(picture, 'dark');
  return [
    { gray: bright, polarity: 'bright', isTurned: false },
    { gray: dark, polarity: 'dark', isTurned: false },
    { gray: turn(bright), polarity: 'bright', isTurned: true },
    { gray: turn(dark), polarity: 'dark', isTurned: true },
  ];
}

export function candidatesIn({ gray, polarity, isTurned }: View): LineCandidate[] {
  return findLines(findCharacters(gray)).flatMap((line) => {
    const features = featuresOf(line, gray);
    if ((features[0] ?? 0) < MIN_CHARACTERS) return [];
    const size = median(line.characters.map(({ top, bottom }) => bottom - top));
    // Halfway between the ink and what is around it.
    const threshold = 255 * ((features[BRIGHTNESS] ?? 0) - (features[CONTRAST] ?? 0) / 2);
    const { left, top, right, bottom } = line;
    const box = { left, top, right, bottom };
    return [{ ...(isTurned ? flip(box) : box), size, threshold, isTurned, polarity, features }];
  });
}

export function flip({ left, top, right, bottom }: Box): Box {
  return { left: top, top: left, right: bottom, bottom: right };
}

/** Mirrored along the diagonal: lines that run downwards run to the right, mirrored, which shapes and gaps do not mind. */
function turn({ width, height, bytes }: Gray): Gray {
  const out = new Uint8Array(bytes.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = bytes[y * width + x]!;
  return { width: height, height: width, bytes: out };
}

export function channel({ width, height, samples, bytes }: Picture, polarity: 'bright' | 'dark'): Gray {
  const out = new Uint8Array(width * height);
  for (let i = 0; i < out.length; i++) {
    const [a, b, c] =
      samples === 1 ? [bytes[i]!, bytes[i]!, bytes[i]!] : [bytes[3 * i]!, bytes[3 * i + 1]!, bytes[3 * i + 2]!];
    out[i] = polarity === 'bright' ? Math.max(a, b, c) : 255 - Math.min(a, b, c);
  }
  return { width, height, bytes: out };
}
