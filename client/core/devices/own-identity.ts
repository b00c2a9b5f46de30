import { type ChainState } from '../../../crypto/wire/chain.js';
import { isSeedOf } from '../../../crypto/seal/renewals.js';
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { type Account } from '../account/account.js';
import { CoreError } from '../error.js';

/** The identity key of the mailbox, on a device that administrates; the caller closes it. @throws CoreError `not-admin` */
export function ownIdentity(account: Account, state: ChainState): SigningKey {
  const seed = account.content.identitySeed;
  if (seed === null || !isSeedOf(seed, state.identityKey)) {
    throw new CoreError('not-admin', 'this device does not hold the identity key');
  }
  return signingKeyFromSeed(seed);
}
