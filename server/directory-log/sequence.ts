import { equalBytes, utf8 } from '../../crypto/wire/bytes.js';
import { encodeCheckpoint } from '../../crypto/log/checkpoint.js';
import { encodeEntry, entryHash } from '../../crypto/log/entry.js';
import { rootQuery } from '../../crypto/log/tile-tree.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { appendLeaves } from './append.js';
import type { NoteSigner } from './log-key.js';
import { findMapRoot, writeMapValues } from './map-store.js';
import {
  type Queued,
  type StoredCheckpoint,
  computeTree,
  findNewestCheckpoint,
  insertCheckpoint,
  insertEntries,
  lockIdentity,
  takeQueued,
} from './store.js';

/** Enough for a busy minute; more goes into the next publication. Bounds a transaction to about a second. */
export const MAX_BATCH = 500;
/** docs/spec/directory.md §8: without news, too, so that a client can tell a quiet log from one that is withheld. */
export const HEARTBEAT_MS = 3_600_000;

/**
 * Moves what is queued into the log, makes the next map root and signs the checkpoint, all in one transaction: it is durable
 * before anybody sees it, and shown to nobody before `publishCheckpoint`.
 * @returns null when there is nothing to do, or when a checkpoint is pending, or when this node's key is not the log's
 */
export async function sequence(
  db: Database,
  signer: NoteSigner,
  nowMs: number,
  batch: number = MAX_BATCH,
): Promise<number | null> {
  return inTransaction(db, async (trx) => {
    const identity = await lockIdentity(trx);
    if (identity === null || !equalBytes(identity.publicKey, signer.key.publicKey)) return null;
    const newest = await findNewestCheckpoint(trx);
    if (newest !== null && !newest.isPublished) return null;
    const queued = await takeQueued(trx, batch);
    if (queued.length === 0 && !isHeartbeatDue(newest, nowMs)) return null;
    return extend(trx, signer, newest?.size ?? 0, queued, nowMs);
  });
}

export function isHeartbeatDue(newest: StoredCheckpoint | null, nowMs: number): boolean {
  return newest === null || nowMs - newest.createdAt.getTime() >= HEARTBEAT_MS;
}

async function extend(
  trx: Transaction,
  signer: NoteSigner,
  from: number,
  queued: readonly Queued[],
  nowMs: number,
): Promise<number> {
  const size = from + queued.length + 1;
  const values = newestOf(queued);
  const mapRoot = values.length === 0 ? await findMapRoot(trx) : await writeMapValues(trx, values, size);
  const entries = [
    ...queued.map(({ map_index: index, seq, digest }) => encodeEntry({ kind: 'statement', index, seq, digest })),
    encodeEntry({ kind: 'map-root', covers: size - 1, timeMs: nowMs, root: mapRoot }),
  ];
  await insertEntries(trx, from, entries);
  await appendLeaves(trx, from, entries.map(entryHash));
  const root = await computeTree(trx, rootQuery(size));
  const text = encodeCheckpoint({ origin: signer.key.name, size, root });
  const note = utf8(`${text}\n${signer.signatureLine(text, Math.floor(nowMs / 1000))}`);
  await insertCheckpoint(trx, { size, root, note });
  return size;
}

/** Of each mailbox the last one: the queue has them in order. */
export function newestOf(queued: readonly Queued[]) {
  const newest = new Map(queued.map((one) => [one.map_index.toString('hex'), one]));
  return [...newest.values()].map(({ map_index: index, seq, head }) => ({ index, seq, head }));
}
