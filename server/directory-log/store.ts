import type { TileId, TileReader, TreeQuery } from '../../crypto/log/tile-tree.js';
import { splitTile } from '../../crypto/log/tile.js';
import type { Database, Transaction } from '../db/open.js';
import { toBuffer } from '../db/sql.js';
import type {
  LogCheckpointRow,
  LogCosignatureRow,
  LogEntryRow,
  LogIdentityRow,
  LogQueueRow,
  LogTileRow,
} from '../tables.js';

type Db = Database | Transaction;

export interface LogIdentity {
  readonly origin: string;
  readonly publicKey: Uint8Array;
  readonly policy: Uint8Array;
}

export async function findIdentity(db: Db): Promise<LogIdentity | null> {
  const row = await db<LogIdentityRow>('log_identity').first();
  return row === undefined ? null : { origin: row.origin, publicKey: row.public_key, policy: row.policy };
}

/** Nobody else writes to the log until the transaction ends. */
export async function lockIdentity(trx: Transaction): Promise<LogIdentity | null> {
  const row = await trx<LogIdentityRow>('log_identity').forUpdate().first();
  return row === undefined ? null : { origin: row.origin, publicKey: row.public_key, policy: row.policy };
}

/** The first node names the log; a later one's word does not count. */
export async function insertIdentityIfNone(db: Db, identity: LogIdentity): Promise<void> {
  const { origin, publicKey, policy } = identity;
  await db<LogIdentityRow>('log_identity')
    .insert({ origin, public_key: toBuffer(publicKey), policy: toBuffer(policy) })
    .onConflict('singleton')
    .ignore();
}

export async function updatePolicy(db: Db, policy: Uint8Array): Promise<void> {
  await db<LogIdentityRow>('log_identity').update({ policy: toBuffer(policy) });
}

export type Queued = Omit<LogQueueRow, 'queued'>;

/** Takes the oldest out of the queue, in order. */
export async function takeQueued(trx: Transaction, limit: number): Promise<Queued[]> {
  const oldest = trx<LogQueueRow>('log_queue').orderBy('queued').limit(limit).select('queued');
  const rows = await trx<LogQueueRow>('log_queue').whereIn('queued', oldest).delete().returning('*');
  return rows.sort((a, b) => a.queued - b.queued);
}

export async function isQueueEmpty(db: Db): Promise<boolean> {
  return (await db<LogQueueRow>('log_queue').first('queued')) === undefined;
}

export async function insertEntries(trx: Transaction, from: number, entries: readonly Uint8Array[]): Promise<void> {
  await trx.raw(
    `insert into log_entries (position, entry)
     select ? + ordinality - 1, entry from unnest(?::bytea[]) with ordinality as new (entry, ordinality)`,
    [from, entries.map(toBuffer)],
  );
}

export async function listEntries(db: Db, from: number, count: number): Promise<Uint8Array[]> {
  const rows = await db<LogEntryRow>('log_entries')
    .where('position', '>=', from)
    .where('position', '<', from + count)
    .orderBy('position')
    .select('entry');
  return rows.map((row) => row.entry);
}

export async function findTile(db: Db, level: number, tile: number): Promise<Uint8Array | null> {
  const row = await db<LogTileRow>('log_tiles').where({ level, tile }).first('hashes');
  return row?.hashes ?? null;
}

export async function upsertTiles(trx: Transaction, tiles: readonly LogTileRow[]): Promise<void> {
  await trx<LogTileRow>('log_tiles')
    .insert([...tiles])
    .onConflict(['level', 'tile'])
    .merge(['hashes']);
}

export async function deleteTiles(trx: Transaction): Promise<void> {
  await trx<LogTileRow>('log_tiles').delete();
}

/** Reads the tiles that the queries name, all at once. */
export async function openTiles(db: Db, queries: readonly TreeQuery<unknown>[]): Promise<TileReader> {
  const ids: TileId[] = queries.flatMap((query) => [...query.tiles]);
  const { rows } = await db.raw<{ rows: LogTileRow[] }>(
    `select level, tile, hashes from (select distinct * from unnest(?::smallint[], ?::bigint[])) as asked (level, tile)
     join log_tiles using (level, tile)`,
    [ids.map(({ level }) => level), ids.map(({ n }) => n)],
  );
  const read = new Map(rows.map((row) => [`${row.level}/${row.tile}`, splitTile(row.hashes)]));
  return (level, n) => read.get(`${level}/${n}`) ?? [];
}

export async function computeTree<T>(db: Db, query: TreeQuery<T>): Promise<T> {
  return query.compute(await openTiles(db, [query]));
}

export interface StoredCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  /** Signed by the log alone. */
  readonly note: Uint8Array;
  readonly createdAt: Date;
  readonly isPublished: boolean;
}

function checkpointFrom(row: LogCheckpointRow | undefined): StoredCheckpoint | null {
  if (row === undefined) return null;
  const { size, root, note, created_at: createdAt, published_at: publishedAt } = row;
  return { size, root, note, createdAt, isPublished: publishedAt !== null };
}

/** The newest, published or not. */
export async function findNewestCheckpoint(db: Db): Promise<StoredCheckpoint | null> {
  return checkpointFrom(await db<LogCheckpointRow>('log_checkpoints').orderBy('size', 'desc').first());
}

export async function findPublishedCheckpoint(db: Db): Promise<StoredCheckpoint | null> {
  const row = await db<LogCheckpointRow>('log_checkpoints')
    .whereNotNull('published_at')
    .orderBy('size', 'desc')
    .first();
  return checkpointFrom(row);
}

export async function insertCheckpoint(
  trx: Transaction,
  checkpoint: Pick<StoredCheckpoint, 'size' | 'root' | 'note'>,
): Promise<void> {
  const { size, root, note } = checkpoint;
  await trx<LogCheckpointRow>('log_checkpoints').insert({ size, root: toBuffer(root), note: toBuffer(note) });
}

export async function publishCheckpoint(db: Db, size: number): Promise<void> {
  await db<LogCheckpointRow>('log_checkpoints')
    .where({ size })
    .whereNull('published_at')
    .update({ published_at: db.fn.now(3) as unknown as Date });
}

/** Older ones are of no use to anybody: their trees are prefixes of the newest. */
export async function deleteOldCheckpoints(db: Db, days: number): Promise<void> {
  await db<LogCheckpointRow>('log_checkpoints')
    .where('size', '<', db<LogCheckpointRow>('log_checkpoints').max('size'))
    .whereRaw('created_at < now() - make_interval(days => ?)', [days])
    .delete();
}

export async function insertCosignature(db: Db, size: number, witness: string, line: string): Promise<void> {
  await db<LogCosignatureRow>('log_cosignatures')
    .insert({ size, witness, line })
    .onConflict(['size', 'witness'])
    .merge(['line']);
}

/** Signature lines with their line feeds, by witness. */
export async function listCosignatures(db: Db, size: number): Promise<Map<string, string>> {
  const rows = await db<LogCosignatureRow>('log_cosignatures').where({ size }).orderBy('witness');
  return new Map(rows.map((row) => [row.witness, row.line]));
}

/** Where every mailbox stands in the map. */
export async function listMapIndexes(db: Db): Promise<{ readonly mailboxId: Buffer; readonly mapIndex: Buffer }[]> {
  const { rows } = await db.raw<{ rows: { mailbox_id: Buffer; map_index: Buffer }[] }>(
    "select mailbox_id, sha256(convert_to(address, 'UTF8')) as map_index from mailboxes",
  );
  return rows.map((row) => ({ mailboxId: row.mailbox_id, mapIndex: row.map_index }));
}

export interface StoredStatement {
  readonly mailboxId: Buffer;
  readonly seq: number;
  /** SHA-256 of its bytes. */
  readonly digest: Buffer;
  readonly head: Buffer;
}

/** Those of the pairs (mailbox, seq) that the directory holds. */
export async function listStoredStatements(
  db: Db,
  names: readonly Pick<StoredStatement, 'mailboxId' | 'seq'>[],
): Promise<StoredStatement[]> {
  const { rows } = await db.raw<{ rows: { mailbox_id: Buffer; seq: number; digest: Buffer; head: Buffer }[] }>(
    `select mailbox_id, seq, sha256(bytes) as digest, hash as head
     from unnest(?::bytea[], ?::bigint[]) as asked (mailbox_id, seq) join statements using (mailbox_id, seq)`,
    [names.map(({ mailboxId }) => mailboxId), names.map(({ seq }) => seq)],
  );
  return rows.map(({ mailbox_id: mailboxId, ...row }) => ({ mailboxId, ...row }));
}

export async function deleteMap(trx: Transaction): Promise<void> {
  await trx('log_map_nodes').delete();
  await trx('log_map_leaves').delete();
}
