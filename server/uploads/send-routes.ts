import { type RequestHandler, Router, raw } from 'express';
import * as z from 'zod';
import { MAX_PART_SEGMENTS, SEGMENT_BYTES } from '../../crypto/wire/payload.js';
import type { MailboxId } from '../../crypto/wire/ids.js';
import { TALLY_WIRE_BYTES } from '../../crypto/wire/tally.js';
import { decimal, payloadId } from '../http/fields.js';
import { Problem } from '../http/problem.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import { requireAwaited, requireCreator } from './access.js';
import { parseDigests } from './part-digests.js';
import { type PartDeps, putPart } from './put-part.js';
import { putTally } from './put-tally.js';

/** The largest part. */
export const PART_BYTES = MAX_PART_SEGMENTS * SEGMENT_BYTES;
/** Segment numbers fit in 32 bits (migrations/0004). */
const MAX_SEGMENTS = 2 ** 32 - 1;
const DIGESTS_HEADER = 'Bildbote-Segment-Digests';

const partParams = z.strictObject({ payloadId, firstSegment: decimal(0, MAX_SEGMENTS) });
const tallyParams = z.strictObject({ payloadId, seq: decimal(1) });
const tallyQuery = z.strictObject({ segments: decimal(0, MAX_SEGMENTS) });

export interface UploadDeps extends PartDeps {
  /** Lets so many parts of a practice through at one time. */
  readonly inTurn: <T>(mailboxId: MailboxId, work: () => Promise<T>) => Promise<T>;
}

/** docs/spec/relay-api.md §5: parts and tallies. Only the mailbox that posted the message uploads. */
export function uploadRoutes(deps: UploadDeps): Router {
  const router = Router();

  router.put(
    '/payloads/:payloadId/parts/:firstSegment',
    route({ params: partParams }, async ({ params }, response, request) => {
      const digests = parseDigests(request.get(DIGESTS_HEADER) ?? '', DIGESTS_HEADER);
      const payload = await requireAwaited(deps.db, params.payloadId, sessionOf(response).mailboxId);
      if (Number(request.get('Content-Length') ?? 0) > PART_BYTES) throw new Problem('too-large', { detail: 'a part' });
      // The request must stay open when the body is refused halfway, or nobody hears why.
      const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
      const part = { payload, firstSegment: params.firstSegment, digests, body };
      const outcome = await deps.inTurn(payload.creatorMailboxId, () => putPart(deps, part));
      response.status(outcome === 'created' ? 201 : 200).end();
    }),
  );

  router.put(
    '/payloads/:payloadId/tallies/:seq',
    tallyBody(),
    route({ params: tallyParams, query: tallyQuery }, async ({ params, query }, response, request) => {
      const record: unknown = request.body;
      if (!Buffer.isBuffer(record) || record.length !== TALLY_WIRE_BYTES) {
        throw new Problem('request-invalid', { fields: ['body'], detail: 'a tally has 8,192 bytes' });
      }
      const payload = await requireCreator(deps.db, params.payloadId, sessionOf(response).mailboxId);
      const outcome = await putTally(deps.db, payload, { seq: params.seq, segments: query.segments, record });
      response.status(outcome === 'created' ? 201 : 200).end();
    }),
  );
  return router;
}

function tallyBody(): RequestHandler {
  return raw({ type: () => true, limit: TALLY_WIRE_BYTES, inflate: false });
}
