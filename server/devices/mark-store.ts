import type { KeystoreMark } from '../../crypto/wire/device-claims.js';
import type { DeviceId, MailboxId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn, toBuffer } from '../db/sql.js';
import type { KeystoreMarkRow } from '../tables.js';

type Db = Database | Transaction;

export interface SignedMark {
  readonly mark: Uint8Array;
  readonly signature: Uint8Array;
}

/** Keeps the mark when it is newer than the one that is there, or the very same. @returns whether it is the newest now */
export async function keepNewestMark(db: Db, { mark, signature }: SignedMark, claimed: KeystoreMark): Promise<boolean> {
  const row = {
    mailbox_id: idColumn(claimed.mailboxId),
    device_id: idColumn(claimed.deviceId),
    version: claimed.version,
    digest: toBuffer(claimed.digest),
    mark: toBuffer(mark),
    signature: toBuffer(signature),
  };
  const written = await db<KeystoreMarkRow>('keystore_marks')
    .insert(row)
    .onConflict(['mailbox_id', 'device_id'])
    .merge()
    .whereRaw(
      '(keystore_marks.version < excluded.version' +
        ' or (keystore_marks.version = excluded.version and keystore_marks.digest = excluded.digest))',
    )
    .returning('version');
  return written.length > 0;
}

export async function findMark(db: Db, mailboxId: MailboxId, deviceId: DeviceId): Promise<SignedMark | null> {
  const row = await db<KeystoreMarkRow>('keystore_marks')
    .where({ mailbox_id: idColumn(mailboxId), device_id: idColumn(deviceId) })
    .first('mark', 'signature');
  return row ?? null;
}
