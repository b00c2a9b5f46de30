import { equalBytes } from '../../../crypto/wire/bytes.js';
import { type Address } from '../../../crypto/wire/ids.js';
import { type Receipt, readVerifiedReceipt } from '../../../crypto/wire/receipt.js';
import { type Account } from '../account/account.js';
import { type Letter, addressOf } from './inbox.js';

/** A receipt for a message of this mailbox, by the time it was verified on arrival. */
export interface LetterReceipt {
  readonly receipt: Receipt;
  readonly from: Address | null;
  /** The receiver counted what this device tallied. */
  readonly agrees: boolean;
}

/** Only receipts for exactly this header: one that names another is for another message, whatever its id. */
export function receiptsOf(account: Account, letter: Letter): LetterReceipt[] {
  const { messageId } = letter.stored.header;
  return (account.state.receipts.get(messageId) ?? [])
    .map((stored) => ({ receipt: readVerifiedReceipt(stored.receipt), agrees: stored.agrees }))
    .filter(({ receipt }) => equalBytes(receipt.headerHash, letter.stored.headerHash))
    .map(({ receipt, agrees }) => ({ receipt, agrees, from: addressOf(account, receipt.mailboxId) }));
}
