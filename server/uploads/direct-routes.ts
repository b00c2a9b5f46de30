import { type RequestHandler, type Response, Router } from 'express';
import * as z from 'zod';
import { MAX_PART_SEGMENTS, SEGMENT_BYTES } from '../../crypto/wire/payload.js';
import type { PayloadId } from '../../crypto/wire/ids.js';
import { GET_SECONDS } from '../blobs/direct.js';
import type { DirectBlobs } from '../blobs/store.js';
import { decimal, payloadId } from '../http/fields.js';
import { notFound } from '../http/problem.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import { requireAwaited, requireParty } from './access.js';
import { coveredParts } from './covered.js';
import { parseDigests } from './part-digests.js';
import { openTicket, redeemTicket } from './put-direct.js';
import { piecesOf } from './segments.js';
import type { UploadDeps } from './send-routes.js';

const MAX_SEGMENTS = 2 ** 32 - 1;
/** One answer's worth of pieces: what a client keeps in memory anyway. */
const MAX_SEGMENTS_READ = 1_024;

const partParams = z.strictObject({ payloadId, firstSegment: decimal(0, MAX_SEGMENTS) });
const ticketParams = z.strictObject({
  payloadId,
  firstSegment: decimal(0, MAX_SEGMENTS),
  ticket: z.string().regex(/^[0-9a-f]{32}$/),
});
const ticketBody = z.strictObject({
  digests: z.string().min(43).max(1_366),
  bytes: z
    .int()
    .min(1)
    .max(MAX_PART_SEGMENTS * SEGMENT_BYTES),
});
const segmentsParams = z.strictObject({ payloadId, first: decimal(0) });
const segmentsQuery = z.strictObject({ count: decimal(1, MAX_SEGMENTS_READ).default(1) });

export interface DirectDeps extends UploadDeps {
  readonly jsonBody: RequestHandler;
  /** That a device has begun to read a payload. */
  readonly noteRead: (response: Response, id: PayloadId) => Promise<void>;
}

/** docs/spec/relay-api.md §16: parts past the relay. Where the store cannot do it there is nothing here. */
export function directRoutes(deps: DirectDeps): Router {
  const router = Router();
  const { db } = deps;
  const direct = (): DirectBlobs => deps.blobs.direct ?? missing();

  router.post(
    '/payloads/:payloadId/parts/:firstSegment/direct',
    deps.jsonBody,
    route({ params: partParams, body: ticketBody }, async ({ params, body }, response) => {
      const store = direct();
      const digests = parseDigests(body.digests, 'digests');
      const payload = await requireAwaited(db, params.payloadId, sessionOf(response).mailboxId);
      const request = { payload, firstSegment: params.firstSegment, digests, bytes: body.bytes };
      response.status(201).json(await openTicket(db, store, request));
    }),
  );

  router.post(
    '/payloads/:payloadId/parts/:firstSegment/direct/:ticket',
    route({ params: ticketParams }, async ({ params }, response) => {
      direct();
      const payload = await requireAwaited(db, params.payloadId, sessionOf(response).mailboxId);
      const work = () => redeemTicket(deps, payload, params.firstSegment, params.ticket);
      const outcome = await deps.inTurn(payload.creatorMailboxId, work);
      response.status(outcome === 'created' ? 201 : 200).end();
    }),
  );

  router.get(
    '/payloads/:payloadId/segments/:first/direct',
    route({ params: segmentsParams, query: segmentsQuery }, async ({ params, query }, response) => {
      const store = direct();
      const payload = await requireParty(db, params.payloadId, sessionOf(response).mailboxId);
      const end = params.first + query.count;
      const parts = await coveredParts(db, payload, params.first, end);
      const pieces = await Promise.all(
        piecesOf(parts, params.first, end, payload.segmentBytes).map(async ({ blobKey, start, end: stop }) => {
          return { ...(await store.get(blobKey, start, stop)), bytes: stop - start };
        }),
      );
      await deps.noteRead(response, params.payloadId);
      response.json({ pieces, expiresAt: new Date(Date.now() + GET_SECONDS * 1_000) });
    }),
  );
  return router;
}

function missing(): never {
  throw notFound();
}
