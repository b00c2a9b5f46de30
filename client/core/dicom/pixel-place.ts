import type { ByteSource } from '../ports.js';
import { integer, plainText, TAG, uint16, type RawValues } from './attributes.js';
import { sourceCursor, type Cursor } from './cursor.js';
import { readElementHeader, UNDEFINED_LENGTH, type ElementHeader, type Encoding } from './element.js';
import { dataSetEncoding, DEFLATED, readMeta, skipPreamble } from './part10.js';
import { createBudget, skipSequence, spend, type Budget } from './sequence.js';

/** Where the pixel data of a file lies, for coding. A guess: nobody relies on it but for the ratio. */
export interface PixelPlace {
  /** Of the first byte of the value. */
  readonly offset: number;
  /** Null when the value is encapsulated, or its dimensions are unknown or do not fit. */
  readonly native: NativePixels | null;
}

/** Uncompressed pixel data (PS3.5 §8.1.1). */
export interface NativePixels {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samplesPerPixel: number;
  readonly bitsAllocated: number;
  /** One plane per sample instead of pixel by pixel (PS3.3 §C.7.6.3.1.3). */
  readonly isPlanar: boolean;
  readonly isSigned: boolean;
  readonly littleEndian: boolean;
}

const PLANAR_CONFIGURATION = 0x00280006;
const PIXEL_REPRESENTATION = 0x00280103;
const WANTED: ReadonlySet<number> = new Set([
  TAG.samplesPerPixel,
  PLANAR_CONFIGURATION,
  TAG.numberOfFrames,
  TAG.rows,
  TAG.columns,
  TAG.bitsAllocated,
  PIXEL_REPRESENTATION,
]);
/** IS has at most 12 characters. */
const MAX_WANTED_BYTES = 16;

/** Null where no pixel data is found: not DICOM, deflated, damaged, or without pixels. Never throws for what the bytes are. */
export async function locatePixels(source: ByteSource): Promise<PixelPlace | null> {
  try {
    return await locate(sourceCursor(source));
  } catch {
    return null;
  }
}

async function locate(cursor: Cursor): Promise<PixelPlace | null> {
  const meta: RawValues = new Map();
  const budget: Budget = createBudget();
  await skipPreamble(cursor);
  await readMeta(cursor, meta, budget);
  if (plainText(meta, TAG.transferSyntaxUid) === DEFLATED) return null;
  const encoding = await dataSetEncoding(cursor, meta);
  const values: RawValues = new Map();
  for (;;) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null) return null;
    spend(budget, 'items');
    if (header.tag === TAG.pixelData) return placeOf(cursor.position, header, encoding, values);
    if (header.length === UNDEFINED_LENGTH) await skipSequence(cursor, encoding, header, budget);
    else await takeValue(cursor, header, values);
  }
}

async function takeValue(cursor: Cursor, { tag, length }: ElementHeader, values: RawValues): Promise<void> {
  if (WANTED.has(tag) && length <= MAX_WANTED_BYTES && (await cursor.fill(length)) === length) {
    values.set(tag, cursor.window.slice(cursor.at, cursor.at + length));
  }
  await cursor.skip(length);
}

function placeOf(offset: number, { length }: ElementHeader, encoding: Encoding, values: RawValues): PixelPlace {
  if (length === UNDEFINED_LENGTH) return { offset, native: null };
  const { littleEndian } = encoding;
  const number = (tag: number): number => uint16(values, tag, littleEndian) ?? 0;
  const native: NativePixels = {
    rows: number(TAG.rows),
    columns: number(TAG.columns),
    frames: integer(values, TAG.numberOfFrames) ?? 1,
    samplesPerPixel: number(TAG.samplesPerPixel),
    bitsAllocated: number(TAG.bitsAllocated),
    isPlanar: number(PLANAR_CONFIGURATION) === 1,
    isSigned: number(PIXEL_REPRESENTATION) === 1,
    littleEndian,
  };
  const { rows, columns, frames, samplesPerPixel, bitsAllocated } = native;
  const expected = (rows * columns * frames * samplesPerPixel * bitsAllocated) / 8;
  return { offset, native: expected > 0 && expected <= length ? native : null };
}
