/** SQLSTATE codes (PostgreSQL, appendix A) that the relay acts on. */
const UNIQUE_VIOLATION = '23505';
const EXCLUSION_VIOLATION = '23P01';
const RETRYABLE = new Set(['40001', '40P01']);
/** Connection exceptions, shutdown, too many connections, no room to write. */
const UNAVAILABLE = /^(08|57P0|53)/;
const UNAVAILABLE_SYSTEM = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
const DISK_FULL = '53100';

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

function constraintOf(error: unknown): string | undefined {
  return (error as { constraint?: string }).constraint;
}

export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return codeOf(error) === UNIQUE_VIOLATION && constraintOf(error) === constraint;
}

export function isExclusionViolation(error: unknown, constraint: string): boolean {
  return codeOf(error) === EXCLUSION_VIOLATION && constraintOf(error) === constraint;
}

/** A deadlock or a serialization failure: the same transaction may be tried again. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error));
}

export function isDatabaseFull(error: unknown): boolean {
  return codeOf(error) === DISK_FULL;
}

/** The database does not answer, or not now. */
export function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (UNAVAILABLE.test(code) || UNAVAILABLE_SYSTEM.has(code)) return true;
  if (!(error instanceof Error)) return false;
  return error.name === 'KnexTimeoutError' || /Connection terminated|timeout expired/.test(error.message);
}
