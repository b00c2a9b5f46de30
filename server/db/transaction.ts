import { isRetryable } from './errors.js';
import type { Database, Transaction } from './open.js';

const ATTEMPTS = 4;

/** Runs `work` in a transaction (READ COMMITTED), again after a deadlock: `work` must have no other effects. */
export async function inTransaction<T>(db: Database, work: (trx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
    }
  }
}
