import {
  type DeviceId,
  type MailboxId,
  type MessageId,
  deviceIdFrom,
  mailboxIdFrom,
  messageIdFrom,
} from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn } from '../db/sql.js';
import { toBase64Url } from '../http/base64url.js';
import type { AcknowledgementRow, Consent, DeliveryRow, DeliveryState, MailboxRow, MessageRow } from '../tables.js';

type Db = Database | Transaction;

/** As the interface shows it (docs/spec/relay-api.md §6). */
export interface Delivery {
  readonly seq: number;
  readonly senderMailboxId: MailboxId;
  readonly senderDeviceId: DeviceId;
  readonly messageId: MessageId;
  readonly envelopeBytes: number;
  readonly envelopeDigest: string;
  readonly payloadIds: readonly string[];
  readonly state: DeliveryState;
  readonly consent: Consent;
  readonly acceptedAt: Date;
  readonly expiresAt: Date;
  readonly deadlineAt: Date | null;
  readonly attendedAt: Date | null;
}

/** What has passed its time counts as expired, also before its bytes are removed. */
const STATE = `case when deliveries.state <> 'withdrawn' and messages.expires_at <= now() then 'expired' else deliveries.state end`;

const PAYLOAD_IDS = `array(
  select encode(payloads.payload_id, 'hex')
  from message_payloads join payloads on payloads.payload_number = message_payloads.payload_number
  where message_payloads.sender_mailbox_id = deliveries.sender_mailbox_id
    and message_payloads.message_id = deliveries.message_id
  order by message_payloads.position
)`;

function withMessages(db: Db) {
  return db<DeliveryRow>('deliveries').join<MessageRow>('messages', (join) =>
    join
      .on('messages.sender_mailbox_id', 'deliveries.sender_mailbox_id')
      .on('messages.message_id', 'deliveries.message_id'),
  );
}

type ListedRow = Omit<DeliveryRow, 'envelope'> & MessageRow & { payload_ids: string[] };

export async function listDeliveries(db: Db, mailboxId: MailboxId, after: number, limit: number): Promise<Delivery[]> {
  const rows = await withMessages(db)
    .where('deliveries.mailbox_id', idColumn(mailboxId))
    .where('deliveries.seq', '>', after)
    .orderBy('deliveries.seq')
    .limit(limit)
    .select<ListedRow[]>(
      ...['seq', 'envelope_bytes', 'envelope_digest', 'attended_at', 'consent'].map((name) => `deliveries.${name}`),
      ...['sender_mailbox_id', 'sender_device_id', 'message_id', 'accepted_at', 'expires_at', 'deadline_at'].map(
        (name) => `messages.${name}`,
      ),
      db.raw(`${STATE} as state`),
      db.raw(`${PAYLOAD_IDS} as payload_ids`),
    );
  return rows.map(deliveryFrom);
}

function deliveryFrom(row: ListedRow): Delivery {
  return {
    seq: row.seq,
    senderMailboxId: mailboxIdFrom(row.sender_mailbox_id),
    senderDeviceId: deviceIdFrom(row.sender_device_id),
    messageId: messageIdFrom(row.message_id),
    envelopeBytes: row.envelope_bytes,
    envelopeDigest: toBase64Url(row.envelope_digest),
    payloadIds: row.payload_ids,
    state: row.state,
    consent: row.consent,
    acceptedAt: row.accepted_at,
    expiresAt: row.expires_at,
    deadlineAt: row.deadline_at,
    attendedAt: row.attended_at,
  };
}

export async function findLastDeliverySeq(db: Db, mailboxId: MailboxId): Promise<number> {
  const row = await db<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .first('last_delivery_seq');
  return row?.last_delivery_seq ?? 0;
}

/** `envelope` is null when the delivery has expired or was withdrawn. */
export async function findEnvelope(
  db: Db,
  mailboxId: MailboxId,
  seq: number,
): Promise<{ readonly envelope: Buffer | null } | null> {
  const row = await withMessages(db)
    .where('deliveries.mailbox_id', idColumn(mailboxId))
    .where('deliveries.seq', seq)
    .first<Pick<DeliveryRow, 'envelope' | 'state'> | undefined>('deliveries.envelope', db.raw(`${STATE} as state`));
  if (row === undefined) return null;
  return { envelope: row.state === 'expired' || row.state === 'withdrawn' ? null : row.envelope };
}

export async function hasDelivery(db: Db, mailboxId: MailboxId, seq: number): Promise<boolean> {
  const key = { mailbox_id: idColumn(mailboxId), seq };
  return (await db<DeliveryRow>('deliveries').where(key).first('seq')) !== undefined;
}

/** The first time stays. A device may have acknowledged what it has not fetched. */
export async function markFetched(db: Db, mailboxId: MailboxId, seq: number): Promise<void> {
  await db<DeliveryRow>('deliveries')
    .where({ mailbox_id: idColumn(mailboxId), seq, fetched_at: null })
    .whereIn('state', ['pending', 'acknowledged'])
    .update({
      state: db.raw("case when state = 'pending' then 'fetched' else state end") as unknown as DeliveryState,
      fetched_at: db.fn.now(),
    });
}

export async function insertAcknowledgement(
  trx: Transaction,
  mailboxId: MailboxId,
  seq: number,
  deviceId: DeviceId,
): Promise<void> {
  await trx<AcknowledgementRow>('acknowledgements')
    .insert({ mailbox_id: idColumn(mailboxId), seq, device_id: idColumn(deviceId) })
    .onConflict(['mailbox_id', 'seq', 'device_id'])
    .ignore();
}

export async function markAcknowledged(trx: Transaction, mailboxId: MailboxId, seq: number): Promise<void> {
  await trx<DeliveryRow>('deliveries')
    .where({ mailbox_id: idColumn(mailboxId), seq })
    .whereIn('state', ['pending', 'fetched'])
    .update({ state: 'acknowledged' });
}

/** The first mark stays. */
export async function markAttended(db: Db, mailboxId: MailboxId, seq: number, deviceId: DeviceId): Promise<void> {
  await db<DeliveryRow>('deliveries')
    .where({ mailbox_id: idColumn(mailboxId), seq, attended_at: null })
    .update({ attended_at: db.fn.now(), attended_device_id: idColumn(deviceId) });
}

/** At most `limit` deliveries whose message's time is over lose their envelope. @returns how many did */
export async function expireDeliveries(trx: Transaction, limit: number): Promise<number> {
  const rows = await withMessages(trx)
    .whereNotNull('deliveries.envelope')
    .whereRaw('messages.expires_at <= now()')
    .limit(limit)
    .forUpdate('deliveries')
    .skipLocked()
    .select<Pick<DeliveryRow, 'mailbox_id' | 'seq'>[]>('deliveries.mailbox_id', 'deliveries.seq');
  for (const { mailbox_id, seq } of rows) {
    await trx<DeliveryRow>('deliveries').where({ mailbox_id, seq }).update({ state: 'expired', envelope: null });
  }
  return rows.length;
}

export interface MessageName {
  readonly sender: MailboxId;
  readonly messageId: MessageId;
}

/**
 * Each recipient has agreed to get it, a person has seen what is urgent, every device in force has acknowledged, and the sender's own
 * copy has been fetched.
 */
const ACKNOWLEDGED = `
select m.sender_mailbox_id, m.message_id
from messages m
where m.expires_at > now()
  and exists (select 1 from deliveries d
    where d.sender_mailbox_id = m.sender_mailbox_id and d.message_id = m.message_id
      and d.envelope is not null and d.mailbox_id <> m.sender_mailbox_id and d.state = 'acknowledged')
  and not exists (select 1 from deliveries d
    where d.sender_mailbox_id = m.sender_mailbox_id and d.message_id = m.message_id
      and d.state not in ('withdrawn', 'expired')
      and case when d.mailbox_id = m.sender_mailbox_id then d.fetched_at is null
        else d.consent <> 'given' or (m.deadline_at is not null and d.attended_at is null)
          or exists (select 1 from devices v
            where v.mailbox_id = d.mailbox_id and v.revoked_seq is null
              and not exists (select 1 from acknowledgements a
                where a.mailbox_id = d.mailbox_id and a.seq = d.seq and a.device_id = v.device_id
                  and a.acknowledged_at <= :before))
        end)
order by m.sender_mailbox_id, m.message_id
limit :limit
for no key update of m skip locked`;

export async function findAcknowledged(trx: Transaction, before: Date, limit: number): Promise<MessageName[]> {
  const { rows } = await trx.raw<{ rows: { sender_mailbox_id: Buffer; message_id: Buffer }[] }>(ACKNOWLEDGED, {
    before,
    limit,
  });
  return rows.map((row) => ({
    sender: mailboxIdFrom(row.sender_mailbox_id),
    messageId: messageIdFrom(row.message_id),
  }));
}

/** @returns whose they were */
export async function endDeliveries(trx: Transaction, { sender, messageId }: MessageName): Promise<MailboxId[]> {
  const rows = await trx<DeliveryRow>('deliveries')
    .where({ sender_mailbox_id: idColumn(sender), message_id: idColumn(messageId) })
    .whereNotIn('state', ['withdrawn', 'expired'])
    .update({ state: 'expired', envelope: null })
    .returning('mailbox_id');
  return rows.map((row) => mailboxIdFrom(row.mailbox_id));
}
