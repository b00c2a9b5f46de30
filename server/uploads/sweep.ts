import type { BlobKey, BlobStore } from '../blobs/store.js';
import type { Database } from '../db/open.js';
import { deleteOverDirectParts, findDirectBlobKeys } from './direct-store.js';
import { findKnownBlobKeys } from './part-store.js';

const BATCH = 500;

/**
 * Removes blobs that no part names and writes that never ended, both older than `before`: what crashes and refused parts
 * leave behind. A blob's row is committed moments after the blob; `before` leaves it far more time than that.
 * @returns how many were removed
 */
export async function sweepOrphans(db: Database, blobs: BlobStore, before: Date): Promise<number> {
  await deleteOverDirectParts(db);
  let removed = await blobs.discardUnfinished(before);
  let batch: BlobKey[] = [];
  for await (const key of blobs.list(before)) {
    batch.push(key);
    if (batch.length < BATCH) continue;
    removed += await removeUnknown(db, blobs, batch);
    batch = [];
  }
  return removed + (await removeUnknown(db, blobs, batch));
}

async function removeUnknown(db: Database, blobs: BlobStore, keys: readonly BlobKey[]): Promise<number> {
  if (keys.length === 0) return 0;
  // In this order: what is redeemed in between is a part by then, and was on its way before.
  const onTheirWay = await findDirectBlobKeys(db, keys);
  const known = await findKnownBlobKeys(db, keys);
  const unknown = keys.filter((key) => !known.has(key) && !onTheirWay.has(key));
  for (const key of unknown) await blobs.delete(key);
  return unknown.length;
}
