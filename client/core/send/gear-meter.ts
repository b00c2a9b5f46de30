import type { CodedTask } from '../coding/task.js';
import type { Gear, GearRate, GearRates } from './gear.js';

type CodingGear = Exclude<Gear, 'stored'>;

/** What each gear has been seen to do, for the choice between them. */
export interface GearMeter {
  readonly rates: GearRates;
  /** @param task a unit coded as most are: not one on which every way was tried */
  add(gear: CodingGear, task: CodedTask): void;
}

/** Fewer say more about starting up than about coding. */
const ENOUGH_BYTES = 2 * 1024 * 1024;

interface Sum {
  bytes: number;
  coded: number;
  ms: number;
}

/** @param atOnce workers that code side by side */
export function createGearMeter(atOnce: number): GearMeter {
  const sums: Readonly<Record<CodingGear, Sum>> = {
    fast: { bytes: 0, coded: 0, ms: 0 },
    small: { bytes: 0, coded: 0, ms: 0 },
  };
  const rateOf = ({ bytes, coded, ms }: Sum): GearRate | null =>
    bytes < ENOUGH_BYTES || ms <= 0 ? null : { bytesPerS: (atOnce * bytes * 1000) / ms, ratio: bytes / coded };
  return {
    get rates() {
      return { fast: rateOf(sums.fast), small: rateOf(sums.small) };
    },
    add(gear, { unit, ms }) {
      const sum = sums[gear];
      sum.bytes += unit.originalBytes;
      sum.coded += unit.coded.length;
      sum.ms += ms;
    },
  };
}
