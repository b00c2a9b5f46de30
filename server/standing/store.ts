import { type MailboxId, mailboxIdFrom } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn } from '../db/sql.js';

type Db = Database | Transaction;

export interface PracticeSummary {
  readonly practiceId: number;
  readonly name: string;
  readonly state: 'active' | 'suspended' | 'closing' | 'closed';
  readonly closesAt: Date | null;
  readonly mailboxes: number;
  readonly devices: number;
  readonly createdAt: Date;
}

const STATE = `case when closed_at is not null or closes_at <= now() then 'closed'
  when suspended_at is not null then 'suspended' when closes_at is not null then 'closing' else 'active' end`;

export async function listPractices(db: Db): Promise<PracticeSummary[]> {
  const { rows } = await db.raw<{ rows: PracticeSummary[] }>(`
    select practice_id as "practiceId", name, ${STATE} as state, closes_at as "closesAt", created_at as "createdAt",
      (select count(*) from mailboxes m where m.practice_id = p.practice_id) as mailboxes,
      (select count(*) from mailboxes m join devices d using (mailbox_id)
       where m.practice_id = p.practice_id and d.revoked_seq is null) as devices
    from practices p order by name`);
  return rows;
}

export async function findPracticeByName(trx: Transaction, name: string): Promise<number | null> {
  const row = await trx('practices')
    .where({ name })
    .forUpdate()
    .first<{ practice_id: number } | undefined>('practice_id');
  return row?.practice_id ?? null;
}

export async function updateSuspended(trx: Transaction, practiceId: number, isSuspended: boolean): Promise<void> {
  await trx('practices')
    .where({ practice_id: practiceId })
    .update({ suspended_at: isSuspended ? trx.fn.now(3) : null });
}

/** @returns when it will have closed */
export async function updateClosing(trx: Transaction, practiceId: number, days: number): Promise<Date> {
  const [row] = await trx('practices')
    .where({ practice_id: practiceId })
    .update({ closes_at: trx.raw('now() + make_interval(days => ?)', [days]) })
    .returning<{ closes_at: Date }[]>('closes_at');
  if (row === undefined) throw new Error('a practice that was locked is gone');
  return row.closes_at;
}

/** Taken back while the time of grace goes on. */
export async function updateReopened(trx: Transaction, practiceId: number): Promise<boolean> {
  return (
    (await trx('practices')
      .where({ practice_id: practiceId })
      .where((either) => either.whereNull('closes_at').orWhereRaw('closes_at > now()'))
      .update({ closes_at: null })) > 0
  );
}

export interface MailboxSummary {
  readonly mailboxId: MailboxId;
  readonly address: string;
  readonly practiceName: string;
  readonly isSuspended: boolean;
  readonly deliveries: number;
  readonly devices: readonly {
    readonly deviceId: string;
    readonly isRevoked: boolean;
    readonly isSuspended: boolean;
  }[];
}

type MailboxRow = Omit<MailboxSummary, 'mailboxId'> & { readonly mailbox_id: Buffer };

export async function listMailboxes(db: Db, address: string | null): Promise<MailboxSummary[]> {
  const { rows } = await db.raw<{ rows: MailboxRow[] }>(
    `select m.mailbox_id, m.address, p.name as "practiceName", m.suspended_at is not null as "isSuspended",
      m.last_delivery_seq as deliveries,
      (select json_agg(json_build_object('deviceId', encode(d.device_id, 'hex'), 'isRevoked', d.revoked_seq is not null,
         'isSuspended', d.suspended_at is not null) order by d.added_seq) from devices d where d.mailbox_id = m.mailbox_id) as devices
    from mailboxes m join practices p using (practice_id)
    where ?::text is null or m.address = ? order by m.address`,
    [address, address] as unknown as string[],
  );
  return rows.map(({ mailbox_id: id, ...row }) => ({
    mailboxId: mailboxIdFrom(id),
    ...row,
    devices: row.devices ?? [],
  }));
}

export async function updateMailboxSuspended(trx: Transaction, address: string, isSuspended: boolean) {
  const [row] = await trx('mailboxes')
    .where({ address })
    .update({ suspended_at: isSuspended ? trx.fn.now(3) : null })
    .returning<{ mailbox_id: Buffer }[]>('mailbox_id');
  return row === undefined ? null : mailboxIdFrom(row.mailbox_id);
}

export async function updateDeviceSuspended(
  trx: Transaction,
  mailboxId: MailboxId,
  deviceId: string,
  isSuspended: boolean,
): Promise<boolean> {
  const key = { mailbox_id: idColumn(mailboxId), device_id: Buffer.from(deviceId, 'hex') };
  return (
    (await trx('devices')
      .where(key)
      .update({ suspended_at: isSuspended ? trx.fn.now(3) : null })) > 0
  );
}

/** Devices whose hint connections end now. */
export async function listDevicesOf(
  trx: Transaction,
  practiceId: number,
): Promise<{ mailboxId: MailboxId; deviceId: string }[]> {
  const rows = await trx('devices')
    .join('mailboxes', 'mailboxes.mailbox_id', 'devices.mailbox_id')
    .where('mailboxes.practice_id', practiceId)
    .select<{ mailbox_id: Buffer; device_id: Buffer }[]>('devices.mailbox_id', 'devices.device_id');
  return rows.map((row) => ({ mailboxId: mailboxIdFrom(row.mailbox_id), deviceId: row.device_id.toString('hex') }));
}

/** Practices whose time of grace is over and that still have something. */
export async function listOver(trx: Transaction): Promise<number[]> {
  const rows = await trx('practices')
    .whereRaw('closes_at <= now()')
    .whereNull('closed_at')
    .forUpdate()
    .skipLocked()
    .select<{ practice_id: number }[]>('practice_id');
  return rows.map((row) => row.practice_id);
}

/** What only the practice could read goes: envelopes, access to payloads, sessions, contacts. Its chain stays: others verify by it. */
export async function emptyPractice(trx: Transaction, practiceId: number): Promise<void> {
  const own = trx('mailboxes').where({ practice_id: practiceId }).select('mailbox_id');
  await trx('deliveries')
    .whereIn('mailbox_id', own)
    .whereNotNull('envelope')
    .update({ state: 'expired', envelope: null });
  await trx('payload_access')
    .whereIn('mailbox_id', own)
    .update({ expires_at: trx.fn.now(3) });
  // Bytes go when nobody's access lasts any longer; what others may still read stays for them.
  await trx('payloads')
    .whereIn('payload_number', trx('payload_access').whereIn('mailbox_id', own).select('payload_number'))
    .update({
      expires_at: trx.raw(
        'least(expires_at, (select max(a.expires_at) from payload_access a where a.payload_number = payloads.payload_number))',
      ),
    });
  for (const table of ['sessions', 'keystore_marks', 'pairings']) await trx(table).whereIn('mailbox_id', own).delete();
  await trx('contacts').whereIn('mailbox_id', own).delete();
  await trx('invitations').where({ practice_id: practiceId, used_at: null }).delete();
  await trx('practices')
    .where({ practice_id: practiceId })
    .update({ closed_at: trx.fn.now(3) });
}
