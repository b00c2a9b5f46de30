import { equalBytes } from '../../../crypto/wire/bytes.js';
import type { FileId } from '../../../crypto/wire/ids.js';
import { CoreError } from '../error.js';
import { CODEC_STORED, type DigestEntry, type Extent } from '../package/digest-part.js';
import { MAX_EXTENTS, MAX_FILE_BODY_BYTES, MAX_FILES_PER_DIGEST_PART } from '../package/limits.js';
import { mediaTypeOf, type PlanFile } from '../package/plan.js';
import type { FileHeader } from '../package/record.js';
import type { CreateSha256, Sha256 } from '../ports.js';
import type { PendingCheckpoint } from './checkpoint.js';
import type { PackageSink } from './package-sink.js';

/** A file whose bytes are staged and whose digest part has not come yet. */
interface PendingFile {
  readonly file: PlanFile;
  readonly hash: Sha256;
  readonly extents: Extent[];
  bytes: number;
  /** SHA-256 once its last record has passed, else null. */
  sha256: Uint8Array | null;
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
  return newest === undefined || newest.sha256 !== null ? null : newest;
}

export function hasOpenFile(staging: Staging): boolean {
  return openFile(staging) !== null;
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
  assertBodyLength(file, open?.bytes ?? 0, header, extent);
  assertRoom(staging, open);
  if (open !== null) {
    open.extents.push(extent);
    return null;
  }
  staging.pending.push({ file, hash: createSha256(), extents: [extent], bytes: 0, sha256: null });
  staging.begun += 1;
  return file;
}

/** A coding never makes a file longer, and an empty record moves nothing forward. */
function assertBodyLength(file: PlanFile, before: number, header: FileHeader, extent: Extent): void {
  const fits = before + extent.length <= file.size;
  const emptyFile = file.size === 0 && header.last;
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

/** Takes the next bytes of the open file. @returns the file they belong to */
export function stageBytes(staging: Staging, bytes: Uint8Array): FileId {
  const open = openFile(staging);
  if (open === null) throw new CoreError('package-file-order', 'bytes without an open file');
  open.hash.update(bytes);
  open.bytes += bytes.length;
  return open.file.fileId;
}

/** The open file's last record has passed. @throws CoreError `package-file-length` */
export function closeFile(staging: Staging): void {
  const open = openFile(staging);
  if (open === null) return;
  // docs/spec/payload.md §7.6: stored is the only coding so far, so the coded bytes are the original's.
  if (open.bytes !== open.file.size) throw new CoreError('package-file-length', 'a file ends early');
  open.sha256 = open.hash.digest();
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

function verifyEntry({ file, extents, bytes, sha256 }: PendingFile, entry: DigestEntry | undefined): void {
  if (entry?.fileId !== file.fileId || entry.mediaType !== mediaTypeOf(file)) {
    throw new CoreError('package-digest-part', 'an entry is about another file');
  }
  if (entry.codec !== CODEC_STORED) throw new CoreError('codec-unsupported', 'unknown coding');
  if (entry.meta !== null) throw new CoreError('package-digest-part', 'stored files have no meta');
  const lengths = entry.codedLength === bytes && entry.originalLength === bytes && bytes === file.size;
  if (!lengths || !sameExtents(entry.extents, extents) || !areFull(extents)) {
    throw new CoreError('package-digest-extents', 'extents or lengths differ from the records');
  }
  if (sha256 === null || !equalBytes(entry.sha256, sha256)) {
    throw new CoreError('package-digest-mismatch', 'SHA-256 of a file differs');
  }
}

function sameExtents(a: readonly Extent[], b: readonly Extent[]): boolean {
  return a.length === b.length && a.every(({ offset, length }, i) => offset === b[i]?.offset && length === b[i].length);
}

/** docs/spec/payload.md §7.4: a stored file has one way to be cut. */
function areFull(extents: readonly Extent[]): boolean {
  return extents.every(({ length }, i) => i === extents.length - 1 || length === MAX_FILE_BODY_BYTES);
}

export function savePending(staging: Staging): PendingCheckpoint[] {
  return staging.pending.map(({ file, bytes, extents, sha256 }) => ({
    fileId: file.fileId,
    bytes,
    extents: extents.map(({ offset, length }) => [offset, length] as const),
    complete: sha256 !== null,
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
    staging.pending.push({ file, hash, extents, bytes, sha256: pending.complete ? hash.digest() : null });
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
