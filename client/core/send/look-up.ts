import { type ChainState } from '../../../crypto/wire/chain.js';
import { type Address } from '../../../crypto/wire/ids.js';
import { type Desk } from '../desk.js';
import { maintainOwnChain } from '../directory/own-chain.js';
import { findRecipient } from '../directory/recipient.js';
import { type Recipient } from './compose.js';

/** What the directory says of everybody a message is sealed to. */
export interface LookedUp {
  readonly own: ChainState;
  /** To, cc and bcc, each mailbox once, and the own mailbox for the sender's copy. */
  readonly recipients: readonly Recipient[];
  readonly atMs: number;
}

/** To whom a message goes. */
export interface Addressed {
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
}

/** A device that was revoked this long ago may still be sealed to: as if the message had been sent so much earlier. */
const NEW_MS = 10_000;

/** Not when a chain is known to have gone on since: own keys may have been renewed for another message. */
export function isStillNew({ account }: Desk, { own, recipients, atMs }: LookedUp, nowMs: number): boolean {
  const isSame = ({ mailboxId, seq }: ChainState): boolean => account.state.pins.get(mailboxId)?.seq === seq;
  return nowMs >= atMs && nowMs - atMs < NEW_MS && isSame(own) && recipients.every(({ chain }) => isSame(chain));
}

/** Asks the relay anew. Within `account.exclusive`. @throws CoreError for a recipient that cannot be sealed to */
export async function lookUp(desk: Desk, addressed: Addressed): Promise<LookedUp> {
  const { account, relay, directory } = desk;
  const atMs = desk.clock.now();
  const asked = new Map(addressesOf(addressed).map((address) => [address, relay.findAddress(address)]));
  // Each is awaited in its turn; until then its failure must not count as unhandled.
  for (const answer of asked.values()) answer.catch(() => undefined);
  const own = await maintainOwnChain(account, relay, directory, atMs);
  const recipients = new Map<Address, Recipient>();
  for (const role of ['to', 'cc', 'bcc'] as const) {
    for (const address of addressed[role]) {
      if (recipients.has(address)) continue;
      const chain = await findRecipient(account, relay, directory, address, atMs, asked.get(address));
      recipients.set(address, { chain, role });
    }
  }
  if (!recipients.has(own.address)) recipients.set(own.address, { chain: own, role: 'bcc' });
  return { own, recipients: [...recipients.values()], atMs };
}

/**
 * The same while something else is being done. Only where everybody is known already: whoever is met for the first time is met by a
 * message, not by the wish to write one. @returns null when the message is to ask for itself; it never fails
 */
export async function lookUpAhead(desk: Desk, addressed: Addressed): Promise<LookedUp | null> {
  const { account } = desk;
  if (!addressesOf(addressed).every((address) => account.state.pinnedAddresses.has(address))) return null;
  return account.exclusive(() => lookUp(desk, addressed)).catch(() => null);
}

function addressesOf({ to, cc, bcc }: Addressed): readonly Address[] {
  return [...new Set([...to, ...cc, ...bcc])];
}
