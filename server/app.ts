import type { IncomingMessage } from 'node:http';
import express, { type Express, Router, json } from 'express';
import { MAX_ENVELOPE_BYTES } from '../crypto/wire/envelope.js';
import type { RegistrarId } from '../crypto/wire/ids.js';
import type { BlobStore } from './blobs/store.js';
import type { RelayLimits } from './config.js';
import { decideConsent } from './contacts/consent.js';
import { contactRoutes } from './contacts/routes.js';
import type { Database } from './db/open.js';
import { markRoutes } from './devices/mark-routes.js';
import { recoveryRoutes } from './devices/recovery-routes.js';
import { openDirectory } from './directory/directory.js';
import { directoryRoutes } from './directory/routes.js';
import { findLogName } from './directory-log/directory-log.js';
import { logProofRoutes, publicLogRoutes } from './directory-log/routes.js';
import { type CountRequest, accessLog } from './http/access-log.js';
import { securityHeaders } from './http/headers.js';
import { healthRoutes } from './http/health.js';
import { notFound, problemHandler } from './http/problem.js';
import { rateLimit } from './http/rate-limit.js';
import type { Log } from './log.js';
import { mailboxRoutes } from './mailboxes/routes.js';
import { type MountedRoute, createDocument } from './openapi/document.js';
import { routesOf } from './openapi/mounted.js';
import { openApiRoutes } from './openapi/routes.js';
import { pairingRoutes, publicPairingRoutes } from './pairings/routes.js';
import { claimName, claimVouchedName } from './practices/claim.js';
import { practiceRoutes } from './practices/routes.js';
import { type Quotas, assertWithinQuota, createTurnstile } from './quotas/quota.js';
import { quotaRoutes } from './quotas/routes.js';
import { requireSession } from './sessions/guard.js';
import { sessionRoutes } from './sessions/routes.js';
import type { Session } from './sessions/session.js';
import { attachPayloads } from './uploads/attach.js';
import { directRoutes } from './uploads/direct-routes.js';
import { endAccess } from './uploads/end-access.js';
import { createReadNote } from './uploads/note-read.js';
import { payloadRoutes } from './uploads/read-routes.js';
import { tellAttended } from './urgency/remind.js';
import { urgencyRoutes } from './urgency/routes.js';
import type { WebBundle } from './web/bundle.js';
import { webRoutes } from './web/routes.js';
import { PART_BYTES, uploadRoutes } from './uploads/send-routes.js';
import { withdrawalRoutes } from './withdrawals/routes.js';
import type { TestimonySigner } from './withdrawals/sign.js';

export interface AppDeps {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly log: Log;
  /** Scheme, host and port under which clients know the relay. */
  readonly origin: () => string;
  readonly version: string;
  readonly limits: RelayLimits;
  /** Whose word for a practice's name counts. */
  readonly registrars: readonly RegistrarId[];
  /** Whether an unauthenticated request may go on. */
  readonly isAllowed: (request: IncomingMessage) => boolean;
  /** Far less often: each such request may have a whole chain verified. */
  readonly isAllowedToRecover: (request: IncomingMessage) => boolean;
  /** Still less often than others: invitations are guessed, chains are verified. */
  readonly isAllowedToEnrol: (request: IncomingMessage) => boolean;
  readonly isDeviceAllowed: (session: Session) => boolean;
  readonly quotas: Quotas;
  /** This node's share of them. */
  readonly parallelUploads: () => number;
  readonly isDraining: () => boolean;
  readonly countRequest?: CountRequest;
  /** The log's key, null as long as this node does not hold it. */
  readonly signer: () => TestimonySigner | null;
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
  app.use(accessLog(deps.log, deps.countRequest));
  app.use(securityHeaders(deps.origin));
  const health = healthRoutes(deps);
  const log = publicLogRoutes(deps.db);
  app.use(health);
  app.use('/log', rateLimit(deps.isAllowed), log);
  app.use('/api', api(deps, [...routesOf(health, '', null), ...routesOf(log, '/log', null)]));
  if (deps.web !== null) app.use(webRoutes(deps.web, deps.blobs.direct?.origin ?? null));
  app.use(() => {
    throw notFound();
  });
  app.use(problemHandler(deps.log));
  return app;
}

function api(deps: AppDeps, others: readonly MountedRoute[]): Router {
  const { db, log, registrars } = deps;
  const router = Router();
  const directory = openDirectory(db, log, { registrars, claimName, claimVouchedName });
  const jsonBody = json({ limit: MAX_JSON_BYTES });

  router.use((request, _response, next) => next(METHODS.has(request.method) ? undefined : notFound()));
  const guard = requireSession(deps);
  router.use(openApiRoutes(() => createDocument([...others, ...routesOf(router, '/api', guard)], deps.version)));
  router.get('/relay', (_request, response) => {
    response.json(about(deps));
  });
  router.use(['/sessions', '/invitations', '/enrolments'], rateLimit(deps.isAllowed));
  router.use(['/pairings/read', '/pairings/answers'], rateLimit(deps.isAllowed));
  router.use(['/invitations', '/enrolments'], rateLimit(deps.isAllowedToEnrol));
  router.use('/recoveries', rateLimit(deps.isAllowedToRecover));
  router.use(sessionRoutes(deps));
  router.use(practiceRoutes({ db, directory }));
  router.use(publicPairingRoutes({ db }));
  router.use(recoveryRoutes({ directory, log, origin: deps.origin }));

  router.use(guard);
  router.use(directoryRoutes({ db, directory, jsonBody, registrars }));
  router.use(logProofRoutes(db));
  router.use(markRoutes({ db, directory, jsonBody }));
  router.use(pairingRoutes({ db, jsonBody }));
  router.use(contactRoutes({ db, registrars, jsonBody }));
  router.use(
    mailboxRoutes({
      db,
      limits: deps.limits,
      attachPayloads,
      assertWithinQuota: (trx, sender, sizeBounds) => assertWithinQuota(trx, deps.quotas, sender, sizeBounds),
      decideConsent: (trx, sender, recipients) => decideConsent(trx, sender, recipients, registrars),
      jsonBody,
      tellAttended,
    }),
  );
  router.use(urgencyRoutes({ db, jsonBody }));
  router.use(withdrawalRoutes({ db, endAccess, logName: () => findLogName(db), signer: deps.signer }));
  router.use(quotaRoutes(deps));
  const noteRead = createReadNote(db);
  const uploads = { ...deps, inTurn: createTurnstile(db, deps.parallelUploads) };
  router.use(uploadRoutes(uploads));
  router.use(directRoutes({ ...uploads, jsonBody, noteRead }));
  router.use(payloadRoutes({ ...deps, noteRead }));
  return router;
}

function about({ version, origin, limits, registrars, blobs }: AppDeps) {
  return {
    name: 'bildbote',
    version,
    origin: origin(),
    registrars,
    /** Where parts may be brought and fetched past the relay. */
    direct: blobs.direct?.origin ?? null,
    limits: { partBytes: PART_BYTES, envelopeBytes: MAX_ENVELOPE_BYTES, ...limits },
  };
}
