import type { CborValue } from '../../../crypto/wire/cbor.js';
import { equalBytes } from '../../../crypto/wire/bytes.js';
import type { FileId } from '../../../crypto/wire/ids.js';
import { CoreError } from '../error.js';
import { maxCodedBytes } from '../coding/limits.js';
import { CODEC_STORED, CODEC_UNITS, type Codec, type DigestEntry, type Extent } from '../package/digest-part.js';
import { MAX_EXTENTS, MAX_FILE_BODY_BYTES, MAX_FILES_PER_DIGEST_PART } from '../package/limits.js';
import { mediaTypeOf, type PlanFile } from '../package/plan.js';
import type { FileHeader } from '../package/record.js';
import type { CreateSha256, Sha256 } from '../ports.js';
import type { PendingCheckpoint } from './checkpoint.js';
import type { PackageSink } from './package-sink.js';

/** A file whose records have begun and whose digest part has not come yet. */
export interface PendingFile {
  readonly file: PlanFile;
  readonly hash: Sha256;
  readonly extents: Extent[];
  readonly codec: Codec;
  /** Ids of the units that have occurred in it. */
  readonly ids: Set<number>;
  /** Bytes of the original for which records have come … */
  claimed: number;
  /** … and those of them that are staged and hashed. */
  bytes: number;
  /** Its last record has passed. */
  isClosed: boolean;
}

/** The files in travel order: how far they have come, and which of them wait for their digests. */
export interface Staging {
  readonly files: readonly PlanFile[];
  /** How many of `files` have begun. */
  begun: number;
  pending: PendingFile[];
}

export function createStaging(files: readonly PlanFile[]): Staging {
  return { files, begun: 0, pending: [] };
}

function openFile(staging: Staging): PendingFile | null {
  const newest = staging.pending.at(-1);
  return newest === undefined || newest.isClosed ? null : newest;
}

export function hasOpenFile(staging: Staging): boolean {
  return openFile(staging) !== null;
}

/** @throws CoreError `package-file-order` when no file is open */
export function currentFile(staging: Staging): PendingFile {
  const open = openFile(staging);
  if (open === null) throw new CoreError('package-file-order', 'bytes without an open file');
  return open;
}

/**
 * Admits a FILE record of `length` bytes at `offset`: it must be the next one of the open file, or the first one of the
 * next file. @returns the file when it begins. @throws CoreError `package-file-order`, `package-file-length`
 */
export function admitRecord(
  staging: Staging,
  header: FileHeader,
  extent: Extent,
  createSha256: CreateSha256,
): PlanFile | null {
  const open = openFile(staging);
  const file = open?.file ?? staging.files[staging.begun];
  if (file === undefined || header.fileId !== file.fileId || header.index !== (open?.extents.length ?? 0)) {
    throw new CoreError('package-file-order', 'not the record that comes next');
  }
  const codec = codecOf(header);
  if (open !== null && open.codec !== codec) throw new CoreError('package-file-order', 'a file changes its coding');
  const before = open === null ? 0 : codedBytesOf(open);
  assertBodyLength(before, codec === CODEC_STORED ? file.size : maxCodedBytes(file.size), file, header, extent);
  assertRoom(staging, open);
  if (open !== null) {
    open.extents.push(extent);
    return null;
  }
  const progress = { ids: new Set<number>(), claimed: 0, bytes: 0, isClosed: false };
  staging.pending.push({ file, hash: createSha256(), extents: [extent], codec, ...progress });
  staging.begun += 1;
  return file;
}

/** docs/spec/payload.md §7.6. An empty file has nothing to code. */
function codecOf({ codec }: FileHeader): Codec {
  if (codec === CODEC_STORED || codec === CODEC_UNITS) return codec;
  throw new CoreError('codec-unsupported', 'unknown coding of a file');
}

function codedBytesOf({ extents }: Pick<PendingFile, 'extents'>): number {
  return extents.reduce((sum, { length }) => sum + length, 0);
}

/** An empty record moves nothing forward. */
function assertBodyLength(before: number, most: number, file: PlanFile, header: FileHeader, extent: Extent): void {
  const emptyFile = file.size === 0 && header.last && header.codec === CODEC_STORED;
  const fits = before + extent.length <= most && (file.size > 0 || emptyFile);
  if (!fits || (extent.length === 0 && !emptyFile)) throw new CoreError('package-file-length', 'record does not fit');
}

/** What must be remembered until a digest part comes stays within the limits of one. */
function assertRoom(staging: Staging, open: PendingFile | null): void {
  const extents = staging.pending.reduce((sum, pending) => sum + pending.extents.length, 0);
  const files = staging.pending.length + (open === null ? 1 : 0);
  if (extents >= MAX_EXTENTS || files > MAX_FILES_PER_DIGEST_PART) {
    throw new CoreError('package-digest-part', 'more records than one digest part covers');
  }
}

/** The next bytes of the open file are on their way. @returns the file they belong to */
export function claimBytes(staging: Staging, count: number): PendingFile {
  const open = currentFile(staging);
  open.claimed += count;
  return open;
}

/** A unit of the open file has come. */
export function noteUnit(staging: Staging, id: number): void {
  currentFile(staging).ids.add(id);
}

/** Hashes bytes that have been claimed, in their order. @returns the file they belong to */
export function stageBytes(pending: PendingFile, bytes: Uint8Array): FileId {
  pending.hash.update(bytes);
  pending.bytes += bytes.length;
  return pending.file.fileId;
}

/** The open file's last record has passed. @throws CoreError `package-file-length` */
export function closeFile(staging: Staging): void {
  const open = currentFile(staging);
  if (open.claimed !== open.file.size) throw new CoreError('package-file-length', 'a file ends early');
  open.isClosed = true;
}

/**
 * Holds a digest part against what has been staged: it must be about exactly the pending files. Afterwards none is
 * pending. @throws CoreError `package-digest-…`, `package-file-order`, `codec-unsupported`; then none of them is verified
 */
export function verifyEntries(staging: Staging, entries: readonly DigestEntry[]): void {
  if (openFile(staging) !== null) throw new CoreError('package-file-order', 'a digest part inside a file');
  if (entries.length !== staging.pending.length) {
    throw new CoreError('package-digest-part', 'not about exactly the files before it');
  }
  staging.pending.forEach((pending, index) => verifyEntry(pending, entries[index]));
  staging.pending = [];
}

function verifyEntry(pending: PendingFile, entry: DigestEntry | undefined): void {
  const { file, extents, codec, bytes } = pending;
  if (entry?.fileId !== file.fileId || entry.mediaType !== mediaTypeOf(file)) {
    throw new CoreError('package-digest-part', 'an entry is about another file');
  }
  if (entry.codec > CODEC_UNITS) throw new CoreError('codec-unsupported', 'unknown coding');
  if (entry.codec !== codec || !isMeta(entry.meta, pending)) {
    throw new CoreError('package-digest-part', 'an entry names another coding');
  }
  const lengths = entry.codedLength === codedBytesOf(pending) && entry.originalLength === bytes && bytes === file.size;
  const areCut = codec === CODEC_UNITS || areFull(extents);
  if (!lengths || !sameExtents(entry.extents, extents) || !areCut) {
    throw new CoreError('package-digest-extents', 'extents or lengths differ from the records');
  }
  if (!equalBytes(entry.sha256, pending.hash.digest())) {
    throw new CoreError('package-digest-mismatch', 'SHA-256 of a file differs');
  }
}

/** docs/spec/payload.md §7.6: null, or the ids of the units that occur, ascending. */
function isMeta(meta: CborValue, { codec, ids }: PendingFile): boolean {
  if (codec === CODEC_STORED) return meta === null;
  const seen = [...ids].sort((a, b) => a - b);
  return Array.isArray(meta) && meta.length === seen.length && seen.every((id, i) => meta[i] === id);
}

function sameExtents(a: readonly Extent[], b: readonly Extent[]): boolean {
  return a.length === b.length && a.every(({ offset, length }, i) => offset === b[i]?.offset && length === b[i].length);
}

/** docs/spec/payload.md §7.4: a stored file has one way to be cut. */
function areFull(extents: readonly Extent[]): boolean {
  return extents.every(({ length }, i) => i === extents.length - 1 || length === MAX_FILE_BODY_BYTES);
}

export function savePending(staging: Staging): PendingCheckpoint[] {
  return staging.pending.map(({ file, bytes, codec, ids, extents, isClosed }) => ({
    fileId: file.fileId,
    bytes,
    codec,
    ids: [...ids],
    extents: extents.map(({ offset, length }) => [offset, length] as const),
    complete: isClosed,
  }));
}

/** @throws CoreError `staging-lost` when the sink has fewer bytes than the checkpoint says, or other files are pending */
export async function restoreStaging(
  staging: Staging,
  saved: { readonly begun: number; readonly pending: readonly PendingCheckpoint[] },
  sink: PackageSink,
  createSha256: CreateSha256,
): Promise<void> {
  staging.begun = saved.begun;
  const first = saved.begun - saved.pending.length;
  for (const [index, pending] of saved.pending.entries()) {
    const file = staging.files[first + index];
    if (file?.fileId !== pending.fileId) throw new CoreError('staging-lost', 'the checkpoint is of another package');
    const hash = createSha256();
    const bytes = await feed(hash, sink.staged(pending.fileId, pending.bytes));
    if (bytes !== pending.bytes) throw new CoreError('staging-lost', 'staged bytes are missing');
    const extents = pending.extents.map(([offset, length]) => ({ offset, length }));
    const codec = pending.codec === CODEC_UNITS ? CODEC_UNITS : CODEC_STORED;
    const progress = { ids: new Set(pending.ids), claimed: bytes, bytes, isClosed: pending.complete };
    staging.pending.push({ file, hash, extents, codec, ...progress });
  }
}

async function feed(hash: Sha256, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return bytes;
}
