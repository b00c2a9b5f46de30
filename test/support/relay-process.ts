import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RelayOptions } from '../../server/main.js';

export interface RelayProcess {
  readonly url: string;
  readonly pid: number;
  /** What it wrote to standard error so far. */
  log(): string;
  /** `kill -9`; returns when the process has gone. */
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
}

export async function spawnRelay(options: RelayOptions): Promise<RelayProcess> {
  const script = join(import.meta.dirname, 'relay-child.ts');
  const defaults: RelayOptions = { port: 0, logLevel: 'silent', rateLimit: 'off' };
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify({ ...defaults, ...options })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const log = (): string => errors.join('');
  const url = await firstLine(child, exit, log);
  return {
    url,
    log,
    pid: child.pid ?? 0,
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
    async stop() {
      child.kill('SIGTERM');
      return (await exit)[0];
    },
  };
}

/** @throws with what the process wrote to standard error when it ends before it answers */
async function firstLine(child: ChildProcess, exit: Promise<unknown>, log: () => string): Promise<string> {
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const line = await Promise.race([once(lines, 'line') as Promise<[string]>, exit.then(() => null)]);
  if (line === null) throw new Error(log());
  return (JSON.parse(line[0]) as { url: string }).url;
}
