import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { enrol, parseInvitation } from '../../client/core/account/enrol.js';
import { parseAddress } from '../../client/core/ids.js';
import { createRelay } from '../../client/core/relay/relay.js';
import { platformRetry } from '../../client/core/relay/retry.js';
import type * as accountFolder from '../../client/node/account-folder.js';
import { createHttpTransport } from '../../client/node/http-transport.js';
import { openAdministration } from '../../server/administration.js';
import { PASSPHRASE, type Running, start } from './cli.js';

/** A relay as a process of its own, and practices with their keystores, in a folder that goes away. */
export interface World {
  readonly folder: string;
  readonly url: string;
  readonly relayData: string;
  /** Starts the relay again on the same port and data after it has been killed. */
  restartRelay(env?: NodeJS.ProcessEnv): Promise<void>;
  killRelay(): Promise<void>;
  stopRelay(): Promise<number | null>;
  practice(name: string, address: string): Promise<Practice>;
  path(...parts: readonly string[]): string;
  /** Everything the relay has written to standard output and error so far. */
  relayLog(): string;
  relayPid(): number;
  close(): Promise<void>;
}

export interface Practice {
  readonly address: string;
  readonly keystore: string;
  readonly mailboxId: string;
  readonly recoveryWords: readonly string[];
  readonly witnessWords: readonly string[];
}

export async function createWorld(env: NodeJS.ProcessEnv = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'bildbote-test-'));
  const relayData = join(folder, 'relay');
  let log = '';
  let relay = await launch('0', env);
  const { url } = relay;

  async function launch(port: string, more: NodeJS.ProcessEnv): Promise<{ running: Running; url: string }> {
    const running = start(['relay', '--port', port, '--data', relayData], {
      env: { ...more, BILDBOTE_RATE_LIMIT: 'off' },
      passphrase: null,
    });
    running.child.stderr?.on('data', (chunk: Buffer) => void (log += chunk.toString()));
    running.child.stdout?.on('data', (chunk: Buffer) => void (log += chunk.toString()));
    const line = await running.until((one) => one['type'] === 'listening');
    return { running, url: String(line['url']) };
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    relay.running.child.kill(signal);
    return (await relay.running.done).code;
  }

  return {
    folder,
    url,
    relayData,
    relayLog: () => log,
    relayPid: () => relay.running.child.pid ?? 0,
    path: (...parts) => join(folder, ...parts),
    killRelay: async () => void (await end('SIGKILL')),
    stopRelay: () => end('SIGTERM'),
    restartRelay: async (more = {}) => {
      relay = await launch(new URL(url).port, { ...env, ...more });
    },
    practice: async (name, address) => {
      const keystore = join(folder, `keys-${address.replace('@', '-')}`);
      return { address, keystore, ...(await enrolPractice(relayData, keystore, name, address)) };
    },
    close: async () => {
      if (relay.running.child.exitCode === null && relay.running.child.signalCode === null) await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The cheapest passphrase that a keystore may have: each command of a story opens it anew. */
const CHEAP = { opsLimit: 2, memBytes: 64 * 1024 * 1024 };

/** What `practice invite` and `enrol` do, in this process; first-study and mistakes run the commands themselves. */
export async function enrolPractice(dataDir: string, keystore: string, name: string, address: string) {
  const administration = await openAdministration({ dataDir });
  const made = await administration
    .invite({ practiceName: name, address: parseAddress(address), expiresInDays: 14 })
    .finally(() => administration.close());
  const invitation = parseInvitation(made.invitation.href);
  // The keystore's thread is a file of the compiled program: Node reads no TypeScript there.
  const compiled = pathToFileURL(resolve(import.meta.dirname, '../../dist/client/node/account-folder.js'));
  const { openAccountFolder } = (await import(compiled.href)) as typeof accountFolder;
  await using store = await openAccountFolder(keystore);
  using transport = createHttpTransport();
  const { account, recoveryWords, witnessWords, forgetWords } = await enrol({
    ...{ invitation, store, passphrase: PASSPHRASE, kdf: CHEAP, nowMs: Date.now() },
    relay: createRelay({ origin: invitation.origin, transport, retry: platformRetry(20_000), signer: null }),
    deviceName: 'Test',
    memberLabel: `Dr. ${name}`,
  });
  await using opened = account;
  await forgetWords();
  return { mailboxId: opened.content.mailboxId, recoveryWords, witnessWords };
}

export async function freshFolder(world: World, name: string): Promise<string> {
  const folder = world.path(name);
  await mkdir(folder, { recursive: true });
  return folder;
}
