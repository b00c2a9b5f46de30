import { type Address, type MailboxId } from '../../../crypto/wire/ids.js';
import { type Account } from '../account/account.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { type Contact, type ContactPolicy } from '../relay/answer.js';
import { type SafetyNumber, isSafetyNumber, safetyNumberOf } from '../directory/safety-number.js';
import { tellOwnDevices } from './own-devices.js';

/** Whom this mailbox writes with: who may write to it, and whom a person has made sure of (docs/spec/names.md §5). */

export interface ContactList {
  readonly policy: ContactPolicy;
  readonly contacts: readonly Contact[];
}

export async function listContacts({ relay }: Desk): Promise<ContactList> {
  const contacts: Contact[] = [];
  for (let after: MailboxId | null = null; ;) {
    const page = await relay.listContacts(after);
    contacts.push(...page.contacts);
    if (page.next === null || page.next === after) return { policy: page.policy, contacts };
    after = page.next;
  }
}

/** The mailbox behind an address: the pinned one, else the one that the relay names, whose chain is verified and pinned. */
export async function findContact({ account, relay, directory }: Desk, address: Address): Promise<MailboxId> {
  const pinned = account.state.pinnedAddresses.get(address);
  if (pinned !== undefined) return pinned;
  const mailboxId = await relay.findAddress(address);
  if (mailboxId === null) throw new CoreError('recipient-unknown', 'no such mailbox');
  const { state } = await directory.refresh(mailboxId);
  if (state.address !== address) throw new CoreError('chain-invalid', 'the mailbox has another address');
  return mailboxId;
}

export function safetyNumberWith(account: Account, mailboxId: MailboxId): SafetyNumber {
  return safetyNumberOf(account.content.mailboxId, mailboxId);
}

/** Somebody of this practice has compared the safety number with somebody of that one. */
export function isVerifiedInPerson(account: Account, mailboxId: MailboxId): boolean {
  return account.state.own.verifiedContacts.has(mailboxId);
}

/**
 * Marks a contact as verified in person, on all devices of this mailbox.
 * @param given the number as the other side reads it out, or the text of its code
 * @throws CoreError `safety-number-differs`
 */
export async function verifyContact(desk: Desk, mailboxId: MailboxId, given: string): Promise<void> {
  if (!isSafetyNumber(safetyNumberWith(desk.account, mailboxId), given)) {
    throw new CoreError('safety-number-differs', 'not the safety number of these mailboxes');
  }
  await tellOwnDevices(desk, { op: 'verified-contact', mailboxId });
}

export async function unverifyContact(desk: Desk, mailboxId: MailboxId): Promise<void> {
  await tellOwnDevices(desk, { op: 'unverified-contact', mailboxId });
}
