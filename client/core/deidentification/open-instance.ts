import { concatBytes } from '../../../crypto/wire/bytes.js';
import { plainText, type RawValues, TAG } from '../dicom/attributes.js';
import { type Cursor, sourceCursor } from '../dicom/cursor.js';
import type { Encoding } from '../dicom/element.js';
import { inflatedCursor } from '../dicom/inflate.js';
import { dataSetEncoding, DEFLATED, readMeta, skipPreamble, syntaxOf } from '../dicom/part10.js';
import { type Budget, MAX_ITEMS } from '../dicom/sequence.js';
import type { ByteSource } from '../ports.js';
import type { ElementNode } from './element-tree.js';
import { readDataSet } from './read-elements.js';
import { refuseInstance } from './refused.js';

/** An instance that has been read: its elements lie in `data`, which is the file itself, or its inflated data set. */
export interface OpenInstance {
  readonly data: ByteSource;
  readonly elements: readonly ElementNode[];
  readonly encoding: Encoding;
  /** Of the meta group; the data set's own goes before it. */
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
  readonly isDeflated: boolean;
  /** Where the data set begins in the file, deflated or not: behind preamble and meta group. */
  readonly dataSetAt: number;
  /** Bytes behind the data set. */
  readonly trailingBytes: number;
}

const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10';
/** Elements inside of items: they are held in memory, each with its place. */
const MAX_ELEMENTS = 1_000_000;
/** An inflated data set is held in memory. Deflated syntax is for reports and structures, which are small. */
const MAX_INFLATED = 512 * 1024 * 1024;

/** @throws ScanRefused, Refused */
export async function openInstance(source: ByteSource): Promise<OpenInstance> {
  const values: RawValues = new Map();
  const budget: Budget = { items: MAX_ITEMS, elements: MAX_ELEMENTS };
  const file = sourceCursor(source);
  await skipPreamble(file);
  await readMeta(file, values, budget);
  if (plainText(values, TAG.mediaStorageSopClassUid) === MEDIA_STORAGE_DIRECTORY) refuseInstance('directory');
  const declared = plainText(values, TAG.transferSyntaxUid);
  const isDeflated = declared === DEFLATED;
  const data = isDeflated ? await inflated(source, file.position) : source;
  const dataSetAt = file.position;
  const start = isDeflated ? 0 : dataSetAt;
  const cursor = sourceCursor(data);
  await cursor.skip(start);
  const encoding = await dataSetEncoding(cursor, values);
  const { elements, endAt } = await readDataSet(data, start, encoding, budget);
  // Without a meta group it was a guess that this is DICOM at all.
  if (values.size === 0 && !elements.some(({ tag }) => tag === TAG.sopClassUid)) refuseInstance('not-dicom');
  return {
    data,
    elements,
    encoding,
    sopClassUid: plainText(values, TAG.mediaStorageSopClassUid),
    transferSyntaxUid: declared === '' ? syntaxOf(encoding) : declared,
    isDeflated,
    dataSetAt,
    trailingBytes: data.size - endAt,
  };
}

async function inflated(source: ByteSource, offset: number): Promise<ByteSource> {
  const cursor = inflatedCursor(source, offset);
  try {
    return memorySource(await readAll(cursor));
  } finally {
    await cursor.close();
  }
}

async function readAll(cursor: Cursor): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  while ((await cursor.fill(1)) === 1) {
    const part = cursor.window.slice(cursor.at);
    cursor.advance(part.length);
    total += part.length;
    if (total > MAX_INFLATED) refuseInstance('inflate-limit');
    parts.push(part);
  }
  return concatBytes(...parts);
}

export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    name: '',
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    async *stream(offset = 0) {
      await Promise.resolve();
      if (offset < bytes.length) yield bytes.subarray(offset);
    },
  };
}
