import { CoreError, throwIfAborted } from '../error.js';

/**
 * What a failure says about the request: provably not accepted, perhaps accepted, or refused. Every write to the relay is
 * idempotent by its id or digest, so that the first two may be tried again.
 */
export type FailureKind = 'transient' | 'ambiguous' | 'permanent';

export function failureKind(error: unknown): FailureKind {
  if (!(error instanceof CoreError)) return 'permanent';
  switch (error.code) {
    case 'relay-unreachable':
    case 'rate-limited':
    case 'unavailable':
    case 'storage-full':
      return 'transient';
    case 'relay-interrupted':
    case 'internal':
      return 'ambiguous';
    default:
      return 'permanent';
  }
}

export interface RetryPolicy {
  /** How long to go on trying after the first failure. */
  readonly patienceMs: number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly now: () => number;
}

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 8000;

/** Runs `action` until it succeeds, is refused for good, or patience ends. @throws the last error */
export async function withRetry<T>(policy: RetryPolicy, action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = policy.now() + policy.patienceMs;
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
    try {
      return await action();
    } catch (error) {
      throwIfAborted(signal);
      if (failureKind(error) === 'permanent' || policy.now() + delay > deadline) throw error;
    }
    await policy.sleep(delay, signal);
  }
}

/** The policy of a client that runs: timers and clock of the platform. */
export function platformRetry(patienceMs: number): RetryPolicy {
  return { patienceMs, sleep: sleepFor, now: () => Date.now() };
}

/** Ends early when `signal` says so, and leaves no listener behind: one signal lasts for a whole upload. */
function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
