/** When a tally is due (docs/spec/payload.md §5): soon at first, then rarely, so that a recipient sees images arrive. */

const FIRST_DELAYS_MS = [500, 1000, 2000];
const LATER_DELAY_MS = 5000;
const EVERY_BYTES = 256 * 1024 * 1024;
/** The plan, and the digest part of the first instance: with both covered, a first image can be shown. */
const FIRST_MANIFESTS = 2;
/** Or this much: what comes in one large file travels on while it still arrives. */
const FIRST_BYTES = 4 * 1024 * 1024;

export interface TallyPace {
  isDue(nowMs: number, wireBytes: number, manifests: number): boolean;
  sent(nowMs: number, wireBytes: number): void;
}

export function createTallyPace(): TallyPace {
  let count = 0;
  let last = { ms: 0, bytes: 0 };
  return {
    isDue(nowMs, wireBytes, manifests) {
      if (count === 0) return manifests >= FIRST_MANIFESTS || wireBytes >= FIRST_BYTES;
      const delay = FIRST_DELAYS_MS[count - 1] ?? LATER_DELAY_MS;
      return nowMs - last.ms >= delay || wireBytes - last.bytes >= EVERY_BYTES;
    },
    sent(nowMs, wireBytes) {
      count += 1;
      last = { ms: nowMs, bytes: wireBytes };
    },
  };
}
