import type { Database } from '../db/open.js';
import { Problem } from '../http/problem.js';
import { type Part, listPartsWithin } from './part-store.js';
import type { Payload } from './payload-store.js';
import { countCovered } from './tally-store.js';

/** @throws Problem `segments-missing` for what no tally covers yet: it could still change */
export async function requireCovered(db: Database, payload: Payload, end: number): Promise<void> {
  if (end > (await countCovered(db, payload.number))) throw new Problem('segments-missing');
}

export async function coveredParts(db: Database, payload: Payload, first: number, end: number): Promise<Part[]> {
  await requireCovered(db, payload, end);
  return listPartsWithin(db, payload.number, first, end);
}
