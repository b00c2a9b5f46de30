import type { Database } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { expireDeliveries } from './delivery-store.js';

/** Short transactions: a mailbox that is being written to waits for at most one of them. */
const BATCH = 500;

/**
 * Takes the envelopes of expired messages away. The deliveries stay as tombstones: gaps in the list explain themselves.
 * @returns how many
 */
export async function expireEnvelopes(db: Database): Promise<number> {
  for (let total = 0; ;) {
    const count = await inTransaction(db, (trx) => expireDeliveries(trx, BATCH));
    total += count;
    if (count < BATCH) return total;
  }
}
