import type { MailboxId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { publishUrgent } from '../hints/events.js';
import { findUrgentSender, listDeputies, markReminded, takeDue } from './store.js';

const BATCH = 100;
const DEPUTIES = 2;
const RETURNED = 3;

/**
 * Takes every step that is due (docs/spec/withdrawal.md §3): a hint to the recipient's devices, then to his deputies, then to the
 * sender. The relay knows the deadline and nobody's reason. @returns how many steps
 */
export async function remind(db: Database, now: Date): Promise<number> {
  for (let total = 0; ;) {
    const count = await inTransaction(db, (trx) => remindSome(trx, now));
    total += count;
    if (count < BATCH) return total;
  }
}

async function remindSome(trx: Transaction, now: Date): Promise<number> {
  const due = await takeDue(trx, now, BATCH);
  for (const one of due) {
    await markReminded(trx, one);
    const deputies = one.step >= DEPUTIES ? await listDeputies(trx, one.mailboxId) : [];
    await tell(trx, [one.mailboxId, ...deputies, ...(one.step === RETURNED ? [one.sender] : [])]);
  }
  return due.length;
}

/** A person has seen it: whoever has been reminded is told that it is over. */
export async function tellAttended(trx: Transaction, mailboxId: MailboxId, seq: number): Promise<void> {
  const sender = await findUrgentSender(trx, mailboxId, seq);
  if (sender === null) return;
  await tell(trx, [mailboxId, ...(await listDeputies(trx, mailboxId)), sender]);
}

async function tell(trx: Transaction, mailboxIds: readonly MailboxId[]): Promise<void> {
  for (const mailboxId of new Set(mailboxIds)) await publishUrgent(trx, { mailboxId });
}
