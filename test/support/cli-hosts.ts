import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { atEnd } from './hooks.js';

/** Processes that run one command after another (cli-host.mjs); two commands at once get two of them. */

interface Command {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'out' | 'err'; readonly text: string }
  | { readonly kind: 'ended'; readonly code: number };

const idle: ChildProcess[] = [];
/** What the keystores' threads of all hosts have stretched (known-passphrases.mjs). */
let stretched: string | undefined;

function folderOfStretched(): string {
  if (stretched !== undefined) return stretched;
  const folder = mkdtempSync(join(tmpdir(), 'bildbote-stretched-'));
  atEnd(() => {
    for (const one of idle.splice(0)) one.disconnect();
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve();
  });
  return (stretched = folder);
}

async function host(): Promise<ChildProcess> {
  for (let known = idle.pop(); known !== undefined; known = idle.pop()) if (known.connected) return known;
  const child = fork(resolve(import.meta.dirname, 'cli-host.mjs'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
    env: { ...process.env, BILDBOTE_TEST_STRETCHED: folderOfStretched() },
  });
  await once(child, 'message');
  return child;
}

/** Runs one command; a host that ends meanwhile ends it with its code. */
export async function runInHost(command: Command): Promise<Ended> {
  const child = await host();
  return new Promise((settle) => {
    const said = { out: '', err: '' };
    const end = (code: number | null): void => {
      child.off('message', hear).off('exit', end);
      if (child.connected) idle.push(child);
      settle({ code, ...said });
    };
    const hear = (message: Message): void => {
      if (message.kind === 'out' || message.kind === 'err') said[message.kind] += message.text;
      else if (message.kind === 'ended') end(message.code);
    };
    child.on('message', hear).once('exit', end);
    child.send(command);
  });
}
