import { type Account, openAccount } from '../core/account/account.js';
import { accountSigner } from '../core/account/signer.js';
import { checkKeystoreMark, leaveKeystoreMark } from '../core/devices/keystore-mark.js';
import { passphraseSlots } from '../core/account/slots.js';
import { createPinnedView } from '../core/directory/pinned-view.js';
import { createRelay } from '../core/relay/relay.js';
import { platformRetry } from '../core/relay/retry.js';
import { type Desk } from '../core/desk.js';
import { type AccountStore } from '../core/ports.js';
import { openAccountFolder } from '../node/account-folder.js';
import { createHttpTransport } from '../node/http-transport.js';
import { nodeSha256 } from '../node/node-sha256.js';
import { languageFromEnvironment } from './environment.js';
import { CliError } from './failure.js';
import { askPassphrase, askSlot } from './passphrase.js';
import { textOf } from './texts.js';
import { existsSync } from 'node:fs';

/** How long a command goes on trying while the relay cannot be reached. */
const PATIENCE_MS = 20_000;

export interface OpenDesk extends Desk, AsyncDisposable {}

/** Unlocks the keystore in `folder` and connects to its relay. @throws CliError, CoreError, NodeError, SealError */
export async function openDesk(folder: string): Promise<OpenDesk> {
  if (!existsSync(folder)) throw new CliError('account-missing');
  const store = await openAccountFolder(folder);
  try {
    const desk = connect(await unlock(store), store);
    await checkMark(desk);
    return desk;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** Asks for the passphrase, and which one where there are several. @throws CliError, SealError */
export async function unlock(store: AccountStore): Promise<Account> {
  const passphrase = await askPassphrase('keystore');
  const bytes = await store.keystore.load();
  const slotIds = bytes === null ? [] : passphraseSlots(bytes);
  if (slotIds.length < 2) return openAccount(store, passphrase);
  return openAccount(store, { kind: 'passphrase', passphrase, slotId: await askSlot(slotIds) });
}

/** An older keystore that was put back must not work on; where the relay cannot be asked, that is said. */
async function checkMark({ account }: Desk): Promise<void> {
  using transport = createHttpTransport();
  const { origin } = account.content;
  const relay = createRelay({ origin, transport, retry: platformRetry(0), signer: accountSigner(account) });
  const checked = await checkKeystoreMark(account, relay);
  if (checked === 'unchecked' && !process.argv.includes('--json')) {
    process.stderr.write(`bildbote: ${textOf('keystore-unchecked', languageFromEnvironment()) ?? ''}\n`);
  }
}

export function connect(account: Account, store: AsyncDisposable): OpenDesk {
  const transport = createHttpTransport();
  const relay = createRelay({
    origin: account.content.origin,
    transport,
    retry: platformRetry(PATIENCE_MS),
    signer: accountSigner(account),
  });
  const { version } = account.keystoreFile();
  return {
    account,
    relay,
    directory: createPinnedView(account, relay),
    clock: { now: () => Date.now() },
    createSha256: nodeSha256,
    async [Symbol.asyncDispose]() {
      // What was written in this run; should it fail, the next run says it.
      if (account.keystoreFile().version !== version) await leaveKeystoreMark(account, relay).catch(() => undefined);
      transport[Symbol.dispose]();
      await account[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
