import type { Coding } from '../coding/coding.js';
import { CoreError } from '../error.js';
import { travelOrder, type Plan } from '../package/plan.js';
import { createGearMeter } from './gear-meter.js';
import { createGearPlan, type GearJournal } from './gear-plan.js';
import type { GearWish } from './gear.js';
import type { LineMeter } from './line-meter.js';
import type { PackInput } from './pack.js';

/**
 * How the files of a plan are coded: by the line as it is measured, and as it was decided before where it was.
 * @throws CoreError `coding-changed` when it was begun coded and there is nothing to code with now
 */
export function codingOf(
  coding: Coding | undefined,
  plan: Plan,
  journal: GearJournal,
  line: LineMeter,
  wish: GearWish,
): PackInput['coding'] {
  if (coding === undefined) {
    if ((journal.gear(0)?.gear ?? 'stored') === 'stored') return undefined;
    throw new CoreError('coding-changed', 'begun by a sender who codes');
  }
  const meter = createGearMeter(coding.atOnce);
  const rates = (): typeof meter.rates => meter.rates;
  return { coding, meter, gears: createGearPlan({ files: travelOrder(plan), journal, wish, coding, line, rates }) };
}
