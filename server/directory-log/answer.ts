import { consistencyQuery, inclusionQuery } from '../../crypto/log/tile-tree.js';
import type { Database, Transaction } from '../db/open.js';
import { toBase64Url } from '../http/base64url.js';
import { Problem, notFound } from '../http/problem.js';
import { proveMapValue } from './map-store.js';
import {
  type StoredCheckpoint,
  computeTree,
  findPublishedCheckpoint,
  listCosignatures,
  listEntries,
  openTiles,
} from './store.js';
import { joinNote } from './witness-client.js';

/** What a client asks of the log, each time from one snapshot of the tables (docs/spec/directory.md §8). */

export async function inSnapshot<T>(db: Database, work: (trx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(work, { isolationLevel: 'repeatable read', readOnly: true });
}

/** @throws Problem `unavailable` before the first publication */
export async function published(trx: Transaction): Promise<StoredCheckpoint> {
  const checkpoint = await findPublishedCheckpoint(trx);
  if (checkpoint === null) throw new Problem('unavailable');
  return checkpoint;
}

export async function cosignedNote(trx: Transaction, checkpoint: StoredCheckpoint): Promise<Uint8Array> {
  return joinNote(checkpoint.note, (await listCosignatures(trx, checkpoint.size)).values());
}

/** The newest checkpoint, its map root with inclusion, the value at `index` with its proof, and consistency from `from`. */
export async function proveIndex(trx: Transaction, index: Uint8Array, from: number) {
  const checkpoint = await published(trx);
  const { size } = checkpoint;
  const inclusion = inclusionQuery(size - 1, size);
  const consistency = from === 0 || from > size ? null : consistencyQuery(from, size);
  const read = await openTiles(trx, consistency === null ? [inclusion] : [inclusion, consistency]);
  const [mapRoot] = await listEntries(trx, size - 1, 1);
  if (mapRoot === undefined) throw notFound();
  const { value, proof } = await proveMapValue(trx, index, size);
  return {
    checkpoint: Buffer.from(await cosignedNote(trx, checkpoint)).toString(),
    mapRoot: toBase64Url(mapRoot),
    inclusion: inclusion.compute(read).map(toBase64Url),
    value: value === null ? null : { seq: value.seq, head: toBase64Url(value.head) },
    bitmap: toBase64Url(proof.bitmap),
    siblings: proof.siblings.map(toBase64Url),
    consistency: consistency?.compute(read).map(toBase64Url) ?? null,
  };
}

/** @throws Problem `not-found` beyond what is published */
export async function proveConsistency(trx: Transaction, from: number, to: number) {
  const { size } = await published(trx);
  if (from > to || to > size) throw notFound();
  return { hashes: (await computeTree(trx, consistencyQuery(from, to))).map(toBase64Url) };
}
