import { once } from 'node:events';
import { type Response, Router } from 'express';
import * as z from 'zod';
import type { PayloadId } from '../../crypto/wire/ids.js';
import type { BlobStore } from '../blobs/store.js';
import type { Database } from '../db/open.js';
import { toBase64Url } from '../http/base64url.js';
import { decimal, payloadId } from '../http/fields.js';
import { notFound } from '../http/problem.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import { requireParty } from './access.js';
import { coveredParts, requireCovered } from './covered.js';
import { type Part, listParts } from './part-store.js';
import type { Payload } from './payload-store.js';
import { bytesIn, digestsOf, piecesOf, readPieces } from './segments.js';
import { type StoredTally, findNewestTally, listTallies } from './tally-store.js';
import { proveConsistency, proveInclusion } from './tree.js';

export interface ReadDeps {
  readonly db: Database;
  readonly blobs: BlobStore;
  /** That a device has begun to read a payload. */
  readonly noteRead: (response: Response, id: PayloadId) => Promise<void>;
}

const MAX_SEGMENTS_READ = 1_024;
const MAX_DIGESTS_READ = 65_536;
const MAX_PARTS_LISTED = 1_000;
const MAX_TALLIES_LISTED = 500;

const ofPayload = z.strictObject({ payloadId });
const partsQuery = z.strictObject({
  after: z.union([z.literal('-1').transform(() => -1), decimal(0)]).default(-1),
  limit: decimal(1, MAX_PARTS_LISTED).default(MAX_PARTS_LISTED),
});
const talliesQuery = z.strictObject({
  after: decimal(0).default(0),
  limit: decimal(1, MAX_TALLIES_LISTED).default(100),
});
const segmentsParams = z.strictObject({ payloadId, first: decimal(0) });
const segmentsQuery = z.strictObject({ count: decimal(1, MAX_SEGMENTS_READ).default(1) });
const digestsQuery = z.strictObject({ first: decimal(0), count: decimal(1, MAX_DIGESTS_READ) });
const inclusionQuery = z
  .strictObject({ segment: decimal(0), segments: decimal(1) })
  .refine(({ segment, segments }) => segment < segments, { path: ['segment'] });
const consistencyQuery = z
  .strictObject({ from: decimal(1), to: decimal(1) })
  .refine(({ from, to }) => from <= to, { path: ['from'] });

/** docs/spec/relay-api.md §5 (parts) and §6 (payloads). Every party reads; of segments, what a tally covers. */
export function payloadRoutes({ db, blobs, noteRead }: ReadDeps): Router {
  const router = Router();
  const partyOf = (response: Response, id: z.output<typeof payloadId>): Promise<Payload> =>
    requireParty(db, id, sessionOf(response).mailboxId);

  router.get(
    '/payloads/:payloadId',
    route({ params: ofPayload }, async ({ params }, response) => {
      const payload = await partyOf(response, params.payloadId);
      const { sizeBound, createdAt, expiresAt } = payload;
      const newest = await findNewestTally(db, payload.number);
      const tally = newest === null ? null : { seq: newest.seq, segments: newest.segments };
      response.json({ header: toBase64Url(payload.header), sizeBound, createdAt, expiresAt, tally });
    }),
  );

  router.get(
    '/payloads/:payloadId/parts',
    route({ params: ofPayload, query: partsQuery }, async ({ params, query: { after, limit } }, response) => {
      const payload = await partyOf(response, params.payloadId);
      const found = await listParts(db, payload.number, after, limit + 1);
      const parts = found.slice(0, limit).map(partAnswer);
      response.json({ parts, next: found.length > limit ? (parts.at(-1)?.firstSegment ?? null) : null });
    }),
  );

  router.get(
    '/payloads/:payloadId/segments/:first',
    route({ params: segmentsParams, query: segmentsQuery }, async ({ params, query }, response) => {
      const payload = await partyOf(response, params.payloadId);
      const end = params.first + query.count;
      const parts = await coveredParts(db, payload, params.first, end);
      const pieces = piecesOf(parts, params.first, end, payload.segmentBytes);
      await noteRead(response, params.payloadId);
      response.type('application/octet-stream').set('Content-Length', String(bytesIn(pieces)));
      await sendPieces(response, readPieces(blobs, pieces));
    }),
  );

  router.get(
    '/payloads/:payloadId/digests',
    route({ params: ofPayload, query: digestsQuery }, async ({ params, query }, response) => {
      const payload = await partyOf(response, params.payloadId);
      const end = query.first + query.count;
      const parts = await coveredParts(db, payload, query.first, end);
      const digests = digestsOf(parts, query.first, end, payload.segmentBytes).map(({ digest }) => digest);
      response.type('application/octet-stream').send(Buffer.concat(digests));
    }),
  );

  router.use(tallyRoutes(db, partyOf));
  router.use(proofRoutes(db, partyOf));
  return router;
}

/** As fast as the client takes it; the next piece is read while he does. */
async function sendPieces(response: Response, pieces: AsyncGenerator<Uint8Array>): Promise<void> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once('close', onClose);
  try {
    for (let ahead = pieces.next(); ;) {
      const { done, value } = await ahead;
      if (done === true || response.destroyed) break;
      ahead = pieces.next();
      // It is awaited in its turn; until then its failure must not count as unhandled.
      ahead.catch(() => undefined);
      if (!response.write(value)) await once(response, 'drain', { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    // A client that has gone waits for nothing; for any other an answer that breaks off is no whole one.
    if (!gone.signal.aborted) throw error;
  } finally {
    response.off('close', onClose);
    await pieces.return(undefined);
  }
}

type PartyOf = (response: Response, id: z.output<typeof payloadId>) => Promise<Payload>;

function tallyRoutes(db: ReadDeps['db'], partyOf: PartyOf): Router {
  const router = Router();
  router.get(
    '/payloads/:payloadId/tallies',
    route({ params: ofPayload, query: talliesQuery }, async ({ params, query }, response) => {
      const payload = await partyOf(response, params.payloadId);
      const tallies = await listTallies(db, payload.number, query.after, query.limit);
      response.json({ tallies: tallies.map(tallyAnswer) });
    }),
  );

  router.get(
    '/payloads/:payloadId/tallies/newest',
    route({ params: ofPayload }, async ({ params }, response) => {
      const payload = await partyOf(response, params.payloadId);
      const newest = await findNewestTally(db, payload.number);
      if (newest === null) throw notFound();
      response.json(tallyAnswer(newest));
    }),
  );
  return router;
}

function proofRoutes(db: Database, partyOf: PartyOf): Router {
  const router = Router();

  router.get(
    '/payloads/:payloadId/proofs/inclusion',
    route({ params: ofPayload, query: inclusionQuery }, async ({ params, query }, response) => {
      const payload = await partyOf(response, params.payloadId);
      await requireCovered(db, payload, query.segments);
      const hashes = await proveInclusion(db, payload, query.segment, query.segments);
      response.json({ hashes: hashes.map(toBase64Url) });
    }),
  );

  router.get(
    '/payloads/:payloadId/proofs/consistency',
    route({ params: ofPayload, query: consistencyQuery }, async ({ params, query }, response) => {
      const payload = await partyOf(response, params.payloadId);
      await requireCovered(db, payload, query.to);
      const hashes = await proveConsistency(db, payload, query.from, query.to);
      response.json({ hashes: hashes.map(toBase64Url) });
    }),
  );
  return router;
}

function partAnswer({ firstSegment, segments, bytes, digest }: Part) {
  return { firstSegment, segments, bytes, digest: toBase64Url(digest) };
}

function tallyAnswer({ seq, segments, record }: StoredTally) {
  return { seq, segments, record: toBase64Url(record) };
}
