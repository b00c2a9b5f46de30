import type { Picture } from '../raster/raster.js';
import { candidatesIn, flip, viewsOf } from './candidates.js';
import { type Box, extendLine } from './extend.js';
import { judge } from './forest.js';
import { LINE_MODEL } from './line-model.js';

/** A line that was judged to be text. */
export interface TextLine extends Box {
  readonly size: number;
  readonly isTurned: boolean;
  /** About how many, touching ones counted apart. */
  readonly characters: number;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Turned text is rare, and chance makes columns as easily as lines: more is asked of it. */
const LEAST_TURNED = 0.9;

/** Lines with at least this confidence, grown over what belongs to them. */
export function findText(picture: Picture, least: number): TextLine[] {
  return viewsOf(picture).flatMap((view) =>
    candidatesIn(view).flatMap(({ threshold, features, size, isTurned, ...box }) => {
      const confidence = judge(LINE_MODEL, features);
      if (confidence < (isTurned ? Math.max(least, LEAST_TURNED) : least)) return [];
      const upright = isTurned ? flip(box) : box;
      const grown = extendLine(upright, size, threshold, view.gray);
      return [{ ...(isTurned ? flip(grown) : grown), size, isTurned, characters: features[0] ?? 0, confidence }];
    }),
  );
}
