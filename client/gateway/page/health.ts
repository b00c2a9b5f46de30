import { type Request, type RequestHandler, type Response, Router } from 'express';
import { authenticate } from '../http/authenticate.js';
import type { KeyFolder } from '../http/keys.js';
import { Problem } from '../http/problem.js';
import type { Part } from '../part.js';
import { languageOf, sendPage } from './html.js';
import { statusPage } from './status-page.js';

/** How the gateway is, for whoever watches over it: words and counts, no health data. */
export function healthRoutes(parts: readonly Part[], keys: KeyFolder): Router {
  const router = Router();
  const startedAt = new Date();
  router.get('/', async (request, response) => {
    // Who sits at this machine sees it; elsewhere it takes a key, which browsers are never asked for.
    if (!isFromHere(request)) await authenticate(keys, request.headers, 'status');
    sendPage(response, statusPage(parts, languageOf(request.headers['accept-language']), startedAt));
  });
  router.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  router.get('/readyz', (_request, response) => {
    if (parts.some((part) => part.status().state === 'stopped')) throw new Problem('unavailable');
    response.json({ status: 'ok' });
  });
  const guarded = (handle: (response: Response) => void): RequestHandler => {
    return async (request: Request, response: Response) => {
      await authenticate(keys, request.headers, 'status');
      handle(response);
    };
  };
  router.get(
    '/status',
    guarded((response) => {
      response.json({ parts: parts.map((part) => ({ name: part.name, ...part.status() })) });
    }),
  );
  router.get(
    '/metrics',
    guarded((response) => void response.type('text/plain; version=0.0.4').send(metricsOf(parts))),
  );
  return router;
}

function isFromHere({ socket }: Request): boolean {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return address === '::1' || address.startsWith('127.');
}

/** The text format of Prometheus. */
function metricsOf(parts: readonly Part[]): string {
  const states = parts.map(
    (part) => `bildbote_part_working{part="${part.name}"} ${Number(part.status().state === 'working')}`,
  );
  const counts = parts.flatMap((part) =>
    Object.entries(part.status().counts).map(
      ([name, count]) => `bildbote_part_count{part="${part.name}",what="${name}"} ${count}`,
    ),
  );
  return [
    '# HELP bildbote_part_working Whether a part of the gateway works',
    '# TYPE bildbote_part_working gauge',
    ...states,
    '# HELP bildbote_part_count What a part has to do or has done',
    '# TYPE bildbote_part_count gauge',
    ...counts,
    '',
  ].join('\n');
}
