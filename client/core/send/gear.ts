/**
 * How much to code: `stored` not at all, `fast` what is quick to find, `small` as short as possible. What is best depends on
 * the line: bytes that take longer to code than to send are better sent as they are.
 */
export type Gear = 'stored' | 'fast' | 'small';

/** What the sender wants: chosen by the line, or always the same. */
export type GearWish = 'auto' | Gear;

/** What has been seen of a gear so far. */
export interface GearRate {
  /** Bytes of files that go through all workers in a second. */
  readonly bytesPerS: number;
  /** Bytes of files for each byte that travels. */
  readonly ratio: number;
}

export type GearRates = Readonly<Record<'fast' | 'small', GearRate | null>>;

/** Before anything is known: noisy CT on one processor of 2024, and what the quick way reaches beside the thorough one. */
const FIRST_GUESS: GearRate = { bytesPerS: 45_000_000, ratio: 2.5 };
const FAST_TO_SMALL = { speed: 1.6, ratio: 0.87 };
/** Another gear must promise this much more, so that noise in the measurements does not change it. */
const WORTH_CHANGING = 1.15;

/**
 * The gear in which files leave quickest. @param lineBytesPerS what the line has taken while it was busy, null when unknown
 * @param atOnce workers, for the first guess
 */
export function chooseGear(current: Gear, lineBytesPerS: number | null, rates: GearRates, atOnce: number): Gear {
  // The first files are small and few; a slow line is where it matters.
  if (lineBytesPerS === null) return current;
  const speeds = speedsOf(lineBytesPerS, rates, atOnce);
  const best = (['small', 'fast', 'stored'] as const).reduce((a, b) => (speeds[b] > speeds[a] ? b : a));
  return speeds[best] > WORTH_CHANGING * speeds[current] ? best : current;
}

function speedsOf(line: number, rates: GearRates, atOnce: number): Readonly<Record<Gear, number>> {
  const guess = { ...FIRST_GUESS, bytesPerS: FIRST_GUESS.bytesPerS * atOnce };
  const { speed, ratio } = FAST_TO_SMALL;
  const { fast: seenFast, small: seenSmall } = rates;
  const small = seenSmall ?? (seenFast === null ? guess : scaled(seenFast, 1 / speed, 1 / ratio));
  const fast = seenFast ?? scaled(small, speed, ratio);
  const through = (rate: GearRate): number => Math.min(rate.bytesPerS, line * rate.ratio);
  return { stored: line, fast: through(fast), small: through(small) };
}

function scaled(rate: GearRate, speed: number, ratio: number): GearRate {
  return { bytesPerS: rate.bytesPerS * speed, ratio: Math.max(1, rate.ratio * ratio) };
}
