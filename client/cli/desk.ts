import { type Account, openAccount } from '../core/account/account.js';
import { accountSigner } from '../core/account/signer.js';
import { checkKeystoreMark, leaveKeystoreMark } from '../core/devices/keystore-mark.js';
import { passphraseSlots } from '../core/account/passphrase-slots.js';
import { createPinnedView } from '../core/directory/pinned-view.js';
import { isOwnWatchDue, watchOwnMailbox } from '../core/directory/own-watch.js';
import { createRelay } from '../core/relay/relay.js';
import { platformRetry } from '../core/relay/retry.js';
import { type Desk } from '../core/desk.js';
import { type AccountStore } from '../core/ports.js';
import { openAccountFolder } from '../node/account-folder.js';
import { createCodingThreads } from '../node/coding-threads.js';
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

/**
 * Unlocks the keystore in `folder` and connects to its relay. Every few hours it looks for the own mailbox in the public log; that the relay
 * cannot be reached is for the command to say. @throws CliError, CoreError, NodeError, SealError
 */
export async function openDesk(folder: string): Promise<OpenDesk> {
  if (!existsSync(folder)) throw new CliError('account-missing');
  const store = await openAccountFolder(folder);
  let opened: AsyncDisposable = store;
  try {
    const account = await unlock(store);
    const patience = { ms: 0 };
    const desk = deskOf(account, store, patience);
    opened = desk;
    await look(desk);
    patience.ms = PATIENCE_MS;
    return desk;
  } catch (error) {
    await opened[Symbol.asyncDispose]();
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

const clock = { now: () => Date.now() };

/**
 * Before anything is done: an older keystore that was put back must not work on, and the own mailbox is looked for in the
 * log when its time has come. Without patience: that the relay cannot be reached is for the command itself to wait for.
 */
async function look(desk: OpenDesk): Promise<void> {
  const checked = await checkKeystoreMark(desk.account, desk.relay);
  if (checked === 'unchecked' && !process.argv.includes('--json')) {
    process.stderr.write(`bildbote: ${textOf('keystore-unchecked', languageFromEnvironment()) ?? ''}\n`);
  }
  if (isOwnWatchDue(desk)) await watchOwnMailbox(desk).catch(() => undefined);
}

/** How long a request is tried again: nothing at first, and then as long as commands wait. */
interface Patience {
  ms: number;
}

export function connect(account: Account, store: AsyncDisposable): OpenDesk {
  return deskOf(account, store, { ms: PATIENCE_MS });
}

/** One session and one view of the directory, from the first look to the end of the command. */
function deskOf(account: Account, store: AsyncDisposable, patience: Patience): OpenDesk {
  const transport = createHttpTransport();
  const coding = createCodingThreads();
  const retry = {
    ...platformRetry(PATIENCE_MS),
    get patienceMs() {
      return patience.ms;
    },
  };
  const { origin } = account.content;
  const relay = createRelay({ origin, transport, retry, signer: accountSigner(account) });
  const { version } = account.keystoreFile();
  return {
    account,
    relay,
    directory: createPinnedView(account, relay),
    clock,
    createSha256: nodeSha256,
    coding,
    async [Symbol.asyncDispose]() {
      // What was written in this run; should it fail, the next run says it.
      if (account.keystoreFile().version !== version) await leaveKeystoreMark(account, relay).catch(() => undefined);
      transport[Symbol.dispose]();
      await coding[Symbol.asyncDispose]();
      await account[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
