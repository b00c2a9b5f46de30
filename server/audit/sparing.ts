/** What comes from outside as often as somebody likes must not fill the audit: it is counted where it is too much. */

const BURST = 60;
const PER_SECOND = 1;

/** @returns how many were left out before this one, or null when this one is left out, too */
export type Sparing = () => number | null;

export function createSparing(nowMs: () => number = () => performance.now()): Sparing {
  let [tokens, atMs, omitted] = [BURST, nowMs(), 0];
  return () => {
    const now = nowMs();
    tokens = Math.min(BURST, tokens + ((now - atMs) / 1_000) * PER_SECOND);
    atMs = now;
    if (tokens < 1) {
      omitted += 1;
      return null;
    }
    const before = omitted;
    [tokens, omitted] = [tokens - 1, 0];
    return before;
  };
}

const HOUR_MS = 3_600_000;
const MAX_REMEMBERED = 20_000;

/** @returns whether this is the first time in an hour, as far as this process remembers */
export type FirstInAnHour = (what: string) => boolean;

export function createFirstInAnHour(nowMs: () => number = () => performance.now()): FirstInAnHour {
  const seen = new Map<string, number>();
  return (what) => {
    const [now, before] = [nowMs(), seen.get(what)];
    if (before !== undefined && now - before < HOUR_MS) return false;
    seen.delete(what);
    seen.set(what, now);
    if (seen.size > MAX_REMEMBERED) seen.delete(seen.keys().next().value ?? what);
    return true;
  };
}
