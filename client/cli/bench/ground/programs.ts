import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { searchPath } from '../../environment.js';
import { CliError } from '../../failure.js';
import { watchChild } from './measure.js';

/** Programs of the system, as a benchmark needs them. */

/** @returns the first of `names` that is not installed */
export async function firstMissing(names: readonly string[]): Promise<string | null> {
  const folders = [...searchPath().split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const name of names) {
    const found = await Promise.all(folders.map((folder) => isThere(join(folder, name))));
    if (!found.includes(true)) return name;
  }
  return null;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Runs a script of bash to its end. `values` are its variables: nothing is put together to a command here. */
export async function runScript(script: string, values: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn('bash', ['-c', `set -euo pipefail\n${script}`], {
    env: { PATH: `${searchPath()}:/usr/sbin`, HOME: values['HOME'] ?? '/nonexistent', LC_ALL: 'C', ...values },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = watchChild(child.pid);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => void (errors = (errors + chunk.toString()).slice(-2000)));
  const [code] = (await once(child, 'close')) as [number | null];
  ended();
  if (code !== 0) throw new CliError('bench-failed', errors.trim().split('\n').at(-1) ?? '');
}

/** A program that serves until it is ended. */
export interface Server extends AsyncDisposable {
  readonly pid: number;
}

export async function startServer(
  command: string,
  args: readonly string[],
  port: number,
  values: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const env = { PATH: `${searchPath()}:/usr/sbin`, LC_ALL: 'C', ...values };
  const child = spawn(command, args, { stdio: 'ignore', env });
  await answers(port, child);
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const PATIENCE_MS = 20_000;

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (const untilMs = Date.now() + PATIENCE_MS; Date.now() < untilMs && child.exitCode === null;) {
    if (await isListening(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new CliError('bench-failed', child.spawnfile);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

type Line = Readonly<Record<string, unknown>>;

/** A child that is told what to do by lines of JSON, and answers with such lines. */
export interface Worker extends Server {
  tell(order: Line): void;
  /** @throws CliError `bench-failed` when it ends first, or says that it failed */
  until(type: string): Promise<Line>;
  /** @throws CliError `bench-failed` when it does not end with success */
  untilEnd(): Promise<void>;
}

export function startWorker(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Worker {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  const state = { ended: false, code: null as number | null, errors: '' };
  const wake = (): void => [...waiting].forEach((one) => one());
  createInterface({ input: child.stdout }).on('line', (text) => {
    if (text.startsWith('{')) lines.push(JSON.parse(text) as Line);
    wake();
  });
  child.stderr.on('data', (chunk: Buffer) => void (state.errors = (state.errors + chunk.toString()).slice(-2000)));
  const closed = once(child, 'close') as Promise<[number | null]>;
  child.once('close', (code) => {
    Object.assign(state, { ended: true, code });
    wake();
  });
  const taken = (type: string): Line | undefined => {
    const index = lines.findIndex((line) => line['type'] === type || line['type'] === 'error');
    return index < 0 ? undefined : lines.splice(0, index + 1).at(-1);
  };
  return {
    pid: child.pid ?? 0,
    tell: (order) => void child.stdin.write(`${JSON.stringify(order)}\n`),
    async until(type) {
      for (;;) {
        const line = taken(type);
        if (line?.['type'] === type) return line;
        if (line !== undefined || state.ended) throw new CliError('bench-failed', state.errors.trim());
        await new Promise<void>((resolve) => {
          const wakened = (): void => {
            waiting.delete(wakened);
            resolve();
          };
          waiting.add(wakened);
        });
      }
    },
    async untilEnd() {
      const [code] = await closed;
      if (code !== 0) throw new CliError('bench-failed', state.errors.trim());
    },
    async [Symbol.asyncDispose]() {
      if (state.ended) return;
      child.kill('SIGTERM');
      await closed;
    },
  };
}
