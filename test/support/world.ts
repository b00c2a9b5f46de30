import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, ok, start } from './cli.js';

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
      const invited = await ok(['practice', 'invite', '--data', relayData, '--name', name, '--mailbox', address]);
      const keystore = join(folder, `keys-${address.replace('@', '-')}`);
      const invitation = String(invited.lines[0]?.['invitation']);
      const enrolled = await ok([
        'enrol',
        invitation,
        '--keystore',
        keystore,
        '--device',
        'Test',
        '--member',
        `Dr. ${name}`,
      ]);
      const line = enrolled.lines[0] ?? {};
      return {
        address,
        keystore,
        mailboxId: String(line['mailboxId']),
        recoveryWords: line['recoveryWords'] as string[],
        witnessWords: line['witnessWords'] as string[],
      };
    },
    close: async () => {
      if (relay.running.child.exitCode === null && relay.running.child.signalCode === null) await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function freshFolder(world: World, name: string): Promise<string> {
  const folder = world.path(name);
  await mkdir(folder, { recursive: true });
  return folder;
}
