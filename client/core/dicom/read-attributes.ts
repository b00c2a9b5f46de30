import type { Cursor } from './cursor.js';
import type { OpenDataSet } from './data-set.js';
import { ITEM, ITEM_END, readElementHeader, SEQUENCE_END, UNDEFINED_LENGTH, type Encoding } from './element.js';
import { refuse } from './refusal.js';
import { isSequence, skipSequence, spend, type Budget } from './sequence.js';

/** Which attributes are wanted, with the VR they have by PS3.6, and for sequences what of their items. */
export type Wanted = ReadonlyMap<number, WantedAttribute>;
export type WantedAttribute = { readonly vr: string; readonly items?: Wanted };

/** Values in the bytes they have, numbers turned to little endian. */
export type Attributes = ReadonlyMap<number, AttributeValue>;
export type AttributeValue =
  | { readonly kind: 'bytes'; readonly vr: string; readonly bytes: Uint8Array }
  | { readonly kind: 'items'; readonly items: readonly Attributes[] };

/** Nothing wanted is longer; what is, is left out. */
const MAX_VALUE_BYTES = 4096;
/** Items of a wanted sequence: those of a report's root are read, not its measurements. */
const MAX_WANTED_ITEMS = 1000;
const FIRST_PIXEL_TAG = 0x7fe00000;

/**
 * The wanted attributes of a data set, first occurrence, up to the pixel data. What is wanted nests as deep as `wanted` says, and no
 * deeper. @throws ScanRefused
 */
export async function readAttributes({ cursor, encoding, budget }: OpenDataSet, wanted: Wanted): Promise<Attributes> {
  const found = new Map<number, AttributeValue>();
  for (;;) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null || header.tag >= FIRST_PIXEL_TAG) return found;
    spend(budget, 'items');
    await readOne(cursor, encoding, header, wanted, found, budget);
  }
}

type Header = NonNullable<Awaited<ReturnType<typeof readElementHeader>>>;

async function readOne(
  cursor: Cursor,
  encoding: Encoding,
  header: Header,
  wanted: Wanted,
  found: Map<number, AttributeValue>,
  budget: Budget,
): Promise<void> {
  const want = found.has(header.tag) ? undefined : wanted.get(header.tag);
  if (await isSequence(cursor, encoding, header)) {
    if (want?.items === undefined) await skipSequence(cursor, encoding, header, budget);
    else found.set(header.tag, { kind: 'items', items: await readItems(cursor, encoding, header, want.items, budget) });
  } else if (want === undefined || want.items !== undefined || header.length > MAX_VALUE_BYTES) {
    await cursor.skip(header.length);
  } else {
    if ((await cursor.fill(header.length)) < header.length) refuse('truncated');
    const bytes = cursor.window.slice(cursor.at, cursor.at + header.length);
    cursor.advance(header.length);
    found.set(header.tag, { kind: 'bytes', vr: want.vr, bytes: littleEndian(bytes, want.vr, encoding) });
  }
}

async function readItems(
  cursor: Cursor,
  encoding: Encoding,
  header: Header,
  wanted: Wanted,
  budget: Budget,
): Promise<Attributes[]> {
  const end = endOf(cursor, header.length);
  const items: Attributes[] = [];
  while (cursor.position < end) {
    const { tag, length } = (await readElementHeader(cursor, encoding)) ?? refuse('truncated');
    spend(budget, 'items');
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM) refuse('malformed');
    const item = await readItem(cursor, encoding, endOf(cursor, length), wanted, budget);
    if (items.length < MAX_WANTED_ITEMS) items.push(item);
  }
  return items;
}

async function readItem(
  cursor: Cursor,
  encoding: Encoding,
  end: number,
  wanted: Wanted,
  budget: Budget,
): Promise<Attributes> {
  const found = new Map<number, AttributeValue>();
  while (cursor.position < end) {
    const header = (await readElementHeader(cursor, encoding)) ?? refuse('truncated');
    spend(budget, 'elements');
    if (header.tag === ITEM_END) break;
    await readOne(cursor, encoding, header, wanted, found, budget);
  }
  return found;
}

function endOf(cursor: Cursor, length: number): number {
  return length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : cursor.position + length;
}

const NUMBER_BYTES: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 };

function littleEndian(bytes: Uint8Array, vr: string, encoding: Encoding): Uint8Array {
  const size = NUMBER_BYTES[vr];
  if (encoding.littleEndian || size === undefined) return bytes;
  for (let at = 0; at + size <= bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}
