import type { Database, Transaction } from '../db/open.js';
import { toBuffer } from '../db/sql.js';
import type { TallyRow, TreeBlockRow } from '../tables.js';

type Db = Database | Transaction;

/** A tally as the relay knows it: number, count, and 8,192 sealed bytes. */
export interface StoredTally {
  readonly seq: number;
  readonly segments: number;
  readonly record: Buffer;
}

export async function findTally(db: Db, payloadNumber: number, seq: number): Promise<StoredTally | null> {
  const row = await db<TallyRow>('tallies')
    .where({ payload_number: payloadNumber, seq })
    .first('seq', 'segments', 'record');
  return row ?? null;
}

export async function findNewestTally(db: Db, payloadNumber: number): Promise<StoredTally | null> {
  const row = await db<TallyRow>('tallies')
    .where({ payload_number: payloadNumber })
    .orderBy('seq', 'desc')
    .first('seq', 'segments', 'record');
  return row ?? null;
}

/** How many segments the newest tally covers: they cannot change any more. */
export async function countCovered(db: Db, payloadNumber: number): Promise<number> {
  const row = await db<TallyRow>('tallies')
    .where({ payload_number: payloadNumber })
    .orderBy('seq', 'desc')
    .first('segments');
  return row?.segments ?? 0;
}

export async function listTallies(db: Db, payloadNumber: number, after: number, limit: number): Promise<StoredTally[]> {
  return db<TallyRow>('tallies')
    .where({ payload_number: payloadNumber })
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .select('seq', 'segments', 'record');
}

export async function insertTally(
  trx: Transaction,
  payloadNumber: number,
  tally: { readonly seq: number; readonly segments: number; readonly record: Uint8Array },
): Promise<void> {
  await trx<TallyRow>('tallies').insert({
    payload_number: payloadNumber,
    seq: tally.seq,
    segments: tally.segments,
    record: toBuffer(tally.record),
  });
}

export async function insertTreeBlock(
  trx: Transaction,
  payloadNumber: number,
  block: number,
  root: Uint8Array,
): Promise<void> {
  await trx<TreeBlockRow>('tree_blocks').insert({ payload_number: payloadNumber, block, root: toBuffer(root) });
}

/** Roots of blocks below `end`, in order from block 0. */
export async function listTreeBlocks(db: Db, payloadNumber: number, end: number): Promise<Buffer[]> {
  const rows = await db<TreeBlockRow>('tree_blocks')
    .where({ payload_number: payloadNumber })
    .where('block', '<', end)
    .orderBy('block')
    .select('root');
  return rows.map((row) => row.root);
}

export async function deleteTallies(trx: Transaction, payloadNumber: number): Promise<void> {
  await trx<TreeBlockRow>('tree_blocks').where({ payload_number: payloadNumber }).delete();
  await trx<TallyRow>('tallies').where({ payload_number: payloadNumber }).delete();
}
