import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import type { RelayOptions } from '../../../server/main.js';
import type { Answer, PracticeSetup, Told } from './protocol.js';

/**
 * Processes of the compiled program, because a campaign starts thousands of them: a script of the tests is translated once and
 * put where its relative imports name what `tsc -b` has built.
 */
const root = resolve(import.meta.dirname, '../../..');

function compiled(script: string): string {
  const target = join(root, 'dist', relative(root, script).replace(/\.ts$/, '.mjs'));
  mkdirSync(dirname(target), { recursive: true });
  const { code } = transformSync(readFileSync(script, 'utf8'), { loader: 'ts', format: 'esm', target: 'es2023' });
  writeFileSync(target, code);
  return target;
}

/** What loads TypeScript into this process has no business in those. */
const PLAIN = { execArgv: [] };

let scripts: { readonly relay: string; readonly practice: string } | null = null;

function script(name: 'relay' | 'practice'): string {
  scripts ??= {
    relay: compiled(join(import.meta.dirname, 'relay.ts')),
    practice: compiled(join(import.meta.dirname, 'practice.ts')),
  };
  return scripts[name];
}

export interface Node {
  readonly url: string;
  kill(): Promise<void>;
  /** @returns the exit code */
  stop(): Promise<number | null>;
}

/** @param onLog everything it writes, to be searched for what must not be there */
export async function startNode(options: RelayOptions, onLog: (text: string) => void): Promise<Node> {
  const given = JSON.stringify({ port: 0, logLevel: 'info', rateLimit: 'off', web: 'off', ...options });
  const child = fork(script('relay'), [given], { ...PLAIN, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const exited = once(child, 'exit');
  let text = '';
  const url = await new Promise<string>((found, fail) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      onLog(chunk.toString());
      const line = /^\{"url":"([^"]+)"\}$/m.exec(text);
      if (line?.[1] !== undefined) found(line[1]);
      if (text.length > 100_000) text = '';
    });
    child.stderr?.on('data', (chunk: Buffer) => onLog(chunk.toString()));
    void exited.then(() => fail(new Error('a relay ended before it answered')));
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const isOver = await Promise.race([exited.then(() => true), new Promise((done) => setTimeout(done, 20_000))]);
    if (isOver !== true) child.kill('SIGKILL');
    return ((await exited) as [number | null])[0];
  };
  return { url, kill: () => end('SIGKILL').then(() => undefined), stop: () => end('SIGTERM') };
}

/** A practice that comes back as often as it is killed. */
export interface PracticeProcess {
  tell(told: Told): void;
  /** The next answer of this kind, null when none comes in time. */
  next<K extends Answer['kind']>(kind: K, withinMs: number): Promise<Extract<Answer, { kind: K }> | null>;
  kill(): Promise<void>;
  end(): Promise<void>;
}

export async function startPractice(
  setup: PracticeSetup,
  onAnswer: (answer: Answer) => void,
): Promise<PracticeProcess> {
  let child: ChildProcess;
  let isMeant = false;
  const waiting: { kind: Answer['kind']; found: (answer: Answer) => void }[] = [];
  const launch = async (): Promise<void> => {
    child = fork(script('practice'), [JSON.stringify(setup)], { ...PLAIN, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const errors: string[] = [];
    child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
    const exited = once(child, 'exit');
    await new Promise<void>((ready, fail) => {
      child.on('message', (answer: Answer) => {
        if (answer.kind === 'ready') ready();
        for (const one of waiting.filter(({ kind }) => kind === answer.kind)) one.found(answer);
        onAnswer(answer);
      });
      void exited.then(() => fail(new Error(`a practice ended: ${errors.join('').slice(-1500)}`)));
    });
    // One that ends by itself is a finding, and comes back as after a kill.
    void exited.then(() => {
      if (isMeant) return;
      onAnswer({ kind: 'trouble', code: `PROCESS ENDED: ${errors.join('').slice(-1500)}` });
      launch().catch((error: unknown) => onAnswer({ kind: 'trouble', code: `PROCESS ENDED: ${String(error)}` }));
    });
  };
  const gone = async (signal: NodeJS.Signals): Promise<void> => {
    isMeant = true;
    const dead = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
    child.kill(signal);
    await dead;
  };
  await launch();
  // Two faults may choose the same practice: the second kill waits until it lives again.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = (action: () => Promise<void>): Promise<void> => {
    const mine = tail.then(action);
    tail = mine.catch(() => undefined);
    return mine;
  };
  return {
    tell: (told) => void (child.connected && child.send(told, () => undefined)),
    next: (kind, withinMs) =>
      new Promise((resolve) => {
        const one = { kind, found: (answer: Answer) => resolve(answer as never) };
        waiting.push(one);
        setTimeout(() => {
          waiting.splice(waiting.indexOf(one), 1);
          resolve(null);
        }, withinMs).unref();
      }),
    kill: () =>
      inTurn(async () => {
        await gone('SIGKILL');
        isMeant = false;
        await launch();
      }),
    end: () => inTurn(() => gone('SIGKILL')),
  };
}
