import { type ChainState } from '../../../crypto/wire/chain.js';
import { type Address, type MailboxId } from '../../../crypto/wire/ids.js';
import { usableEpoch } from '../../../crypto/seal/epoch.js';
import { SealError } from '../../../crypto/seal/error.js';
import { type Account } from '../account/account.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';
import { type PinnedView } from './pinned-view.js';

/**
 * The chain of the mailbox behind an address, fresh and fit to be sealed to.
 * @param claimedMailbox what the relay answers for the address, when it has been asked already
 * @throws CoreError `recipient-unknown`, `recipient-unusable`, `address-changed`, `chain-invalid`, `directory-contradiction`
 */
export async function findRecipient(
  account: Account,
  relay: Relay,
  directory: PinnedView,
  address: Address,
  nowMs: number,
  claimedMailbox: Promise<MailboxId | null> = relay.findAddress(address),
): Promise<ChainState> {
  const mailboxId = await claimedMailbox;
  if (mailboxId === null) throw new CoreError('recipient-unknown', `no mailbox ${address}`);
  const pinned = account.state.pinnedAddresses.get(address);
  if (pinned !== undefined && pinned !== mailboxId) {
    throw new CoreError('address-changed', 'the address has another mailbox than before');
  }
  const { state } = await directory.refresh(mailboxId);
  if (state.address !== address) throw new CoreError('chain-invalid', 'the mailbox has another address');
  assertUsable(state, nowMs);
  return state;
}

function assertUsable(state: ChainState, nowMs: number): void {
  try {
    usableEpoch(state, nowMs);
  } catch (cause) {
    if (!(cause instanceof SealError)) throw cause;
    throw new CoreError('recipient-unusable', `${state.address} cannot receive now`, { cause });
  }
}
