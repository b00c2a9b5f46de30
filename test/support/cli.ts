import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The built command line as its users run it: a process, an exit code, lines of JSON. */

const root = resolve(import.meta.dirname, '../..');
const script = resolve(root, 'client/cli/bildbote.mjs');

export const PASSPHRASE = 'eine lange Passphrase 42';

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
  /** Objects of standard output, without progress. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Ran>;
  /** Settles when a line of standard output fits. */
  until(fits: (line: Readonly<Record<string, unknown>>) => boolean): Promise<Readonly<Record<string, unknown>>>;
}

export interface RunOptions {
  readonly passphrase?: string | null;
  readonly env?: NodeJS.ProcessEnv;
  readonly json?: boolean;
  readonly cwd?: string;
}

export function start(args: readonly string[], options: RunOptions = {}): Running {
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C', ...options.env };
  delete env['BILDBOTE_PASSPHRASE'];
  if (options.passphrase !== null) env['BILDBOTE_PASSPHRASE'] = options.passphrase ?? PASSPHRASE;
  const all = options.json === false ? args : [...args, '--json'];
  const child = spawn(process.execPath, [script, ...all], {
    env,
    cwd: options.cwd ?? root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const waiting: {
    fits: (line: Readonly<Record<string, unknown>>) => boolean;
    found: (line: Readonly<Record<string, unknown>>) => void;
  }[] = [];
  const lines: Readonly<Record<string, unknown>>[] = [];
  let [out, err, rest] = ['', '', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    rest += chunk.toString();
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
      const text = rest.slice(0, at);
      rest = rest.slice(at + 1);
      if (!text.startsWith('{')) continue;
      const line = JSON.parse(text) as Readonly<Record<string, unknown>>;
      lines.push(line);
      for (const one of waiting) if (one.fits(line)) one.found(line);
    }
  });
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  const done = new Promise<Ran>((settle) => {
    child.once('close', (code, signal) => {
      settle({
        code,
        signal,
        out,
        err,
        lines: lines.filter((line) => line['type'] !== 'progress'),
        error: errorOf(err),
      });
    });
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

export function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return start(args, options).done;
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
