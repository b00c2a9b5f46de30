import { Router } from 'express';
import type { BlobStore } from '../blobs/store.js';
import type { Database } from '../db/open.js';
import { Problem } from './problem.js';

export interface HealthDeps {
  readonly db: Database;
  readonly blobs: BlobStore;
  /** True from the moment the relay stops taking new work. */
  readonly isDraining: () => boolean;
}

/** docs/spec/relay-api.md §8. No session: a load balancer has none. */
export function healthRoutes({ db, blobs, isDraining }: HealthDeps): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    if (isDraining()) throw new Problem('unavailable');
    await Promise.all([db.raw('select 1'), blobs.check()]).catch((cause: unknown) => {
      throw new Problem('unavailable', { cause });
    });
    response.json({ status: 'ok' });
  });
  return router;
}
