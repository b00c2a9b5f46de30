import type { DeviceId, MailboxId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn } from '../db/sql.js';
import { Problem } from '../http/problem.js';

/** What the operator lets a device do (docs/spec/relay-api.md §14). */
export type Standing = 'active' | 'closing' | 'suspended';

/** As SQL over the tables devices, mailboxes and practices. */
export const STANDING = `case
  when devices.suspended_at is not null or mailboxes.suspended_at is not null or practices.suspended_at is not null
    or practices.closes_at <= now() then 'suspended'
  when practices.closes_at is not null then 'closing'
  else 'active' end`;

export async function findStanding(
  db: Database | Transaction,
  mailboxId: MailboxId,
  deviceId: DeviceId,
): Promise<Standing> {
  const { rows } = await db.raw<{ rows: { standing: Standing }[] }>(
    `select ${STANDING} as standing from devices
     join mailboxes on mailboxes.mailbox_id = devices.mailbox_id
     join practices on practices.practice_id = mailboxes.practice_id
     where devices.mailbox_id = ? and devices.device_id = ?`,
    [idColumn(mailboxId), idColumn(deviceId)],
  );
  return rows[0]?.standing ?? 'suspended';
}

/** Mailboxes of practices that are closing, or have closed: nothing new is put there. */
export async function listClosing(trx: Transaction, mailboxIds: readonly MailboxId[]): Promise<Buffer[]> {
  const rows = await trx('mailboxes')
    .join('practices', 'practices.practice_id', 'mailboxes.practice_id')
    .whereIn('mailboxes.mailbox_id', mailboxIds.map(idColumn))
    .whereNotNull('practices.closes_at')
    .select<{ mailbox_id: Buffer }[]>('mailboxes.mailbox_id');
  return rows.map((row) => row.mailbox_id);
}

/** While a practice closes it reads what is there, and says that it has it. */
const STILL_ALLOWED = [/^\/deliveries\/\d+\/(acknowledgement|attended)$/, /^\/keystore-mark$/];

/** @throws Problem `suspended`, `closing` */
export function assertStanding(standing: Standing, method: string, path: string): void {
  switch (standing) {
    case 'active':
      return;
    case 'closing':
      if (method === 'GET' || STILL_ALLOWED.some((pattern) => pattern.test(path))) return;
      throw new Problem('closing');
    case 'suspended':
      throw new Problem('suspended');
  }
}
