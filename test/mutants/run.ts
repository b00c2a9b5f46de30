import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
 * `npm run mutants [-- --only TEXT] [--at-once N] [--resume]`: takes out one defence after the other in a copy of the project, runs the tests that
 * must notice, and writes what they said into docs/mutants.md (with --page: only that). Ends with 1 when a mutant survives, or tests are red without one.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    'at-once': { type: 'string', default: '2' },
    resume: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
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
const PATIENT = './test/support/patient.ts';
const LONGEST_MS = 1_200_000;

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
  readonly why?: string;
}

async function play(folder: string, tests: readonly string[], title: string | undefined): Promise<Outcome> {
  const output = join(folder, 'report.json');
  rmSync(output, { force: true });
  const grep = title === undefined ? [] : ['--fgrep', title];
  const args = ['--no-config', '--config', '.mocharc.json', '--require', PATIENT, '--bail', '--reporter', 'json'];
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
  // A busy machine is no defence.
  if (first !== undefined && /^Timeout of/.test(first.err?.message ?? ''))
    return { kind: 'no end', test: first.fullTitle };
  if (first !== undefined) return { kind: 'red', test: first.fullTitle, why: first.err?.message ?? '' };
  return code === 0 && report.passes.length > 0
    ? { kind: 'green', test: '' }
    : { kind: 'red', test: 'ended otherwise' };
}

interface Report {
  readonly passes: readonly unknown[];
  readonly failures: readonly { readonly fullTitle: string; readonly err?: { readonly message?: string } }[];
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
  if (green.kind !== 'green') {
    process.stderr.write(`${green.test}: ${green.why ?? green.kind}\n`);
    return { mutant: one, outcome: 'red without it', test: green.test };
  }
  put(
    folder,
    one.file,
    original.replace(one.from, () => one.to),
  );
  try {
    const { kind, test } = await play(folder, one.tests, one.title);
    return {
      mutant: one,
      outcome: ({ green: 'survived', red: 'noticed', 'no end': 'no end in time' } as const)[kind],
      test,
    };
  } finally {
    put(folder, one.file, original);
  }
}

/** What earlier runs have seen of mutants that are still the same: a run that was broken off goes on with --resume. */
const store = join(root, 'dist/mutants.json');
const keyOf = ({ file, from, to, tests, title = '' }: Mutant): string => [file, from, to, ...tests, title].join('\n');

function known(): Record<string, Omit<MutantResult, 'mutant'>> {
  return existsSync(store) ? (JSON.parse(readFileSync(store, 'utf8')) as ReturnType<typeof known>) : {};
}

function remember({ mutant, outcome, test }: MutantResult): void {
  writeFileSync(store, JSON.stringify({ ...known(), [keyOf(mutant)]: { outcome, test } }));
}

const isDone = (one: Mutant): boolean => values.resume && known()[keyOf(one)]?.outcome === 'noticed';
const queue = values.page ? [] : chosen.filter((one) => !isDone(one));
const results: MutantResult[] = [];
await Promise.all(
  Array.from({ length: Number(values['at-once']) }, async () => {
    if (queue.length === 0) return;
    const folder = copyProject();
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const result = await tryMutant(folder, one);
      results.push(result);
      remember(result);
      const { guards, without, file } = one;
      process.stderr.write(`${result.outcome}: ${guards.join(' ')} ${without} (${file}) ${result.test}\n`);
    }
    rmSync(folder, { recursive: true, force: true });
  }),
);
const seen = known();
const everything = all.map((mutant): MutantResult => {
  const found = seen[keyOf(mutant)] ?? { outcome: 'not tried', test: '' };
  return { mutant, ...found };
});
writeFileSync(join(root, 'docs/mutants.md'), mutantsPage(everything, new Date().toISOString().slice(0, 10)));
const noticed = results.filter(({ outcome }) => outcome === 'noticed').length;
process.stdout.write(
  `${results.length} mutants tried, ${noticed} noticed; of all ${all.length}, ${everything.filter(({ outcome }) => outcome === 'noticed').length}\n`,
);
process.exitCode = noticed === results.length ? 0 : 1;
