import type { ErrorRequestHandler, Request, Response } from 'express';
import { BlobError } from '../blobs/store.js';
import { isDatabaseFull, isUnavailable } from '../db/errors.js';
import { type Log, loggable } from '../log.js';

/** docs/spec/relay-api.md §1: every code, its status and title. The only place that knows HTTP status codes of errors. */
const PROBLEMS = {
  'request-invalid': [400, 'The request does not have the documented form'],
  'session-required': [401, 'Sign in'],
  'challenge-refused': [401, 'The sign-in is not accepted'],
  forbidden: [403, 'Not yours to do'],
  suspended: [403, 'The operator has suspended this device, its mailbox or its practice'],
  closing: [403, 'The practice is being closed: it can read only'],
  'contact-denied': [403, 'A recipient does not take messages of this mailbox'],
  'not-found': [404, 'There is nothing here for you'],
  'invitation-unknown': [404, 'No such invitation'],
  conflict: [409, 'The state does not allow it'],
  'message-id-taken': [409, 'This message id was used for another message'],
  'address-taken': [409, 'The address has a mailbox'],
  'key-registered': [409, 'A public key is registered already'],
  'name-confusable': [409, 'The name looks like one that another practice has'],
  'consent-missing': [409, 'No recipient has agreed yet'],
  'statement-out-of-turn': [409, 'Not the next statement of the chain'],
  'part-covered': [409, 'A tally covers the part'],
  'part-overlaps': [409, 'Other parts hold some of these segments'],
  'segments-missing': [409, 'Some segments are not there yet'],
  'tally-out-of-turn': [409, 'The tally goes back or differs'],
  'invitation-expired': [410, 'The invitation has expired'],
  'invitation-used': [410, 'The invitation has been used'],
  gone: [410, 'Expired or withdrawn'],
  'too-large': [413, 'Over a limit'],
  'digest-mismatch': [422, 'The bytes do not have the digests sent with them'],
  'statement-invalid': [422, 'The statement does not verify'],
  'recipient-unknown': [422, 'A recipient has no mailbox'],
  'envelope-invalid': [422, 'Not an envelope of an accepted suite'],
  'payload-invalid': [422, 'Not a payload of an accepted suite'],
  'quota-exceeded': [429, 'Over the quota'],
  'rate-limited': [429, 'Too many requests'],
  internal: [500, 'The relay failed'],
  unavailable: [503, 'The relay cannot answer now'],
  'storage-full': [507, 'The relay has no room'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

export interface ProblemOptions extends ErrorOptions {
  /** For developers; clients choose their text by `code`. Never a value that came from the client. */
  readonly detail?: string;
  /** Names of the fields that are wrong. */
  readonly fields?: readonly string[];
  /** When asking again may help, in seconds. */
  readonly retryAfterS?: number;
}

/** Thrown by handlers; answered as RFC 9457 `application/problem+json`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code][1], options);
    this.code = code;
    this.options = options;
  }
}

export function notFound(): Problem {
  return new Problem('not-found');
}

export function sendProblem(response: Response, problem: Problem): void {
  const [status, title] = PROBLEMS[problem.code];
  const { detail, fields, retryAfterS } = problem.options;
  if (retryAfterS !== undefined) response.set('Retry-After', String(retryAfterS));
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `urn:bildbote:problem:${problem.code}`,
        title,
        status,
        code: problem.code,
        ...(detail === undefined ? {} : { detail }),
        ...(fields === undefined ? {} : { fields }),
      }),
    );
}

/** The relay's own, for the operator to see. */
const FAULTS: ReadonlySet<ProblemCode> = new Set(['internal', 'unavailable', 'storage-full']);

/** More than this is not read only to be thrown away: the connection ends instead. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;

/** An answer before the body has been read: the rest is read away, or the connection cannot carry another request. */
function dropRest(request: Request, response: Response): void {
  const declared = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  const hasBody = 'transfer-encoding' in request.headers || 'content-length' in request.headers;
  if (!hasBody || request.complete) return;
  if (declared > MAX_DISCARDED_BYTES) response.setHeader('Connection', 'close');
  else request.resume();
}

/** Nobody is there to hear the answer. */
function hasLeft(request: Request, error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || (request.destroyed && !request.complete);
}

/** The last handler. Unknown errors become `internal` and tell nothing; the log gets their place, not their text. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (hasLeft(request, error)) {
      response.destroy();
      return;
    }
    const problem = problemFrom(error);
    if (FAULTS.has(problem.code)) log.error({ problem: problem.code, ...loggable(error) }, 'request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    dropRest(request, response);
    sendProblem(response, problem);
  };
}

function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BlobError && error.code === 'storage-full') return new Problem('storage-full', { cause: error });
  if (error instanceof BlobError && error.code === 'store-unavailable') {
    return new Problem('unavailable', { cause: error });
  }
  if (isDatabaseFull(error)) return new Problem('storage-full', { cause: error });
  if (isUnavailable(error)) return new Problem('unavailable', { cause: error });
  return bodyParserProblem(error) ?? new Problem('internal', { cause: error });
}

/** What express and body-parser throw has a `type` and a status below 500 when the client is at fault. */
function bodyParserProblem(error: unknown): Problem | null {
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') return new Problem('too-large', { detail: 'the body' });
  if (typeof status === 'number' && status >= 400 && status < 500) return new Problem('request-invalid');
  return null;
}
