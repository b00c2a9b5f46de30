import { readFile } from 'node:fs/promises';
import * as z from 'zod';

/** Ratios of an earlier run, by the name of the case, and what of a later run is worse than they allow. */
export type Ratios = Readonly<Record<string, number>>;

/** How much worse than the stored ratio is too much. */
export const GATE_TOLERANCE = 1.15;
/** A case fails when it is worse in each of so many tries: a busy moment is no regression. */
export const GATE_TRIES = 3;

export interface Worse {
  readonly name: string;
  readonly ratio: number;
  readonly stored: number;
}

const ratiosSchema = z.record(z.string(), z.number().positive());

export async function readRatios(path: string): Promise<Ratios> {
  return ratiosSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

/** Cases that nothing is stored about are new, and pass. */
export function worseThan(stored: Ratios, ratios: Ratios): Worse[] {
  return Object.entries(ratios).flatMap(([name, ratio]) => {
    const before = stored[name];
    // NaN is worse than anything: what could not be measured does not pass.
    return before === undefined || ratio <= before * GATE_TOLERANCE ? [] : [{ name, ratio, stored: before }];
  });
}

/**
 * @param measure what is still in question, by the names of cases; null: everything
 * @returns what was worse in every try, as the last one found it
 */
export async function holdAgainst(
  stored: Ratios,
  measure: (cases: ReadonlySet<string> | null) => Promise<Ratios>,
): Promise<Worse[]> {
  let worse = worseThan(stored, await measure(null));
  for (let tries = 1; tries < GATE_TRIES && worse.length > 0; tries++) {
    const names = new Set(worse.map(({ name }) => name));
    worse = worseThan(stored, await measure(names)).filter(({ name }) => names.has(name));
  }
  return worse;
}
