import { equalBytes } from '../../../crypto/wire/bytes.js';
import {
  type PayloadHeader,
  type SegmentPosition,
  parsePayloadHeader,
  segmentLength,
  segmentPlainBytes,
} from '../../../crypto/wire/payload.js';
import { type PayloadId } from '../../../crypto/wire/ids.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type TallyBody } from '../../../crypto/wire/tally.js';
import { SealError } from '../../../crypto/seal/error.js';
import { nativeSha256 } from '../../../crypto/seal/native.js';
import { type PayloadOpener, openPayload } from '../../../crypto/seal/payload.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { CoreError, throwIfAborted } from '../error.js';
import { type BufferPool, createBufferPool } from '../buffer-pool.js';
import { type InFlight, createInFlight } from '../relay/in-flight.js';
import { type Relay, type SegmentRange } from '../relay/relay.js';
import { type TallyWatch, type VerifiedTally } from './tally-watch.js';

/** Ranges asked for at once, and their size: the bound on the receiver's memory. */
const PARALLEL_RANGES = { least: 3, most: 8 };
/** As many as a sender's large parts have: a request then reads one file at the relay. */
const RANGE_SEGMENTS = 16;

/** The payload's header from the relay, held against the id that the sender signed. @throws CoreError `payload-damaged` */
export async function fetchPayloadOpener(relay: Relay, payloadId: PayloadId, secret: Secret): Promise<PayloadOpener> {
  const { header } = await relay.payload(payloadId);
  try {
    const parsed = parsePayloadHeader(header);
    if (parsed.payloadId !== payloadId) throw new CoreError('payload-damaged', 'the header of another payload');
    return await openPayload(secret, parsed);
  } catch (cause) {
    if (!(cause instanceof WireError) && !(cause instanceof SealError)) throw cause;
    throw new CoreError('payload-damaged', 'the payload header does not open', { cause });
  }
}

/** What reading segments needs. */
export interface SegmentReading {
  readonly relay: Relay;
  readonly opener: PayloadOpener;
  readonly signal?: AbortSignal | undefined;
  readonly onRange?: ((wireBytes: number) => void) | undefined;
  /** What has been found out about the line; begins anew without. */
  readonly inFlight?: InFlight | undefined;
  /** Room for ranges as they travelled, used again and again. */
  readonly pool?: BufferPool | undefined;
}

export interface DownloadInput extends SegmentReading {
  readonly watch: TallyWatch;
  /** Where in the package to start. */
  readonly offset: number;
  /**
   * Called when everything tallied has been read and the payload is not final: settles when it is worth asking again.
   * @throws to give up, for instance CoreError `payload-incomplete`
   */
  readonly waitForMore: () => Promise<void>;
}

/**
 * The package's plaintext from `offset` to its end, while it still arrives: only segments under a verified tally, each with
 * the digest that stands there (docs/spec/payload.md §5, §6). Ranges are fetched ahead, in parallel.
 * @returns the final tally
 * @throws CoreError `payload-damaged`, `payload-aborted`, `aborted`, and what `waitForMore` throws
 */
export async function* downloadPackage(
  input: DownloadInput,
): AsyncGenerator<Uint8Array<ArrayBuffer>, TallyBody, undefined> {
  const plain = segmentPlainBytes(input.opener.header.segmentBytes);
  let next = Math.floor(input.offset / plain);
  let skip = input.offset - next * plain;
  const pool = createBufferPool(RANGE_SEGMENTS * input.opener.header.segmentBytes);
  const reading = { ...input, inFlight: createInFlight(PARALLEL_RANGES), pool };
  for (;;) {
    const verified = await newerTally(input, next);
    for await (const bytes of readSegments(reading, verified, next, verified.tally.segments)) {
      const fresh = bytes.subarray(Math.min(skip, bytes.length));
      skip -= bytes.length - fresh.length;
      if (fresh.length > 0) yield fresh;
    }
    next = verified.tally.segments;
    if (verified.tally.status === 'final') return verified.tally;
  }
}

/** A tally that covers more than `have` segments, or the final one. */
async function newerTally({ watch, waitForMore, signal }: DownloadInput, have: number): Promise<VerifiedTally> {
  for (;;) {
    throwIfAborted(signal);
    const verified = await watch.update();
    if (verified?.tally.status === 'aborted') throw new CoreError('payload-aborted', 'the sender has given up');
    if (verified !== null && (verified.tally.segments > have || verified.tally.status === 'final')) return verified;
    await waitForMore();
  }
}

/**
 * The plaintext of segments `first` to `end` (exclusive), each as soon as it is verified; at most those of the tally.
 * @throws CoreError `payload-damaged`, `aborted`
 */
export async function* readSegments(
  input: SegmentReading,
  verified: VerifiedTally,
  first: number,
  end: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const segments = Math.min(end, verified.tally.segments);
  const inFlight = input.inFlight ?? createInFlight(PARALLEL_RANGES);
  const ahead: Promise<Uint8Array<ArrayBuffer>[]>[] = [];
  let asked = first;
  const ask = (): void => {
    while (ahead.length < inFlight.limit && asked < segments) {
      const count = Math.min(RANGE_SEGMENTS, segments - asked);
      const task = readRange({ ...input, inFlight }, verified, asked, count);
      // A failure is thrown where the range is awaited; until then it must not count as unhandled.
      task.catch(() => undefined);
      ahead.push(task);
      asked += count;
    }
  };
  for (ask(); ahead.length > 0; ask()) {
    const segmentsPlain = await ahead.shift();
    if (segmentsPlain !== undefined) yield* segmentsPlain;
  }
}

async function readRange(
  input: SegmentReading & { readonly inFlight: InFlight },
  verified: VerifiedTally,
  first: number,
  count: number,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const { relay, opener, pool, signal } = input;
  const range = rangeOf(opener.header, verified.tally, first, count);
  const into = pool?.take(range.bytes);
  const wire = await relay.segments(opener.header.payloadId, into === undefined ? range : { ...range, into }, signal);
  input.onRange?.(wire.length);
  input.inFlight.ended(wire.length);
  const plain = await Promise.all(
    Array.from({ length: count }, (_, i) => {
      const start = i * opener.header.segmentBytes;
      const segment = wire.subarray(start, start + opener.header.segmentBytes);
      return openSegment(opener, verified, first + i, segment);
    }),
  );
  // Opened segments are copies. After a failure the room may still be written to, and is not used again.
  if (into !== undefined) pool?.give(into);
  return plain;
}

function rangeOf(header: PayloadHeader, tally: TallyBody, first: number, count: number): SegmentRange {
  const last = first + count - 1;
  const inner = (count - 1) * header.segmentBytes;
  const end =
    tally.totalBytes === null ? header.segmentBytes : segmentLength(last, tally.totalBytes, header.segmentBytes);
  return { first, count, bytes: inner + end };
}

async function openSegment(
  { floe }: PayloadOpener,
  { tally, digest }: VerifiedTally,
  index: number,
  segment: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const computed = await nativeSha256(segment);
  if (!equalBytes(computed, digest(index))) throw new CoreError('payload-damaged', 'a segment is not the one tallied');
  // Invariant 5: position and finality come from the sender's tally.
  const position: SegmentPosition = tally.status === 'final' && index === tally.segments - 1 ? 'last' : 'inner';
  try {
    return await floe.openSegment(index, segment, position);
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    throw new CoreError('payload-damaged', 'a segment does not open', { cause });
  }
}
