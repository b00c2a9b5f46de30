import { CoreError } from '../error.js';
import type { PlanFile } from '../package/plan.js';
import { chooseGear, type Gear, type GearRates, type GearWish } from './gear.js';

/** Which gear each file travels in, decided as late as possible and never decided twice. */
export interface GearPlan {
  /** @param index in the order of travel; each once, in order. @throws CoreError `coding-changed` */
  of(index: number): Promise<Gear>;
}

/** Decisions that survive a crash: the same plan, sources, decisions and codecs make the same package. */
export interface GearJournal {
  gear(block: number): JournalGear | undefined;
  /** Durable when it returns. */
  recordGear(gear: JournalGear): Promise<void>;
}

export interface JournalGear {
  readonly block: number;
  readonly gear: Gear;
  /** Of the codecs; empty when nothing is coded. */
  readonly version: string;
}

export interface GearPlanInput {
  readonly files: readonly Pick<PlanFile, 'size'>[];
  readonly journal: GearJournal;
  readonly wish: GearWish;
  /** Null when there is nothing to code with. */
  readonly coding: { readonly version: string; readonly atOnce: number } | null;
  readonly line: { readonly bytesPerS: number | null };
  readonly rates: () => GearRates;
}

/** Files are decided on together: the first few so that a fast line is not kept waiting, then by this much. */
const FIRST_BLOCK_BYTES = 4 * 1024 * 1024;
const BLOCK_BYTES = 16 * 1024 * 1024;

export function createGearPlan(input: GearPlanInput): GearPlan {
  let block = -1;
  let leftBytes = 0;
  let gear: Gear = 'small';

  async function decide(): Promise<Gear> {
    const known = input.journal.gear(block);
    if (known === undefined) {
      const next = nextGear(input, gear);
      await input.journal.recordGear({ block, gear: next, version: versionOf(input, next) });
      return next;
    }
    // Other codecs may make other bytes: what was begun with them cannot be gone on with.
    if (known.version !== versionOf(input, known.gear)) throw new CoreError('coding-changed', 'begun by other codecs');
    return known.gear;
  }

  return {
    async of(index) {
      if (leftBytes <= 0) {
        block += 1;
        leftBytes = block === 0 ? FIRST_BLOCK_BYTES : BLOCK_BYTES;
        gear = await decide();
      }
      leftBytes -= Math.max(1, input.files[index]?.size ?? 0);
      return gear;
    },
  };
}

function nextGear({ coding, wish, line, rates }: GearPlanInput, current: Gear): Gear {
  if (coding === null) return 'stored';
  return wish === 'auto' ? chooseGear(current, line.bytesPerS, rates(), coding.atOnce) : wish;
}

function versionOf({ coding }: GearPlanInput, gear: Gear): string {
  return gear === 'stored' ? '' : (coding?.version ?? 'none');
}
