import { type DeviceId, type MailboxId, type MessageId, mailboxIdFrom, messageIdFrom } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn } from '../db/sql.js';
import type { DeliveryRow, DeputyRow, MailboxRow } from '../tables.js';

type Db = Database | Transaction;

/** How far an urgent delivery has been reminded of, as its column counts it. */
export const STEPS = ['open', 'reminded', 'deputies', 'returned'] as const;
export type Step = (typeof STEPS)[number];

export function stepFrom(reminded: number): Step {
  return STEPS[reminded] ?? 'open';
}

export interface Due {
  readonly mailboxId: MailboxId;
  readonly seq: number;
  readonly sender: MailboxId;
  readonly step: number;
}

/** At half of the time the recipient, at three quarters his deputies, at its end the sender. */
const STEP_AT = `case
  when :now >= m.deadline_at then 3
  when :now >= m.accepted_at + (m.deadline_at - m.accepted_at) * 0.75 then 2
  when :now >= m.accepted_at + (m.deadline_at - m.accepted_at) * 0.5 then 1
  else 0 end`;

/** What still waits for a person: not attended, not taken back, not expired; the sender's own copy waits for nobody. */
const WAITING = `m.deadline_at is not null and m.expires_at > :now and d.attended_at is null
  and d.state not in ('withdrawn', 'expired') and d.consent <> 'refused' and d.mailbox_id <> d.sender_mailbox_id`;

const DUE = `
select d.mailbox_id, d.seq, d.sender_mailbox_id, ${STEP_AT} as step
from messages m join deliveries d using (sender_mailbox_id, message_id)
where ${WAITING} and d.reminded < ${STEP_AT}
order by m.deadline_at
limit :limit
for update of d skip locked`;

/** Deliveries whose next step is due, locked: no other node takes the same step. */
export async function takeDue(trx: Transaction, now: Date, limit: number): Promise<Due[]> {
  const { rows } = await trx.raw<{
    rows: { mailbox_id: Buffer; seq: number; sender_mailbox_id: Buffer; step: number }[];
  }>(DUE, { now, limit });
  return rows.map((row) => ({
    mailboxId: mailboxIdFrom(row.mailbox_id),
    seq: row.seq,
    sender: mailboxIdFrom(row.sender_mailbox_id),
    step: row.step,
  }));
}

export async function markReminded(trx: Transaction, { mailboxId, seq, step }: Due): Promise<void> {
  await trx<DeliveryRow>('deliveries')
    .where({ mailbox_id: idColumn(mailboxId), seq })
    .update({ reminded: step });
}

export async function listDeputies(db: Db, mailboxId: MailboxId): Promise<MailboxId[]> {
  const rows = await db<DeputyRow>('deputies')
    .where({ mailbox_id: idColumn(mailboxId) })
    .orderBy('position')
    .select('deputy_id');
  return rows.map((row) => mailboxIdFrom(row.deputy_id));
}

export async function replaceDeputies(
  trx: Transaction,
  mailboxId: MailboxId,
  deviceId: DeviceId,
  deputies: readonly MailboxId[],
): Promise<void> {
  await trx<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .forNoKeyUpdate()
    .first('mailbox_id');
  await trx<DeputyRow>('deputies')
    .where({ mailbox_id: idColumn(mailboxId) })
    .delete();
  if (deputies.length === 0) return;
  await trx<DeputyRow>('deputies').insert(
    deputies.map((deputy, position) => ({
      mailbox_id: idColumn(mailboxId),
      position,
      deputy_id: idColumn(deputy),
      device_id: idColumn(deviceId),
    })),
  );
}

export async function countMailboxes(db: Db, mailboxIds: readonly MailboxId[]): Promise<number> {
  const rows = await db<MailboxRow>('mailboxes').whereIn('mailbox_id', mailboxIds.map(idColumn)).select('mailbox_id');
  return rows.length;
}

/** Who sent the delivery, when it is urgent. */
export async function findUrgentSender(db: Db, mailboxId: MailboxId, seq: number): Promise<MailboxId | null> {
  const row = await db<DeliveryRow>('deliveries')
    .join('messages', (join) =>
      join
        .on('messages.sender_mailbox_id', 'deliveries.sender_mailbox_id')
        .on('messages.message_id', 'deliveries.message_id'),
    )
    .where({ mailbox_id: idColumn(mailboxId), seq })
    .whereNotNull('messages.deadline_at')
    .first<{ sender: Buffer } | undefined>('deliveries.sender_mailbox_id as sender');
  return row === undefined ? null : mailboxIdFrom(row.sender);
}

export interface UrgentReceived {
  readonly seq: number;
  readonly deadlineAt: Date;
  readonly step: Step;
}

const MOST = 500;

export async function listReceived(db: Db, mailboxId: MailboxId, now: Date): Promise<UrgentReceived[]> {
  const { rows } = await db.raw<{ rows: { seq: number; deadline_at: Date; reminded: number }[] }>(
    `select d.seq, m.deadline_at, d.reminded
     from deliveries d join messages m using (sender_mailbox_id, message_id)
     where d.mailbox_id = :own and ${WAITING} order by m.deadline_at limit ${MOST}`,
    { own: column(mailboxId), now },
  );
  return rows.map((row) => ({ seq: row.seq, deadlineAt: row.deadline_at, step: stepFrom(row.reminded) }));
}

export interface UrgentElsewhere {
  readonly mailboxId: MailboxId;
  readonly deadlineAt: Date;
}

/** Of mailboxes that have named this one, and that it has not denied: whose, and until when; nothing else. */
export async function listForDeputy(db: Db, deputyId: MailboxId, now: Date): Promise<UrgentElsewhere[]> {
  const { rows } = await db.raw<{ rows: { mailbox_id: Buffer; deadline_at: Date }[] }>(
    `select d.mailbox_id, m.deadline_at
     from deputies p join deliveries d on d.mailbox_id = p.mailbox_id
     join messages m using (sender_mailbox_id, message_id)
     where p.deputy_id = :own and d.reminded >= 2 and ${WAITING}
       and not exists (select 1 from contacts c
         where c.mailbox_id = :own and c.contact_id = p.mailbox_id and c.permission = 'denied')
     order by m.deadline_at limit ${MOST}`,
    { own: column(deputyId), now },
  );
  return rows.map((row) => ({ mailboxId: mailboxIdFrom(row.mailbox_id), deadlineAt: row.deadline_at }));
}

export interface UrgentSent {
  readonly messageId: MessageId;
  readonly mailboxId: MailboxId;
  readonly deadlineAt: Date;
  readonly attendedAt: Date | null;
  readonly step: Step;
}

interface SentRow {
  readonly message_id: Buffer;
  readonly mailbox_id: Buffer;
  readonly deadline_at: Date;
  readonly attended_at: Date | null;
  readonly reminded: number;
}

/** What the mailbox has sent with a deadline and what became of it, newest first. */
export async function listSent(db: Db, sender: MailboxId, now: Date): Promise<UrgentSent[]> {
  const { rows } = await db.raw<{ rows: SentRow[] }>(
    `select d.message_id, d.mailbox_id, m.deadline_at, d.attended_at, d.reminded
     from messages m join deliveries d using (sender_mailbox_id, message_id)
     where m.sender_mailbox_id = :own and m.deadline_at is not null and m.expires_at > :now
       and d.state <> 'withdrawn' and d.mailbox_id <> d.sender_mailbox_id
     order by m.deadline_at desc, d.mailbox_id limit ${MOST}`,
    { own: column(sender), now },
  );
  return rows.map((row) => ({
    messageId: messageIdFrom(row.message_id),
    mailboxId: mailboxIdFrom(row.mailbox_id),
    deadlineAt: row.deadline_at,
    attendedAt: row.attended_at,
    step: stepFrom(row.reminded),
  }));
}

/** knex's type for named bindings knows no Buffer; the driver does. */
function column(id: MailboxId): string {
  return idColumn(id) as unknown as string;
}
