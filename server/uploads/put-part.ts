import { randomBytes } from 'node:crypto';
import { parsePartDigests, partDigest, payloadWireBytes, segmentCountOf } from '../../crypto/wire/payload.js';
import { toBuffer } from '../db/sql.js';
import { type BlobKey, type BlobStore, blobKeyFrom } from '../blobs/store.js';
import { isExclusionViolation } from '../db/errors.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { Problem } from '../http/problem.js';
import { type Log, loggable } from '../log.js';
import { type CheckedPart, checkSegments } from './check-segments.js';
import { type Part, findPart, insertPart, replacePart } from './part-store.js';
import { type Payload, countPart, isOver, lockPayload } from './payload-store.js';
import { countCovered } from './tally-store.js';

export interface PartDeps {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly log: Log;
}

export interface PartRequest {
  readonly payload: Payload;
  readonly firstSegment: number;
  /** SHA-256 of each segment, one after the other. */
  readonly digests: Uint8Array;
  readonly body: AsyncIterable<Uint8Array>;
}

export type PartOutcome = 'created' | 'present';

/**
 * docs/spec/relay-api.md §5. The order keeps every crash harmless: bytes durable, then the row, then the old bytes away; a
 * blob without a row is swept later, a row without a blob cannot be.
 * @throws Problem `too-large`, `digest-mismatch`, `payload-invalid`, `part-covered`, `part-overlaps`; BlobError `storage-full`
 */
export async function putPart(deps: PartDeps, request: PartRequest): Promise<PartOutcome> {
  const { payload, firstSegment } = request;
  const digests = parsePartDigests(request.digests);
  const digest = toBuffer(partDigest(request.digests));
  if (firstSegment + digests.length > segmentCountOf(payload.sizeBound, payload.segmentBytes)) tooLarge();

  const checked: CheckedPart = { bytes: 0, isLast: false };
  const bytes = checkSegments(request.body, digests, payload.segmentBytes, checked);
  const known = await findPart(deps.db, payload.number, firstSegment);
  if (known?.digest.equals(digest) === true) {
    await drain(bytes);
    return 'present';
  }
  const blobKey = blobKeyFrom(randomBytes(16));
  await deps.blobs.write(blobKey, bytes);
  const part = {
    ...checked,
    firstSegment,
    segments: digests.length,
    digests: toBuffer(request.digests),
    digest,
    blobKey,
  };
  return recordPart(deps, payload, part);
}

function tooLarge(): never {
  throw new Problem('too-large', { detail: 'beyond the payload’s sizeBound' });
}

/** The bytes are checked all the same: what is stored stays, and a client with wrong bytes hears of it. */
async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) void chunk;
}

/** @param first what must hold, in the same transaction */
export async function recordPart(
  deps: PartDeps,
  payload: Payload,
  part: Part,
  first: (trx: Transaction) => Promise<void> = () => Promise.resolve(),
): Promise<PartOutcome> {
  let unused: BlobKey | null = part.blobKey;
  try {
    if (endOf(payload, part) > payloadWireBytes(payload.sizeBound, payload.segmentBytes)) tooLarge();
    const stored = await inTransaction(deps.db, async (trx) => {
      await first(trx);
      return storeRow(trx, payload, part);
    });
    unused = stored.unused;
    return stored.outcome;
  } catch (error) {
    throw isExclusionViolation(error, 'parts_apart') ? new Problem('part-overlaps', { cause: error }) : error;
  } finally {
    if (unused !== null) await discard(deps, unused);
  }
}

function endOf(payload: Payload, part: Part): number {
  return part.firstSegment * payload.segmentBytes + part.bytes;
}

interface Stored {
  readonly outcome: PartOutcome;
  /** The blob that no row names any more. */
  readonly unused: BlobKey | null;
}

async function storeRow(trx: Transaction, payload: Payload, part: Part): Promise<Stored> {
  await lockPayload(trx, payload.number);
  if (await isOver(trx, payload.number)) throw new Problem('gone');
  const before = await findPart(trx, payload.number, part.firstSegment);
  if (before?.digest.equals(part.digest) === true) return { outcome: 'present', unused: part.blobKey };
  if (part.firstSegment < (await countCovered(trx, payload.number))) throw new Problem('part-covered');
  if (before === null) await insertPart(trx, payload.number, part);
  else await replacePart(trx, payload.number, part);
  await countPart(trx, payload.number, part.bytes - (before?.bytes ?? 0), part);
  return { outcome: 'created', unused: before?.blobKey ?? null };
}

/** What cannot be deleted now is an orphan, and orphans are swept. */
export async function discard({ blobs, log }: PartDeps, key: BlobKey): Promise<void> {
  await blobs.delete(key).catch((error: unknown) => log.warn(loggable(error), 'a blob was left for the sweep'));
}
