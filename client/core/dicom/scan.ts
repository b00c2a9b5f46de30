import type { ByteSource } from '../ports.js';
import { plainText, TAG, type RawValues } from './attributes.js';
import { sourceCursor, type Cursor } from './cursor.js';
import { readElementHeader, UNDEFINED_LENGTH, type ElementHeader, type Encoding } from './element.js';
import { inflatedCursor } from './inflate.js';
import { describeInstance, type ScannedInstance, type ScanWarning } from './instance.js';
import { dataSetEncoding, DEFLATED, readMeta, readValue, skipPreamble, syntaxOf } from './part10.js';
import { assertFragments, assertPalette, assertPixelLength, PALETTE_DATA } from './pixel-length.js';
import { refuse, ScanRefused, type ScanRefusal } from './refusal.js';
import { createBudget, isSequence, skipFragments, skipSequence, spend, type Budget } from './sequence.js';

export type { ScanRefusal } from './refusal.js';
export type { ScannedInstance, ScannedPatient, ScannedPhase, ScannedStudy, ScanWarning } from './instance.js';

export type ScanResult =
  | ScannedInstance
  /** A DICOMDIR: the medium's index, not content. */
  | { readonly kind: 'directory' }
  | { readonly kind: 'other'; readonly reason: ScanRefusal };

export const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10';

/**
 * Reads the header of bytes from outside (PS3.5, PS3.10) and makes sure that the pixel data is all there without reading it.
 * Time and memory are bounded whatever the bytes are. Never throws for what they are: see `reason`.
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
  const budget = createBudget();
  const file = sourceCursor(source);
  const preamble = await skipPreamble(file);
  await readMeta(file, values, budget);
  if (plainText(values, TAG.mediaStorageSopClassUid) === MEDIA_STORAGE_DIRECTORY) return { kind: 'directory' };
  const hasMeta = values.size > 0;
  const deflated = plainText(values, TAG.transferSyntaxUid) === DEFLATED;
  const cursor = deflated ? inflatedCursor(source, file.position) : file;
  try {
    const encoding = await dataSetEncoding(cursor, values);
    const warnings = await readDataSet(cursor, encoding, values, budget);
    if (preamble === 'disguise') warnings.push('preamble');
    const syntax = plainText(values, TAG.transferSyntaxUid) || syntaxOf(encoding);
    return describeInstance(values, syntax, warnings);
  } catch (error) {
    // Without a meta group it was a guess that this is DICOM at all.
    if (!hasMeta && !values.has(TAG.sopClassUid) && error instanceof ScanRefused) refuse('not-dicom');
    throw error;
  } finally {
    await cursor.close();
  }
}

async function readDataSet(
  cursor: Cursor,
  encoding: Encoding,
  values: RawValues,
  budget: Budget,
): Promise<ScanWarning[]> {
  const lengths = new Map<number, number>();
  for (;;) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null) {
      assertPalette(values, encoding.littleEndian, lengths);
      return pixelWarnings(values);
    }
    if (isPixelData(header.tag)) {
      spend(budget, 'items');
      await skipPixels(cursor, encoding, header, values, budget);
      assertPalette(values, encoding.littleEndian, lengths);
      return readBehindPixels(cursor, encoding, values, budget);
    }
    if (PALETTE_DATA.has(header.tag)) lengths.set(header.tag, header.length);
    await readElement(cursor, encoding, header, values, budget);
  }
}

async function readElement(
  cursor: Cursor,
  encoding: Encoding,
  header: ElementHeader,
  values: RawValues,
  budget: Budget,
): Promise<void> {
  spend(budget, 'items');
  if (header.tag >>> 16 === 0xfffe) refuse('malformed');
  if (await isSequence(cursor, encoding, header)) await skipSequence(cursor, encoding, header, budget);
  else await readValue(cursor, header.tag, header.length, values);
}

/**
 * Dimensions without pixels are legal (the pixels were removed, or stand elsewhere: JPIP, PS3.5 §A.6), and what was cut off is
 * cut inside an element in all but one place. So the instance is taken, and the sender told.
 */
function pixelWarnings(values: RawValues): ScanWarning[] {
  return values.has(TAG.rows) && !values.has(TAG.pixelDataProviderUrl) ? ['no-pixels'] : [];
}

/**
 * Signatures and padding may stand behind the pixels (PS3.5 §7.1), and so may a second patient: readers that take the last
 * value would show that one. What are no elements are bytes that DICOM readers ignore.
 */
async function readBehindPixels(
  cursor: Cursor,
  encoding: Encoding,
  values: RawValues,
  budget: Budget,
): Promise<ScanWarning[]> {
  try {
    for (;;) {
      const header = await readElementHeader(cursor, encoding);
      if (header === null) return [];
      await readElement(cursor, encoding, header, values, budget);
    }
  } catch (error) {
    if (!(error instanceof ScanRefused) || !['malformed', 'truncated'].includes(error.reason)) throw error;
    return ['trailing-bytes'];
  }
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
  if (length === UNDEFINED_LENGTH) {
    return assertFragments(values, encoding.littleEndian, await skipFragments(cursor, encoding, budget));
  }
  const bits = tag === TAG.floatPixelData ? 32 : tag === TAG.doubleFloatPixelData ? 64 : undefined;
  assertPixelLength(values, encoding.littleEndian, length, bits);
  return cursor.skip(length);
}
