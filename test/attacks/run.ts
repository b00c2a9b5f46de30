import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ATTACKS } from './table.js';
import { type AttackResult, attackRows, withTable } from './report.js';

/**
 * `npm run attacks [-- A8 A9] [--resume]`: plays every attack, or those named, and writes what came of it into docs/threat-model.md; with
 * `--from FOLDER` what came of it in a run of all tests that was done anyway: `BILDBOTE_TEST_RESULTS=FOLDER npm test`. Ends with 1 when one of
 * them was not repelled, or its test did not run.
 */
const root = resolve(import.meta.dirname, '../..');
const page = join(root, 'docs/threat-model.md');
const { values, positionals } = parseArgs({
  options: { resume: { type: 'boolean', default: false }, from: { type: 'string' } },
  allowPositionals: true,
});
const wanted = new Set(positionals.map((id) => id.toUpperCase()));
const attacks = ATTACKS.filter(({ id }) => wanted.size === 0 || wanted.has(id));
/** What each file has said, so that a run that was broken off goes on. */
const store = join(root, 'dist/attacks.json');
const said: Record<string, Report> = values.from === undefined ? earlier() : outcomesIn(values.from);
const isSaid = (file: string): boolean => said[file] !== undefined && said[file].failures.length === 0;
const files = [...new Set(attacks.flatMap(({ plays }) => plays.map(({ file }) => file)))].sort();

function earlier(): Record<string, Report> {
  return values.resume && existsSync(store)
    ? (JSON.parse(readFileSync(store, 'utf8')) as ReturnType<typeof earlier>)
    : {};
}

/** What test/support/reporter.cjs has kept of a run of all tests, with BILDBOTE_TEST_RESULTS naming the folder. */
function outcomesIn(folder: string): Record<string, Report> {
  const kept = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return Object.assign(
    {},
    ...kept.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as object),
  ) as Record<string, Report>;
}

interface Told {
  readonly fullTitle: string;
  /** Absolute; missing for what failed before a test had a file. */
  readonly file?: string;
}

interface Report {
  readonly passes: readonly Told[];
  readonly failures: readonly Told[];
  readonly pending: readonly Told[];
}

const PATIENT = './test/support/patient.ts';
const scratch = mkdtempSync(join(tmpdir(), 'bildbote-attacks-'));

/** As much of a folder as shares a database server or a browser; stories each start what they need. */
const MOST_FILES = 4;

function groups(): string[][] {
  const made = new Map<string, string[]>();
  for (const file of files.filter((one) => !isSaid(one))) {
    const [, folder = ''] = file.split('/');
    const before = [...made].filter(([name]) => name.startsWith(`${folder} `)).at(-1);
    const isFull = before === undefined || folder === 'story' || before[1].length >= MOST_FILES;
    if (isFull) made.set(`${folder} ${made.size}`, [file]);
    else before[1].push(file);
  }
  return [...made.values()];
}

let started = 0;

/** One group in a process of its own: only the tests that play an attack. */
async function play(group: readonly string[]): Promise<Report> {
  const output = join(scratch, `${(started += 1)}.json`);
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
  const plays = attacks.flatMap((attack) => attack.plays).filter(({ file }) => group.includes(file));
  const titles = [...new Set(plays.map(({ title }) => title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)))];
  const args = ['--no-config', '--config', join(root, '.mocharc.json'), '--require', PATIENT, '--reporter', 'json'];
  const child = spawn(
    process.execPath,
    [mocha, ...args, '--reporter-option', `output=${output}`, '--grep', titles.join('|'), ...group],
    { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  await new Promise((done) => child.once('close', done));
  try {
    return JSON.parse(readFileSync(output, 'utf8')) as Report;
  } catch {
    process.stderr.write(`${group.join(' ')}: ${Buffer.concat(errors).toString().slice(-2000)}\n`);
    return { passes: [], failures: group.map((file) => ({ fullTitle: file, file: join(root, file) })), pending: [] };
  }
}

const queue = values.from === undefined ? groups() : [];
const playOn = async (): Promise<void> => {
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
    const begun = Date.now();
    const report = await play(group);
    for (const file of group) {
      const here = (tests: readonly Told[]): Told[] => tests.filter((one) => one.file === join(root, file));
      const { passes, failures, pending } = report;
      said[file] = { passes: here(passes), failures: here(failures), pending: here(pending) };
    }
    writeFileSync(store, JSON.stringify(said));
    const { passes, failures, pending } = report;
    const seconds = Math.round((Date.now() - begun) / 1000);
    process.stderr.write(
      `${group.join(' ')}: ${passes.length} passed, ${failures.length} failed, ${pending.length} skipped, ${seconds} s\n`,
    );
    for (const { fullTitle } of failures) process.stderr.write(`  failed: ${fullTitle}\n`);
  }
};
await Promise.all(Array.from({ length: 2 * availableParallelism() }, playOn));
rmSync(scratch, { recursive: true });

const results: AttackResult[] = attacks.map((attack) => {
  const found = attack.plays.map(({ file, title }) => {
    const count = (kind: keyof Report): number => {
      const here = said[file]?.[kind] ?? [];
      // A hook that fails takes its suite with it and stands under its name, a file that does not load under its own.
      const isWhole = ({ fullTitle }: Told): boolean => kind === 'failures' && / hook |\.test\.ts$/.test(fullTitle);
      return here.filter((one) => one.fullTitle.includes(title) || isWhole(one)).length;
    };
    return { file, passed: count('passes'), failed: count('failures'), skipped: count('pending') };
  });
  return { attack, plays: found };
});
const bad = results.filter(({ plays }) => plays.some(({ passed, failed }) => failed > 0 || passed === 0));
for (const { attack } of bad) process.stdout.write(`${attack.id} was not repelled, or not played\n`);
if (wanted.size === 0) {
  const when = new Date().toISOString().slice(0, 10);
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), attackRows(results, when)));
}
process.stdout.write(`${results.length} attacks, ${results.length - bad.length} repelled\n`);
process.exitCode = bad.length === 0 ? 0 : 1;
