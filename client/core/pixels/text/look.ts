import type { Picture } from '../raster/raster.js';
import type { Box } from './extend.js';
import { findText, type TextLine } from './find-text.js';
import { isColourFlow } from './flow.js';
import { joinLines } from './join.js';
import { readWords, type TextReader } from './words.js';

/** What stands in one frame. */
export interface TextSeen {
  /** Surely enough to be covered, margins included. */
  readonly boxes: readonly TextBox[];
  /** Perhaps text: nobody covers it, somebody should look. */
  readonly doubtful: readonly TextBox[];
  /** Would have been text, but runs through many colours; who knows where flow is shown decides. */
  readonly flow: readonly TextBox[];
}

export interface TextBox extends Box {
  readonly confidence: number;
  readonly reason: 'shape' | 'read';
}

/** What the detector must be sure of, and from where on it doubts. */
export interface Demands {
  readonly sure: number;
  readonly doubt: number;
  /** What runs through many colours is flow, where pictures show it. */
  readonly colours: 'any' | 'no-flow';
  /** Of a line, once its pieces are joined: shorter ones name nobody. */
  readonly characters: number;
}

/** For pictures that usually carry text, and for those that usually do not: there, what it costs to be wrong is anatomy. */
export const USUALLY_TEXT: Demands = { sure: 0.45, doubt: 0.2, characters: 3, colours: 'any' };
export const RARELY_TEXT: Demands = { sure: 0.95, doubt: 0.9, characters: 5, colours: 'any' };
/** Ultrasound. */
export const TEXT_AND_FLOW: Demands = { ...USUALLY_TEXT, colours: 'no-flow' };

/** Nothing that names somebody can be read in a picture of fewer pixels. */
const SMALLEST = 48;

/** @param reader reads the words as well, which takes a second; null leaves it to the shapes */
export async function lookForText(picture: Picture, demands: Demands, reader: TextReader | null): Promise<TextSeen> {
  if (Math.min(picture.width, picture.height) < SMALLEST) return { boxes: [], doubtful: [], flow: [] };
  const isFlow = (box: Box): boolean => demands.colours === 'no-flow' && isColourFlow(picture, box);
  const found = findText(picture, demands.doubt);
  const lines = found.filter((line) => !isFlow(line));
  const joined = joinLines(lines.filter(({ confidence }) => confidence >= demands.sure)).filter(
    ({ characters }) => characters >= demands.characters,
  );
  const sure = joined.filter((line) => !isFlow(line));
  const boxes = sure.map(withMargin);
  const coloured = found.filter((line) => line.confidence >= demands.sure && !lines.includes(line));
  const flow = [...coloured.filter(({ characters }) => characters >= demands.characters), ...joined.filter(isFlow)];
  if (reader !== null) {
    for (const { left, top, right, bottom, confidence } of await readWords(picture, reader)) {
      const box = { left: left - 2, top: top - 2, right: right + 2, bottom: bottom + 2 };
      if (coveredBy(box, boxes) < 0.8) boxes.push({ ...box, confidence, reason: 'read' });
    }
  }
  const doubtful = lines
    .filter((line) => line.characters >= demands.characters)
    .filter((line) => line.confidence < demands.sure && coveredBy(line, boxes) < 0.5)
    .map(({ left, top, right, bottom, confidence }) => ({
      left,
      top,
      right,
      bottom,
      confidence,
      reason: 'shape' as const,
    }));
  return { boxes, doubtful, flow: flow.map(withMargin) };
}

function withMargin(line: Omit<TextLine, 'characters'>): TextBox {
  const { left, top, right, bottom, size, confidence, isTurned } = line;
  const [along, across] = [Math.max(2, Math.round(0.15 * size)), 2];
  const [x, y] = isTurned ? [across, along] : [along, across];
  return { left: left - x, top: top - y, right: right + x, bottom: bottom + y, confidence, reason: 'shape' };
}

/** The share of a box that lies under others; what several cover counts once for each, which only errs towards covered. */
export function coveredBy(box: Box, others: readonly Box[]): number {
  let covered = 0;
  for (const other of others) {
    const width = Math.min(box.right, other.right) - Math.max(box.left, other.left);
    const height = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
    if (width > 0 && height > 0) covered += width * height;
  }
  return covered / Math.max(1, (box.right - box.left) * (box.bottom - box.top));
}
