import { randomBytes } from 'node:crypto';
import { parsePartDigests, partDigest, segmentCountOf } from '../../crypto/wire/payload.js';
import { PUT_SECONDS } from '../blobs/direct.js';
import { BlobError, type DirectBlobs, type SignedRequest, blobKeyFrom } from '../blobs/store.js';
import type { Database } from '../db/open.js';
import { toBuffer } from '../db/sql.js';
import { Problem, notFound } from '../http/problem.js';
import { type CheckedPart, checkSegments } from './check-segments.js';
import { type DirectPart, countDirectParts, findDirectPart, insertDirectPart, takeDirectPart } from './direct-store.js';
import type { Payload } from './payload-store.js';
import { type PartDeps, type PartOutcome, discard, recordPart } from './put-part.js';

/** Tickets of one payload that are open: more than any client has parts under way, and a bound on what is never brought. */
const MAX_OPEN = 64;

export interface Ticket extends SignedRequest {
  /** 32 hex digits. */
  readonly ticket: string;
  readonly expiresAt: Date;
}

export interface TicketRequest {
  readonly payload: Payload;
  readonly firstSegment: number;
  readonly digests: Uint8Array;
  readonly bytes: number;
}

/** docs/spec/relay-api.md §16. @throws Problem `too-large`, `rate-limited` */
export async function openTicket(db: Database, direct: DirectBlobs, request: TicketRequest): Promise<Ticket> {
  const { payload, firstSegment, bytes } = request;
  const count = parsePartDigests(request.digests).length;
  const isTooLong = firstSegment + count > segmentCountOf(payload.sizeBound, payload.segmentBytes);
  if (isTooLong || bytes > count * payload.segmentBytes) throw new Problem('too-large', { detail: 'a part' });
  if ((await countDirectParts(db, payload.number)) >= MAX_OPEN) {
    throw new Problem('rate-limited', { detail: 'parts under way', retryAfterS: PUT_SECONDS });
  }
  const blobKey = blobKeyFrom(randomBytes(16));
  const expiresAt = new Date(Date.now() + PUT_SECONDS * 1_000);
  await insertDirectPart(db, payload.number, { ...request, blobKey }, expiresAt);
  return { ticket: blobKey, expiresAt, ...(await direct.put(blobKey, bytes)) };
}

/**
 * The relay reads what was brought, every byte of it, before it says that it has it: the store's word for it is not enough.
 * @throws Problem `not-found` for a ticket that is not open, `segments-missing` while nothing is there, and what `putPart` throws
 */
export async function redeemTicket(
  deps: PartDeps,
  payload: Payload,
  firstSegment: number,
  ticket: string,
): Promise<PartOutcome> {
  const open = await findDirectPart(deps.db, payload.number, firstSegment, ticket);
  if (open === null) throw notFound();
  const checked = await checkBrought(deps, payload, open);
  const digests = toBuffer(open.digests);
  const part = {
    ...{ ...checked, firstSegment, digests, blobKey: open.blobKey },
    ...{ segments: parsePartDigests(open.digests).length, digest: toBuffer(partDigest(open.digests)) },
  };
  return recordPart(deps, payload, part, async (trx) => {
    if (!(await takeDirectPart(trx, open.blobKey))) throw new Problem('gone');
  });
}

async function checkBrought(deps: PartDeps, payload: Payload, open: DirectPart): Promise<CheckedPart> {
  const checked: CheckedPart = { bytes: 0, isLast: false };
  const source = deps.blobs.read(open.blobKey, 0, open.bytes);
  try {
    const digests = parsePartDigests(open.digests);
    for await (const chunk of checkSegments(source, digests, payload.segmentBytes, checked)) void chunk;
    return checked;
  } catch (error) {
    if (error instanceof BlobError && error.code === 'blob-missing') {
      throw new Problem('segments-missing', { cause: error });
    }
    // Bytes that are not what was said never become right: they go, and the ticket with them.
    if (error instanceof Problem && (await takeDirectPart(deps.db, open.blobKey))) await discard(deps, open.blobKey);
    throw error;
  }
}
