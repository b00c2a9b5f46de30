import { type Address, type MailboxId } from '../../../crypto/wire/ids.js';
import { type LetterBody } from '../../../crypto/wire/message-body.js';
import { type Account } from '../account/account.js';
import { type MessageKey, type Quarantined, type StoredMessage, messageKey } from '../account/state.js';
import { CoreError } from '../error.js';

/** A letter in this mailbox, received or sent. */
export interface Letter {
  readonly key: MessageKey;
  readonly stored: StoredMessage;
  readonly body: LetterBody;
  readonly from: Address;
  readonly isOwn: boolean;
}

/** Received letters, oldest first, without the own mailbox's copies of what it sent to others. */
export function receivedLetters(account: Account): Letter[] {
  return letters(account).filter((letter) => !letter.isOwn || letter.stored.part.role !== 'bcc');
}

/** @param text a message id or its beginning, at least 4 digits. @throws CoreError `message-unknown`, also when several fit */
export function findLetter(account: Account, text: string): Letter {
  const found = letters(account).filter(
    (letter) => text.length >= 4 && letter.stored.header.messageId.startsWith(text),
  );
  const [letter] = found;
  if (letter === undefined || found.length > 1) throw new CoreError('message-unknown', 'no such message');
  return letter;
}

/** @throws CoreError `message-quarantined` when the id belongs to a message that did not open */
export function assertNotQuarantined(account: Account, text: string): void {
  for (const one of account.state.quarantine.values()) {
    if (text.length >= 4 && one.messageId.startsWith(text)) {
      throw new CoreError('message-quarantined', one.code);
    }
  }
}

export function quarantined(account: Account): Quarantined[] {
  return [...account.state.quarantine.values()];
}

export function addressOf(account: Account, mailboxId: MailboxId): Address | null {
  return account.state.pins.get(mailboxId)?.address ?? null;
}

function letters(account: Account): Letter[] {
  const own = account.content.mailboxId;
  return [...account.state.messages.values()]
    .flatMap((stored): Letter[] => {
      const { header } = stored;
      const from = addressOf(account, header.sender.mailboxId);
      if (header.body.kind !== 'message' || from === null) return [];
      const key = messageKey(header.sender.mailboxId, header.messageId);
      return [{ key, stored, body: header.body, from, isOwn: header.sender.mailboxId === own }];
    })
    .sort((a, b) => a.stored.seq - b.stored.seq);
}
