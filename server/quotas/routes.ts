import { Router } from 'express';
import type { Database } from '../db/open.js';
import { route } from '../http/route.js';
import { sessionOf } from '../sessions/session.js';
import { type Quotas, usageOf } from './quota.js';

export interface QuotaDeps {
  readonly db: Database;
  /** Sizes and days that hold for everybody, as they are answered. */
  readonly limits: object;
  readonly quotas: Quotas;
}

/** docs/spec/relay-api.md §13: what a sender is told before he sends. */
export function quotaRoutes({ db, limits, quotas }: QuotaDeps): Router {
  const router = Router();
  router.get(
    '/limits',
    route({}, async (_input, response) => {
      const usage = await usageOf(db, quotas, sessionOf(response).mailboxId);
      response.json({ ...limits, ...quotas, ...usage });
    }),
  );
  return router;
}
