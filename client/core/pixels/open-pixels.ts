import type { FrameReader } from '../deidentification/pixel-port.js';
import { type Cursor, sourceCursor } from '../dicom/cursor.js';
import { type Encoding, ITEM, readElementHeader, SEQUENCE_END, UNDEFINED_LENGTH } from '../dicom/element.js';
import { inflatedCursor } from '../dicom/inflate.js';
import { DEFLATED, dataSetEncoding, readMeta, skipPreamble, syntaxOf } from '../dicom/part10.js';
import { plainText, TAG, type RawValues } from '../dicom/attributes.js';
import { type Budget, createBudget, skipSequence, spend } from '../dicom/sequence.js';
import type { ByteSource } from '../ports.js';
import { type Fragment, type FragmentIndex, frameFragments, isCodeStreamStart } from './fragments.js';
import { type DecodableImage, frameBytes, MAX_FRAME_BYTES, MAX_FRAMES } from './geometry.js';
import { describeImage, isWanted, type PixelValues, PIXEL_TAG, readUltrasoundRegions } from './image.js';
import { refusePixels } from './raster/refusal.js';

/** The pixel side of an instance: attributes, and frames on demand. */
export interface OpenPixels {
  readonly image: DecodableImage;
  readonly frames: FrameReader;
}

/** Tables of a palette have at most 65,536 entries of two bytes. */
const MAX_VALUE_BYTES = 131_072;
/** Of a deflated data set, which has to lie in memory. */
const MAX_INFLATED_BYTES = MAX_FRAME_BYTES;

/**
 * Reads an instance's attributes up to its pixel data and finds its frames. Only what is asked for is read.
 * @throws PixelRefused; ScanRefused for what is not the grammar of PS3.5 §7
 */
export async function openPixels(source: ByteSource): Promise<OpenPixels> {
  const cursor = sourceCursor(source);
  const meta: RawValues = new Map();
  const budget = createBudget();
  await skipPreamble(cursor);
  await readMeta(cursor, meta, budget);
  if (plainText(meta, TAG.transferSyntaxUid) !== DEFLATED) return readDataSet(source, cursor, meta, budget);
  const inflated = memorySource(source.name, await inflateAll(source, cursor.position));
  return readDataSet(inflated, sourceCursor(inflated), meta, budget);
}

async function inflateAll(source: ByteSource, offset: number): Promise<Uint8Array> {
  const cursor = inflatedCursor(source, offset);
  const parts: Uint8Array[] = [];
  let total = 0;
  while ((await cursor.fill(1)) > 0) {
    const part = cursor.window.slice(cursor.at);
    total += part.length;
    if (total > MAX_INFLATED_BYTES) refusePixels('too-large');
    parts.push(part);
    cursor.advance(part.length);
  }
  await cursor.close();
  const out = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    async *stream(offset = 0) {
      await Promise.resolve();
      yield bytes.subarray(offset);
    },
  };
}

async function readDataSet(source: ByteSource, cursor: Cursor, meta: RawValues, budget: Budget): Promise<OpenPixels> {
  const encoding = await dataSetEncoding(cursor, meta);
  const syntax = plainText(meta, TAG.transferSyntaxUid) || syntaxOf(encoding);
  const values: PixelValues = { raw: new Map(), ultrasoundRegions: [] };
  for (;;) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null) return refusePixels('no-pixels');
    spend(budget, 'items');
    if (header.tag === TAG.pixelData) {
      const image = describeImage(values, syntax, encoding.littleEndian);
      return { image, frames: await framesAt(source, cursor, { header, encoding, image, values, budget }) };
    }
    if (header.tag === PIXEL_TAG.ultrasoundRegions) {
      values.ultrasoundRegions = await readUltrasoundRegions(cursor, header, encoding, budget);
    } else if (header.length === UNDEFINED_LENGTH) await skipSequence(cursor, encoding, header, budget);
    else if (isWanted(header.tag) && header.length <= MAX_VALUE_BYTES) {
      await cursor.fill(header.length);
      values.raw.set(header.tag, cursor.window.slice(cursor.at, cursor.at + header.length));
      await cursor.skip(header.length);
    } else await cursor.skip(header.length);
  }
}

interface PixelElement {
  readonly header: { readonly length: number };
  readonly encoding: Encoding;
  readonly image: DecodableImage;
  readonly values: PixelValues;
  readonly budget: Budget;
}

async function framesAt(source: ByteSource, cursor: Cursor, element: PixelElement): Promise<FrameReader> {
  const { header, image } = element;
  if (header.length !== UNDEFINED_LENGTH) return nativeFrames(source, cursor.position, header.length, image);
  const index = await readFragments(cursor, element);
  const frames = await frameFragments(index, image.numberOfFrames, async ({ offset }) =>
    isCodeStreamStart(await source.read(offset, 8)),
  );
  return {
    count: frames.length,
    kind: 'encapsulated',
    read: (frame) => joinFragments(source, frames[frame] ?? refusePixels('geometry')),
  };
}

function nativeFrames(source: ByteSource, offset: number, length: number, image: DecodableImage): FrameReader {
  const bytes = frameBytes(image);
  // Frames of one bit may begin within a byte (PS3.5 §8.1.1); they are looked at one by one only where they do not.
  const bits = image.bitsAllocated === 1 ? image.rows * image.columns * image.samplesPerPixel : bytes * 8;
  if (image.numberOfFrames > 1 && bits % 8 !== 0) refusePixels('unsupported');
  if (bytes * image.numberOfFrames > length) refusePixels('truncated');
  return {
    count: image.numberOfFrames,
    kind: 'native',
    read: (frame) => {
      if (frame < 0 || frame >= image.numberOfFrames) refusePixels('geometry');
      return source.read(offset + frame * bytes, bytes);
    },
  };
}

export interface FragmentElement {
  readonly encoding: Encoding;
  readonly values: Pick<PixelValues, 'raw'>;
  readonly budget: Budget;
}

/** The offset tables and fragments of encapsulated pixel data, from behind its header. @throws PixelRefused `fragments`, `truncated` */
export async function readFragments(
  cursor: Cursor,
  { encoding, values, budget }: FragmentElement,
): Promise<FragmentIndex> {
  const fragments: Fragment[] = [];
  let basicOffsets: number[] = [];
  let isTable = true;
  for (;;) {
    const { tag, length } = (await readElementHeader(cursor, encoding)) ?? refusePixels('truncated');
    spend(budget, 'items');
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM || length === UNDEFINED_LENGTH) refusePixels('fragments');
    if (isTable) basicOffsets = await readOffsets(cursor, length);
    else {
      fragments.push({ offset: cursor.position, length });
      await cursor.skip(length);
    }
    isTable = false;
  }
  return { fragments, basicOffsets, extendedOffsets: extendedOffsets(values) };
}

async function readOffsets(cursor: Cursor, length: number): Promise<number[]> {
  if (length > 4 * MAX_FRAMES) refusePixels('fragments');
  await cursor.fill(length);
  const { view, at } = cursor;
  const offsets = Array.from({ length: Math.floor(length / 4) }, (_, i) => view.getUint32(at + 4 * i, true));
  await cursor.skip(length);
  return offsets;
}

/** PS3.3 §C.7.6.3.1.8: 64-bit offsets. */
function extendedOffsets({ raw }: Pick<PixelValues, 'raw'>): number[] {
  const value = raw.get(PIXEL_TAG.extendedOffsetTable);
  if (value === undefined) return [];
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  return Array.from({ length: Math.floor(value.length / 8) }, (_, i) => Number(view.getBigUint64(8 * i, true)));
}

/** One frame's code stream. @throws PixelRefused `too-large`, `truncated` */
export async function joinFragments(source: ByteSource, fragments: readonly Fragment[]): Promise<Uint8Array> {
  const total = fragments.reduce((sum, { length }) => sum + length, 0);
  if (total > MAX_FRAME_BYTES) refusePixels('too-large');
  const out = new Uint8Array(total);
  let at = 0;
  for (const { offset, length } of fragments) {
    const part = await source.read(offset, length);
    if (part.length < length) refusePixels('truncated');
    out.set(part, at);
    at += length;
  }
  return out;
}
