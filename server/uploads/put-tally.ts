import type { Database, Transaction } from '../db/open.js';
import { toBuffer } from '../db/sql.js';
import { inTransaction } from '../db/transaction.js';
import { publishTally } from '../hints/events.js';
import { Problem } from '../http/problem.js';
import { countSegments } from './part-store.js';
import { type Payload, isOver, lockPayload } from './payload-store.js';
import { findNewestTally, findTally, insertTally } from './tally-store.js';
import { growTree } from './tree.js';

export interface TallyRequest {
  readonly seq: number;
  readonly segments: number;
  /** 8,192 sealed bytes. */
  readonly record: Uint8Array;
}

/** docs/spec/relay-api.md §5. @throws Problem `tally-out-of-turn`, `segments-missing`, `gone` */
export async function putTally(db: Database, payload: Payload, tally: TallyRequest): Promise<'created' | 'present'> {
  return inTransaction(db, async (trx) => {
    await lockPayload(trx, payload.number);
    if (await isOver(trx, payload.number)) throw new Problem('gone');
    if (await isStored(trx, payload, tally)) return 'present';
    const newest = await findNewestTally(trx, payload.number);
    const covered = newest?.segments ?? 0;
    if (tally.seq <= (newest?.seq ?? 0) || tally.segments < covered) throw new Problem('tally-out-of-turn');
    const stored = await countSegments(trx, payload.number, covered, tally.segments);
    if (stored !== tally.segments - covered) throw new Problem('segments-missing');
    await insertTally(trx, payload.number, tally);
    await growTree(trx, payload, covered, tally.segments);
    await publishTally(trx, { payloadId: payload.payloadId, seq: tally.seq });
    return 'created';
  });
}

async function isStored(trx: Transaction, payload: Payload, tally: TallyRequest): Promise<boolean> {
  const same = await findTally(trx, payload.number, tally.seq);
  if (same === null) return false;
  if (same.segments === tally.segments && same.record.equals(toBuffer(tally.record))) return true;
  throw new Problem('tally-out-of-turn');
}
