import type { Database } from '../db/open.js';
import { recordAudit } from '../audit/record.js';
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
    const count = await inTransaction(db, async (trx) => {
      const deliveries = await expireDeliveries(trx, BATCH);
      if (deliveries > 0) await recordAudit(trx, { kind: 'expired', deliveries });
      return deliveries;
    });
    total += count;
    if (count < BATCH) return total;
  }
}
