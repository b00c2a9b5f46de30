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
import { refuse } from './refusal.js';

/** Real files nest to about 15; fo-dicom stops at the same figure (attack A22). */
export const MAX_DEPTH = 256;
/** Elements, items and fragments of one file. */
export const MAX_ELEMENTS = 1_000_000;

/** Counts down what one file may hold. */
export interface Budget {
  elements: number;
}

export function spend(budget: Budget): void {
  if (--budget.elements < 0) refuse('too-many');
}

interface Level {
  readonly holds: 'items' | 'elements';
  readonly encoding: Encoding;
}

/**
 * Moves behind the delimiter that closes an element of undefined length, without recursion. Items and elements with a length are
 * jumped over, so only what a writer left open is walked.
 * @throws ScanRefused `truncated`, `malformed`, `too-deep`, `too-many`
 */
export async function skipSequence(cursor: Cursor, encoding: Encoding, vr: string, budget: Budget): Promise<void> {
  const levels: Level[] = [{ holds: 'items', encoding: inside(encoding, vr) }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const header = (await readElementHeader(cursor, level.encoding)) ?? refuse('truncated');
    spend(budget);
    const opened = level.holds === 'items' ? openedByItem(header, level) : openedByElement(header, level);
    if (opened === 'end') levels.pop();
    else if (opened === null) await skipValue(cursor, header.length);
    else if (levels.push(opened) > 2 * MAX_DEPTH) refuse('too-deep');
  }
}

/** Moves behind the delimiter of encapsulated pixel data (PS3.5 §A.4): items with lengths and nothing else. */
export async function skipFragments(cursor: Cursor, encoding: Encoding, budget: Budget): Promise<void> {
  for (;;) {
    const { tag, length } = (await readElementHeader(cursor, encoding)) ?? refuse('truncated');
    spend(budget);
    if (tag === SEQUENCE_END) return;
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

function openedByItem({ tag, length }: ElementHeader, level: Level): Level | 'end' | null {
  if (tag === SEQUENCE_END) return 'end';
  if (tag !== ITEM) return refuse('malformed');
  return length === UNDEFINED_LENGTH ? { holds: 'elements', encoding: level.encoding } : null;
}

function openedByElement({ tag, vr, length }: ElementHeader, level: Level): Level | 'end' | null {
  if (tag === ITEM_END) return 'end';
  if (tag === ITEM || tag === SEQUENCE_END) return refuse('malformed');
  return length === UNDEFINED_LENGTH ? { holds: 'items', encoding: inside(level.encoding, vr) } : null;
}
