import { type Cursor } from '../../core/dicom/cursor.js';
import { openDataSet } from '../../core/dicom/data-set.js';
import {
  type ElementHeader,
  type Encoding,
  IMPLICIT,
  ITEM,
  ITEM_END,
  SEQUENCE_END,
  UNDEFINED_LENGTH,
  readElementHeader,
} from '../../core/dicom/element.js';
import { plainText, TAG } from '../../core/dicom/attributes.js';
import { DEFLATED, syntaxOf } from '../../core/dicom/part10.js';
import { ScanRefused, refuse } from '../../core/dicom/refusal.js';
import { type Budget, MAX_DEPTH, isSequence, skipSequence, spend } from '../../core/dicom/sequence.js';
import { type Fragment, frameFragments, isCodeStreamStart } from '../../core/pixels/fragments.js';
import { readFragments } from '../../core/pixels/open-pixels.js';
import { PixelRefused } from '../../core/pixels/raster/refusal.js';
import { type ByteSource } from '../../core/ports.js';
import { WebError } from '../ports/error.js';
import { CHARACTER_SET, type DataItem, type DataValue, numbers, setsOf } from './data-item.js';

/**
 * An instance up to its pixels, and where those lie. Bytes come from another practice: every length is held against what is there, what is
 * kept is bounded, and what does not fit is refused.
 */
export interface ImageDataSet {
  readonly syntax: string;
  readonly root: DataItem;
  readonly pixels: PixelPlace | null;
  /** PS3.5 §7.3: samples of 8 bits were written as words with the high byte first. */
  readonly isSwapped: boolean;
}

export type PixelKind = 'integer' | 'float' | 'double';

export type PixelPlace =
  | { readonly kind: 'native'; readonly of: PixelKind; readonly offset: number; readonly length: number }
  /** Of a deflated data set: its pixels are in memory already. */
  | { readonly kind: 'inflated'; readonly of: PixelKind; readonly bytes: Uint8Array }
  | { readonly kind: 'encapsulated'; readonly frames: readonly (readonly Fragment[])[] };

/** Largest value kept: a lookup table of 65,536 entries of 16 bits. */
const MAX_KEPT_BYTES = 131_072;
/** A data set holds so many values in memory; the functional groups of more frames than this are left out. */
const MAX_KEPT_VALUES = 400_000;
const MAX_PIXEL_BYTES = 2 * 1024 ** 3;
const PIXELS: ReadonlyMap<number, PixelKind> = new Map([
  [TAG.pixelData, 'integer'],
  [TAG.floatPixelData, 'float'],
  [TAG.doubleFloatPixelData, 'double'],
]);
const FRAMES = 0x00280008;
const EXTENDED_OFFSETS = 0x7fe00001;

interface Reading {
  readonly source: ByteSource;
  readonly cursor: Cursor;
  readonly budget: Budget;
  readonly isDeflated: boolean;
  kept: number;
}

/** @throws WebError `image-invalid`; what the source throws */
export async function readImageDataSet(source: ByteSource): Promise<ImageDataSet> {
  try {
    return await read(source);
  } catch (cause) {
    if (!(cause instanceof ScanRefused || cause instanceof PixelRefused)) throw cause;
    throw new WebError('image-invalid', 'the data set cannot be read', { cause });
  }
}

async function read(source: ByteSource): Promise<ImageDataSet> {
  const { cursor, encoding, values: meta, budget } = await openDataSet(source);
  try {
    const isDeflated = plainText(meta, TAG.transferSyntaxUid) === DEFLATED;
    const reading: Reading = { source, cursor, budget, isDeflated, kept: 0 };
    const syntax = plainText(meta, TAG.transferSyntaxUid) || syntaxOf(encoding);
    const { item, stop } = await readLevel(reading, encoding, Number.POSITIVE_INFINITY, 0, []);
    const pixels = stop === null ? null : await pixelPlace(reading, encoding, item, stop);
    const isSwapped = !encoding.littleEndian && stop?.vr === 'OW';
    return { syntax, root: item, pixels, isSwapped };
  } finally {
    await cursor.close();
  }
}

interface Level {
  readonly item: DataItem;
  /** The element that ended the data set: its pixels. */
  readonly stop: ElementHeader | null;
}

async function readLevel(
  reading: Reading,
  encoding: Encoding,
  end: number,
  depth: number,
  inherited: readonly string[],
): Promise<Level> {
  const { cursor, budget } = reading;
  const values = new Map<number, DataValue>();
  let characterSets = inherited;
  const level = (stop: ElementHeader | null): Level => {
    return { item: { littleEndian: encoding.littleEndian, values, characterSets }, stop };
  };
  while (cursor.position < end) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null) {
      if (depth > 0 && end === Number.POSITIVE_INFINITY) refuse('truncated');
      return level(null);
    }
    if (header.tag === ITEM_END) return level(null);
    if (header.tag >>> 16 === 0xfffe) refuse('malformed');
    if (depth === 0 && PIXELS.has(header.tag)) return level(header);
    spend(budget, depth === 0 ? 'items' : 'elements');
    const value = await readValue(reading, encoding, header, depth, characterSets);
    if (value === null || values.has(header.tag)) continue;
    values.set(header.tag, value);
    if (header.tag === CHARACTER_SET && value.kind === 'bytes') characterSets = setsOf(value.bytes);
  }
  return level(null);
}

async function readValue(
  reading: Reading,
  encoding: Encoding,
  header: ElementHeader,
  depth: number,
  sets: readonly string[],
): Promise<DataValue | null> {
  const { cursor, budget } = reading;
  const isFull = ++reading.kept > MAX_KEPT_VALUES;
  if (await isSequence(cursor, encoding, header)) {
    if (!isFull) return { kind: 'items', items: await readItems(reading, encoding, header, depth, sets) };
    await skipSequence(cursor, encoding, header, budget);
    return null;
  }
  const { length } = header;
  const offset = cursor.position;
  if (isFull || length > MAX_KEPT_BYTES) {
    await cursor.skip(length);
    return reading.isDeflated ? null : { kind: 'far', offset, length };
  }
  if ((await cursor.fill(length)) < length) refuse('truncated');
  const bytes = cursor.window.slice(cursor.at, cursor.at + length);
  cursor.advance(length);
  return { kind: 'bytes', bytes };
}

async function readItems(
  reading: Reading,
  encoding: Encoding,
  header: ElementHeader,
  depth: number,
  sets: readonly string[],
): Promise<DataItem[]> {
  const { cursor, budget } = reading;
  if (depth >= MAX_DEPTH) refuse('too-deep');
  // PS3.5 §6.2.2 note 2: an unknown element of undefined length is a sequence in implicit little endian.
  const inside = header.vr === 'UN' ? IMPLICIT : encoding;
  const end = endOf(cursor, header.length);
  const items: DataItem[] = [];
  while (cursor.position < end) {
    const { tag, length } = (await readElementHeader(cursor, inside)) ?? refuse('truncated');
    spend(budget, 'items');
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM) refuse('malformed');
    items.push((await readLevel(reading, inside, endOf(cursor, length), depth + 1, sets)).item);
  }
  return items;
}

function endOf(cursor: Cursor, length: number): number {
  return length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : cursor.position + length;
}

async function pixelPlace(
  { source, cursor, budget, isDeflated }: Reading,
  encoding: Encoding,
  root: DataItem,
  { tag, length }: ElementHeader,
): Promise<PixelPlace> {
  const of = PIXELS.get(tag) ?? 'integer';
  if (length !== UNDEFINED_LENGTH) {
    if (length > MAX_PIXEL_BYTES) throw new WebError('image-invalid', 'pixel data is too long');
    if (!isDeflated) return { kind: 'native', of, offset: cursor.position, length };
    const there = await cursor.fill(length);
    return { kind: 'inflated', of, bytes: cursor.window.slice(cursor.at, cursor.at + there) };
  }
  const offsets = root.values.get(EXTENDED_OFFSETS);
  const index = await readFragments(cursor, {
    encoding,
    budget,
    values: { raw: new Map(offsets?.kind === 'bytes' ? [[EXTENDED_OFFSETS, offsets.bytes]] : []) },
  });
  const count = Math.max(1, Math.trunc(numbers([root], FRAMES)[0] ?? 1));
  const startsFrame = async ({ offset }: Fragment): Promise<boolean> => isCodeStreamStart(await source.read(offset, 8));
  return { kind: 'encapsulated', frames: await frameFragments(index, count, startsFrame) };
}
