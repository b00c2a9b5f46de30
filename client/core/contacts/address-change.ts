import { type ChainState, verifyChain } from '../../../crypto/wire/chain.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type Address, type MailboxId } from '../../../crypto/wire/ids.js';
import { type Desk } from '../desk.js';
import { isSafetyNumber } from '../directory/safety-number.js';
import { CoreError } from '../error.js';
import { lookAgain } from '../receive/sync.js';
import { tellOwnDevices } from '../send/own-message.js';
import { safetyNumberWith } from './contacts.js';

/** Another mailbox behind an address than the one that was pinned: a person decides, nothing else (docs/spec/names.md §5). */
export interface AddressChange {
  readonly address: Address;
  readonly before: MailboxId;
  readonly now: MailboxId;
}

/** @throws CoreError `address-unchanged` when there is nothing to decide, `recipient-unknown`, `chain-invalid` */
export async function findAddressChange({ account, relay }: Desk, address: Address): Promise<AddressChange> {
  const before = account.state.pinnedAddresses.get(address);
  const now = await relay.findAddress(address);
  if (now === null) throw new CoreError('recipient-unknown', 'no such mailbox');
  if (before === undefined || before === now) throw new CoreError('address-unchanged', 'the mailbox is the same');
  const state = verified(await relay.statements(now, 0));
  if (state.mailboxId !== now || state.address !== address) {
    throw new CoreError('chain-invalid', 'the chain of another mailbox or address');
  }
  return { address, before, now };
}

function verified(statements: readonly Uint8Array[]): ChainState {
  try {
    return verifyChain(statements);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new CoreError('chain-invalid', 'the chain does not verify', { cause });
  }
}

/**
 * A person has heard the new mailbox's safety number from the practice itself: from now on the address is the new
 * mailbox's, on all devices of this one, and what came from it meanwhile is looked at again. @throws CoreError `safety-number-differs`
 */
export async function acceptAddressChange(desk: Desk, change: AddressChange, given: string): Promise<void> {
  const { account } = desk;
  if (!isSafetyNumber(safetyNumberWith(account, change.now), given)) {
    throw new CoreError('safety-number-differs', 'not the safety number of these mailboxes');
  }
  // First the other devices: should that fail, nothing has changed, and the same again does both.
  await tellOwnDevices(desk, { op: 'accepted-address', address: change.address, mailboxId: change.now });
  await account.record({ kind: 'address-accepted', address: change.address, mailboxId: change.now });
  await desk.directory.refresh(change.now);
  const waiting = [...account.state.quarantine.values()].filter(
    ({ code, claimedSender }) => code === 'address-changed' && claimedSender === change.now,
  );
  await lookAgain(
    desk,
    waiting.map(({ seq }) => seq),
  );
}
