import { padded } from '../../../crypto/wire/payload.js';
import { MAX_UNIT_BYTES, UNIT_HEAD_BYTES, maxCodedBytes } from '../coding/limits.js';
import { CODEC_STORED, encodeDigestPart, type DigestEntry, type Extent, type ManifestRef } from './digest-part.js';
import { DIGEST_EVERY_BYTES, DIGEST_EVERY_FILES, MAX_FILE_BODY_BYTES } from './limits.js';
import { encodePlan } from './plan-codec.js';
import {
  NOTHING_KNOWN,
  mediaTypeOf,
  planCounts,
  travelOrder,
  type KnownIds,
  type Plan,
  type PlanFile,
} from './plan.js';
import { encodeFileRecordHead, encodeRecord } from './record.js';
import { encodeTrailer } from './trailer.js';

export interface ManifestPart extends ManifestRef {
  readonly partNo: number;
  /** Part 0 is the plan and has none. */
  readonly entries: readonly DigestEntry[];
}

/** What is known of a file when its last record has been written. */
export type FileEnd = Pick<DigestEntry, 'sha256' | 'codec' | 'meta'>;

/**
 * Writes the package of a plan around the bodies of its files (docs/spec/payload.md §7.1): the caller puts what each method
 * returns, and then the bodies, one after the other. The same calls always give the same bytes, so that an interrupted send
 * continues the package it began.
 */
export interface PackageWriter {
  /** The plan's record. Once, first. */
  plan(): WrittenManifest;
  /** Head of the current file's next record; a body of `length` bytes follows. */
  record(file: PlanFile, codec: number, length: number, last: boolean): Uint8Array;
  /** The current file is whole. @returns a digest part when one is due */
  endFile(file: PlanFile, end: FileEnd): WrittenManifest | null;
  /** Once, after the last file. `padding` zeros follow. */
  trailer(): { readonly bytes: Uint8Array; readonly padding: number };
}

export interface WrittenManifest {
  readonly bytes: Uint8Array;
  readonly part: ManifestPart;
}

/** @param digest SHA-256 @param known files that do not travel. @throws CoreError `plan-invalid` */
export function createPackageWriter(
  plan: Plan,
  digest: (bytes: Uint8Array) => Uint8Array,
  known: KnownIds = NOTHING_KNOWN,
): PackageWriter {
  const counts = travelCounts(plan, known);
  let offset = 0;
  let newest: ManifestRef | null = null;
  let partNo = -1;
  let files = 0;
  let seenInstance = false;
  let group: DigestEntry[] = [];
  let extents: Extent[] = [];

  function manifest(body: Uint8Array, entries: readonly DigestEntry[]): WrittenManifest {
    const bytes = encodeRecord('manifest', body);
    newest = { offset, length: bytes.length, sha256: digest(bytes) };
    partNo += 1;
    offset += bytes.length;
    return { bytes, part: { partNo, ...newest, entries } };
  }

  return {
    plan: () => manifest(encodePlan(plan), []),
    record({ fileId }, codec, length, last) {
      const head = encodeFileRecordHead({ fileId, index: extents.length, last, codec }, length);
      extents.push({ offset: offset + head.length, length });
      offset += head.length + length;
      return head;
    },
    endFile(file, end) {
      group.push(entryOf(file, extents, end));
      extents = [];
      files += 1;
      const isFirstInstance = file.kind === 'instance' && !seenInstance;
      seenInstance ||= isFirstInstance;
      if (!isFirstInstance && files < counts.files && !isFull(group)) return null;
      const entries = group;
      group = [];
      return manifest(encodeDigestPart({ partNo: partNo + 1, entries, previous: newest ?? NOWHERE }), entries);
    },
    trailer() {
      const totals = { files: counts.files, bytes: counts.bytes, newest: newest ?? NOWHERE };
      const bytes = encodeRecord('trailer', encodeTrailer(totals));
      offset += bytes.length;
      return { bytes, padding: padded(offset) - offset };
    },
  };
}

/** Of the files that travel, and the sum of their original sizes. */
export function travelCounts(plan: Plan, known: KnownIds): { readonly files: number; readonly bytes: number } {
  if (known.size === 0) return planCounts(plan);
  const files = travelOrder(plan, known);
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

const NO_DIGEST = new Uint8Array(32);
const NOWHERE: ManifestRef = { offset: 0, length: 0, sha256: NO_DIGEST };

function entryOf(file: PlanFile, extents: readonly Extent[], end: FileEnd): DigestEntry {
  const codedLength = extents.reduce((sum, { length }) => sum + length, 0);
  const { fileId, size } = file;
  return { fileId, extents, codedLength, originalLength: size, mediaType: mediaTypeOf(file), ...end };
}

function isFull(group: readonly DigestEntry[]): boolean {
  if (group.length >= DIGEST_EVERY_FILES) return true;
  return group.reduce((sum, entry) => sum + entry.codedLength, 0) >= DIGEST_EVERY_BYTES;
}

/** docs/spec/payload.md §7.4: stored files fill every record but the last; an empty file has one empty record. */
export function storedRecords(size: number): { readonly length: number; readonly last: boolean }[] {
  const records = Math.max(1, Math.ceil(size / MAX_FILE_BODY_BYTES));
  return Array.from({ length: records }, (_, index) => {
    const last = index === records - 1;
    return { length: last ? size - index * MAX_FILE_BODY_BYTES : MAX_FILE_BODY_BYTES, last };
  });
}

/** Length without padding of a plan's package when every file is stored. */
function storedEnd(plan: Plan, known: KnownIds): number {
  const writer = createPackageWriter(plan, () => NO_DIGEST, known);
  let end = writer.plan().bytes.length;
  for (const file of travelOrder(plan, known)) {
    for (const { length, last } of storedRecords(file.size)) {
      end += writer.record(file, CODEC_STORED, length, last).length + length;
    }
    const part = writer.endFile(file, { sha256: NO_DIGEST, codec: CODEC_STORED, meta: null });
    end += part?.bytes.length ?? 0;
  }
  return end + writer.trailer().bytes.length;
}

/**
 * Length with padding of a plan's package when every file is stored, before anything is read: the final tally's total_len.
 * @throws CoreError `plan-invalid`
 */
export function packageLength(plan: Plan, known: KnownIds = NOTHING_KNOWN): number {
  return padded(storedEnd(plan, known));
}

/** A record's head, its extent and its share of a digest part. */
const RECORD_ROOM = 96;
/** What an entry says of a coding, and a digest part more, now and then. */
const FILE_ROOM = 256;

/** The most that a plan's package can come to, whatever is coded and however badly (docs/spec/coding.md §9). */
export function packageBound(plan: Plan, known: KnownIds = NOTHING_KNOWN): number {
  const fullest = MAX_FILE_BODY_BYTES - MAX_UNIT_BYTES - UNIT_HEAD_BYTES;
  const room = travelOrder(plan, known).reduce((sum, { size }) => {
    const records = Math.ceil(size / fullest) + 1;
    return sum + maxCodedBytes(size) - size + records * RECORD_ROOM + FILE_ROOM;
  }, 0);
  return padded(storedEnd(plan, known) + room);
}
