import { type Account, openAccount } from '../core/account/account.js';
import { accountSigner } from '../core/account/signer.js';
import { createPinnedView } from '../core/directory/pinned-view.js';
import { createRelay } from '../core/relay/relay.js';
import { platformRetry } from '../core/relay/retry.js';
import { type Desk } from '../core/desk.js';
import { openAccountFolder } from '../node/account-folder.js';
import { createCodingThreads } from '../node/coding-threads.js';
import { createHttpTransport } from '../node/http-transport.js';
import { nodeSha256 } from '../node/node-sha256.js';
import { CliError } from './failure.js';
import { askPassphrase } from './passphrase.js';
import { existsSync } from 'node:fs';

/** How long a command goes on trying while the relay cannot be reached. */
const PATIENCE_MS = 20_000;

export interface OpenDesk extends Desk, AsyncDisposable {}

/** Unlocks the keystore in `folder` and connects to its relay. @throws CliError, CoreError, NodeError, SealError */
export async function openDesk(folder: string): Promise<OpenDesk> {
  if (!existsSync(folder)) throw new CliError('account-missing');
  const passphrase = await askPassphrase('keystore');
  const store = await openAccountFolder(folder);
  try {
    return connect(await openAccount(store, passphrase), store);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

export function connect(account: Account, store: AsyncDisposable): OpenDesk {
  const transport = createHttpTransport();
  const coding = createCodingThreads();
  const relay = createRelay({
    origin: account.content.origin,
    transport,
    retry: platformRetry(PATIENCE_MS),
    signer: accountSigner(account),
  });
  return {
    account,
    relay,
    directory: createPinnedView(account, relay),
    clock: { now: () => Date.now() },
    createSha256: nodeSha256,
    coding,
    async [Symbol.asyncDispose]() {
      transport[Symbol.dispose]();
      await coding[Symbol.asyncDispose]();
      await account[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
