import { type Account } from '../../core/account/account.js';
import { joinMailbox } from '../../core/devices/join.js';
import { type Recovered, recoverMailbox } from '../../core/devices/recover.js';
import { parseCarriedSecret } from '../../core/devices/rendezvous.js';
import { CoreError } from '../../core/error.js';
import { parseAddress } from '../../core/ids.js';
import { type AccountStore } from '../../core/ports.js';
import { type Relay } from '../../core/relay/relay.js';
import { platformRetry } from '../../core/relay/retry.js';
import { type JoinInput, type RecoverInput } from '../desk/api.js';
import { type Call } from '../desk/rpc.js';
import { ownRelay, relayOf } from './session.js';

/** A further device of a mailbox, and a mailbox that begins anew: both from a secret that a person has carried here. */

/** A link leads to the relay of this page, or nowhere (attack A25). @throws CoreError `pairing-unknown` */
function carriedTo(purpose: 'pair' | 'recover', secret: string, { origin }: Relay) {
  const carried = parseCarriedSecret(secret, { purpose, origin });
  if (carried.origin !== origin) throw new CoreError('pairing-unknown', 'a link of another relay');
  return carried;
}

export async function joinIn(store: AccountStore, input: JoinInput, { signal, report }: Call): Promise<Account> {
  const relay = await ownRelay();
  const { passphrase, deviceName, member: memberLabel } = input;
  return joinMailbox({
    ...carriedTo('pair', input.secret, relay),
    relay,
    connect: relayOf,
    store,
    passphrase,
    deviceName,
    memberLabel,
    waiting: { pause: platformRetry(0).sleep, now: () => Date.now(), signal },
    onCheck: (check) => report({ check }),
  });
}

export async function recoverIn(store: AccountStore, input: RecoverInput): Promise<Recovered> {
  const relay = await ownRelay();
  const { passphrase, deviceName, member: memberLabel } = input;
  return recoverMailbox({
    ...carriedTo('recover', input.secret, relay),
    relay,
    store,
    passphrase,
    address: parseAddress(input.address),
    deviceName,
    memberLabel,
    policy: input.policy === null ? undefined : new TextEncoder().encode(input.policy),
    nowMs: Date.now(),
  });
}
