import { type ChainState, devicesInForce } from '../../../crypto/wire/chain.js';
import { type MailboxId } from '../../../crypto/wire/ids.js';
import { MAX_PINNED, type PinnedContact } from '../../../crypto/wire/own-state.js';
import { type Desk } from '../desk.js';
import { isViewFailure } from '../directory/view-failure.js';
import { tellOwnDevices } from './own-message.js';

/**
 * Tells the other devices of the mailbox whom this one has met for the first time (docs/spec/envelope.md §4.3): a relay that shows them
 * another mailbox behind the address is found out there, too. Who is alone has nobody to tell; whom he adds gets it with the rest.
 * @param own the mailbox's own chain; null when it cannot be checked now: then it is told later
 */
export async function tellFirstContacts(desk: Desk, own: ChainState | null): Promise<void> {
  if (own === null || devicesInForce(own).length < 2) return;
  try {
    for (let next = contactsToTell(desk); next.length > 0; next = contactsToTell(desk)) {
      await tellOwnDevices(desk, { op: 'pinned', contacts: next });
      await desk.account.record({ kind: 'told', mailboxIds: next.map(({ mailboxId }) => mailboxId) });
    }
  } catch (error) {
    if (!isViewFailure(error)) throw error;
  }
}

function contactsToTell({ account }: Desk): PinnedContact[] {
  const { pins, untold, formerMailboxes } = account.state;
  const isOf = (mailboxId: MailboxId): boolean =>
    mailboxId !== account.content.mailboxId && !formerMailboxes.has(mailboxId);
  return [...untold]
    .filter(isOf)
    .slice(0, MAX_PINNED)
    .flatMap((mailboxId) => {
      const pin = pins.get(mailboxId);
      return pin === undefined ? [] : [{ mailboxId, ...pin }];
    });
}
