import type { MailboxId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { idColumn } from '../db/sql.js';
import type { MailboxRow, PracticeRow } from '../tables.js';

type Db = Database | Transaction;

export async function findPractice(db: Db, mailboxId: MailboxId): Promise<number> {
  const row = await db<MailboxRow>('mailboxes')
    .where({ mailbox_id: idColumn(mailboxId) })
    .first('practice_id');
  if (row === undefined) throw new Error('a session of no mailbox');
  return row.practice_id;
}

/** Uploads of one practice are let in one after the other: two of them must not both take the last room. */
export async function lockPractice(trx: Transaction, practiceId: number): Promise<void> {
  await trx<PracticeRow>('practices').where({ practice_id: practiceId }).forNoKeyUpdate().first('practice_id');
}

/** An upload that has not been touched for a day reserves nothing any more (attack A29). */
const STORED = `
select coalesce(sum(
  case when p.is_whole or p.touched_at < now() - interval '1 day' then p.stored_bytes
  else greatest(p.stored_bytes, p.size_bound) end), 0)::bigint as bytes
from payloads p join mailboxes m on m.mailbox_id = p.creator_mailbox_id
where m.practice_id = :practice and p.removed_at is null`;

/** Bytes of a practice's payloads, those included that uploads under way may still bring. */
export async function sumStored(db: Db, practiceId: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { bytes: number }[] }>(STORED, { practice: practiceId });
  return rows[0]?.bytes ?? 0;
}

const SENT = `
select count(*) as count from (
  select 1 from messages m join mailboxes b on b.mailbox_id = m.sender_mailbox_id
  where b.practice_id = (select practice_id from mailboxes where mailbox_id = :mailbox) and m.accepted_at > now() - interval '1 day' limit :most) as sent`;

/** Messages that the practice of a mailbox has sent within a day, counted up to `most`. */
export async function countSent(db: Db, mailboxId: MailboxId, most: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(SENT, { mailbox: idColumn(mailboxId), most });
  return rows[0]?.count ?? 0;
}
