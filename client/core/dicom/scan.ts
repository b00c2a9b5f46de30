import type { ByteSource } from '../ports.js';
import { plainText, TAG, type RawValues } from './attributes.js';
import { sourceCursor, type Cursor } from './cursor.js';
import { readElementHeader, UNDEFINED_LENGTH, type ElementHeader, type Encoding } from './element.js';
import { inflatedCursor } from './inflate.js';
import { describeInstance, type ScannedInstance } from './instance.js';
import { dataSetEncoding, DEFLATED, readMeta, readValue, skipPreamble, syntaxOf } from './part10.js';
import { assertPixelLength } from './pixel-length.js';
import { refuse, ScanRefused, type ScanRefusal } from './refusal.js';
import { MAX_ELEMENTS, skipFragments, skipSequence, spend, type Budget } from './sequence.js';

export type { ScanRefusal } from './refusal.js';
export type { ScannedInstance, ScannedPatient, ScannedStudy } from './instance.js';

export type ScanResult =
  | ScannedInstance
  /** A DICOMDIR: the medium's index, not content. */
  | { readonly kind: 'directory' }
  | { readonly kind: 'other'; readonly reason: ScanRefusal };

const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10';

/**
 * Reads the header of bytes from outside (PS3.5, PS3.10), up to the pixel data, and makes sure that the pixel data is all there
 * without reading it. Time and memory are bounded whatever the bytes are. Never throws for what they are: see `reason`.
 */
export async function scanSource(source: ByteSource): Promise<ScanResult> {
  try {
    return await scan(source);
  } catch (error) {
    return { kind: 'other', reason: error instanceof ScanRefused ? error.reason : 'unreadable' };
  }
}

async function scan(source: ByteSource): Promise<ScanResult> {
  const values: RawValues = new Map();
  const budget: Budget = { elements: MAX_ELEMENTS };
  const file = sourceCursor(source);
  await skipPreamble(file);
  await readMeta(file, values, budget);
  if (plainText(values, TAG.mediaStorageSopClassUid) === MEDIA_STORAGE_DIRECTORY) return { kind: 'directory' };
  const hasMeta = values.size > 0;
  const deflated = plainText(values, TAG.transferSyntaxUid) === DEFLATED;
  const cursor = deflated ? inflatedCursor(source, file.position) : file;
  try {
    const encoding = await dataSetEncoding(cursor, values);
    await readDataSet(cursor, encoding, values, budget);
    const syntax = plainText(values, TAG.transferSyntaxUid) || syntaxOf(encoding);
    return describeInstance(values, syntax);
  } catch (error) {
    // Without a meta group it was a guess that this is DICOM at all.
    if (!hasMeta && !values.has(TAG.sopClassUid) && error instanceof ScanRefused) refuse('not-dicom');
    throw error;
  } finally {
    await cursor.close();
  }
}

async function readDataSet(cursor: Cursor, encoding: Encoding, values: RawValues, budget: Budget): Promise<void> {
  for (;;) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null) return assertHasPixels(values);
    spend(budget);
    if (header.tag >>> 16 === 0xfffe) refuse('malformed');
    if (isPixelData(header.tag)) return skipPixels(cursor, encoding, header, values, budget);
    if (header.length === UNDEFINED_LENGTH) await skipSequence(cursor, encoding, header.vr, budget);
    else await readValue(cursor, header.tag, header.length, values);
  }
}

/** An image that ends before its pixels was cut there, unless its pixels are kept elsewhere (JPIP, PS3.5 §A.6). */
function assertHasPixels(values: RawValues): void {
  if (values.has(TAG.rows) && !values.has(TAG.pixelDataProviderUrl)) refuse('truncated');
}

function isPixelData(tag: number): boolean {
  return tag === TAG.pixelData || tag === TAG.floatPixelData || tag === TAG.doubleFloatPixelData;
}

async function skipPixels(
  cursor: Cursor,
  encoding: Encoding,
  { tag, length }: ElementHeader,
  values: RawValues,
  budget: Budget,
): Promise<void> {
  if (length === UNDEFINED_LENGTH) return skipFragments(cursor, encoding, budget);
  const bits = tag === TAG.floatPixelData ? 32 : tag === TAG.doubleFloatPixelData ? 64 : undefined;
  assertPixelLength(values, encoding.littleEndian, length, bits);
  return cursor.skip(length);
}
