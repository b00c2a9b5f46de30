import { type DeviceId, type MailboxId, type MessageId, mailboxIdFrom } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn, toBuffer } from '../db/sql.js';
import type { DeliveryRow, DeliveryState, MessageRow, TestimonyRow, WithdrawalRow } from '../tables.js';

type Db = Database | Transaction;

/** Of whom a message is, and which. */
export interface MessageName {
  readonly sender: MailboxId;
  readonly messageId: MessageId;
}

function columnsOf({ sender, messageId }: MessageName) {
  return { sender_mailbox_id: idColumn(sender), message_id: idColumn(messageId) };
}

export interface SentMessage {
  readonly acceptedAt: Date;
  readonly hasExpired: boolean;
}

export async function findSentMessage(db: Db, name: MessageName): Promise<SentMessage | null> {
  const row = await db<MessageRow>('messages')
    .where(columnsOf(name))
    .first<{ accepted_at: Date; has_expired: boolean } | undefined>(
      'accepted_at',
      db.raw('expires_at <= now() as has_expired'),
    );
  return row === undefined ? null : { acceptedAt: row.accepted_at, hasExpired: row.has_expired };
}

/** Withdrawing, and whatever else the message's deliveries are changed together by, one after the other. */
export async function lockMessage(trx: Transaction, name: MessageName): Promise<void> {
  await trx<MessageRow>('messages').where(columnsOf(name)).forNoKeyUpdate().first('message_id');
}

export async function findWithdrawal(db: Db, name: MessageName): Promise<Date | null> {
  const row = await db<WithdrawalRow>('withdrawals').where(columnsOf(name)).first('withdrawn_at');
  return row?.withdrawn_at ?? null;
}

export async function insertWithdrawal(trx: Transaction, name: MessageName, deviceId: DeviceId): Promise<Date> {
  const [row] = await trx<WithdrawalRow>('withdrawals')
    // Not when the transaction began: it may have waited for a fetch that is older than this.
    .insert({ ...columnsOf(name), device_id: idColumn(deviceId), withdrawn_at: trx.raw('clock_timestamp()') })
    .returning('withdrawn_at');
  if (row === undefined) throw new Error('an insert returned nothing');
  return row.withdrawn_at;
}

export interface SentDelivery {
  readonly mailboxId: MailboxId;
  readonly seq: number;
  readonly state: DeliveryState;
  readonly envelopeDigest: Buffer;
  readonly fetchedAt: Date | null;
}

/** All deliveries of a message, locked: none of them is fetched before the transaction ends. */
export async function lockDeliveries(trx: Transaction, name: MessageName): Promise<SentDelivery[]> {
  const rows = await trx<DeliveryRow>('deliveries')
    .where(columnsOf(name))
    .orderBy('mailbox_id')
    .forUpdate()
    .select('mailbox_id', 'seq', 'state', 'envelope_digest', 'fetched_at');
  return rows.map((row) => ({
    mailboxId: mailboxIdFrom(row.mailbox_id),
    seq: row.seq,
    state: row.state,
    envelopeDigest: row.envelope_digest,
    fetchedAt: row.fetched_at,
  }));
}

/** The envelope goes, the tombstone stays. */
export async function markWithdrawn(trx: Transaction, { mailboxId, seq }: SentDelivery): Promise<void> {
  await trx<DeliveryRow>('deliveries')
    .where({ mailbox_id: idColumn(mailboxId), seq })
    .update({ state: 'withdrawn', envelope: null });
}

export async function insertTestimony(trx: Transaction, delivery: SentDelivery, body: Uint8Array): Promise<void> {
  await trx<TestimonyRow>('testimonies').insert({
    mailbox_id: idColumn(delivery.mailboxId),
    seq: delivery.seq,
    body: toBuffer(body),
  });
}

export interface StoredTestimony {
  readonly mailboxId: MailboxId;
  readonly seq: number;
  readonly state: DeliveryState;
  readonly body: Buffer;
  readonly signature: Buffer | null;
}

export async function listTestimonies(db: Db, name: MessageName): Promise<StoredTestimony[]> {
  const { sender_mailbox_id, message_id } = columnsOf(name);
  const rows = await db<TestimonyRow>('testimonies')
    .join<DeliveryRow>('deliveries', (join) =>
      join.on('deliveries.mailbox_id', 'testimonies.mailbox_id').on('deliveries.seq', 'testimonies.seq'),
    )
    .where('deliveries.sender_mailbox_id', sender_mailbox_id)
    .where('deliveries.message_id', message_id)
    .orderBy('testimonies.mailbox_id')
    .select<(TestimonyRow & Pick<DeliveryRow, 'state'>)[]>('testimonies.*', 'deliveries.state');
  return rows.map((row) => ({
    mailboxId: mailboxIdFrom(row.mailbox_id),
    seq: row.seq,
    state: row.state,
    body: row.body,
    signature: row.signature,
  }));
}

export async function listUnsigned(
  db: Db,
  limit: number,
): Promise<Pick<StoredTestimony, 'mailboxId' | 'seq' | 'body'>[]> {
  const rows = await db<TestimonyRow>('testimonies')
    .whereNull('signature')
    .orderBy(['mailbox_id', 'seq'])
    .limit(limit)
    .select('mailbox_id', 'seq', 'body');
  return rows.map((row) => ({ mailboxId: mailboxIdFrom(row.mailbox_id), seq: row.seq, body: row.body }));
}

/** Ed25519 signs the same bytes the same way: two nodes with the key write the same signature. */
export async function saveSignature(db: Db, mailboxId: MailboxId, seq: number, signature: Uint8Array): Promise<void> {
  await db<TestimonyRow>('testimonies')
    .where({ mailbox_id: idColumn(mailboxId), seq, signature: null })
    .update({ signature: toBuffer(signature) });
}
