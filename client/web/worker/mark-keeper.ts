import { type Account } from '../../core/account/account.js';
import { accountSigner } from '../../core/account/signer.js';
import { checkKeystoreMark } from '../../core/devices/keystore-mark.js';
import { createRelay } from '../../core/relay/relay.js';
import { platformRetry } from '../../core/relay/retry.js';
import { transport } from './session.js';

/** Opening what is here must not wait for a line that is dead. */
const PATIENCE_MS = 3_000;

/** Whether the keys in this browser are the newest of this device, by what the relay remembers (docs/spec/keystore.md §5). */
export interface MarkKeeper {
  /** Tells the relay of a newer keystore, too. @throws SealError `keystore-version` for one that was put back */
  look(): Promise<void>;
  /** The same, for a moment only: without the relay what is here is believed, and the next look is another one. */
  lookInPassing(): Promise<void>;
}

export function createMarkKeeper(account: Account): MarkKeeper {
  const signer = accountSigner(account);
  const relay = createRelay({ origin: account.content.origin, transport, retry: platformRetry(0), signer });
  let known = 0;
  const look = async (): Promise<void> => {
    const { version } = account.keystoreFile();
    if (known === version) return;
    if ((await checkKeystoreMark(account, relay)) === 'newest') known = version;
  };
  return {
    look,
    async lookInPassing() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
      const looking = look();
      // Should it fail after the moment is over, the next look says it.
      looking.catch(() => undefined);
      await Promise.race([looking, over]).finally(() => clearTimeout(timer));
    },
  };
}
