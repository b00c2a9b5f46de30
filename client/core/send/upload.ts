import { concatBytes, equalBytes } from '../../../crypto/wire/bytes.js';
import { type DeviceId, type MailboxId } from '../../../crypto/wire/ids.js';
import {
  SENT_PART_SEGMENTS,
  type SegmentPosition,
  partDigest,
  segmentCountOf,
  segmentPlainBytes,
} from '../../../crypto/wire/payload.js';
import { type Extent, type TallyBody } from '../../../crypto/wire/tally.js';
import { nativeSha256 } from '../../../crypto/seal/native.js';
import { type PayloadSealer } from '../../../crypto/seal/payload.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { type SigningKey } from '../../../crypto/seal/sign.js';
import { sealTally } from '../../../crypto/seal/tally.js';
import { CoreError, throwIfAborted } from '../error.js';
import { type Clock } from '../ports.js';
import { createInFlight } from '../relay/in-flight.js';
import { type Relay } from '../relay/relay.js';
import { createBufferPool } from '../buffer-pool.js';
import { type LineMeter } from './line-meter.js';
import { type PackedChunk } from './pack.js';
import { type PlainPart, cutParts } from './part-cutter.js';
import { createTallyKeeper } from './tally-keeper.js';
import { createTallyPace } from './tally-pace.js';
import { type JournalTally, type UploadJournal } from './upload-journal.js';

export interface UploadInput {
  readonly relay: Relay;
  readonly sealer: PayloadSealer;
  readonly secret: Secret;
  /** The package from its beginning, the same bytes each time. */
  readonly packed: AsyncIterable<PackedChunk>;
  readonly journal: UploadJournal;
  readonly signer: { readonly key: SigningKey; readonly mailboxId: MailboxId; readonly deviceId: DeviceId };
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly line: LineMeter;
  /** @param bytes of files that are durable at the relay as a whole */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** What the sender has signed for the whole payload. */
export interface FinalTally {
  readonly segments: number;
  readonly root: Uint8Array;
}

export interface UploadResult extends FinalTally {
  /** Bytes of segments sent in this run. */
  readonly wireBytes: number;
}

/** Parts in flight. Each holds up to 4 MiB, sealed and, while it is being sealed, unsealed: the bound on the sender's memory. */
const PARALLEL_PARTS = { least: 3, most: 8 };

/**
 * Seals and uploads a payload, parts in parallel, with tallies on the way and the final one at the end. A part that the
 * relay holds already, by the journal, is not sent again; one that is sent again gets fresh IVs.
 * @throws CoreError `source-changed` when the package is not the one that was begun: give it up with `abortPayload`; and
 * what the relay refuses
 */
export async function uploadPayload(input: UploadInput): Promise<UploadResult> {
  const said = input.journal.lastWord;
  if (said !== null) return repeatLastWord(input, said);
  const run = await startRun(input);
  await uploadParts(run);
  await run.postTally('final');
  return { segments: run.keeper.segments, root: run.keeper.root, wireBytes: run.wireBytes };
}

/** Everything was done but to hear the relay's answer to the last tally. */
async function repeatLastWord({ relay, sealer }: UploadInput, tally: JournalTally): Promise<UploadResult> {
  await relay.putTally(sealer.header.payloadId, tally.seq, tally.segments, tally.wire);
  if (tally.status === 'aborted') throw new CoreError('source-changed', 'the payload has been given up');
  return { segments: tally.segments, root: tally.root, wireBytes: 0 };
}

type Run = Awaited<ReturnType<typeof startRun>>;

async function startRun(input: UploadInput) {
  const { header } = input.sealer;
  const keeper = createTallyKeeper(header.payloadId, header.segmentBytes);
  const run = {
    input,
    keeper,
    pace: createTallyPace(),
    parts: createInFlight(PARALLEL_PARTS),
    pool: createBufferPool(SENT_PART_SEGMENTS * segmentPlainBytes(header.segmentBytes)),
    sealedPool: createBufferPool(SENT_PART_SEGMENTS * header.segmentBytes),
    stored: await storedParts(input),
    wireBytes: 0,
    doneBytes: 0,
    /** Length of the package with padding: known when its last part has been cut. */
    totalBytes: null as number | null,
    postTally: (status: 'open' | 'final') => {
      const { segments, root, newestManifest } = keeper;
      const totalBytes = status === 'final' ? run.totalBytes : null;
      return postTally(input, { segments, root, status, totalBytes, newestManifest });
    },
  };
  return run;
}

/** The relay's word for what it holds: only a reason to skip a part, never part of what is signed. */
async function storedParts({ relay, sealer, journal }: UploadInput): Promise<ReadonlyMap<number, Uint8Array>> {
  const stored = new Map<number, Uint8Array>();
  if (journal.part(0) === undefined) return stored;
  for await (const part of relay.listParts(sealer.header.payloadId)) stored.set(part.firstSegment, part.digest);
  return stored;
}

async function uploadParts(run: Run): Promise<void> {
  const { input, keeper, pace } = run;
  const { header } = input.sealer;
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const announce = (ref: Extent): void => keeper.addManifest(ref);
  const parts = cutParts(input.packed, header.segmentBytes, announce, run.pool);
  try {
    for await (const part of parts) {
      throwIfAborted(input.signal);
      if (part.isLast) foretellEnd(run, part);
      const task: Promise<void> = uploadPart(run, part)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => inFlight.delete(task));
      inFlight.add(task);
      while (inFlight.size >= run.parts.limit) await Promise.race(inFlight);
      if (failures.length > 0) break;
      await tallyWhenDue(run, pace);
    }
  } finally {
    await Promise.all(inFlight);
  }
  if (failures.length > 0) throw failures[0];
}

function foretellEnd(run: Run, { firstSegment, bytes }: PlainPart): void {
  run.totalBytes = firstSegment * segmentPlainBytes(run.input.sealer.header.segmentBytes) + bytes.length;
  run.keeper.setTotal(run.totalBytes);
}

async function tallyWhenDue(run: Run, pace: Run['pace']): Promise<void> {
  const { input, keeper, postTally: post, wireBytes, totalBytes } = run;
  const now = input.clock.now();
  // docs/spec/payload.md §5: the last segment, which may be shorter, is covered by the final tally only.
  const all = totalBytes === null ? Infinity : segmentCountOf(totalBytes, input.sealer.header.segmentBytes);
  const isNews = keeper.segments > input.journal.lastTally.segments && keeper.segments < all;
  if (!isNews || !pace.isDue(now, wireBytes, keeper.manifests)) return;
  await post('open');
  pace.sent(now, wireBytes);
}

async function uploadPart(run: Run, part: PlainPart): Promise<void> {
  const { input, stored, keeper } = run;
  const plainDigest = await nativeSha256(part.bytes);
  const known = input.journal.part(part.firstSegment);
  if (known !== undefined && !equalBytes(known.plainDigest, plainDigest)) {
    throw new CoreError('source-changed', 'the package is not the one that was begun');
  }
  const there = stored.get(part.firstSegment);
  if (known !== undefined && there !== undefined && equalBytes(there, partDigest(known.digests))) {
    run.pool.give(part.bytes);
    keeper.addPart(part.firstSegment, known.digests);
  } else {
    keeper.addPart(part.firstSegment, await sendPart(run, part, plainDigest));
  }
  run.doneBytes += part.original;
  input.onProgress?.(run.doneBytes);
}

/** @returns the digests of the sealed segments */
async function sendPart(run: Run, part: PlainPart, plainDigest: Uint8Array): Promise<Uint8Array> {
  const { relay, sealer, journal, line, signal } = run.input;
  const { firstSegment, bytes } = part;
  const { header } = sealer;
  const plain = segmentPlainBytes(header.segmentBytes);
  const overhead = header.segmentBytes - plain;
  const sealed = run.sealedPool.take(bytes.length + overhead * Math.ceil(bytes.length / plain));
  const segments = await sealSegments(run.input, part, sealed);
  run.pool.give(bytes);
  const digests = concatBytes(...(await Promise.all(segments.map(nativeSha256))));
  await journal.recordPart({ firstSegment, plainDigest, digests });
  const wireBytes = segments.reduce((sum, segment) => sum + segment.length, 0);
  const ended = line.begin();
  try {
    await relay.putPart(sealer.header.payloadId, { firstSegment, segments, digests }, signal);
  } finally {
    ended(wireBytes);
    run.parts.ended(wireBytes);
  }
  // Only what has been answered is sent no more.
  run.sealedPool.give(sealed);
  run.wireBytes += wireBytes;
  return digests;
}

function sealSegments(
  input: UploadInput,
  part: PlainPart,
  out: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const { header, floe } = input.sealer;
  const { firstSegment: first, bytes, isLast } = part;
  const plain = segmentPlainBytes(header.segmentBytes);
  const count = Math.ceil(bytes.length / plain);
  const last = isLast ? first + count - 1 : null;
  const position = (index: number): SegmentPosition => (index === last ? 'last' : 'inner');
  return Promise.all(
    Array.from({ length: count }, (_, i) => {
      const place = out.subarray(i * header.segmentBytes, (i + 1) * header.segmentBytes);
      return floe.sealSegment(first + i, bytes.subarray(i * plain, (i + 1) * plain), position(first + i), place);
    }),
  );
}

/** Says, signed, that nothing more will come: at the last tally's count, which never goes back. */
export async function abortPayload(
  input: Pick<UploadInput, 'relay' | 'sealer' | 'secret' | 'journal' | 'signer' | 'clock'>,
): Promise<void> {
  if (input.journal.lastWord !== null) return;
  const { segments, root } = input.journal.lastTally;
  await postTally(input, { segments, root, status: 'aborted', totalBytes: null, newestManifest: null });
}

/** Journaled before it is sent: no number is ever signed twice with different content (invariant 16). */
async function postTally(
  { relay, sealer, secret, journal, signer, clock }: Parameters<typeof abortPayload>[0],
  said: Pick<TallyBody, 'segments' | 'root' | 'status' | 'totalBytes' | 'newestManifest'>,
): Promise<void> {
  const { payloadId } = sealer.header;
  const { mailboxId, deviceId, key } = signer;
  const seq = journal.lastTally.seq + 1;
  const tally: TallyBody = { ...said, payloadId, seq, timeMs: clock.now(), mailboxId, deviceId };
  const wire = sealTally(secret, tally, key);
  const { segments, root, status } = said;
  await journal.recordTally({ seq, segments, root, status, wire });
  await relay.putTally(payloadId, seq, segments, wire);
}
