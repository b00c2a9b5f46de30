import { type RequestHandler, Router } from 'express';
import * as z from 'zod';
import type { MailboxId } from '../../crypto/wire/ids.js';
import type { Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { bytes, decimal, integer, mailboxId, messageId, payloadId, time } from '../http/fields.js';
import { Problem, notFound } from '../http/problem.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import {
  findEnvelope,
  findLastDeliverySeq,
  hasDelivery,
  insertAcknowledgement,
  listDeliveries,
  markAcknowledged,
  markAttended,
  markFetched,
} from './delivery-store.js';
import { type PostDeps, postMessage } from './post.js';

export interface MailboxDeps extends PostDeps {
  readonly jsonBody: RequestHandler;
  /** Whoever was reminded of an urgent message hears that a person has seen it. */
  readonly tellAttended: (trx: Transaction, mailboxId: MailboxId, seq: number) => Promise<void>;
}

const MAX_RECIPIENTS = 100;
const MAX_PAYLOADS = 16;
const MAX_REUSED = 64;
/** Longer than allowed, so that an envelope over the limit is told so. */
const READ_ENVELOPE_BYTES = 6 * 1024 * 1024;
const READ_HEADER_BYTES = 1024;

const postBody = z.strictObject({
  messageId,
  envelopes: z
    .array(z.strictObject({ mailboxId, envelope: bytes(READ_ENVELOPE_BYTES) }))
    .min(1)
    .max(MAX_RECIPIENTS)
    .refine((list) => isDistinct(list.map((item) => item.mailboxId))),
  payloads: z
    .array(z.strictObject({ header: bytes(READ_HEADER_BYTES), sizeBound: integer(1) }))
    .max(MAX_PAYLOADS)
    .refine((list) => isDistinct(list.map((item) => Buffer.from(item.header).toString('hex')))),
  reuse: z.array(payloadId).max(MAX_REUSED).refine(isDistinct),
  expiresAt: time,
  deadlineAt: time.nullable(),
});

function isDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

const listQuery = z.strictObject({ after: decimal(0).default(0), limit: decimal(1, 1_000).default(100) });
const seqParams = z.strictObject({ seq: decimal(1) });

/** docs/spec/relay-api.md §5 (messages) and §6 (deliveries). A mailbox sees its own deliveries only. */
export function mailboxRoutes(deps: MailboxDeps): Router {
  const { db } = deps;
  const router = Router();

  router.post(
    '/messages',
    deps.jsonBody,
    route({ body: postBody }, async ({ body }, response) => {
      response.status(201).json(await postMessage(deps, sessionOf(response), body));
    }),
  );

  router.get(
    '/deliveries',
    route({ query: listQuery }, async ({ query }, response) => {
      const own = sessionOf(response).mailboxId;
      const deliveries = await listDeliveries(db, own, query.after, query.limit);
      response.json({ deliveries, last: await findLastDeliverySeq(db, own) });
    }),
  );

  router.get(
    '/deliveries/:seq/envelope',
    route({ params: seqParams }, async ({ params }, response) => {
      const own = sessionOf(response).mailboxId;
      // Marked before it is read: what is given out was never withdrawn, and what was withdrawn is never given out.
      await markFetched(db, own, params.seq);
      const found = await findEnvelope(db, own, params.seq);
      if (found === null) throw notFound();
      if (found.envelope === null) throw new Problem('gone');
      response.type('application/octet-stream').send(found.envelope);
    }),
  );

  router.post(
    '/deliveries/:seq/acknowledgement',
    route({ params: seqParams }, async ({ params }, response) => {
      const { mailboxId: own, deviceId } = sessionOf(response);
      if (!(await hasDelivery(db, own, params.seq))) throw notFound();
      await inTransaction(db, async (trx) => {
        await insertAcknowledgement(trx, own, params.seq, deviceId);
        await markAcknowledged(trx, own, params.seq);
      });
      response.status(204).end();
    }),
  );

  router.post(
    '/deliveries/:seq/attended',
    route({ params: seqParams }, async ({ params }, response) => {
      const { mailboxId: own, deviceId } = sessionOf(response);
      if (!(await hasDelivery(db, own, params.seq))) throw notFound();
      await inTransaction(db, async (trx) => {
        await markAttended(trx, own, params.seq, deviceId);
        await deps.tellAttended(trx, own, params.seq);
      });
      response.status(204).end();
    }),
  );
  return router;
}
