import type { Database, Transaction } from './open.js';

/** Things that one process at a time does on a database. The numbers are arbitrary and never change. */
export const LOCKS = {
  migrations: 7_210_001,
  housekeeping: 7_210_002,
  directoryLog: 7_210_003,
  deadlines: 7_210_004,
} as const;

/**
 * Runs `work` unless another process holds the lock. The lock is held until `work` ends or the connection breaks.
 * @returns null when another process holds it
 */
export async function withLockIfFree<T>(db: Database, lock: number, work: () => Promise<T>): Promise<T | null> {
  return db.transaction(async (trx) => {
    await liftTimeouts(trx);
    const result = await trx.raw<{ rows: { held: boolean }[] }>('select pg_try_advisory_xact_lock(?) as held', [lock]);
    return result.rows[0]?.held === true ? work() : null;
  });
}

/** Waits for the lock, then runs `work`. */
export async function withLock<T>(db: Database, lock: number, work: () => Promise<T>): Promise<T> {
  return db.transaction(async (trx) => {
    await liftTimeouts(trx);
    await trx.raw('select pg_advisory_xact_lock(?)', [lock]);
    return work();
  });
}

/** The holding connection is idle while `work` uses others. */
async function liftTimeouts(trx: Transaction): Promise<void> {
  await trx.raw('set local idle_in_transaction_session_timeout = 0');
  await trx.raw('set local statement_timeout = 0');
}
