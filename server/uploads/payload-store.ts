import {
  type MailboxId,
  type MessageId,
  type PayloadId,
  mailboxIdFrom,
  messageIdFrom,
  payloadIdFrom,
} from '../../crypto/wire/ids.js';
import type { PayloadHeader, SegmentBytes } from '../../crypto/wire/payload.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn, toBuffer } from '../db/sql.js';
import type { DeliveryRow, MessagePayloadRow, PayloadAccessRow, PayloadRow } from '../tables.js';

type Db = Database | Transaction;

/** A payload as one of its parties sees it. */
export interface Payload {
  /** The relay's own short key. */
  readonly number: number;
  readonly payloadId: PayloadId;
  readonly header: Buffer;
  readonly segmentBytes: SegmentBytes;
  readonly sizeBound: number;
  readonly creatorMailboxId: MailboxId;
  /** With which it came. */
  readonly messageId: MessageId;
  readonly createdAt: Date;
  /** When this party's access ends. */
  readonly expiresAt: Date;
  readonly hasExpired: boolean;
}

/** @returns null for an unknown payload and for one that the mailbox has no access to: nobody can tell them apart (attack A26) */
export async function findPayload(db: Db, payloadId: PayloadId, mailboxId: MailboxId): Promise<Payload | null> {
  const row = await db<PayloadRow>('payloads')
    .join<PayloadAccessRow>('payload_access', 'payload_access.payload_number', 'payloads.payload_number')
    .where('payloads.payload_id', idColumn(payloadId))
    .where('payload_access.mailbox_id', idColumn(mailboxId))
    .first<(PayloadRow & { has_expired: boolean }) | undefined>(
      'payloads.*',
      'payload_access.expires_at',
      db.raw('payload_access.expires_at <= now() as has_expired'),
    );
  if (row === undefined) return null;
  return {
    number: row.payload_number,
    payloadId: payloadIdFrom(row.payload_id),
    header: row.header,
    segmentBytes: row.segment_bytes as SegmentBytes,
    sizeBound: row.size_bound,
    creatorMailboxId: mailboxIdFrom(row.creator_mailbox_id),
    messageId: messageIdFrom(row.message_id),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    hasExpired: row.has_expired,
  };
}

/** Parts and tallies of a payload change one after the other. */
export async function lockPayload(trx: Transaction, payloadNumber: number): Promise<void> {
  await trx<PayloadRow>('payloads').where({ payload_number: payloadNumber }).forNoKeyUpdate().first('payload_number');
}

export interface NewPayload {
  readonly header: PayloadHeader;
  readonly sizeBound: number;
  readonly creatorMailboxId: MailboxId;
  readonly messageId: MessageId;
  readonly expiresAt: Date;
}

/** @returns its number; null when this header has been used already */
export async function insertPayload(trx: Transaction, payload: NewPayload): Promise<number | null> {
  const [row] = await trx<PayloadRow>('payloads')
    .insert({
      payload_id: idColumn(payload.header.payloadId),
      header: toBuffer(payload.header.bytes),
      segment_bytes: payload.header.segmentBytes,
      size_bound: payload.sizeBound,
      creator_mailbox_id: idColumn(payload.creatorMailboxId),
      message_id: idColumn(payload.messageId),
      expires_at: payload.expiresAt,
    })
    .onConflict('payload_id')
    .ignore()
    .returning('payload_number');
  return row?.payload_number ?? null;
}

/** Access only ever gets longer. */
export async function grantAccess(
  trx: Transaction,
  payloadNumber: number,
  mailboxIds: readonly MailboxId[],
  expiresAt: Date,
): Promise<void> {
  await trx<PayloadAccessRow>('payload_access')
    .insert(
      [...mailboxIds].sort().map((mailboxId) => ({
        payload_number: payloadNumber,
        mailbox_id: idColumn(mailboxId),
        expires_at: expiresAt,
      })),
    )
    .onConflict(['payload_number', 'mailbox_id'])
    .merge({ expires_at: trx.raw('greatest(payload_access.expires_at, excluded.expires_at)') });
}

/** Bytes stay as long as anybody's access. */
export async function extendPayload(trx: Transaction, payloadNumber: number, expiresAt: Date): Promise<void> {
  await trx<PayloadRow>('payloads')
    .where({ payload_number: payloadNumber })
    .where('expires_at', '<', expiresAt)
    .update({ expires_at: expiresAt });
}

export async function insertMessagePayloads(
  trx: Transaction,
  senderMailboxId: MailboxId,
  messageId: MessageId,
  payloadNumbers: readonly number[],
): Promise<void> {
  if (payloadNumbers.length === 0) return;
  await trx<MessagePayloadRow>('message_payloads').insert(
    payloadNumbers.map((payloadNumber, position) => ({
      sender_mailbox_id: idColumn(senderMailboxId),
      message_id: idColumn(messageId),
      position,
      payload_number: payloadNumber,
    })),
  );
}

export async function listPayloadNumbers(
  db: Db,
  senderMailboxId: MailboxId,
  messageId: MessageId,
): Promise<readonly number[]> {
  const rows = await db<MessagePayloadRow>('message_payloads')
    .where({ sender_mailbox_id: idColumn(senderMailboxId), message_id: idColumn(messageId) })
    .select('payload_number');
  return rows.map((row) => row.payload_number);
}

/**
 * Access as what is still there gives it: a message that the mailbox got and that was not taken back, or one that it sent and that
 * somebody still has. Never longer than it was.
 */
export async function recomputeAccess(
  trx: Transaction,
  payloadNumber: number,
  mailboxIds: readonly MailboxId[],
): Promise<void> {
  const given = trx.raw(
    `(select max(m.expires_at)
      from message_payloads mp
      join messages m using (sender_mailbox_id, message_id)
      join deliveries d using (sender_mailbox_id, message_id)
      where mp.payload_number = payload_access.payload_number
        and d.state not in ('withdrawn', 'expired')
        and ((d.mailbox_id = payload_access.mailbox_id and d.consent = 'given')
          or d.sender_mailbox_id = payload_access.mailbox_id))`,
  );
  await trx<PayloadAccessRow>('payload_access')
    .where({ payload_number: payloadNumber })
    .whereIn('mailbox_id', mailboxIds.map(idColumn))
    .update({ expires_at: trx.raw('least(expires_at, coalesce(?, now()))', [given]) });
}

/** Bytes stay no longer than the longest access. */
export async function shortenPayload(trx: Transaction, payloadNumber: number): Promise<void> {
  const longest = trx('payload_access').where({ payload_number: payloadNumber }).max('expires_at');
  await trx<PayloadRow>('payloads')
    .where({ payload_number: payloadNumber })
    .update({ expires_at: trx.raw('least(expires_at, (?))', [longest]) });
}

export async function listParties(db: Db, payloadId: PayloadId): Promise<MailboxId[]> {
  const rows = await db<PayloadAccessRow>('payload_access')
    .join<PayloadRow>('payloads', 'payloads.payload_number', 'payload_access.payload_number')
    .where('payloads.payload_id', idColumn(payloadId))
    .whereRaw('payload_access.expires_at > now()')
    .select<Pick<PayloadAccessRow, 'mailbox_id'>[]>('payload_access.mailbox_id');
  return rows.map((row) => mailboxIdFrom(row.mailbox_id));
}

/** One whose time is over and whose bytes are still here. */
export async function findExpiredPayload(db: Db): Promise<number | null> {
  const row = await db<PayloadRow>('payloads')
    .whereNull('removed_at')
    .whereRaw('expires_at <= now()')
    .orderBy('expires_at')
    .first('payload_number');
  return row?.payload_number ?? null;
}

/** Under `lockPayload`. @param grownBytes what the newest part adds, less what it replaces */
export async function countPart(
  trx: Transaction,
  payloadNumber: number,
  grownBytes: number,
  part: { readonly isLast: boolean },
): Promise<void> {
  await trx<PayloadRow>('payloads')
    .where({ payload_number: payloadNumber })
    .update({
      stored_bytes: trx.raw('stored_bytes + ?', [grownBytes]),
      is_whole: trx.raw('is_whole or ?', [part.isLast]),
      touched_at: trx.fn.now(),
    });
}

export async function markRemoved(trx: Transaction, payloadNumber: number): Promise<void> {
  await trx<PayloadRow>('payloads').where({ payload_number: payloadNumber }).update({ removed_at: trx.fn.now() });
}

/** Whether the payload's time is over, under `lockPayload`: what arrives after its bytes were taken away must not stay. */
export async function isOver(trx: Transaction, payloadNumber: number): Promise<boolean> {
  const row = await trx<PayloadRow>('payloads')
    .where({ payload_number: payloadNumber })
    .whereRaw('expires_at > now()')
    .first('payload_number');
  return row === undefined;
}

/** Whether somebody waits for the bytes: a recipient who takes the message, or nobody but the sender himself. */
export async function isAwaited(db: Db, { creatorMailboxId, messageId }: Payload): Promise<boolean> {
  const others = await db<DeliveryRow>('deliveries')
    .where({ sender_mailbox_id: idColumn(creatorMailboxId), message_id: idColumn(messageId) })
    .whereNot({ mailbox_id: idColumn(creatorMailboxId) })
    .distinct<Pick<DeliveryRow, 'consent'>[]>('consent');
  return others.length === 0 || others.some(({ consent }) => consent === 'given');
}
