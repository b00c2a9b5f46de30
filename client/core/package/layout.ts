import { padded } from '../../../crypto/wire/payload.js';
import type { FileId } from '../../../crypto/wire/ids.js';
import { CODEC_STORED, encodeDigestPart, type DigestEntry, type Extent, type ManifestRef } from './digest-part.js';
import { DIGEST_EVERY_BYTES, DIGEST_EVERY_FILES, MAX_FILE_BODY_BYTES } from './limits.js';
import { encodePlan } from './plan-codec.js';
import { mediaTypeOf, planCounts, travelOrder, type Plan, type PlanFile } from './plan.js';
import { encodeFileRecordHead, encodeRecord } from './record.js';
import { encodeTrailer } from './trailer.js';

/** What stands next in a package. `offset` counts from the start of the package. */
export type PackageStep =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The next `length` bytes of a file; `last` when it ends with them. */
  | { readonly kind: 'body'; readonly file: PlanFile; readonly length: number; readonly last: boolean }
  /** The manifest part before this step is complete; part 0 is the plan and has no entries. */
  | ({ readonly kind: 'manifest' } & ManifestPart)
  | { readonly kind: 'padding'; readonly length: number };

export interface ManifestPart extends ManifestRef {
  readonly partNo: number;
  readonly entries: readonly DigestEntry[];
}

/** Digests that are known when they are asked for: of a file after its last body, of a manifest record at once. */
export interface Digests {
  file(fileId: FileId): Uint8Array;
  record(bytes: Uint8Array): Uint8Array;
}

interface Writing {
  offset: number;
  partNo: number;
  newest: ManifestRef;
}

/**
 * The package of a plan, step by step (docs/spec/payload.md §7.1). The same plan and digests always make the same
 * bytes, so that an interrupted send continues the package it began.
 * @returns the total length with padding. @throws CoreError `plan-invalid`
 */
export function* packageSteps(plan: Plan, digests: Digests): Generator<PackageStep, number, undefined> {
  const files = travelOrder(plan);
  const writing: Writing = { offset: 0, partNo: -1, newest: NOWHERE };
  yield* manifestPart(writing, encodePlan(plan), [], digests);
  let group: DigestEntry[] = [];
  let seenInstance = false;
  for (const [index, file] of files.entries()) {
    group.push(yield* fileRecords(writing, file, digests));
    const firstInstance: boolean = file.kind === 'instance' && !seenInstance;
    seenInstance ||= firstInstance;
    if (firstInstance || index === files.length - 1 || isFull(group)) {
      const part = { partNo: writing.partNo + 1, entries: group, previous: writing.newest };
      yield* manifestPart(writing, encodeDigestPart(part), group, digests);
      group = [];
    }
  }
  const { files: count, bytes } = planCounts(plan);
  const trailer = encodeRecord('trailer', encodeTrailer({ files: count, bytes, newest: writing.newest }));
  yield { kind: 'bytes', bytes: trailer };
  const end = writing.offset + trailer.length;
  yield { kind: 'padding', length: padded(end) - end };
  return padded(end);
}

const NO_DIGEST = new Uint8Array(32);
const NOWHERE: ManifestRef = { offset: 0, length: 0, sha256: NO_DIGEST };

/**
 * Total length of a plan's package with padding, before anything is read: the value of the final tally's total_len.
 * @throws CoreError `plan-invalid`
 */
export function packageLength(plan: Plan): number {
  const steps = packageSteps(plan, { file: () => NO_DIGEST, record: () => NO_DIGEST });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function isFull(group: readonly DigestEntry[]): boolean {
  if (group.length >= DIGEST_EVERY_FILES) return true;
  return group.reduce((sum, entry) => sum + entry.codedLength, 0) >= DIGEST_EVERY_BYTES;
}

function* manifestPart(
  writing: Writing,
  body: Uint8Array,
  entries: readonly DigestEntry[],
  digests: Digests,
): Generator<PackageStep, void, undefined> {
  const bytes = encodeRecord('manifest', body);
  const ref = { offset: writing.offset, length: bytes.length, sha256: digests.record(bytes) };
  writing.partNo += 1;
  writing.newest = ref;
  writing.offset += bytes.length;
  yield { kind: 'bytes', bytes };
  yield { kind: 'manifest', partNo: writing.partNo, ...ref, entries };
}

/** docs/spec/payload.md §7.4: stored files fill every record but the last; an empty file has one empty record. */
function* fileRecords(
  writing: Writing,
  file: PlanFile,
  digests: Digests,
): Generator<PackageStep, DigestEntry, undefined> {
  const extents: Extent[] = [];
  const records = Math.max(1, Math.ceil(file.size / MAX_FILE_BODY_BYTES));
  for (let index = 0; index < records; index++) {
    const last = index === records - 1;
    const length = last ? file.size - index * MAX_FILE_BODY_BYTES : MAX_FILE_BODY_BYTES;
    const head = encodeFileRecordHead({ fileId: file.fileId, index, last }, length);
    yield { kind: 'bytes', bytes: head };
    yield { kind: 'body', file, length, last };
    extents.push({ offset: writing.offset + head.length, length });
    writing.offset += head.length + length;
  }
  return storedEntry(file, extents, digests.file(file.fileId));
}

function storedEntry(file: PlanFile, extents: readonly Extent[], sha256: Uint8Array): DigestEntry {
  return {
    fileId: file.fileId,
    extents,
    codedLength: file.size,
    originalLength: file.size,
    sha256,
    mediaType: mediaTypeOf(file),
    codec: CODEC_STORED,
    meta: null,
  };
}
