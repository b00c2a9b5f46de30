/**
 * How many requests are worth having under way at once. More of them fill a line with a long round trip; on one that is full already they
 * only take memory. Found out by trying: one more step is kept when the whole has become clearly quicker by it.
 */
export interface InFlight {
  readonly limit: number;
  /** A request has ended and carried so much. */
  ended(bytes: number): void;
}

export interface InFlightOptions {
  /** To begin with, and never fewer. */
  readonly least: number;
  /** Bounds memory. */
  readonly most: number;
  readonly nowMs?: () => number;
}

/** A step is judged by so many rounds of requests … */
const ROUNDS = 2;
/** … and no sooner than this: the clock of a fast line is too coarse. */
const LEAST_MS = 100;
/** What is not quicker by this share is not worth its memory. */
const GAIN = 1.08;
/** After a step that did not help it is tried again when so many periods have passed: lines change. */
const REST_PERIODS = 12;

export function createInFlight({ least, most, nowMs = () => performance.now() }: InFlightOptions): InFlight {
  let limit = least;
  let best: { readonly limit: number; readonly bytesPerMs: number } | null = null;
  let rest = 0;
  let period = { sinceMs: nowMs(), requests: 0, bytes: 0 };

  function judge(bytesPerMs: number): void {
    if (rest > 0) {
      rest -= 1;
      best = { limit, bytesPerMs };
    } else if (best === null || bytesPerMs > GAIN * best.bytesPerMs) best = { limit, bytesPerMs };
    else if (limit > best.limit) {
      ({ limit } = best);
      rest = REST_PERIODS;
      return;
    }
    if (rest === 0) limit = Math.min(most, limit + Math.max(1, Math.floor(limit / 2)));
  }

  return {
    get limit() {
      return limit;
    },
    ended(bytes) {
      period.requests += 1;
      period.bytes += bytes;
      const elapsedMs = nowMs() - period.sinceMs;
      if (period.requests < ROUNDS * limit || elapsedMs < LEAST_MS) return;
      judge(period.bytes / elapsedMs);
      period = { sinceMs: nowMs(), requests: 0, bytes: 0 };
    },
  };
}
