import type { BlobKey, BlobStore } from '../blobs/store.js';
import type { Database } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { deleteParts } from './part-store.js';
import { findExpiredPayload, lockPayload, markRemoved } from './payload-store.js';
import { deleteTallies } from './tally-store.js';

/** Parts a transaction takes away: a payload of a terabyte has 30,000 of them at least. */
const BATCH = 1_000;

/**
 * Takes the bytes of payloads away to which nobody's access lasts any longer: rows first, then blobs. What a crash leaves
 * in between has no row, and orphans are swept. The payload's own row stays: its parties are told `gone`.
 * @returns how many payloads
 */
export async function expirePayloads(db: Database, blobs: BlobStore): Promise<number> {
  for (let total = 0; ; total += 1) {
    const payloadNumber = await findExpiredPayload(db);
    if (payloadNumber === null) return total;
    for (;;) {
      const keys = await takeParts(db, payloadNumber);
      for (const key of keys) await blobs.delete(key);
      if (keys.length < BATCH) break;
    }
  }
}

async function takeParts(db: Database, payloadNumber: number): Promise<BlobKey[]> {
  return inTransaction(db, async (trx) => {
    await lockPayload(trx, payloadNumber);
    const keys = await deleteParts(trx, payloadNumber, BATCH);
    if (keys.length < BATCH) {
      await deleteTallies(trx, payloadNumber);
      await markRemoved(trx, payloadNumber);
    }
    return keys;
  });
}
