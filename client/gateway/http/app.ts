import express, { type Express, type RequestHandler, type Router } from 'express';
import { notFoundHandler, problemHandler, type RequestLog, requestLog } from './answer-problem.js';
import { guard, type GuardOptions } from './guard.js';

export interface AppParts {
  readonly guard: GuardOptions;
  readonly log: RequestLog;
  /** By the path they are below. */
  readonly routers: readonly (readonly [path: string, router: Router | RequestHandler])[];
}

/** Everything that the gateway answers by HTTP: the guard first, the problem last. */
export function createApp({ guard: guarding, log, routers }: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(requestLog(log));
  app.use(guard(guarding));
  for (const [path, router] of routers) app.use(path, router);
  app.use(notFoundHandler);
  app.use(problemHandler(log));
  return app;
}
