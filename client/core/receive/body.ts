import { UNIT_HEAD_BYTES } from '../coding/limits.js';
import type { Coding } from '../coding/coding.js';
import { STORED, parseUnitHead, type UnitHead } from '../coding/unit.js';
import { CoreError } from '../error.js';
import { CODEC_STORED } from '../package/digest-part.js';
import type { PackageSink } from './package-sink.js';
import { claimBytes, closeFile, currentFile, noteUnit, stageBytes, type PendingFile, type Staging } from './staging.js';

/** The part of an unpacking that reads the bodies of FILE records. */
export interface BodyState {
  readonly sink: PackageSink;
  readonly coding: Coding;
  staging: Staging;
  /** Up to the last byte that was used; what is gathered lies behind it. */
  offset: number;
  readonly gather: Gather;
  body: { remaining: number; readonly last: boolean } | null;
  readonly later: Later;
}

/** Bytes that can be used only together: a record's head, a unit. */
export interface Gather {
  bytes: Uint8Array<ArrayBuffer>;
  length: number;
}

const NOTHING = new Uint8Array(0);

export function createGather(): Gather {
  return { bytes: NOTHING, length: 0 };
}

/** The room grows with what has come, not with what a prefix promises. */
export function keep(gather: Gather, piece: Uint8Array): void {
  const needed = gather.length + piece.length;
  if (needed > gather.bytes.length) {
    const larger = new Uint8Array(Math.max(needed, 2 * gather.bytes.length));
    larger.set(gather.bytes.subarray(0, gather.length));
    gather.bytes = larger;
  }
  gather.bytes.set(piece, gather.length);
  gather.length = needed;
}

/** @returns what was gathered, from `from` on, and begins anew */
export function taken(gather: Gather, from = 0): Uint8Array<ArrayBuffer> {
  const bytes = gather.bytes.slice(from, gather.length);
  gather.bytes = NOTHING;
  gather.length = 0;
  return bytes;
}

/**
 * Work on files that waits for units which are being restored in workers, in its order. It never outlives the push that made
 * it, so that between two pushes everything used is staged.
 */
export interface Later {
  readonly work: (() => Promise<void>)[];
  /** Original bytes of the units among it. */
  bytes: number;
}

export function createLater(): Later {
  return { work: [], bytes: 0 };
}

/** What may be restored at a time: bounds memory however small its coded form is. */
const MAX_LATER_BYTES = 8 * 1024 * 1024;

/** Does `work`, or puts it behind what waits. */
export async function inTurn({ later }: Pick<BodyState, 'later'>, work: () => Promise<void> | void): Promise<void> {
  if (later.work.length === 0) await work();
  else later.work.push(async () => work());
}

export async function finishLater({ later }: Pick<BodyState, 'later'>): Promise<void> {
  const work = later.work.splice(0);
  later.bytes = 0;
  for (const step of work) await step();
}

/** Takes the next bytes of the body that is open. @returns how many it has used */
export async function takeBody(
  state: BodyState,
  body: NonNullable<BodyState['body']>,
  bytes: Uint8Array,
): Promise<number> {
  const { codec } = currentFile(state.staging);
  const used = codec === CODEC_STORED ? await takeStored(state, body, bytes) : await takeUnit(state, body, bytes);
  endBody(state, body);
  return used;
}

/** An empty body is over before it has begun. */
export function endBody(state: BodyState, body: NonNullable<BodyState['body']>): void {
  if (body.remaining > 0) return;
  state.body = null;
  if (body.last) closeFile(state.staging);
}

async function takeStored(state: BodyState, body: NonNullable<BodyState['body']>, bytes: Uint8Array): Promise<number> {
  const piece = bytes.subarray(0, body.remaining);
  const file = claimBytes(state.staging, piece.length);
  await inTurn(state, () => stage(state, file, piece));
  state.offset += piece.length;
  body.remaining -= piece.length;
  return piece.length;
}

async function stage({ sink }: BodyState, file: PendingFile, bytes: Uint8Array): Promise<void> {
  await sink.write(stageBytes(file, bytes), bytes);
}

/** docs/spec/coding.md §2: a record holds whole units. */
async function takeUnit(state: BodyState, body: NonNullable<BodyState['body']>, bytes: Uint8Array): Promise<number> {
  const { gather } = state;
  const piece = bytes.subarray(0, wantedOfUnit(state, body) - gather.length);
  keep(gather, piece);
  const wanted = wantedOfUnit(state, body);
  if (gather.length === wanted && wanted > UNIT_HEAD_BYTES) {
    await acceptUnit(state, headOf(state));
    state.offset += wanted;
    body.remaining -= wanted;
  }
  return piece.length;
}

function wantedOfUnit(state: BodyState, { remaining }: NonNullable<BodyState['body']>): number {
  const wanted = UNIT_HEAD_BYTES + (state.gather.length < UNIT_HEAD_BYTES ? 0 : headOf(state).codedBytes);
  if (wanted > remaining) throw new CoreError('package-coding', 'a record ends inside a unit');
  return wanted;
}

function headOf({ gather, staging }: BodyState): UnitHead {
  const { file, claimed } = currentFile(staging);
  return parseUnitHead(gather.bytes.subarray(0, UNIT_HEAD_BYTES), file.size - claimed);
}

/** The unit is restored while the next ones are read. */
async function acceptUnit(state: BodyState, head: UnitHead): Promise<void> {
  const { later, staging, coding } = state;
  const coded = taken(state.gather, UNIT_HEAD_BYTES);
  noteUnit(staging, head.id);
  const file = claimBytes(staging, head.originalBytes);
  if (head.id === STORED) return inTurn(state, () => stage(state, file, coded));
  const restoring = coding.restore({ ...head, coded });
  // It is awaited in its turn; until then its failure must not count as unhandled.
  restoring.catch(() => undefined);
  later.work.push(async () => stage(state, file, await restoring));
  later.bytes += head.originalBytes;
  if (later.bytes >= MAX_LATER_BYTES) await finishLater(state);
}
