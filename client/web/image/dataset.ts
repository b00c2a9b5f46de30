import { type Cursor, sourceCursor, streamCursor } from '../../core/dicom/cursor.js';
import { type Encoding, ITEM, UNDEFINED_LENGTH, readElementHeader } from '../../core/dicom/element.js';
import { inflatedCursor } from '../../core/dicom/inflate.js';
import { DEFLATED, dataSetEncoding, readMeta, skipPreamble, syntaxOf } from '../../core/dicom/part10.js';
import { type RawValues, TAG, plainText } from '../../core/dicom/attributes.js';
import { createBudget, skipSequence } from '../../core/dicom/sequence.js';
import { type ByteSource } from '../../core/ports.js';
import { WebError } from '../ports/error.js';

/**
 * What a picture needs of its instance: the attributes around the pixel data, and where that lies. Bytes come from another
 * practice: every length is held against what is there, and what does not fit is refused.
 */
export interface ImageDataSet {
  readonly syntax: string;
  readonly littleEndian: boolean;
  /** Raw values at the top level, by tag, and of the first item of the sequences that describe pixels. */
  readonly values: ReadonlyMap<number, Uint8Array>;
  readonly pixels: PixelPlace | null;
}

export type PixelPlace =
  | { readonly kind: 'native'; readonly offset: number; readonly length: number }
  /** Of a deflated data set: its pixels are in memory already. */
  | { readonly kind: 'inflated'; readonly bytes: Uint8Array }
  | { readonly kind: 'encapsulated'; readonly offset: number };

/** Largest value kept: a lookup table of 65,536 entries of 16 bits. */
const MAX_KEPT_BYTES = 131_072;
const MAX_PIXEL_BYTES = 2 * 1024 ** 3;
/** Modality and VOI lookup tables, and the functional groups of enhanced multi-frame objects. */
const OPENED = new Set([0x00283000, 0x00283010, 0x52009229, 0x00289145, 0x00289132, 0x00289110]);
const MAX_OPENED_DEPTH = 4;

export async function readImageDataSet(source: ByteSource): Promise<ImageDataSet> {
  try {
    return await read(source);
  } catch (cause) {
    if (cause instanceof WebError) throw cause;
    throw new WebError('image-invalid', 'the data set cannot be read', { cause });
  }
}

async function read(source: ByteSource): Promise<ImageDataSet> {
  const meta: RawValues = new Map();
  const budget = createBudget();
  const file = sourceCursor(source);
  await skipPreamble(file);
  await readMeta(file, meta, budget);
  const isDeflated = plainText(meta, TAG.transferSyntaxUid) === DEFLATED;
  const cursor = isDeflated ? inflatedCursor(source, file.position) : file;
  try {
    const encoding = await dataSetEncoding(cursor, meta);
    const values = new Map<number, Uint8Array>();
    const pixels = await readElements(cursor, encoding, values, budget, 0, isDeflated);
    const syntax = plainText(meta, TAG.transferSyntaxUid) || syntaxOf(encoding);
    return { syntax, littleEndian: encoding.littleEndian, values, pixels };
  } finally {
    await cursor.close();
  }
}

type Budget = Parameters<typeof skipSequence>[3];

/** To the pixel data, or to the end. Of repeated tags the outermost counts, and of equals the first. */
async function readElements(
  cursor: Cursor,
  encoding: Encoding,
  values: Map<number, Uint8Array>,
  budget: Budget,
  depth: number,
  isDeflated: boolean,
): Promise<PixelPlace | null> {
  for (;;) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null) return null;
    if (--budget.items < 0) throw new WebError('image-invalid', 'too many elements');
    const { tag, length } = header;
    if (tag === TAG.pixelData) return pixelPlace(cursor, length, isDeflated);
    if (OPENED.has(tag) && depth < MAX_OPENED_DEPTH)
      await openSequence(cursor, encoding, header, values, budget, depth);
    else if (length === UNDEFINED_LENGTH) await skipSequence(cursor, encoding, header, budget);
    else await keep(cursor, tag, length, values);
  }
}

async function keep(cursor: Cursor, tag: number, length: number, values: Map<number, Uint8Array>): Promise<void> {
  const isWanted = tag >>> 16 === 0x0028 || tag >>> 16 === 0x0018 || tag === TAG.modality;
  if (!isWanted || length > MAX_KEPT_BYTES || values.has(tag)) return cursor.skip(length);
  if ((await cursor.fill(length)) < length) throw new WebError('image-invalid', 'a value is cut off');
  values.set(tag, cursor.window.slice(cursor.at, cursor.at + length));
  cursor.advance(length);
}

/** The first item's elements count as if they stood at the top, unless something there says otherwise. */
async function openSequence(
  cursor: Cursor,
  encoding: Encoding,
  { vr, length }: { readonly vr: string; readonly length: number },
  values: Map<number, Uint8Array>,
  budget: Budget,
  depth: number,
): Promise<void> {
  if (length === UNDEFINED_LENGTH) {
    // Rare for these; they are skipped, and the picture is shown without their tables.
    return skipSequence(cursor, encoding, { vr, length }, budget);
  }
  const bytes = await take(cursor, length);
  const inner = streamCursor(once(bytes), 0, Number.POSITIVE_INFINITY);
  const item = await readElementHeader(inner, encoding);
  if (item?.tag !== ITEM) return;
  const content = item.length === UNDEFINED_LENGTH ? bytes.subarray(8) : bytes.subarray(8, 8 + item.length);
  const elements = streamCursor(once(content), 0, Number.POSITIVE_INFINITY);
  await readElements(elements, encoding, values, budget, depth + 1, false).catch(() => null);
}

const MAX_SEQUENCE_BYTES = 4 * 1024 * 1024;

async function take(cursor: Cursor, length: number): Promise<Uint8Array> {
  if (length > MAX_SEQUENCE_BYTES) throw new WebError('image-invalid', 'a sequence is too long');
  if ((await cursor.fill(length)) < length) throw new WebError('image-invalid', 'a sequence is cut off');
  const bytes = cursor.window.slice(cursor.at, cursor.at + length);
  cursor.advance(length);
  return bytes;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

async function pixelPlace(cursor: Cursor, length: number, isDeflated: boolean): Promise<PixelPlace> {
  if (length === UNDEFINED_LENGTH) return { kind: 'encapsulated', offset: cursor.position };
  if (length > MAX_PIXEL_BYTES) throw new WebError('image-invalid', 'pixel data is too long');
  if (!isDeflated) return { kind: 'native', offset: cursor.position, length };
  const there = await cursor.fill(length);
  return { kind: 'inflated', bytes: cursor.window.slice(cursor.at, cursor.at + there) };
}
