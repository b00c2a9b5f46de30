import type { MailboxId, MessageId } from '../../crypto/wire/ids.js';
import type { Transaction } from '../db/open.js';
import { listPayloadNumbers, lockPayload, recomputeAccess, shortenPayload } from './payload-store.js';

export interface EndedAccess {
  readonly sender: MailboxId;
  readonly messageId: MessageId;
  readonly mailboxIds: readonly MailboxId[];
}

/**
 * A message gives these mailboxes access no more: what no other message gives them ends now, and the bytes go when nobody's
 * access lasts any longer.
 */
export async function endAccess(trx: Transaction, { sender, messageId, mailboxIds }: EndedAccess): Promise<void> {
  if (mailboxIds.length === 0) return;
  const numbers = await listPayloadNumbers(trx, sender, messageId);
  for (const number of [...numbers].sort((a, b) => a - b)) {
    await lockPayload(trx, number);
    await recomputeAccess(trx, number, mailboxIds);
    await shortenPayload(trx, number);
  }
}
