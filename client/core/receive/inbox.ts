import { type Address, type MailboxId } from '../../../crypto/wire/ids.js';
import { type LetterBody } from '../../../crypto/wire/message-body.js';
import { type Account } from '../account/account.js';
import {
  type MessageKey,
  type Quarantined,
  type Removed,
  type StoredMessage,
  type Waiting,
  messageKey,
} from '../account/state.js';
import { CoreError } from '../error.js';

/** A letter in this mailbox, received or sent. */
export interface Letter {
  readonly key: MessageKey;
  readonly stored: StoredMessage;
  readonly body: LetterBody;
  readonly from: Address;
  readonly isOwn: boolean;
  /** This mailbox has not agreed yet to get it: the envelope is all there is. */
  readonly isHeld: boolean;
  /** The message id; with the sender's beginning when another sender has used the same id before him. */
  readonly name: string;
}

/** Received letters, oldest first, without the own mailbox's copies of what it sent to others. */
export function receivedLetters(account: Account): Letter[] {
  return letters(account).filter((letter) => !letter.isOwn || letter.stored.part.role !== 'bcc');
}

/** What this mailbox has sent, from any of its devices, oldest first. */
export function sentLetters(account: Account): Letter[] {
  return letters(account).filter((letter) => letter.isOwn);
}

/** @param text a letter's name or its beginning, at least 4 digits. @throws CoreError `message-unknown`, also when several fit */
export function findLetter(account: Account, text: string): Letter {
  const found = letters(account).filter((letter) => text.length >= 4 && letter.name.startsWith(text));
  const letter = found.find((one) => one.name === text) ?? found[0];
  if (letter === undefined || (found.length > 1 && letter.name !== text)) {
    throw new CoreError('message-unknown', 'no such message');
  }
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

/** @throws CoreError `message-unverified` when the message waits for the directory */
export function assertNotWaiting(account: Account, text: string): void {
  for (const one of account.state.waiting.values()) {
    if (text.length >= 4 && one.messageId.startsWith(text)) throw new CoreError('message-unverified', one.code);
  }
}

/** Messages that are at the relay and wait until the directory can be checked. */
export function waiting(account: Account): Waiting[] {
  return [...account.state.waiting.values()];
}

export function quarantined(account: Account): Quarantined[] {
  return [...account.state.quarantine.values()];
}

/** Messages that went before this device opened them: taken back by their sender, or expired. Oldest first. */
export function removed(account: Account): Removed[] {
  return [...account.state.removed.values()].sort((a, b) => a.seq - b.seq);
}

export function addressOf(account: Account, mailboxId: MailboxId): Address | null {
  return account.state.pins.get(mailboxId)?.address ?? null;
}

/** A message id is its sender's choice: whoever takes one that is there already gets another name (attack A28). */
function withOwnName(letter: Letter, index: number, all: readonly Letter[]): Letter {
  const { messageId, sender } = letter.stored.header;
  const isTaken = all.slice(0, index).some((one) => one.stored.header.messageId === messageId);
  return isTaken ? { ...letter, name: `${messageId}-${sender.mailboxId.slice(0, 16)}` } : letter;
}

function letters(account: Account): Letter[] {
  const own = account.content.mailboxId;
  return [...account.state.messages.values()]
    .flatMap((stored): Letter[] => {
      const { header } = stored;
      const from = addressOf(account, header.sender.mailboxId);
      if (header.body.kind !== 'message' || from === null) return [];
      const key = messageKey(header.sender.mailboxId, header.messageId);
      const withheld = account.state.withheld.get(key);
      if (withheld === 'refused') return [];
      const isOwn = header.sender.mailboxId === own;
      const isHeld = withheld === 'held';
      return [{ key, stored, body: header.body, from, isOwn, isHeld, name: header.messageId }];
    })
    .sort((a, b) => a.stored.seq - b.stored.seq)
    .map(withOwnName);
}
