import type { IncomingMessage } from 'node:http';
import express, { type Express, Router, json } from 'express';
import { MAX_ENVELOPE_BYTES } from '../crypto/wire/envelope.js';
import type { BlobStore } from './blobs/store.js';
import type { RelayLimits } from './config.js';
import type { Database } from './db/open.js';
import { openDirectory } from './directory/directory.js';
import { directoryRoutes } from './directory/routes.js';
import { accessLog } from './http/access-log.js';
import { securityHeaders } from './http/headers.js';
import { healthRoutes } from './http/health.js';
import { notFound, problemHandler } from './http/problem.js';
import { rateLimit } from './http/rate-limit.js';
import type { Log } from './log.js';
import { mailboxRoutes } from './mailboxes/routes.js';
import { practiceRoutes } from './practices/routes.js';
import { requireSession } from './sessions/guard.js';
import { sessionRoutes } from './sessions/routes.js';
import { attachPayloads } from './uploads/attach.js';
import { payloadRoutes } from './uploads/read-routes.js';
import type { WebBundle } from './web/bundle.js';
import { webRoutes } from './web/routes.js';
import { PART_BYTES, uploadRoutes } from './uploads/send-routes.js';

export interface AppDeps {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly log: Log;
  /** Scheme, host and port under which clients know the relay. */
  readonly origin: () => string;
  readonly version: string;
  readonly limits: RelayLimits;
  /** Whether an unauthenticated request may go on. */
  readonly isAllowed: (request: IncomingMessage) => boolean;
  readonly isDraining: () => boolean;
  /** The web client, null when there is none to serve. */
  readonly web: WebBundle | null;
}

/** docs/spec/relay-api.md §1 */
const MAX_JSON_BYTES = 8 * 1024 * 1024;
const METHODS = new Set(['GET', 'POST', 'PUT']);

/** The composition root of everything that answers HTTP. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(accessLog(deps.log));
  app.use(securityHeaders(deps.origin));
  app.use(healthRoutes(deps));
  app.use('/api', api(deps));
  if (deps.web !== null) app.use(webRoutes(deps.web));
  app.use(() => {
    throw notFound();
  });
  app.use(problemHandler(deps.log));
  return app;
}

function api(deps: AppDeps): Router {
  const { db, log } = deps;
  const router = Router();
  const directory = openDirectory(db, log);
  const jsonBody = json({ limit: MAX_JSON_BYTES });

  router.use((request, _response, next) => next(METHODS.has(request.method) ? undefined : notFound()));
  router.get('/relay', (_request, response) => {
    response.json(about(deps));
  });
  router.use(['/sessions', '/invitations', '/enrolments'], rateLimit(deps.isAllowed));
  router.use(sessionRoutes(deps));
  router.use(practiceRoutes({ db, directory }));

  router.use(requireSession(deps));
  router.use(directoryRoutes({ db, directory, jsonBody }));
  router.use(mailboxRoutes({ db, limits: deps.limits, attachPayloads, jsonBody }));
  router.use(uploadRoutes(deps));
  router.use(payloadRoutes(deps));
  return router;
}

function about({ version, origin, limits }: AppDeps) {
  return {
    name: 'bildbote',
    version,
    origin: origin(),
    limits: { partBytes: PART_BYTES, envelopeBytes: MAX_ENVELOPE_BYTES, ...limits },
  };
}
