import { type Cursor, sourceCursor } from '../dicom/cursor.js';
import { dictionaryVr } from '../dicom/dictionary-vr.js';
import {
  type ElementHeader,
  type Encoding,
  IMPLICIT,
  isKnownVr,
  ITEM,
  ITEM_END,
  readElementHeader,
  SEQUENCE_END,
  UNDEFINED_LENGTH,
} from '../dicom/element.js';
import { refuse, ScanRefused } from '../dicom/refusal.js';
import { type Budget, MAX_DEPTH, spend } from '../dicom/sequence.js';
import type { ByteSource } from '../ports.js';
import type { Content, ElementNode, Extent, ItemNode } from './element-tree.js';

/** A value longer than this holds numbers, pixels or documents; text of this size is no description of anything. */
const MAX_KEPT_VALUE = 65_536;
/** Text may be longer (UT), but all of it together is bounded: it is held in memory. */
const MAX_KEPT_TEXT = 4 * 1024 * 1024;
const MAX_KEPT_TOTAL = 64 * 1024 * 1024;

const TEXT_VRS = new Set(['UT', 'LT', 'ST', 'UC', 'UR']);
const PIXEL_DATA = 0x7fe00010;
/** Of a printer or a film scanner it is longer, and holds words besides its numbers. */
const ICC_PROFILE = 0x00282000;

interface Walk {
  readonly cursor: Cursor;
  readonly budget: Budget;
  kept: number;
}

export interface ReadDataSet {
  readonly elements: readonly ElementNode[];
  /** Where the data set ends; bytes of the file behind it are no elements. */
  readonly endAt: number;
}

/**
 * Reads all elements of a data set at any depth, in one pass, in time that grows with their number. Values that may hold words are kept,
 * the others only located. @param source starts with the first element
 * @throws ScanRefused `truncated`, `malformed`, `too-deep`, `too-many`
 */
export async function readDataSet(
  source: ByteSource,
  start: number,
  encoding: Encoding,
  budget: Budget,
): Promise<ReadDataSet> {
  const cursor = sourceCursor(source);
  await cursor.skip(start);
  const walk: Walk = { cursor, budget, kept: 0 };
  const elements: ElementNode[] = [];
  for (;;) {
    const at = cursor.position;
    try {
      const node = await readElement(walk, encoding, 0);
      if (node === null || node === 'end') return { elements, endAt: at };
      elements.push(node);
    } catch (error) {
      if (!(error instanceof ScanRefused) || !(await isTrailer(source, at, elements, encoding, error))) throw error;
      return { elements, endAt: at };
    }
  }
}

/**
 * Bytes behind the last element that are none. Behind the pixel data nothing is missed; elsewhere what follows must not even look like the
 * next element, or else a file that was cut would pass as whole.
 */
async function isTrailer(
  source: ByteSource,
  at: number,
  elements: readonly ElementNode[],
  encoding: Encoding,
  error: ScanRefused,
): Promise<boolean> {
  if (error.reason !== 'truncated' && error.reason !== 'malformed') return false;
  const last = elements.at(-1)?.tag ?? 0;
  if (last >= PIXEL_DATA) return true;
  const head = await source.read(at, 8);
  if (head.length < 8 || last < 0x0020000d) return last >= 0x0020000d;
  return !looksLikeNext(head, last, encoding);
}

/** No element that was cut off declares more than this. */
const MAX_LIKELY_LENGTH = 0x20000000;

function looksLikeNext(head: Uint8Array, last: number, { explicit, littleEndian }: Encoding): boolean {
  const view = new DataView(head.buffer, head.byteOffset, 8);
  const tag = view.getUint16(0, littleEndian) * 0x10000 + view.getUint16(2, littleEndian);
  if (tag <= last || (dictionaryVr(tag) === null && !((tag >>> 16) & 1))) return false;
  if (explicit) return isKnownVr(String.fromCharCode(head[4] ?? 0, head[5] ?? 0));
  const length = view.getUint32(4, littleEndian);
  return length < MAX_LIKELY_LENGTH || length === UNDEFINED_LENGTH;
}

/** The element at the cursor with everything in it; `end` at an item's delimiter, null at the end of all bytes. */
async function readElement(walk: Walk, encoding: Encoding, depth: number): Promise<ElementNode | 'end' | null> {
  const { cursor } = walk;
  const at = cursor.position;
  const header = await readElementHeader(cursor, encoding);
  if (header === null) return null;
  spend(walk.budget, depth === 0 ? 'items' : 'elements');
  if (header.tag === ITEM_END) return 'end';
  if (header.tag >>> 16 === 0xfffe) refuse('malformed');
  const valueAt = cursor.position;
  const vr = vrOf(header, encoding);
  const shape = await shapeOf(walk, header, vr);
  if (shape === 'fragments') return readFragments(walk, { header, vr, encoding, at, valueAt });
  if (shape !== 'value') return readSequence(walk, { header, vr, encoding, at, valueAt }, shape, depth);
  const content = await readValue(walk, header.tag, vr, header.length);
  const { tag, length } = header;
  return { tag, vr, encoding, at, valueAt, length, endAt: valueAt + length, ending: 'length', content };
}

type Shape = 'value' | 'fragments' | 'sequence' | 'unknown-sequence';

interface Opened {
  readonly header: ElementHeader;
  readonly vr: string;
  readonly encoding: Encoding;
  readonly at: number;
  readonly valueAt: number;
}

function vrOf({ tag, vr }: ElementHeader, encoding: Encoding): string {
  if (encoding.explicit) return vr;
  return dictionaryVr(tag) ?? 'UN';
}

/** PS3.5 §6.2.2 note 2: an unknown element of undefined length is a sequence in implicit little endian. */
async function shapeOf(walk: Walk, { tag, length }: ElementHeader, vr: string): Promise<Shape> {
  if (length === UNDEFINED_LENGTH) {
    if (tag === PIXEL_DATA || vr === 'OB' || vr === 'OW') return 'fragments';
    return vr === 'UN' ? 'unknown-sequence' : 'sequence';
  }
  if (vr === 'SQ') return 'sequence';
  if (vr !== 'UN' || length < 8) return 'value';
  // A writer that did not know a sequence wrote it as UN with its length; a private one shows itself by its first item.
  const startsWithItem = (await walk.cursor.fill(8)) === 8 && tagAt(walk.cursor, 0) === ITEM;
  return startsWithItem && (dictionaryVr(tag) === 'SQ' || dictionaryVr(tag) === null) ? 'unknown-sequence' : 'value';
}

function tagAt({ view, at }: Cursor, offset: number): number {
  return view.getUint16(at + offset, true) * 0x10000 + view.getUint16(at + offset + 2, true);
}

/** Implicit by the standard; some writers kept the VRs they had. */
async function encodingInside(walk: Walk, encoding: Encoding): Promise<Encoding> {
  const { cursor } = walk;
  if ((await cursor.fill(16)) < 16 || tagAt(cursor, 0) !== ITEM) return IMPLICIT;
  const vr = String.fromCharCode(cursor.window[cursor.at + 12] ?? 0, cursor.window[cursor.at + 13] ?? 0);
  return encoding.explicit && encoding.littleEndian && isKnownVr(vr) ? encoding : IMPLICIT;
}

async function readValue(walk: Walk, tag: number, vr: string, length: number): Promise<Content> {
  const { cursor } = walk;
  const limit = TEXT_VRS.has(vr) || tag === ICC_PROFILE ? MAX_KEPT_TEXT : MAX_KEPT_VALUE;
  if (length > limit) {
    await cursor.skip(length);
    return { kind: 'bulk' };
  }
  if (cursor.window.length - cursor.at < length && (await cursor.fill(length)) < length) refuse('truncated');
  walk.kept += length;
  if (walk.kept > MAX_KEPT_TOTAL) refuse('too-many');
  const bytes = cursor.window.subarray(cursor.at, cursor.at + length);
  cursor.advance(length);
  return { kind: 'value', bytes };
}

async function readFragments(walk: Walk, { header, vr, encoding, at, valueAt }: Opened): Promise<ElementNode> {
  const { cursor } = walk;
  const fragments: Extent[] = [];
  for (;;) {
    const { tag, length } = (await readElementHeader(cursor, encoding)) ?? refuse('truncated');
    spend(walk.budget, 'items');
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM || length === UNDEFINED_LENGTH) refuse('malformed');
    fragments.push({ at: cursor.position, length });
    await cursor.skip(length);
  }
  const endAt = cursor.position;
  const content: Content = { kind: 'fragments', fragments };
  const length = endAt - valueAt - 8;
  return { tag: header.tag, vr, encoding, at, valueAt, length, endAt, ending: 'delimiter', content };
}

async function readSequence(
  walk: Walk,
  { header, vr, encoding, at, valueAt }: Opened,
  shape: 'sequence' | 'unknown-sequence',
  depth: number,
): Promise<ElementNode> {
  if (depth >= MAX_DEPTH) refuse('too-deep');
  const { cursor } = walk;
  const inner = shape === 'unknown-sequence' ? await encodingInside(walk, encoding) : encoding;
  const isOpen = header.length === UNDEFINED_LENGTH;
  const until = isOpen ? Number.POSITIVE_INFINITY : valueAt + header.length;
  const items: ItemNode[] = [];
  let end: number;
  for (end = cursor.position; end < until; end = cursor.position) {
    const found = (await readElementHeader(cursor, inner)) ?? refuse('truncated');
    spend(walk.budget, 'items');
    if (found.tag === SEQUENCE_END && isOpen) break;
    if (found.tag === SEQUENCE_END) continue;
    if (found.tag !== ITEM) refuse('malformed');
    items.push(await readItem(walk, inner, end, found.length, depth));
    if (cursor.position > until) refuse('malformed');
  }
  const content: Content = { kind: 'items', items };
  const ending = isOpen ? 'delimiter' : 'length';
  return { tag: header.tag, vr, encoding, at, valueAt, length: end - valueAt, endAt: cursor.position, ending, content };
}

async function readItem(walk: Walk, encoding: Encoding, at: number, length: number, depth: number): Promise<ItemNode> {
  const { cursor } = walk;
  const contentAt = cursor.position;
  const isOpen = length === UNDEFINED_LENGTH;
  const until = isOpen ? Number.POSITIVE_INFINITY : contentAt + length;
  const elements: ElementNode[] = [];
  while (cursor.position < until) {
    const node = (await readElement(walk, encoding, depth + 1)) ?? refuse('truncated');
    if (node === 'end') {
      if (isOpen) return { at, contentAt, endAt: cursor.position, ending: 'delimiter', encoding, elements };
      continue;
    }
    elements.push(node);
  }
  if (cursor.position > until) refuse('malformed');
  return { at, contentAt, endAt: cursor.position, ending: 'length', encoding, elements };
}
