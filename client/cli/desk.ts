import { type Account, openAccount } from '../core/account/account.js';
import { accountSigner } from '../core/account/signer.js';
import { createPinnedView } from '../core/directory/pinned-view.js';
import { isOwnWatchDue, watchOwnMailbox } from '../core/directory/own-watch.js';
import { type Relay, createRelay } from '../core/relay/relay.js';
import { platformRetry } from '../core/relay/retry.js';
import { type Desk } from '../core/desk.js';
import { type Transport } from '../core/ports.js';
import { openAccountFolder } from '../node/account-folder.js';
import { createHttpTransport } from '../node/http-transport.js';
import { nodeSha256 } from '../node/node-sha256.js';
import { CliError } from './failure.js';
import { askPassphrase } from './passphrase.js';
import { existsSync } from 'node:fs';

/** How long a command goes on trying while the relay cannot be reached. */
const PATIENCE_MS = 20_000;

export interface OpenDesk extends Desk, AsyncDisposable {}

/**
 * Unlocks the keystore in `folder` and connects to its relay. Every few hours it looks for the own mailbox in the public log; that the relay
 * cannot be reached is for the command to say. @throws CliError, CoreError, NodeError, SealError
 */
export async function openDesk(folder: string): Promise<OpenDesk> {
  if (!existsSync(folder)) throw new CliError('account-missing');
  const passphrase = await askPassphrase('keystore');
  const store = await openAccountFolder(folder);
  try {
    const account = await openAccount(store, passphrase);
    if (isOwnWatchDue({ account, clock })) await watchOnce(account);
    return connect(account, store);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

const clock = { now: () => Date.now() };

/** Without patience: that the relay cannot be reached is for the command itself to find out, and to wait for. */
async function watchOnce(account: Account): Promise<void> {
  using transport = createHttpTransport();
  const relay = relayOf(account, transport, 0);
  await watchOwnMailbox({ account, directory: createPinnedView(account, relay), clock }).catch(() => undefined);
}

function relayOf(account: Account, transport: Transport, patienceMs: number): Relay {
  const { origin } = account.content;
  return createRelay({ origin, transport, retry: platformRetry(patienceMs), signer: accountSigner(account) });
}

export function connect(account: Account, store: AsyncDisposable): OpenDesk {
  const transport = createHttpTransport();
  const relay = relayOf(account, transport, PATIENCE_MS);
  return {
    account,
    relay,
    directory: createPinnedView(account, relay),
    clock,
    createSha256: nodeSha256,
    async [Symbol.asyncDispose]() {
      transport[Symbol.dispose]();
      await account[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
