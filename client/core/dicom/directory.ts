import type { ByteSource } from '../ports.js';
import { plainText, type RawValues } from './attributes.js';
import { sourceCursor, type Cursor } from './cursor.js';
import { ITEM, ITEM_END, readElementHeader, SEQUENCE_END, UNDEFINED_LENGTH, type Encoding } from './element.js';
import { dataSetEncoding, readMeta, skipPreamble } from './part10.js';
import { refuse, ScanRefused, type ScanRefusal } from './refusal.js';
import { createBudget, isSequence, skipSequence, spend, type Budget } from './sequence.js';

/** What a DICOMDIR says of one file: claims, which the files themselves decide about. */
export interface DirectoryReference {
  /** Components of the File ID as they stand there: upper case by the standard, anything in the world. */
  readonly claimedParts: readonly string[];
  readonly recordType: string;
}

export type DirectoryResult =
  | { readonly kind: 'directory'; readonly references: readonly DirectoryReference[] }
  | { readonly kind: 'refused'; readonly reason: ScanRefusal };

const DIRECTORY_RECORD_SEQUENCE = 0x00041220;
const RECORD_IN_USE = 0x00041410;
const RECORD_TYPE = 0x00041430;
const REFERENCED_FILE_ID = 0x00041500;
/** PS3.10 §8.2: eight components of eight characters; ten times that for bad writers. */
const MAX_FILE_ID_BYTES = 720;
/** 300 bytes a record: the index of the largest medium. */
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;

/**
 * The files that a DICOMDIR names (PS3.3 annex F), in its order. Offsets between records are not followed: they are what is most often wrong, and
 * the records stand one after the other all the same. Never throws for what the bytes are.
 */
export async function readDirectory(source: ByteSource): Promise<DirectoryResult> {
  try {
    if (source.size > MAX_DIRECTORY_BYTES) refuse('too-many');
    return { kind: 'directory', references: await read(source) };
  } catch (error) {
    return { kind: 'refused', reason: error instanceof ScanRefused ? error.reason : 'unreadable' };
  }
}

async function read(source: ByteSource): Promise<DirectoryReference[]> {
  const values: RawValues = new Map();
  const budget = createBudget();
  const cursor = sourceCursor(source);
  await skipPreamble(cursor);
  await readMeta(cursor, values, budget);
  const encoding = await dataSetEncoding(cursor, values);
  const references: DirectoryReference[] = [];
  for (;;) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null) return references;
    spend(budget, 'items');
    if (header.tag === DIRECTORY_RECORD_SEQUENCE) {
      const end = header.length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : cursor.position + header.length;
      await readRecords(cursor, encoding, end, budget, references);
    } else if (await isSequence(cursor, encoding, header)) await skipSequence(cursor, encoding, header, budget);
    else await cursor.skip(header.length);
  }
}

async function readRecords(
  cursor: Cursor,
  encoding: Encoding,
  end: number,
  budget: Budget,
  references: DirectoryReference[],
): Promise<void> {
  while (cursor.position < end) {
    const { tag, length } = (await readElementHeader(cursor, encoding)) ?? refuse('truncated');
    spend(budget, 'items');
    if (tag === SEQUENCE_END) return;
    if (tag !== ITEM) refuse('malformed');
    const recordEnd = length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : cursor.position + length;
    const reference = await readRecord(cursor, encoding, recordEnd, budget);
    if (reference !== null) references.push(reference);
  }
}

/** Null for a record without a file (patient, study, series) and for one that is not in use any more (PS3.3 §F.3.2.2). */
async function readRecord(
  cursor: Cursor,
  encoding: Encoding,
  end: number,
  budget: Budget,
): Promise<DirectoryReference | null> {
  const kept: RawValues = new Map();
  while (cursor.position < end) {
    const header = (await readElementHeader(cursor, encoding)) ?? refuse('truncated');
    spend(budget, 'elements');
    if (header.tag === ITEM_END) break;
    if (await isSequence(cursor, encoding, header)) await skipSequence(cursor, encoding, header, budget);
    else if ([RECORD_IN_USE, RECORD_TYPE, REFERENCED_FILE_ID].includes(header.tag)) {
      const count = Math.min(header.length, MAX_FILE_ID_BYTES);
      if ((await cursor.fill(count)) < count) refuse('truncated');
      if (!kept.has(header.tag)) kept.set(header.tag, cursor.window.slice(cursor.at, cursor.at + count));
      await cursor.skip(header.length);
    } else await cursor.skip(header.length);
  }
  const isRetired = kept.get(RECORD_IN_USE)?.every((byte) => byte === 0) ?? false;
  const fileId = plainText(kept, REFERENCED_FILE_ID);
  if (isRetired || fileId === '') return null;
  return { claimedParts: fileId.split('\\').map((part) => part.trim()), recordType: plainText(kept, RECORD_TYPE) };
}
