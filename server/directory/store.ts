import { type DeviceId, type MailboxId, type Address, mailboxIdFrom } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn, toBuffer } from '../db/sql.js';
import type { DeviceRow, MailboxRow, PublicKeyRow, SessionRow, StatementRow } from '../tables.js';

type Db = Database | Transaction;

export async function findMailboxByAddress(db: Db, address: Address): Promise<MailboxId | null> {
  const row = await db<MailboxRow>('mailboxes').where({ address }).first('mailbox_id');
  return row === undefined ? null : mailboxIdFrom(row.mailbox_id);
}

/** The number of the mailbox's newest statement; null when there is no such mailbox. */
export async function findLastStatementSeq(db: Db, mailboxId: MailboxId): Promise<number | null> {
  const row = await db<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .first('last_statement_seq');
  return row?.last_statement_seq ?? null;
}

/** The same, and nobody else appends until the transaction ends. */
export async function lockLastStatementSeq(trx: Transaction, mailboxId: MailboxId): Promise<number | null> {
  const row = await trx<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .forNoKeyUpdate()
    .first('last_statement_seq');
  return row?.last_statement_seq ?? null;
}

const MAX_LISTED = 1_000;

/** Statements after `after` in order, as many as `maxBytes` holds but at least one. */
export async function listStatements(
  db: Db,
  mailboxId: MailboxId,
  after: number,
  maxBytes: number,
): Promise<Uint8Array[]> {
  const rows = await db
    .select<Pick<StatementRow, 'seq' | 'bytes'>[]>('seq', 'bytes')
    .from(
      db<StatementRow>('statements')
        .where({ mailbox_id: idColumn(mailboxId) })
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(MAX_LISTED)
        .select('seq', 'bytes', db.raw('sum(octet_length(bytes)) over (order by seq) as running'))
        .as('listed'),
    )
    .where((either) => either.where('running', '<=', maxBytes).orWhere('seq', after + 1))
    .orderBy('seq');
  return rows.map((row) => row.bytes);
}

export async function insertMailbox(
  trx: Transaction,
  mailbox: { readonly mailboxId: MailboxId; readonly practiceId: number; readonly address: Address },
  lastStatementSeq: number,
): Promise<void> {
  await trx<MailboxRow>('mailboxes').insert({
    mailbox_id: idColumn(mailbox.mailboxId),
    practice_id: mailbox.practiceId,
    address: mailbox.address,
    last_statement_seq: lastStatementSeq,
  });
}

export async function updateLastStatementSeq(trx: Transaction, mailboxId: MailboxId, seq: number): Promise<void> {
  await trx<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .update({ last_statement_seq: seq });
}

export interface NewStatement {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

export async function insertStatements(
  trx: Transaction,
  mailboxId: MailboxId,
  statements: readonly NewStatement[],
): Promise<void> {
  await trx<StatementRow>('statements').insert(
    statements.map(({ seq, bytes, hash }) => ({
      mailbox_id: idColumn(mailboxId),
      seq,
      bytes: toBuffer(bytes),
      hash: toBuffer(hash),
    })),
  );
}

/** @throws the driver's unique violation on `public_keys_pkey` when one is registered already */
export async function insertPublicKeys(
  trx: Transaction,
  mailboxId: MailboxId,
  keys: readonly { readonly digest: Buffer; readonly seq: number }[],
): Promise<void> {
  if (keys.length === 0) return;
  await trx<PublicKeyRow>('public_keys').insert(
    keys.map(({ digest, seq }) => ({ digest, mailbox_id: idColumn(mailboxId), seq })),
  );
}

export async function insertDevice(
  trx: Transaction,
  mailboxId: MailboxId,
  device: { readonly deviceId: DeviceId; readonly sigKey: Uint8Array; readonly addedSeq: number },
): Promise<void> {
  await trx<DeviceRow>('devices').insert({
    mailbox_id: idColumn(mailboxId),
    device_id: idColumn(device.deviceId),
    signing_key: toBuffer(device.sigKey),
    added_seq: device.addedSeq,
    revoked_seq: null,
  });
}

/** From here on the device has no sessions, and gets none. */
export async function revokeDevice(
  trx: Transaction,
  mailboxId: MailboxId,
  deviceId: DeviceId,
  revokedSeq: number,
): Promise<void> {
  const key = { mailbox_id: idColumn(mailboxId), device_id: idColumn(deviceId) };
  await trx<DeviceRow>('devices').where(key).update({ revoked_seq: revokedSeq });
  await trx<SessionRow>('sessions').where(key).delete();
}

/** From here on only sessions begun with the new key count. */
export async function updateSigningKey(
  trx: Transaction,
  mailboxId: MailboxId,
  deviceId: DeviceId,
  sigKey: Uint8Array,
): Promise<void> {
  const key = { mailbox_id: idColumn(mailboxId), device_id: idColumn(deviceId) };
  await trx<DeviceRow>('devices')
    .where(key)
    .update({ signing_key: toBuffer(sigKey) });
  await trx<SessionRow>('sessions').where(key).delete();
}
