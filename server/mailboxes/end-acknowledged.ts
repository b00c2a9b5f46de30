import type { MailboxId, MessageId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { recordAudit } from '../audit/record.js';
import { inTransaction } from '../db/transaction.js';
import { endDeliveries, findAcknowledged } from './delivery-store.js';

export interface EndDeps {
  readonly db: Database;
  readonly endAccess: (
    trx: Transaction,
    ended: {
      readonly sender: MailboxId;
      readonly messageId: MessageId;
      readonly mailboxIds: readonly MailboxId[];
    },
  ) => Promise<void>;
}

const BATCH = 100;

/**
 * The opt-in policy of docs/spec/withdrawal.md §4: messages that every device of every recipient acknowledged before `before` are
 * over for all their parties, as if they had expired. @returns how many
 */
export async function endAcknowledged({ db, endAccess }: EndDeps, before: Date): Promise<number> {
  for (let total = 0; ;) {
    const count = await inTransaction(db, async (trx) => {
      const names = await findAcknowledged(trx, before, BATCH);
      let deliveries = 0;
      for (const name of names) {
        const mailboxIds = await endDeliveries(trx, name);
        deliveries += mailboxIds.length;
        await endAccess(trx, { ...name, mailboxIds: [...new Set([name.sender, ...mailboxIds])] });
      }
      if (deliveries > 0) await recordAudit(trx, { kind: 'expired', deliveries });
      return names.length;
    });
    total += count;
    if (count < BATCH) return total;
  }
}
