import type { Cursor } from './cursor.js';
import {
  IMPLICIT,
  ITEM,
  ITEM_END,
  readElementHeader,
  SEQUENCE_END,
  UNDEFINED_LENGTH,
  type ElementHeader,
  type Encoding,
} from './element.js';
import { refuse, ScanRefused } from './refusal.js';

/** Real files nest to about 15; fo-dicom stops at the same figure (attack A22). */
export const MAX_DEPTH = 256;
/** Elements of the data set itself, items and fragments of one file. */
export const MAX_ITEMS = 1_000_000;
/** Elements inside of items: an enhanced image of 40,000 frames has 4 million. */
const MAX_INNER_ELEMENTS = 5_000_000;

/** Counts down what one file may hold. */
export interface Budget {
  items: number;
  elements: number;
}

export function createBudget(): Budget {
  return { items: MAX_ITEMS, elements: MAX_INNER_ELEMENTS };
}

export function spend(budget: Budget, what: keyof Budget): void {
  if (--budget[what] < 0) refuse('too-many');
}

interface Level {
  readonly holds: 'items' | 'elements';
  readonly encoding: Encoding;
  /** Position behind its last byte; Infinity where a delimiter closes it. */
  readonly end: number;
}

/**
 * Moves behind a sequence, without recursion, and makes sure that nothing in it nests too deep or is too many. What a writer closed by
 * a length may hold anything: then the length is believed.
 * @throws ScanRefused `truncated`, `malformed`, `too-deep`, `too-many`
 */
export async function skipSequence(
  cursor: Cursor,
  encoding: Encoding,
  { vr, length }: Pick<ElementHeader, 'vr' | 'length'>,
  budget: Budget,
): Promise<void> {
  const levels: Level[] = [{ holds: 'items', encoding: inside(encoding, vr), end: endOf(cursor, length) }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    if (cursor.position === level.end) levels.pop();
    else {
      try {
        await step(cursor, level, levels, budget);
      } catch (error) {
        if (!(error instanceof ScanRefused) || (error.reason !== 'malformed' && error.reason !== 'truncated'))
          throw error;
        await leaveClosed(cursor, levels, error);
      }
    }
  }
}

async function step(cursor: Cursor, level: Level, levels: Level[], budget: Budget): Promise<void> {
  const header = (await readElementHeader(cursor, level.encoding)) ?? refuse('truncated');
  spend(budget, level.holds);
  const opened =
    level.holds === 'items' ? openedByItem(cursor, header, level) : await openedByElement(cursor, header, level);
  if (opened === 'end') {
    // A delimiter inside of what has a length closes nothing.
    if (level.end !== Number.POSITIVE_INFINITY) refuse('malformed');
    levels.pop();
  } else if (opened !== null) {
    if (opened.end > closedEnd(levels) && opened.end !== Number.POSITIVE_INFINITY) refuse('malformed');
    if (levels.push(opened) > 2 * MAX_DEPTH) refuse('too-deep');
  } else {
    if (cursor.position + header.length > closedEnd(levels)) refuse('malformed');
    await skipValue(cursor, header.length);
  }
}

/** The end of the innermost level that has one. */
function closedEnd(levels: readonly Level[]): number {
  return levels.findLast(({ end }) => end !== Number.POSITIVE_INFINITY)?.end ?? Number.POSITIVE_INFINITY;
}

/** Goes on behind the innermost level with a length, if the place of the mistake lies within it. */
async function leaveClosed(cursor: Cursor, levels: Level[], error: ScanRefused): Promise<void> {
  const closed = levels.findLastIndex(({ end }) => end !== Number.POSITIVE_INFINITY && end >= cursor.position);
  const end = levels[closed]?.end;
  if (end === undefined) throw error;
  levels.length = closed;
  await skipValue(cursor, end - cursor.position);
}

function endOf(cursor: Cursor, length: number): number {
  return length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : cursor.position + length;
}

/** Moves behind the delimiter of encapsulated pixel data (PS3.5 §A.4): items with lengths and nothing else. @returns their number */
export async function skipFragments(cursor: Cursor, encoding: Encoding, budget: Budget): Promise<number> {
  for (let items = 0; ; items++) {
    const { tag, length } = (await readElementHeader(cursor, encoding)) ?? refuse('truncated');
    spend(budget, 'items');
    if (tag === SEQUENCE_END) return items;
    if (tag !== ITEM || length === UNDEFINED_LENGTH) refuse('malformed');
    await skipValue(cursor, length);
  }
}

function skipValue(cursor: Cursor, length: number): Promise<void> | undefined {
  if (length > cursor.window.length - cursor.at) return cursor.skip(length);
  cursor.advance(length);
  return undefined;
}

/** PS3.5 §6.2.2 note 2: an unknown element of undefined length is a sequence in implicit little endian. */
function inside(encoding: Encoding, vr: string): Encoding {
  return vr === 'UN' ? IMPLICIT : encoding;
}

function openedByItem(cursor: Cursor, { tag, length }: ElementHeader, level: Level): Level | 'end' | null {
  if (tag === SEQUENCE_END) return 'end';
  if (tag !== ITEM) return refuse('malformed');
  return { holds: 'elements', encoding: level.encoding, end: endOf(cursor, length) };
}

async function openedByElement(cursor: Cursor, header: ElementHeader, level: Level): Promise<Level | 'end' | null> {
  if (header.tag === ITEM_END) return 'end';
  if (header.tag === ITEM || header.tag === SEQUENCE_END) return refuse('malformed');
  if (!(await isSequence(cursor, level.encoding, header))) return null;
  return { holds: 'items', encoding: inside(level.encoding, header.vr), end: endOf(cursor, header.length) };
}

/** By VR, by undefined length, or, where VRs are not written, by an item at the start of the value. */
export async function isSequence(cursor: Cursor, encoding: Encoding, { vr, length }: ElementHeader): Promise<boolean> {
  if (vr === 'SQ' || length === UNDEFINED_LENGTH) return true;
  if (vr !== '' || length < 8 || (await cursor.fill(4)) < 4) return false;
  const little = encoding.littleEndian;
  return cursor.view.getUint16(cursor.at, little) === 0xfffe && cursor.view.getUint16(cursor.at + 2, little) === 0xe000;
}
