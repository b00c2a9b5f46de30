import { LOCKS, withLock } from '../db/advisory-lock.js';
import type { Database } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { recordAudit } from './record.js';
import { deleteEntriesThrough, findEntry, findOldCheckpoint } from './store.js';

/**
 * docs/spec/audit.md §6: what is too old goes, up to a signed checkpoint, which stays. An entry of its own says up to where
 * and with which hash the rest goes on: it verifies without what was deleted.
 * @returns how many entries were deleted
 */
export async function pruneAudit(db: Database, days: number): Promise<number> {
  return withLock(db, LOCKS.audit, () =>
    inTransaction(db, async (trx) => {
      const checkpoint = await findOldCheckpoint(trx, days);
      const entry = checkpoint === null ? null : await findEntry(trx, checkpoint.size);
      if (entry === null) return 0;
      await recordAudit(trx, { kind: 'audit-pruned', through: entry.seq, hash: entry.hash.toString('hex') });
      return deleteEntriesThrough(trx, entry.seq);
    }),
  );
}
