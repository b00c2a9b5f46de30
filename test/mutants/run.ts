import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { transformSync } from 'esbuild';
import { CLIENT } from './client.js';
import { CRYPTO } from './crypto.js';
import { MAILBOXES } from './mailboxes.js';
import type { Mutant } from './mutant.js';
import { RELAY } from './relay.js';
import { type MutantResult, mutantsPage } from './page.js';

/**
 * `npm run mutants [-- --only TEXT] [--at-once N]`: takes out one defence after the other in a copy of the project, runs the tests that
 * must notice, and writes what they said into docs/mutants.md. Ends with 1 when a mutant survives, or tests are red without one.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    'at-once': { type: 'string', default: '2' },
    unwritten: { type: 'boolean', default: false },
  },
});
const root = resolve(import.meta.dirname, '../..');
const all = [...CRYPTO, ...MAILBOXES, ...CLIENT, ...RELAY];
const { only } = values;
const chosen = all.filter(
  (one) => only === undefined || `${one.guards.join(' ')} ${one.file} ${one.without}`.includes(only),
);
const COPIED = [
  'crypto',
  'client',
  'server',
  'migrations',
  'test',
  'docs',
  'dist',
  'package.json',
  'tsconfig.json',
  '.mocharc.json',
  'README.md',
];
const LONGEST_MS = 300_000;

function copyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bildbote-mutants-'));
  for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Also where the compiled program lies: some tests start threads and processes from there. */
function put(folder: string, file: string, text: string): void {
  writeFileSync(join(folder, file), text);
  const compiled = join(folder, 'dist', file.replace(/\.tsx?$/, '.js'));
  mkdirSync(dirname(compiled), { recursive: true });
  const loader = file.endsWith('x') ? 'tsx' : 'ts';
  writeFileSync(compiled, transformSync(text, { loader, format: 'esm', target: 'es2023' }).code);
}

interface Outcome {
  readonly kind: 'green' | 'red' | 'no end';
  /** Of the first that failed. */
  readonly test: string;
}

async function play(folder: string, tests: readonly string[], title: string | undefined): Promise<Outcome> {
  const output = join(folder, 'report.json');
  rmSync(output, { force: true });
  const grep = title === undefined ? [] : ['--fgrep', title];
  const args = ['--no-config', '--config', '.mocharc.json', '--bail', '--reporter', 'json'];
  const child = spawn(
    process.execPath,
    [
      join(root, 'node_modules/mocha/bin/mocha.js'),
      ...args,
      '--reporter-option',
      `output=${output}`,
      ...grep,
      ...tests,
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) =>
    child.once('exit', (...how) => done(how)),
  );
  clearTimeout(timer);
  if (signal !== null) return { kind: 'no end', test: '' };
  const report = readReport(output);
  if (report === null) return { kind: 'red', test: 'does not load' };
  const [first] = report.failures;
  if (first !== undefined) return { kind: 'red', test: first.fullTitle };
  return code === 0 && report.passes.length > 0
    ? { kind: 'green', test: '' }
    : { kind: 'red', test: 'ended otherwise' };
}

interface Report {
  readonly passes: readonly unknown[];
  readonly failures: readonly { readonly fullTitle: string }[];
}

function readReport(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return null;
  }
}

/** What the tests say of the project as it is; asked once for mutants with the same tests. */
const unchanged = new Map<string, Promise<Outcome>>();

async function tryMutant(folder: string, one: Mutant): Promise<MutantResult> {
  const original = readFileSync(join(root, one.file), 'utf8');
  if (original.split(one.from).length !== 2 && one.from !== 'import ') {
    return { mutant: one, outcome: 'not applicable', test: 'the source does not stand there once' };
  }
  const key = `${one.tests.join()} ${one.title ?? ''}`;
  let before = unchanged.get(key);
  if (before === undefined) {
    before = play(folder, one.tests, one.title);
    unchanged.set(key, before);
  }
  const green = await before;
  if (green.kind !== 'green') return { mutant: one, outcome: 'red without it', test: green.test };
  put(
    folder,
    one.file,
    original.replace(one.from, () => one.to),
  );
  try {
    const { kind, test } = await play(folder, one.tests, one.title);
    return {
      mutant: one,
      outcome: kind === 'green' ? 'survived' : 'noticed',
      test: kind === 'no end' ? 'does not end' : test,
    };
  } finally {
    put(folder, one.file, original);
  }
}

const queue = [...chosen];
const results: MutantResult[] = [];
await Promise.all(
  Array.from({ length: Number(values['at-once']) }, async () => {
    const folder = copyProject();
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const result = await tryMutant(folder, one);
      results.push(result);
      const { guards, without, file } = one;
      process.stderr.write(`${result.outcome}: ${guards.join(' ')} ${without} (${file}) ${result.test}\n`);
    }
    rmSync(folder, { recursive: true, force: true });
  }),
);
const noticed = results.filter(({ outcome }) => outcome === 'noticed').length;
if (only === undefined && !values.unwritten) {
  const inOrder = all.flatMap((one) => results.filter(({ mutant }) => mutant === one));
  writeFileSync(join(root, 'docs/mutants.md'), mutantsPage(inOrder, new Date().toISOString().slice(0, 10)));
}
process.stdout.write(`${results.length} mutants, ${noticed} noticed\n`);
process.exitCode = noticed === results.length ? 0 : 1;
