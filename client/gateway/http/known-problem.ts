import { CoreError } from '../../core/error.js';
import { SealError } from '../../core/ids.js';
import { isSystemError } from '../../node/durable.js';
import { NodeError } from '../../node/error.js';
import { GatewayError } from '../error.js';
import { Problem, type ProblemCode } from './problem.js';

/** What the zones below refuse, as the gateway's clients learn it. What is not here is the gateway's own fault. */
const CODES: Readonly<Record<string, ProblemCode>> = {
  'message-unknown': 'not-found',
  'message-quarantined': 'not-found',
  'message-unverified': 'message-incomplete',
  'message-held': 'message-incomplete',
  'payload-incomplete': 'message-incomplete',
  'payload-aborted': 'gone',
  gone: 'gone',
  'recipient-unknown': 'recipient-unknown',
  'contact-denied': 'contact-denied',
  'nothing-to-send': 'nothing-to-send',
  'profile-invalid': 'content-refused',
  'deidentification-refused': 'content-refused',
  'collect-failed': 'content-refused',
  'path-unreadable': 'content-refused',
  'too-large': 'too-large',
  'quota-exceeded': 'too-many',
  'rate-limited': 'too-many',
  'disk-full': 'disk-full',
  'job-unknown': 'not-found',
  'job-state': 'conflict',
  'job-invalid': 'content-refused',
  'idempotency-conflict': 'idempotency-mismatch',
  'message-incomplete': 'message-incomplete',
  'file-too-large': 'too-large',
  'spool-full': 'disk-full',
  'recipient-missing': 'recipient-unknown',
  'pacs-unknown': 'not-found',
  'study-unknown': 'not-found',
  'decision-unknown': 'not-found',
  'pacs-unreachable': 'pacs-failed',
  'pacs-rejected': 'pacs-failed',
  'pacs-refused': 'pacs-failed',
  'association-broken': 'pacs-failed',
  'move-destination-unknown': 'pacs-failed',
  'fetch-incomplete': 'pacs-failed',
  'patient-unwritable': 'content-refused',
  draining: 'unavailable',
};

const UNVERIFIED = /^(log-|chain-|directory-|address-changed|gossip-|witness|epoch-|suite-)/;
const AWAY = /^(relay-|session-|unavailable|storage-full|internal$|aborted)/;

export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isSystemError(error, 'ENOSPC') || isSystemError(error, 'EDQUOT'))
    return new Problem('disk-full', { cause: error });
  if (
    error instanceof CoreError ||
    error instanceof NodeError ||
    error instanceof SealError ||
    error instanceof GatewayError
  ) {
    const code = CODES[error.code] ?? patternCode(error.code);
    if (code !== null) return new Problem(code, { cause: error });
  }
  return bodyProblem(error) ?? new Problem('internal', { cause: error });
}

function patternCode(code: string): ProblemCode | null {
  if (UNVERIFIED.test(code)) return 'recipient-unverified';
  return AWAY.test(code) ? 'unavailable' : null;
}

/** What express and its parsers throw has a `type` and a status below 500 when the client is at fault. */
function bodyProblem(error: unknown): Problem | null {
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') return new Problem('too-large', { detail: 'the body' });
  if (status === 415) return new Problem('media-type-unsupported');
  if (typeof status === 'number' && status >= 400 && status < 500) return new Problem('request-invalid');
  return null;
}
