import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { replaceFile } from '../../node/durable.js';
import { CliError } from '../failure.js';

/**
 * The demo's one witness, in a process of its own, as somebody else would run it. That it runs on the same machine makes it
 * a demonstration and no protection.
 */
export interface DemoWitness {
  /** For the relay: witness and quorum lines. */
  readonly policyFile: string;
  /** Begins to look at the log of this key. */
  start(logKey: string): Promise<void>;
  stop(): Promise<void>;
}

const NAME = 'demo-witness';

export async function prepareWitness(root: string): Promise<DemoWitness> {
  const folder = join(root, 'witness');
  const [shown] = await lines(bildbote(['witness', '--data', folder, '--name', `${NAME}.invalid/w1`, '--show-key']));
  const port = await portOf(root);
  const policyFile = join(root, 'witnesses.policy');
  const text = `witness ${NAME} ${String(shown?.['key'])} http://127.0.0.1:${port}\nquorum ${NAME}\n`;
  await replaceFile(policyFile, Buffer.from(text));
  let child: ChildProcess | null = null;
  return {
    policyFile,
    async start(logKey) {
      child = bildbote(['witness', '--data', folder, '--log-key', logKey, '--port', String(port)]);
      await firstLine(child);
    },
    async stop() {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The relay knows its witness by its address, so a second start takes the same port. */
async function portOf(root: string): Promise<number> {
  const path = join(root, 'witness-port.txt');
  if (!existsSync(path)) await replaceFile(path, Buffer.from(`${await freePort()}\n`));
  return Number((await readFile(path, 'utf8')).trim());
}

function freePort(): Promise<number> {
  return new Promise((tell, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => tell(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function bildbote(args: readonly string[]): ChildProcess {
  const script = process.argv[1] ?? '';
  return spawn(process.execPath, [script, ...args, '--json'], { stdio: ['ignore', 'pipe', 'ignore'] });
}

async function lines(child: ChildProcess): Promise<Readonly<Record<string, unknown>>[]> {
  let out = '';
  child.stdout?.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new CliError('internal-error', 'witness');
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function firstLine(child: ChildProcess): Promise<void> {
  const said = new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  const ended = once(child, 'exit').then(() => {
    throw new CliError('internal-error', 'witness');
  });
  await Promise.race([said, ended]);
  ended.catch(() => undefined);
}
