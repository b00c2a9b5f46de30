import { openWith, performKeystoreTask } from './keystore-work.js';
import { type Account } from './account.js';
import { CoreError } from '../error.js';

/**
 * Asks once more for the passphrase of an account that is unlocked, before what cannot be undone: a page that was left alone decides nothing.
 * @throws SealError `passphrase-wrong`
 */
export async function confirmPassphrase({ store }: Account, passphrase: string): Promise<void> {
  const bytes = await store.keystore.load();
  if (bytes === null) throw new CoreError('account-missing', 'no keystore here');
  const credential = { kind: 'passphrase', passphrase } as const;
  const { masterKey } = await openWith(store.keystoreWorker ?? performKeystoreTask, {
    kind: 'open',
    credential,
    bytes,
  });
  masterKey.fill(0);
}
