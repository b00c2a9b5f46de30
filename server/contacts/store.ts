import { type DeviceId, type MailboxId, type RegistrarId, mailboxIdFrom } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn } from '../db/sql.js';
import type { AttestationRow, ContactPolicy, ContactRow, DeliveryRow, MailboxRow } from '../tables.js';

type Db = Database | Transaction;

export interface Contact {
  readonly mailboxId: MailboxId;
  readonly permission: ContactRow['permission'];
  readonly setAt: Date;
}

export async function findPolicy(db: Db, mailboxId: MailboxId): Promise<ContactPolicy> {
  const row = await db<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .first('contact_policy');
  return row?.contact_policy ?? 'all';
}

/** Nobody delivers to the mailbox until the transaction ends: what is decided now holds for all messages after it. */
export async function lockMailbox(trx: Transaction, mailboxId: MailboxId): Promise<void> {
  await trx<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .forNoKeyUpdate()
    .first('mailbox_id');
}

export async function isMailbox(db: Db, mailboxId: MailboxId): Promise<boolean> {
  const row = await db<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .first('mailbox_id');
  return row !== undefined;
}

export async function updatePolicy(trx: Transaction, mailboxId: MailboxId, policy: ContactPolicy): Promise<void> {
  await trx<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .update({ contact_policy: policy });
}

export async function listContacts(
  db: Db,
  mailboxId: MailboxId,
  after: MailboxId | null,
  limit: number,
): Promise<Contact[]> {
  const rows = await db<ContactRow>('contacts')
    .where({ mailbox_id: idColumn(mailboxId) })
    .where((later) => (after === null ? later : later.where('contact_id', '>', idColumn(after))))
    .orderBy('contact_id')
    .limit(limit)
    .select('contact_id', 'permission', 'set_at');
  return rows.map((row) => ({
    mailboxId: mailboxIdFrom(row.contact_id),
    permission: row.permission,
    setAt: row.set_at,
  }));
}

export interface NewContact {
  readonly mailboxId: MailboxId;
  readonly contactId: MailboxId;
  readonly permission: ContactRow['permission'];
  readonly deviceId: DeviceId;
}

export async function upsertContact(trx: Transaction, contact: NewContact): Promise<void> {
  await trx<ContactRow>('contacts')
    .insert({
      mailbox_id: idColumn(contact.mailboxId),
      contact_id: idColumn(contact.contactId),
      permission: contact.permission,
      device_id: idColumn(contact.deviceId),
      set_at: trx.fn.now() as unknown as Date,
    })
    .onConflict(['mailbox_id', 'contact_id'])
    .merge();
}

export async function deleteContact(trx: Transaction, mailboxId: MailboxId, contactId: MailboxId): Promise<void> {
  await trx<ContactRow>('contacts')
    .where({ mailbox_id: idColumn(mailboxId), contact_id: idColumn(contactId) })
    .delete();
}

/** What a mailbox has decided about another, and whether it has ever written to it. */
export interface Standing {
  readonly policy: ContactPolicy;
  readonly permission: ContactRow['permission'] | null;
  readonly hasWritten: boolean;
}

const STANDINGS = `
select m.mailbox_id, m.contact_policy, c.permission, exists (
  select 1 from deliveries d where d.mailbox_id = :sender and d.sender_mailbox_id = m.mailbox_id
) as has_written
from mailboxes m
left join contacts c on c.mailbox_id = m.mailbox_id and c.contact_id = :sender
where m.mailbox_id = any(:recipients)`;

interface StandingRow {
  readonly mailbox_id: Buffer;
  readonly contact_policy: ContactPolicy;
  readonly permission: ContactRow['permission'] | null;
  readonly has_written: boolean;
}

export async function findStandings(
  trx: Transaction,
  sender: MailboxId,
  recipients: readonly MailboxId[],
): Promise<ReadonlyMap<MailboxId, Standing>> {
  const { rows } = await trx.raw<{ rows: StandingRow[] }>(STANDINGS, {
    sender: idColumn(sender) as unknown as string,
    recipients: recipients.map(idColumn) as unknown as string,
  });
  return new Map(
    rows.map((row) => [
      mailboxIdFrom(row.mailbox_id),
      { policy: row.contact_policy, permission: row.permission, hasWritten: row.has_written },
    ]),
  );
}

/** Whether one of the registrars vouches for the mailbox's name now. */
export async function hasVerifiedName(
  trx: Transaction,
  mailboxId: MailboxId,
  registrars: readonly RegistrarId[],
): Promise<boolean> {
  if (registrars.length === 0) return false;
  const row = await trx<AttestationRow>('attestations')
    .where({ mailbox_id: idColumn(mailboxId) })
    .whereIn('registrar_id', registrars.map(idColumn))
    .whereRaw('not_before <= now() and not_after > now()')
    .first('seq');
  return row !== undefined;
}

export async function listHeldSenders(trx: Transaction, mailboxId: MailboxId): Promise<MailboxId[]> {
  const rows = await trx<DeliveryRow>('deliveries')
    .where({ mailbox_id: idColumn(mailboxId), consent: 'held' })
    .distinct<Pick<DeliveryRow, 'sender_mailbox_id'>[]>('sender_mailbox_id');
  return rows.map((row) => mailboxIdFrom(row.sender_mailbox_id));
}

/** What the sender takes back at this moment is either taken back before, or not held any more. */
export async function lockHeld(trx: Transaction, mailboxId: MailboxId, sender: MailboxId): Promise<void> {
  await trx<DeliveryRow>('deliveries')
    .where({ mailbox_id: idColumn(mailboxId), sender_mailbox_id: idColumn(sender), consent: 'held' })
    .orderBy('seq')
    .forUpdate()
    .select('seq');
}

/** @returns how many deliveries of the sender were held */
export async function settleHeld(
  trx: Transaction,
  mailboxId: MailboxId,
  sender: MailboxId,
  consent: 'given' | 'refused',
): Promise<number> {
  return trx<DeliveryRow>('deliveries')
    .where({ mailbox_id: idColumn(mailboxId), sender_mailbox_id: idColumn(sender), consent: 'held' })
    .update({ consent });
}

const GRANT = `
insert into payload_access (payload_number, mailbox_id, expires_at)
select mp.payload_number, d.mailbox_id, max(msg.expires_at)
from deliveries d
join messages msg on msg.sender_mailbox_id = d.sender_mailbox_id and msg.message_id = d.message_id
join message_payloads mp on mp.sender_mailbox_id = d.sender_mailbox_id and mp.message_id = d.message_id
where d.mailbox_id = :mailbox and d.sender_mailbox_id = :sender and d.consent = 'held' and d.state <> 'withdrawn'
group by mp.payload_number, d.mailbox_id
order by mp.payload_number
on conflict (payload_number, mailbox_id)
do update set expires_at = greatest(payload_access.expires_at, excluded.expires_at)`;

/** The payloads of the held messages of the sender become the mailbox's to read. */
export async function grantHeldPayloads(trx: Transaction, mailboxId: MailboxId, sender: MailboxId): Promise<void> {
  await trx.raw(GRANT, {
    mailbox: idColumn(mailboxId) as unknown as string,
    sender: idColumn(sender) as unknown as string,
  });
}
