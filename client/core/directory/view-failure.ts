import { CoreError, type CoreErrorCode } from '../error.js';

/** The directory cannot be believed now: nothing is sealed, and what arrives waits (docs/spec/directory.md §8). */
const VIEW_FAILURES: readonly CoreErrorCode[] = [
  'log-invalid',
  'log-behind',
  'log-forked',
  'chain-unlogged',
  'witnesses-missing',
  'checkpoint-stale',
  'policy-invalid',
];

export function isViewFailure(error: unknown): error is CoreError {
  return error instanceof CoreError && VIEW_FAILURES.includes(error.code);
}
