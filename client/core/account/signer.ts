import { signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { encodeAuth } from '../../../crypto/wire/auth.js';
import { type Signer } from '../relay/relay.js';
import { type Account } from './account.js';

/** Signs the account's device in at the relay (docs/spec/relay-api.md §3). */
export function accountSigner(account: Account): Signer {
  const { mailboxId, device } = account.content;
  const { deviceId } = device;
  return {
    mailboxId,
    deviceId,
    signAuth(origin, nonce, timeMs) {
      const auth = encodeAuth({ origin, nonce, mailboxId, deviceId, timeMs });
      return { auth, signature: account.key.sign('auth', auth) };
    },
    signAuthPending(origin, nonce, timeMs) {
      const renewed = account.content.pending?.device ?? null;
      if (renewed === null) return null;
      const auth = encodeAuth({ origin, nonce, mailboxId, deviceId, timeMs });
      const key = signingKeyFromSeed(renewed.sigSeed);
      const signature = key.sign('auth', auth);
      key.close();
      return { auth, signature };
    },
  };
}
