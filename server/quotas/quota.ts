import type { MailboxId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { Problem } from '../http/problem.js';
import { countSent, findPractice, lockPractice, sumStored } from './store.js';

/** What one practice may take up; of the whole relay, not of one node. */
export interface Quotas {
  readonly quotaBytes: number;
  readonly messagesPerDay: number;
  /** Part requests under way at one time: each node lets its share through. */
  readonly parallelUploads: number;
}

/** Days go by by themselves; room comes when something expires. */
const RETRY_AFTER_S = 3_600;

/** In the transaction that takes a message. @throws Problem `quota-exceeded` */
export async function assertWithinQuota(
  trx: Transaction,
  quotas: Quotas,
  sender: MailboxId,
  sizeBounds: readonly number[],
): Promise<void> {
  if ((await countSent(trx, sender, quotas.messagesPerDay + 1)) > quotas.messagesPerDay) {
    exceeded('messages per day');
  }
  const wanted = sizeBounds.reduce((sum, bytes) => sum + bytes, 0);
  if (wanted === 0) return;
  const practiceId = await findPractice(trx, sender);
  await lockPractice(trx, practiceId);
  if ((await sumStored(trx, practiceId)) + wanted > quotas.quotaBytes) exceeded('bytes');
}

function exceeded(detail: string): never {
  throw new Problem('quota-exceeded', { detail, retryAfterS: RETRY_AFTER_S });
}

export interface Usage {
  readonly storedBytes: number;
  readonly messagesToday: number;
}

export async function usageOf(db: Database, quotas: Quotas, mailboxId: MailboxId): Promise<Usage> {
  const practiceId = await findPractice(db, mailboxId);
  const messagesToday = await countSent(db, mailboxId, quotas.messagesPerDay);
  return { storedBytes: await sumStored(db, practiceId), messagesToday };
}

/** Runs work of a practice unless too much of it runs already. */
export type Turnstile = <T>(mailboxId: MailboxId, work: () => Promise<T>) => Promise<T>;

/** @returns a turnstile that throws Problem `rate-limited` when `most` of a practice's uploads are under way on this node */
export function createTurnstile(db: Database, most: () => number): Turnstile {
  // A mailbox keeps its practice for good.
  const practices = new Map<MailboxId, number>();
  const running = new Map<number, number>();
  const practiceOf = async (mailboxId: MailboxId): Promise<number> => {
    const known = practices.get(mailboxId) ?? (await findPractice(db, mailboxId));
    practices.set(mailboxId, known);
    return known;
  };
  return async (mailboxId, work) => {
    const practice = await practiceOf(mailboxId);
    const count = running.get(practice) ?? 0;
    if (count >= most()) throw new Problem('rate-limited', { detail: 'uploads in parallel', retryAfterS: 1 });
    running.set(practice, count + 1);
    try {
      return await work();
    } finally {
      const left = (running.get(practice) ?? 1) - 1;
      if (left === 0) running.delete(practice);
      else running.set(practice, left);
    }
  };
}
