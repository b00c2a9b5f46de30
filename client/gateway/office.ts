import { readFile } from 'node:fs/promises';
import { openAccount } from '../core/account/account.js';
import { accountSigner } from '../core/account/signer.js';
import { type Desk } from '../core/desk.js';
import { checkKeystoreMark, leaveKeystoreMark } from '../core/devices/keystore-mark.js';
import { createPinnedView } from '../core/directory/pinned-view.js';
import { createRelay } from '../core/relay/relay.js';
import { platformRetry } from '../core/relay/retry.js';
import { openAccountFolder } from '../node/account-folder.js';
import { createCodingThreads } from '../node/coding-threads.js';
import { createHttpTransport } from '../node/http-transport.js';
import { nodeSha256 } from '../node/node-sha256.js';
import { GatewayError } from './error.js';

/** The mailbox's device that this gateway is: unlocked, and connected to its relay as long as the gateway runs. */
export interface Office extends Desk, AsyncDisposable {}

export interface OfficeSettings {
  readonly keystore: string;
  /** A file whose first line is the passphrase; else `passphrase`. */
  readonly passphraseFile: string | null;
  readonly passphrase: string | null;
}

/** One request is tried for this long; above it jobs have a patience of their own. */
const PATIENCE_MS = 20_000;
const MAX_PASSPHRASE_BYTES = 4096;

/** @throws GatewayError `passphrase-missing`; CoreError, NodeError, SealError as opening an account does */
export async function openOffice(settings: OfficeSettings): Promise<Office> {
  const passphrase = await passphraseOf(settings);
  const store = await openAccountFolder(settings.keystore);
  try {
    const account = await openAccount(store, passphrase);
    const transport = createHttpTransport();
    const { origin } = account.content;
    const signer = accountSigner(account);
    const relay = createRelay({ origin, transport, retry: platformRetry(PATIENCE_MS), signer });
    const coding = createCodingThreads();
    // An older keystore that was put back must not work on; that the relay cannot be reached now is no reason not to start.
    await checkKeystoreMark(account, createRelay({ origin, transport, retry: platformRetry(0), signer }));
    const { version } = account.keystoreFile();
    return {
      account,
      relay,
      directory: createPinnedView(account, relay),
      clock: { now: () => Date.now() },
      createSha256: nodeSha256,
      coding,
      async [Symbol.asyncDispose]() {
        if (account.keystoreFile().version !== version) await leaveKeystoreMark(account, relay).catch(() => undefined);
        transport[Symbol.dispose]();
        await coding[Symbol.asyncDispose]();
        await account[Symbol.asyncDispose]();
        await store[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

/** The first line of the file, as systemd's credentials and editors leave it. */
async function passphraseOf({ passphraseFile, passphrase }: OfficeSettings): Promise<string> {
  if (passphraseFile !== null) {
    const text = await readFile(passphraseFile, 'utf8');
    const line = text.slice(0, MAX_PASSPHRASE_BYTES).split(/\r?\n/)[0] ?? '';
    if (line !== '') return line;
  }
  if (passphrase !== null && passphrase !== '') return passphrase;
  throw new GatewayError('passphrase-missing', 'neither passphraseFile nor BILDBOTE_PASSPHRASE');
}
