import { equalBytes, isZero } from '../../../crypto/wire/bytes.js';
import { padded } from '../../../crypto/wire/payload.js';
import { platformCoding, type Coding } from '../coding/coding.js';
import { CoreError, throwIfAborted } from '../error.js';
import { parseDigestPart, type DigestEntry, type ManifestRef } from '../package/digest-part.js';
import { RECORD_PREFIX_BYTES } from '../package/limits.js';
import { parsePlan } from '../package/plan-codec.js';
import { NOTHING_KNOWN, travelOrder, type KnownIds, type Plan } from '../package/plan.js';
import { parseFileHeader, parseRecordPrefix, type RecordPrefix } from '../package/record.js';
import { parseTrailer } from '../package/trailer.js';
import type { CreateSha256, Sha256 } from '../ports.js';
import {
  createGather,
  createLater,
  endBody,
  finishLater,
  inTurn,
  keep,
  takeBody,
  taken,
  type BodyState,
} from './body.js';
import { loadRef, saveRef, type UnpackCheckpoint } from './checkpoint.js';
import type { PackageSink } from './package-sink.js';
import { admitRecord, createStaging, hasOpenFile, restoreStaging, savePending, verifyEntries } from './staging.js';

export interface UnpackInput {
  readonly sink: PackageSink;
  readonly createSha256: CreateSha256;
  /** Restores coded files; what every platform can do when not given. */
  readonly coding?: Coding | undefined;
  /** Files of the plan that do not come with it (docs/spec/payload.md §7.9). */
  readonly known?: KnownIds | undefined;
  /** Continue where `checkpoint` was taken; `planRecord` is what `sink.plan` was given, null if it was not. */
  readonly resume?: { readonly checkpoint: UnpackCheckpoint; readonly planRecord: Uint8Array | null } | undefined;
}

export interface UnpackResult {
  readonly plan: Plan;
  /** Length of the package with padding: compare with the final tally's total_len. */
  readonly totalBytes: number;
  /** Compare with the final tally's newest manifest part. */
  readonly newestManifest: ManifestRef;
}

/** Reads a package piece by piece (docs/spec/payload.md §7.8). Not to be entered again while a `push` is under way. */
export interface Unpacker {
  /** Null until it has been read. */
  readonly plan: Plan | null;
  /** Of the parts read so far: compare with the tally that covers them. */
  readonly newestManifest: ManifestRef | null;
  /** Bytes of the package that have been used. */
  readonly offset: number;
  /** The next bytes, of any number, of the verified plaintext. @throws CoreError, and from then on always the same one */
  push(bytes: Uint8Array): Promise<void>;
  /** Possible between any two pushes. @throws the failure of an earlier push */
  checkpoint(): UnpackCheckpoint;
  /** No bytes are left. @throws CoreError `package-truncated` unless the package is complete, to the last padding byte */
  finish(): UnpackResult;
}

interface State extends BodyState {
  readonly createSha256: CreateSha256;
  readonly known: KnownIds;
  plan: Plan | null;
  planRef: ManifestRef | null;
  newest: ManifestRef | null;
  partNo: number;
  trailerEnd: number | null;
}

/** Everything in `source` through an unpacker; `source` starts at the checkpoint's offset. @throws CoreError */
export async function unpackPackage(
  input: UnpackInput & { readonly source: AsyncIterable<Uint8Array>; readonly signal?: AbortSignal | undefined },
): Promise<UnpackResult> {
  const unpacker = await createUnpacker(input);
  for await (const bytes of input.source) {
    throwIfAborted(input.signal);
    await unpacker.push(bytes);
  }
  return unpacker.finish();
}

/** @throws CoreError `staging-lost` when what the checkpoint speaks of is not there any more */
export async function createUnpacker(input: UnpackInput): Promise<Unpacker> {
  const state = await startState(input);
  let failure: Error | null = null;
  /** After a failure what is staged and what is hashed may differ: nothing goes on from here. */
  const alive = (): State => {
    if (failure !== null) throw failure;
    return state;
  };
  return {
    get plan() {
      return state.plan;
    },
    get newestManifest() {
      return state.newest;
    },
    get offset() {
      return state.offset;
    },
    async push(bytes) {
      try {
        await push(alive(), bytes);
      } catch (error) {
        failure = error instanceof Error ? error : new Error('the sink failed', { cause: error });
        throw failure;
      }
    },
    checkpoint: () => checkpointOf(alive()),
    finish: () => finish(alive()),
  };
}

async function startState({ sink, createSha256, resume, ...input }: UnpackInput): Promise<State> {
  const { coding = platformCoding(), known = NOTHING_KNOWN } = input;
  const position = { offset: 0, newest: null, partNo: -1, body: null, trailerEnd: null };
  const parts = { plan: null, planRef: null, staging: createStaging([]), gather: createGather(), later: createLater() };
  const state: State = { sink, createSha256, coding, known, ...position, ...parts };
  if (resume !== undefined) await restore(state, resume.checkpoint, resume.planRecord);
  return state;
}

async function restore(state: State, saved: UnpackCheckpoint, planRecord: Uint8Array | null): Promise<void> {
  if (saved.plan === null) return;
  const ref = loadRef(saved.plan);
  if (planRecord === null || !equalBytes(digestOf(state.createSha256(), planRecord), ref.sha256)) {
    throw new CoreError('staging-lost', 'the saved plan is not the one of the checkpoint');
  }
  acceptPlan(state, parsePlan(planRecord.subarray(RECORD_PREFIX_BYTES)), ref);
  await restoreStaging(state.staging, saved, state.sink, state.createSha256);
  state.offset = saved.offset;
  state.newest = saved.newest === null ? null : loadRef(saved.newest);
  state.partNo = saved.partNo;
  state.body = saved.body === null ? null : { ...saved.body };
  state.trailerEnd = saved.trailerEnd;
}

function checkpointOf(state: State): UnpackCheckpoint {
  const { offset, planRef, newest, partNo, staging, body, trailerEnd } = state;
  return {
    offset,
    plan: planRef === null ? null : saveRef(planRef),
    newest: newest === null ? null : saveRef(newest),
    partNo,
    begun: staging.begun,
    pending: savePending(staging),
    body: body === null ? null : { ...body },
    trailerEnd,
  };
}

async function push(state: State, bytes: Uint8Array): Promise<void> {
  for (let left = bytes; left.length > 0;) {
    if (state.trailerEnd !== null) return acceptPadding(state, left);
    const used = state.body === null ? await gather(state, left) : await takeBody(state, state.body, left);
    left = left.subarray(used);
  }
  await finishLater(state);
}

function acceptPadding(state: State, bytes: Uint8Array): void {
  const total = padded(state.trailerEnd ?? 0);
  if (state.offset + bytes.length > total) throw new CoreError('package-length', 'bytes after the end');
  if (!isZero(bytes)) throw new CoreError('package-padding', 'padding is not zero');
  state.offset += bytes.length;
}

/** Collects a record's head, and the whole record if it is not a FILE; acts on it when it is complete. */
async function gather(state: State, bytes: Uint8Array): Promise<number> {
  const piece = bytes.subarray(0, wanted(state) - state.gather.length);
  keep(state.gather, piece);
  if (state.gather.length === wanted(state)) await acceptHead(state);
  return piece.length;
}

/** How many bytes must be gathered before something can be decided; grows once the prefix is known. */
function wanted({ gather: { bytes, length } }: State): number {
  if (length < RECORD_PREFIX_BYTES) return RECORD_PREFIX_BYTES;
  return headBytes(parseRecordPrefix(bytes.subarray(0, RECORD_PREFIX_BYTES)));
}

function headBytes({ kind, headerBytes, bodyBytes }: RecordPrefix): number {
  return RECORD_PREFIX_BYTES + headerBytes + (kind === 'file' ? 0 : bodyBytes);
}

async function acceptHead(state: State): Promise<void> {
  const record = taken(state.gather);
  const prefix = parseRecordPrefix(record.subarray(0, RECORD_PREFIX_BYTES));
  const rest = record.subarray(RECORD_PREFIX_BYTES);
  if (state.plan === null && prefix.kind !== 'manifest') throw new CoreError('package-plan', 'the plan comes first');
  switch (prefix.kind) {
    case 'file':
      await acceptFile(state, prefix, rest);
      break;
    case 'manifest':
      await acceptManifest(state, record, rest);
      break;
    case 'trailer':
      acceptTrailer(state, rest);
      break;
  }
  state.offset += record.length;
  if (prefix.kind === 'trailer') state.trailerEnd = state.offset;
}

async function acceptFile(state: State, prefix: RecordPrefix, rest: Uint8Array): Promise<void> {
  const header = parseFileHeader(rest);
  const extent = { offset: state.offset + RECORD_PREFIX_BYTES + rest.length, length: prefix.bodyBytes };
  const begins = admitRecord(state.staging, header, extent, state.createSha256);
  if (begins !== null) await inTurn(state, () => state.sink.begin(begins));
  state.body = { remaining: prefix.bodyBytes, last: header.last };
  endBody(state, state.body);
}

async function acceptManifest(state: State, record: Uint8Array, body: Uint8Array): Promise<void> {
  await finishLater(state);
  const ref = { offset: state.offset, length: record.length, sha256: digestOf(state.createSha256(), record) };
  if (state.plan === null) {
    const plan = parsePlan(body);
    acceptPlan(state, plan, ref);
    await state.sink.plan(plan, record);
  } else {
    for (const entry of acceptDigestPart(state, body)) await state.sink.verified(entry.fileId, entry);
  }
  state.newest = ref;
  state.partNo += 1;
}

function acceptPlan(state: State, plan: Plan, ref: ManifestRef): void {
  state.plan = plan;
  state.planRef = ref;
  state.staging = createStaging(travelOrder(plan, state.known));
}

function acceptDigestPart(state: State, body: Uint8Array): readonly DigestEntry[] {
  const part = parseDigestPart(body);
  if (part.partNo !== state.partNo + 1) throw new CoreError('package-digest-part', 'part number');
  assertNewest(state, part.previous, 'package-digest-chain');
  verifyEntries(state.staging, part.entries);
  return part.entries;
}

function assertNewest(state: State, told: ManifestRef, code: 'package-digest-chain' | 'package-trailer'): void {
  const newest = state.newest;
  const same = newest !== null && told.offset === newest.offset && told.length === newest.length;
  if (!same || !equalBytes(told.sha256, newest.sha256)) throw new CoreError(code, 'not the newest manifest part');
}

function acceptTrailer(state: State, body: Uint8Array): void {
  const trailer = parseTrailer(body);
  const { staging } = state;
  if (staging.begun !== staging.files.length || staging.pending.length > 0) {
    throw new CoreError('package-trailer', 'files are missing');
  }
  const bytes = staging.files.reduce((sum, { size }) => sum + size, 0);
  if (trailer.files !== staging.files.length || trailer.bytes !== bytes) {
    throw new CoreError('package-trailer', 'totals differ');
  }
  assertNewest(state, trailer.newest, 'package-trailer');
}

function finish({ plan, newest, trailerEnd, offset, staging }: State): UnpackResult {
  const complete = plan !== null && newest !== null && trailerEnd !== null && !hasOpenFile(staging);
  if (!complete || offset !== padded(trailerEnd)) throw new CoreError('package-truncated', 'the end is missing');
  return { plan, totalBytes: offset, newestManifest: newest };
}

function digestOf(hash: Sha256, bytes: Uint8Array): Uint8Array {
  hash.update(bytes);
  return hash.digest();
}
