import type { Request, RequestHandler } from 'express';
import type { Log } from '../log.js';

/** Who counts requests: method, route pattern, status, milliseconds. */
export type CountRequest = (method: string, route: string, status: string, ms: number) => void;

/** One line a request: method, route pattern, status, milliseconds. The URL as asked for stays out: it names mailboxes. */
export function accessLog(log: Log, count: CountRequest = () => undefined): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now();
    response.once('close', () => {
      const ms = Math.round(performance.now() - startedMs);
      const status = response.writableFinished ? response.statusCode : 'aborted';
      count(request.method, patternOf(request), String(status), ms);
      log.info({ method: request.method, route: patternOf(request), status, ms }, 'request');
    });
    next();
  };
}

function patternOf(request: Request): string {
  const { route } = request as { route?: { path?: unknown } };
  return typeof route?.path === 'string' ? route.path : 'none';
}
