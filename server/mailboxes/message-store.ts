import { type DeviceId, type MailboxId, type MessageId, mailboxIdFrom } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn, toBuffer } from '../db/sql.js';
import type { Consent, DeliveryRow, DeviceRow, MailboxRow, MessageRow } from '../tables.js';

type Db = Database | Transaction;

export interface NewMessage {
  readonly senderMailboxId: MailboxId;
  readonly senderDeviceId: DeviceId;
  readonly messageId: MessageId;
  readonly requestDigest: Buffer;
  readonly expiresAt: Date;
  readonly deadlineAt: Date | null;
}

/** @returns when it was accepted; null when the sender used this message id before, also in a transaction that was open a moment ago */
export async function insertMessage(trx: Transaction, message: NewMessage): Promise<Date | null> {
  const [row] = await trx<MessageRow>('messages')
    .insert({
      sender_mailbox_id: idColumn(message.senderMailboxId),
      sender_device_id: idColumn(message.senderDeviceId),
      message_id: idColumn(message.messageId),
      request_digest: message.requestDigest,
      expires_at: message.expiresAt,
      deadline_at: message.deadlineAt,
    })
    .onConflict(['sender_mailbox_id', 'message_id'])
    .ignore()
    .returning('accepted_at');
  return row?.accepted_at ?? null;
}

export async function findMessage(
  db: Db,
  senderMailboxId: MailboxId,
  messageId: MessageId,
): Promise<Pick<MessageRow, 'request_digest' | 'accepted_at'> | null> {
  const row = await db<MessageRow>('messages')
    .where({ sender_mailbox_id: idColumn(senderMailboxId), message_id: idColumn(messageId) })
    .first('request_digest', 'accepted_at');
  return row ?? null;
}

/**
 * Locks the mailboxes in the order of their ids, so that two senders never wait for each other, and until the transaction
 * ends, so that no reader sees seq n + 1 before n.
 * @returns those that exist
 */
export async function lockMailboxes(trx: Transaction, mailboxIds: readonly MailboxId[]): Promise<Set<MailboxId>> {
  const rows = await trx<MailboxRow>('mailboxes')
    .whereIn('mailbox_id', mailboxIds.map(idColumn))
    .orderBy('mailbox_id')
    .forNoKeyUpdate()
    .select('mailbox_id');
  return new Set(rows.map((row) => mailboxIdFrom(row.mailbox_id)));
}

/** Takes the next seq of each mailbox. */
export async function takeDeliverySeqs(
  trx: Transaction,
  mailboxIds: readonly MailboxId[],
): Promise<ReadonlyMap<MailboxId, number>> {
  const rows = await trx<MailboxRow>('mailboxes')
    .whereIn('mailbox_id', mailboxIds.map(idColumn))
    .increment('last_delivery_seq')
    .returning(['mailbox_id', 'last_delivery_seq']);
  return new Map(rows.map((row) => [mailboxIdFrom(row.mailbox_id), row.last_delivery_seq]));
}

/** Whether the device is in force, and stays so until the transaction ends: a revocation waits, or has been first (attack A38). */
export async function holdDevice(trx: Transaction, mailboxId: MailboxId, deviceId: DeviceId): Promise<boolean> {
  const row = await trx<DeviceRow>('devices')
    .where({ mailbox_id: idColumn(mailboxId), device_id: idColumn(deviceId), revoked_seq: null })
    .forShare()
    .first('device_id');
  return row !== undefined;
}

export interface NewDelivery {
  readonly mailboxId: MailboxId;
  readonly seq: number;
  readonly envelope: Uint8Array;
  readonly envelopeDigest: Buffer;
  readonly consent: Consent;
}

export async function insertDeliveries(
  trx: Transaction,
  message: Pick<NewMessage, 'senderMailboxId' | 'messageId'>,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  await trx<DeliveryRow>('deliveries').insert(
    deliveries.map(({ mailboxId, seq, envelope, envelopeDigest, consent }) => ({
      mailbox_id: idColumn(mailboxId),
      seq,
      sender_mailbox_id: idColumn(message.senderMailboxId),
      message_id: idColumn(message.messageId),
      envelope: toBuffer(envelope),
      envelope_bytes: envelope.length,
      envelope_digest: envelopeDigest,
      consent,
    })),
  );
}

export interface Placed {
  readonly seq: number;
  readonly consent: Consent;
}

/** Which seq each recipient of a message got, and whether he takes it. */
export async function findPlaces(
  db: Db,
  senderMailboxId: MailboxId,
  messageId: MessageId,
): Promise<ReadonlyMap<MailboxId, Placed>> {
  const rows = await db<DeliveryRow>('deliveries')
    .where({ sender_mailbox_id: idColumn(senderMailboxId), message_id: idColumn(messageId) })
    .select('mailbox_id', 'seq', 'consent');
  return new Map(rows.map((row) => [mailboxIdFrom(row.mailbox_id), { seq: row.seq, consent: row.consent }]));
}
