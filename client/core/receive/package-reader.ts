import { equalBytes } from '../../../crypto/wire/bytes.js';
import { type FileId } from '../../../crypto/wire/ids.js';
import { segmentPlainBytes } from '../../../crypto/wire/payload.js';
import { UNIT_HEAD_BYTES } from '../coding/limits.js';
import { type Coding } from '../coding/coding.js';
import { STORED, parseUnitHead } from '../coding/unit.js';
import { CoreError } from '../error.js';
import { CODEC_STORED, CODEC_UNITS, type DigestEntry, type Extent, parseDigestPart } from '../package/digest-part.js';
import { MAX_FILES, RECORD_PREFIX_BYTES } from '../package/limits.js';
import { parseRecordPrefix } from '../package/record.js';
import { type CreateSha256 } from '../ports.js';
import { type SegmentReading, readSegments } from './download.js';
import { type VerifiedTally } from './tally-watch.js';

/**
 * Any place of a package without what lies before it: files by the manifest parts that a verified tally names, newest first
 * (docs/spec/payload.md §7.5). Memory: a record or two segments.
 */
export interface PackageReader {
  /** Verified plaintext. @throws CoreError `payload-damaged` for a place that the tally does not cover */
  read(extent: Extent): AsyncIterable<Uint8Array>;
  /** Entries of those of the files that manifest parts under the tally are about. @throws CoreError `payload-damaged`, `package-…` */
  entries(wanted: ReadonlySet<FileId>): Promise<ReadonlyMap<FileId, DigestEntry>>;
  /** The original bytes of a file; nobody may use them before their digest has been held against the entry's. */
  restore(entry: DigestEntry): AsyncIterable<Uint8Array>;
}

export interface PackageReaderInput extends SegmentReading {
  readonly verified: VerifiedTally;
  readonly createSha256: CreateSha256;
  readonly coding: Coding;
}

interface Run extends PackageReaderInput {
  /** The segment read last: the next file begins in it, as a rule. */
  last: { readonly index: number; readonly bytes: Uint8Array } | null;
}

export function createPackageReader(input: PackageReaderInput): PackageReader {
  const run: Run = { ...input, last: null };
  return {
    read: (extent) => read(run, extent),
    entries: (wanted) => findEntries(run, wanted),
    restore: (entry) => restore(run, entry),
  };
}

async function* read(run: Run, { offset, length }: Extent): AsyncGenerator<Uint8Array, void, undefined> {
  const plain = segmentPlainBytes(run.opener.header.segmentBytes);
  const first = Math.floor(offset / plain);
  const end = Math.ceil((offset + length) / plain);
  if (end > run.verified.tally.segments) throw new CoreError('payload-damaged', 'a place behind the tally');
  let skip = offset - first * plain;
  let left = length;
  for await (const bytes of segmentsFrom(run, first, end)) {
    const piece = bytes.subarray(skip, skip + left);
    skip = 0;
    left -= piece.length;
    if (piece.length > 0) yield piece;
  }
  if (left > 0) throw new CoreError('payload-damaged', 'a place behind the end');
}

async function* segmentsFrom(run: Run, first: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
  if (first >= end) return;
  const kept = run.last?.index === first ? run.last.bytes : null;
  if (kept !== null) yield kept;
  let index = kept === null ? first : first + 1;
  for await (const bytes of readSegments(run, run.verified, index, end)) {
    run.last = { index, bytes };
    index += 1;
    yield bytes;
  }
}

async function whole(run: Run, extent: Extent): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(extent.length);
  let at = 0;
  for await (const piece of read(run, extent)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** From the newest manifest part back to the plan; each must lie before the one that names it. */
async function findEntries(run: Run, wanted: ReadonlySet<FileId>): Promise<ReadonlyMap<FileId, DigestEntry>> {
  const found = new Map<FileId, DigestEntry>();
  let ref = run.verified.tally.newestManifest;
  for (let parts = 0; ref !== null && ref.offset > 0 && found.size < wanted.size; parts++) {
    const record = await whole(run, ref);
    const hash = run.createSha256();
    hash.update(record);
    if (parts > MAX_FILES || !equalBytes(hash.digest(), ref.sha256)) refuse('a manifest part is another one');
    const { kind, bodyBytes } = parseRecordPrefix(record.subarray(0, RECORD_PREFIX_BYTES));
    if (kind !== 'manifest' || bodyBytes !== record.length - RECORD_PREFIX_BYTES) refuse('no manifest part');
    const part = parseDigestPart(record.subarray(RECORD_PREFIX_BYTES));
    for (const entry of part.entries) if (wanted.has(entry.fileId)) found.set(entry.fileId, entry);
    if (part.previous.offset + part.previous.length > ref.offset) refuse('manifest parts lead forward');
    ref = part.previous;
  }
  return found;
}

async function* restore(run: Run, entry: DigestEntry): AsyncGenerator<Uint8Array, void, undefined> {
  if (entry.codec !== CODEC_STORED && entry.codec !== CODEC_UNITS) {
    throw new CoreError('codec-unsupported', 'unknown coding of a file');
  }
  let left = entry.originalLength;
  for (const extent of entry.extents) {
    const pieces = entry.codec === CODEC_STORED ? read(run, extent) : restoreUnits(run, extent, left);
    for await (const bytes of pieces) {
      left -= bytes.length;
      if (left < 0) throw new CoreError('package-file-length', 'longer than its entry says');
      yield bytes;
    }
  }
  if (left > 0) throw new CoreError('package-file-length', 'shorter than its entry says');
}

/** docs/spec/coding.md §2: a record holds whole units. */
async function* restoreUnits(run: Run, extent: Extent, rest: number): AsyncGenerator<Uint8Array, void, undefined> {
  const body = await whole(run, extent);
  let left = rest;
  for (let at = 0; at < body.length;) {
    const head = parseUnitHead(body.subarray(at, at + UNIT_HEAD_BYTES), left);
    const start = at + UNIT_HEAD_BYTES;
    const coded = body.slice(start, start + head.codedBytes);
    if (coded.length !== head.codedBytes) throw new CoreError('package-coding', 'a record ends inside a unit');
    yield head.id === STORED ? coded : await run.coding.restore({ ...head, coded });
    left -= head.originalBytes;
    at = start + head.codedBytes;
  }
}

function refuse(why: string): never {
  throw new CoreError('payload-damaged', why);
}
