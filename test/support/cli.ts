import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { runInHost } from './cli-hosts.js';

/** The built command line as its users run it: a process, an exit code, lines of JSON. */

const root = resolve(import.meta.dirname, '../..');
const script = resolve(root, 'client/cli/bildbote.mjs');

export const PASSPHRASE = 'eine lange Passphrase 42';

type Line = Readonly<Record<string, unknown>>;

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
  /** Objects of standard output, without progress. */
  readonly lines: readonly Line[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Ran>;
  /** Settles when a line of standard output fits. */
  until(fits: (line: Line) => boolean): Promise<Line>;
}

export interface RunOptions {
  readonly passphrase?: string | null;
  readonly env?: NodeJS.ProcessEnv;
  readonly json?: boolean;
  readonly cwd?: string;
}

function environmentOf(options: RunOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C', ...options.env };
  delete env['BILDBOTE_PASSPHRASE'];
  if (options.passphrase !== null) env['BILDBOTE_PASSPHRASE'] = options.passphrase ?? PASSPHRASE;
  return env;
}

function ranOf(ended: Omit<Ran, 'error'>): Ran {
  const lines = ended.lines.filter((line) => line['type'] !== 'progress');
  return { ...ended, lines, error: errorOf(ended.err) };
}

/** A process of its own: for what is killed, signalled, or goes on. */
export function start(args: readonly string[], options: RunOptions = {}): Running {
  const all = options.json === false ? args : [...args, '--json'];
  const child = spawn(process.execPath, [script, ...all], {
    env: environmentOf(options),
    cwd: options.cwd ?? root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const waiting: {
    fits: (line: Line) => boolean;
    found: (line: Line) => void;
  }[] = [];
  const lines: Line[] = [];
  let [out, err, rest] = ['', '', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    rest += chunk.toString();
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
      const text = rest.slice(0, at);
      rest = rest.slice(at + 1);
      if (!text.startsWith('{')) continue;
      const line = JSON.parse(text) as Line;
      lines.push(line);
      for (const one of waiting) if (one.fits(line)) one.found(line);
    }
  });
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  const done = new Promise<Ran>((settle) => {
    child.once('close', (code, signal) => settle(ranOf({ code, signal, out, err, lines })));
  });
  return {
    child,
    done,
    until: (fits) =>
      new Promise((found, fail) => {
        const known = lines.find(fits);
        if (known !== undefined) return found(known);
        waiting.push({ fits, found });
        void done.then((ran) => fail(new Error(`ended with ${ran.code} before the line came: ${ran.err}`)));
      }),
  };
}

/** Runs a command to its end: what it says and its exit code are a process's, the process itself is one for many. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const all = options.json === false ? args : [...args, '--json'];
  const { code, out, err } = await runInHost({ args: all, env: environmentOf(options), cwd: options.cwd ?? root });
  const lines = out.split('\n').filter((line) => line.startsWith('{'));
  return ranOf({ code, signal: null, out, err, lines: lines.map((line) => JSON.parse(line) as Line) });
}

/** Runs and expects success. */
export async function ok(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await run(args, options);
  if (ran.code !== 0) throw new Error(`${args.slice(0, 2).join(' ')} ended with ${ran.code}: ${ran.err}`);
  return ran;
}

function errorOf(err: string): Ran['error'] {
  const line = err.split('\n').find((text) => text.startsWith('{"type":"error"'));
  return line === undefined ? null : (JSON.parse(line) as { code: string; message: string });
}
