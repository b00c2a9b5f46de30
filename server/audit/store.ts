import type { Database, Transaction } from '../db/open.js';
import { toBuffer } from '../db/sql.js';
import type { AuditCheckpointRow, AuditEntryRow, AuditIdentityRow, AuditQueueRow } from '../tables.js';

type Db = Database | Transaction;

export interface AuditIdentity {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

export async function findIdentity(db: Db): Promise<AuditIdentity | null> {
  const row = await db<AuditIdentityRow>('audit_identity').first();
  return row === undefined ? null : { name: row.name, publicKey: row.public_key };
}

/** The first node names the audit; a later one's word does not count. */
export async function insertIdentityIfNone(db: Db, { name, publicKey }: AuditIdentity): Promise<void> {
  await db<AuditIdentityRow>('audit_identity')
    .insert({ name, public_key: toBuffer(publicKey) })
    .onConflict('singleton')
    .ignore();
}

/** Takes the oldest out of the queue, in order. */
export async function takeQueued(trx: Transaction, limit: number): Promise<AuditQueueRow[]> {
  const oldest = trx<AuditQueueRow>('audit_queue').orderBy('queued').limit(limit).select('queued');
  const rows = await trx<AuditQueueRow>('audit_queue').whereIn('queued', oldest).delete().returning('*');
  return rows.sort((a, b) => a.queued - b.queued);
}

export async function countQueued(db: Db): Promise<number> {
  const row = await db<AuditQueueRow>('audit_queue').count({ count: '*' }).first<{ count: number }>();
  return Number(row?.count ?? 0);
}

export async function findNewestEntry(db: Db): Promise<AuditEntryRow | null> {
  return (await db<AuditEntryRow>('audit_entries').orderBy('seq', 'desc').first()) ?? null;
}

export async function insertEntries(trx: Transaction, rows: readonly AuditEntryRow[]): Promise<void> {
  if (rows.length > 0) await trx<AuditEntryRow>('audit_entries').insert([...rows]);
}

/** In the order of their numbers. */
export async function listEntries(db: Db, after: number, limit: number): Promise<AuditEntryRow[]> {
  return db<AuditEntryRow>('audit_entries').where('seq', '>', after).orderBy('seq').limit(limit);
}

export async function listCheckpoints(db: Db): Promise<AuditCheckpointRow[]> {
  return db<AuditCheckpointRow>('audit_checkpoints').orderBy('size');
}

export async function findNewestCheckpoint(db: Db): Promise<AuditCheckpointRow | null> {
  return (await db<AuditCheckpointRow>('audit_checkpoints').orderBy('size', 'desc').first()) ?? null;
}

export async function insertCheckpoint(db: Db, size: number, note: Uint8Array): Promise<void> {
  await db<AuditCheckpointRow>('audit_checkpoints')
    .insert({ size, note: toBuffer(note) })
    .onConflict('size')
    .ignore();
}

/** The newest checkpoint whose entries are all older than `days`; behind it stands an entry at least, for the chain to go on from. */
export async function findOldCheckpoint(db: Db, days: number): Promise<AuditCheckpointRow | null> {
  const row = await db<AuditCheckpointRow>('audit_checkpoints')
    .whereRaw('created_at < now() - make_interval(days => ?)', [days])
    .where('size', '<', db<AuditEntryRow>('audit_entries').max('seq'))
    .orderBy('size', 'desc')
    .first();
  return row ?? null;
}

export async function findEntry(db: Db, seq: number): Promise<AuditEntryRow | null> {
  return (await db<AuditEntryRow>('audit_entries').where({ seq }).first()) ?? null;
}

/** @returns how many */
export async function deleteEntriesThrough(trx: Transaction, seq: number): Promise<number> {
  await trx<AuditCheckpointRow>('audit_checkpoints').where('size', '<', seq).delete();
  return trx<AuditEntryRow>('audit_entries').where('seq', '<=', seq).delete();
}
