import { type RequestHandler, Router } from 'express';
import * as z from 'zod';
import type { Database } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { mailboxId } from '../http/fields.js';
import { Problem, notFound } from '../http/problem.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import { countMailboxes, listDeputies, listForDeputy, listReceived, listSent, replaceDeputies } from './store.js';

export interface UrgencyDeps {
  readonly db: Database;
  readonly jsonBody: RequestHandler;
}

/** More would make "somebody else will see to it" of an urgent finding. */
const MAX_DEPUTIES = 5;

const deputiesBody = z.strictObject({
  deputies: z
    .array(mailboxId)
    .max(MAX_DEPUTIES)
    .refine((list) => new Set(list).size === list.length),
});

/** docs/spec/withdrawal.md §3 */
export function urgencyRoutes({ db, jsonBody }: UrgencyDeps): Router {
  const router = Router();
  router.get(
    '/urgent',
    route({}, async (_input, response) => {
      const own = sessionOf(response).mailboxId;
      const now = new Date();
      response.json({
        received: await listReceived(db, own, now),
        deputy: await listForDeputy(db, own, now),
        sent: await listSent(db, own, now),
      });
    }),
  );
  router.get(
    '/deputies',
    route({}, async (_input, response) => {
      response.json({ deputies: await listDeputies(db, sessionOf(response).mailboxId) });
    }),
  );
  router.put(
    '/deputies',
    jsonBody,
    route({ body: deputiesBody }, async ({ body: { deputies } }, response) => {
      const { mailboxId: own, deviceId } = sessionOf(response);
      if (deputies.includes(own)) throw new Problem('request-invalid', { fields: ['deputies'] });
      if ((await countMailboxes(db, deputies)) !== deputies.length) throw notFound();
      await inTransaction(db, (trx) => replaceDeputies(trx, own, deviceId, deputies));
      response.status(204).end();
    }),
  );
  return router;
}
