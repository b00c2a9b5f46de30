import type { CodedTask, Way } from '../coding/task.js';
import type { Gear } from './gear.js';

/** How the next unit of a kind is to be coded. */
export interface WayChoice {
  readonly ways: readonly Way[];
  readonly effort: 'first' | 'all';
}

/**
 * Finds out by its first units how a series is coded best (docs/spec/coding.md §7). Depends on nothing but those units, so
 * that a package that is made again comes out the same.
 */
export interface Ways {
  /** @param kind units that look alike: of one series and shape, or of the rest of one file */
  next(kind: string, among: readonly Way[]): Promise<WayChoice>;
  /** What became of the unit that was asked for last. Failures are told by the unit itself. */
  learn(kind: string, unit: Promise<CodedTask>): void;
}

/** Of each kind all ways are tried on so many. */
const TRIED_UNITS = 2;
/** A way that saves less than this share is not worth its time. */
const LEAST_GAIN = 0.01;

interface Kind {
  readonly tried: Promise<CodedTask>[];
  choice: WayChoice | null;
}

export function createWays(): Ways {
  const kinds = new Map<string, Kind>();
  const kindOf = (name: string): Kind => {
    const known = kinds.get(name) ?? { tried: [], choice: null };
    kinds.set(name, known);
    return known;
  };
  return {
    async next(name, among) {
      const kind = kindOf(name);
      if (kind.tried.length < TRIED_UNITS) return { ways: among, effort: 'all' };
      return (kind.choice ??= decide(await Promise.all(kind.tried), among));
    },
    learn(name, unit) {
      const { tried } = kindOf(name);
      if (tried.length < TRIED_UNITS) tried.push(unit);
    },
  };
}

/** The way with the shortest sum first; a cheaper one behind it, for units that it cannot do. */
function decide(tried: readonly CodedTask[], among: readonly Way[]): WayChoice {
  const raw = tried.reduce((sum, { unit }) => sum + unit.originalBytes, 0);
  const total = (way: Way): number =>
    tried.reduce((sum, { unit, sizes }) => sum + (sizes.find(([one]) => one === way)?.[1] ?? unit.originalBytes), 0);
  const [best] = among.toSorted((a, b) => total(a) - total(b));
  if (best === undefined || total(best) > (1 - LEAST_GAIN) * raw) return { ways: [], effort: 'first' };
  return { ways: best === 'jpeg-ls' ? [best, 'predicted-runs'] : [best], effort: 'first' };
}

/** What a gear tries on samples; on everything else there is only deflate. */
export function waysOf(gear: Exclude<Gear, 'stored'>): readonly Way[] {
  return gear === 'fast' ? ['predicted-runs', 'deflated'] : ['jpeg-ls', 'predicted-runs', 'predicted', 'deflated'];
}
