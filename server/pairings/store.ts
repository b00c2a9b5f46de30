import type { DeviceId, MailboxId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn, toBuffer } from '../db/sql.js';
import type { PairingBlobRow, PairingRow } from '../tables.js';

type Db = Database | Transaction;

export type PairingSender = PairingBlobRow['sender'];

const LIFETIME = '10 minutes';

/** Opens a pairing of a device; an earlier one of the same device ends. @returns when it ends, null when the id is taken */
export async function openPairing(
  trx: Transaction,
  digest: Buffer,
  owner: { readonly mailboxId: MailboxId; readonly deviceId: DeviceId },
): Promise<Date | null> {
  const key = { mailbox_id: idColumn(owner.mailboxId), device_id: idColumn(owner.deviceId) };
  await trx<PairingRow>('pairings').where(key).whereNot({ pairing_digest: digest }).delete();
  const expires_at = trx.raw(`now() + interval '${LIFETIME}'`);
  await trx<PairingRow>('pairings')
    .insert({ ...key, pairing_digest: digest, expires_at })
    .onConflict('pairing_digest')
    .ignore();
  const row = await trx<PairingRow>('pairings')
    .where({ ...key, pairing_digest: digest })
    .first('expires_at');
  return row?.expires_at ?? null;
}

/** Whether the pairing is open, and this device's. */
export async function isOwnPairing(
  db: Db,
  digest: Buffer,
  owner: { readonly mailboxId: MailboxId; readonly deviceId: DeviceId },
): Promise<boolean> {
  const key = { mailbox_id: idColumn(owner.mailboxId), device_id: idColumn(owner.deviceId) };
  const row = await openOnes(db)
    .where({ ...key, pairing_digest: digest })
    .first('pairing_digest');
  return row !== undefined;
}

export async function isOpenPairing(db: Db, digest: Buffer): Promise<boolean> {
  return (await openOnes(db).where({ pairing_digest: digest }).first('pairing_digest')) !== undefined;
}

/** Stores a blob at its place. @returns the bytes that lie there now: the first ones stay */
export async function insertBlob(
  db: Db,
  digest: Buffer,
  place: { readonly sender: PairingSender; readonly n: number },
  blob: Uint8Array,
): Promise<Uint8Array | null> {
  await db<PairingBlobRow>('pairing_blobs')
    .insert({ pairing_digest: digest, ...place, blob: toBuffer(blob) })
    .onConflict(['pairing_digest', 'sender', 'n'])
    .ignore();
  return findBlob(db, digest, place);
}

export async function findBlob(
  db: Db,
  digest: Buffer,
  { sender, n }: { readonly sender: PairingSender; readonly n: number },
): Promise<Uint8Array | null> {
  const row = await db<PairingBlobRow>('pairing_blobs')
    .join<PairingRow>('pairings', 'pairings.pairing_digest', 'pairing_blobs.pairing_digest')
    .where('pairing_blobs.pairing_digest', digest)
    .where({ sender, n })
    .whereRaw('pairings.expires_at > now()')
    .first<Pick<PairingBlobRow, 'blob'> | undefined>('pairing_blobs.blob');
  return row?.blob ?? null;
}

export async function endPairing(db: Db, digest: Buffer): Promise<void> {
  await db<PairingRow>('pairings').where({ pairing_digest: digest }).delete();
}

export async function deleteExpiredPairings(db: Db): Promise<number> {
  return db<PairingRow>('pairings').whereRaw('expires_at <= now()').delete();
}

function openOnes(db: Db) {
  return db<PairingRow>('pairings').whereRaw('expires_at > now()');
}
