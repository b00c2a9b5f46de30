import type { ByteSource } from '../ports.js';
import { parseCharacterSets } from './charset.js';
import type { Cursor } from './cursor.js';
import { openDataSet } from './data-set.js';
import { loadDictionary, type Dictionary } from './dictionary.js';
import {
  ITEM,
  ITEM_END,
  readElementHeader,
  SEQUENCE_END,
  UNDEFINED_LENGTH,
  type ElementHeader,
  type Encoding,
} from './element.js';
import { IMPLICIT } from './element.js';
import { readValues, type HeaderValue } from './header-value.js';
import { refuse, ScanRefused, type ScanRefusal } from './refusal.js';
import { isSequence, MAX_DEPTH, spend, type Budget } from './sequence.js';

/** An attribute with its value, for screens and interfaces. Texts are decoded and not yet made fit to show: see text.ts. */
export interface HeaderElement {
  readonly tag: number;
  /** Of PS3.6; null for private and unknown ones. */
  readonly keyword: string | null;
  readonly vr: string;
  readonly content: HeaderContent;
}

export type HeaderContent =
  | { readonly kind: 'values'; readonly values: readonly HeaderValue[] }
  | { readonly kind: 'items'; readonly items: readonly (readonly HeaderElement[])[] }
  /** Bytes that are no text and no numbers (`value`, words in little endian), or more than a header should hold (without). */
  | { readonly kind: 'omitted'; readonly bytes: number; readonly value?: Uint8Array };

export type HeaderResult =
  | { readonly kind: 'header'; readonly elements: readonly HeaderElement[] }
  | { readonly kind: 'refused'; readonly reason: ScanRefusal };

/** A header is shown to people: what is longer is named with its length. */
const MAX_VALUE_BYTES = 65_536;
/** Kept elements, and bytes of their values: the largest enhanced header fits, a hostile one ends here. */
const MAX_ELEMENTS = 200_000;
const MAX_TOTAL_BYTES = 8 * 1024 * 1024;
const FIRST_PIXEL_TAG = 0x7fe00000;
const CHARACTER_SET = 0x00080005;
const PIXEL_REPRESENTATION = 0x00280103;

interface Reading {
  readonly cursor: Cursor;
  readonly dictionary: Dictionary;
  readonly budget: Budget;
  elements: number;
  bytes: number;
  isSigned: boolean;
}

/**
 * All attributes before the pixel data, by name. Read by the scanner's own means and limits, so a hostile file costs no more here than
 * there; the names come from the dictionary. Never throws for what the bytes are.
 */
export async function readHeader(source: ByteSource): Promise<HeaderResult> {
  const dictionary = await loadDictionary();
  try {
    const { cursor, encoding, budget } = await openDataSet(source);
    try {
      const reading: Reading = { cursor, dictionary, budget, elements: 0, bytes: 0, isSigned: false };
      return { kind: 'header', elements: await readLevel(reading, encoding, Number.POSITIVE_INFINITY, 0, []) };
    } finally {
      await cursor.close();
    }
  } catch (error) {
    return { kind: 'refused', reason: error instanceof ScanRefused ? error.reason : 'unreadable' };
  }
}

async function readLevel(
  reading: Reading,
  encoding: Encoding,
  end: number,
  depth: number,
  inherited: readonly string[],
): Promise<HeaderElement[]> {
  const { cursor, budget } = reading;
  const elements: HeaderElement[] = [];
  let sets = inherited;
  while (cursor.position < end) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null || (depth === 0 && header.tag >= FIRST_PIXEL_TAG)) {
      return depth === 0 || end !== Number.POSITIVE_INFINITY ? elements : refuse('truncated');
    }
    if (header.tag === ITEM_END) return elements;
    if (header.tag >>> 16 === 0xfffe) refuse('malformed');
    spend(budget, depth === 0 ? 'items' : 'elements');
    if (++reading.elements > MAX_ELEMENTS) refuse('too-many');
    const element = await readElement(reading, encoding, header, depth, sets);
    elements.push(element);
    sets = characterSets(element) ?? sets;
    if (element.tag === PIXEL_REPRESENTATION) reading.isSigned = isOne(element);
  }
  return elements;
}

/** PS3.3 §C.12.1.1.2: an item has its own sets, or those of the data set around it. */
function characterSets({ tag, content }: HeaderElement): string[] | null {
  if (tag !== CHARACTER_SET || content.kind !== 'values') return null;
  return parseCharacterSets(content.values.join('\\'));
}

function isOne({ content }: HeaderElement): boolean {
  return content.kind === 'values' && content.values[0] === 1;
}

async function readElement(
  reading: Reading,
  encoding: Encoding,
  header: ElementHeader,
  depth: number,
  sets: readonly string[],
): Promise<HeaderElement> {
  const { cursor, dictionary } = reading;
  const { tag, length } = header;
  const entry = dictionary.lookUp(tag);
  const isItems = await isSequence(cursor, encoding, header);
  const vr = isItems ? 'SQ' : header.vr !== '' ? header.vr : signed(entry?.vr ?? 'UN', reading);
  const keyword = entry?.keyword ?? null;
  if (isItems) return { tag, keyword, vr, content: await readItems(reading, encoding, header, depth, sets) };
  reading.bytes += Math.min(length, MAX_VALUE_BYTES);
  if (reading.bytes > MAX_TOTAL_BYTES) refuse('too-many');
  if (length > MAX_VALUE_BYTES) {
    await cursor.skip(length);
    return { tag, keyword, vr, content: { kind: 'omitted', bytes: length } };
  }
  if ((await cursor.fill(length)) < length) refuse('truncated');
  const bytes = cursor.window.slice(cursor.at, cursor.at + length);
  cursor.advance(length);
  const values = readValues(bytes, vr, sets, encoding.littleEndian);
  return {
    tag,
    keyword,
    vr,
    content: values === null ? omitted(bytes, vr, encoding) : { kind: 'values', values },
  };
}

const WORD_BYTES: Readonly<Record<string, number>> = { OW: 2, OL: 4, OF: 4, OV: 8, OD: 8 };

function omitted(value: Uint8Array, vr: string, { littleEndian }: Encoding): HeaderContent {
  const size = WORD_BYTES[vr] ?? 1;
  if (!littleEndian && size > 1) {
    for (let at = 0; at + size <= value.length; at += size) value.subarray(at, at + size).reverse();
  }
  return { kind: 'omitted', bytes: value.length, value };
}

function signed(vr: string, { isSigned }: Reading): string {
  return vr === 'US' && isSigned ? 'SS' : vr;
}

async function readItems(
  reading: Reading,
  encoding: Encoding,
  header: ElementHeader,
  depth: number,
  sets: readonly string[],
): Promise<HeaderContent> {
  const { cursor, budget } = reading;
  if (depth >= MAX_DEPTH) refuse('too-deep');
  // PS3.5 §6.2.2 note 2: an unknown element of undefined length is a sequence in implicit little endian.
  const inside = header.vr === 'UN' ? IMPLICIT : encoding;
  const end = endOf(cursor, header.length);
  const items: HeaderElement[][] = [];
  while (cursor.position < end) {
    const { tag, length } = (await readElementHeader(cursor, inside)) ?? refuse('truncated');
    spend(budget, 'items');
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM) refuse('malformed');
    items.push(await readLevel(reading, inside, endOf(cursor, length), depth + 1, sets));
  }
  return { kind: 'items', items };
}

function endOf(cursor: Cursor, length: number): number {
  return length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : cursor.position + length;
}
