import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { problemFrom } from './known-problem.js';
import { Problem, problemDocument } from './problem.js';

/** Codes and names, nothing that a request said. */
export interface RequestLog {
  /** @param route the pattern, never the URL as asked for */
  done(entry: { readonly method: string; readonly route: string; readonly status: number; readonly ms: number }): void;
  failed(entry: { readonly code: string; readonly error: string; readonly at: string | null }): void;
}

export function sendProblem(response: Response, problem: Problem): void {
  const document = problemDocument(problem);
  if (problem.code === 'key-required') response.set('WWW-Authenticate', 'Bearer');
  response.status(document.status).type('application/problem+json').send(JSON.stringify(document));
}

/** More than this is not read only to be thrown away: the connection ends instead. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/** An answer before the body has been read: the rest is read away, or the connection cannot carry another request. */
function dropRest(request: Request, response: Response): void {
  const hasBody = 'transfer-encoding' in request.headers || 'content-length' in request.headers;
  if (!hasBody || request.complete) return;
  const declared = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (declared > MAX_DISCARDED_BYTES) response.setHeader('Connection', 'close');
  else request.resume();
}

const FAULTS: ReadonlySet<string> = new Set(['internal', 'disk-full', 'unavailable']);

/** The last handler. What is not known becomes `internal` and tells nothing. */
export function problemHandler(log: RequestLog): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const problem = problemFrom(error);
    if (FAULTS.has(problem.code)) log.failed(failureOf(problem));
    if (response.headersSent || (request.destroyed && !request.complete)) {
      response.destroy();
      return;
    }
    dropRest(request, response);
    sendProblem(response, problem);
  };
}

/** The place of an error, not its message, which may quote a value. */
function failureOf({ code, cause }: Problem): Parameters<RequestLog['failed']>[0] {
  if (!(cause instanceof Error)) return { code, error: typeof cause, at: null };
  const at =
    cause.stack
      ?.split('\n')
      .find((line) => /^\s+at /.test(line))
      ?.trim() ?? null;
  const inner = 'code' in cause && typeof cause.code === 'string' ? `${cause.name} ${cause.code}` : cause.name;
  return { code, error: inner, at };
}

export function requestLog(log: RequestLog): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now();
    response.once('close', () => {
      const { route } = request as { route?: { path?: unknown } };
      const pattern = typeof route?.path === 'string' ? route.path : 'none';
      const ms = Math.round(performance.now() - startedMs);
      log.done({ method: request.method, route: pattern, status: response.statusCode, ms });
    });
    next();
  };
}

export const notFoundHandler: RequestHandler = (_request, _response, next) => {
  next(new Problem('not-found'));
};
