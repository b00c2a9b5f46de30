import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ATTACKS } from './table.js';
import { type AttackResult, attackRows, withTable } from './report.js';

/**
 * `npm run attacks [-- A8 A9]`: plays every attack, or those named, and writes what came of it into docs/threat-model.md. Ends with 1
 * when one of them was not repelled, or its test did not run.
 */
const root = resolve(import.meta.dirname, '../..');
const page = join(root, 'docs/threat-model.md');
const wanted = new Set(process.argv.slice(2).map((id) => id.toUpperCase()));
const attacks = ATTACKS.filter(({ id }) => wanted.size === 0 || wanted.has(id));
const files = [...new Set(attacks.flatMap(({ plays }) => plays.map(({ file }) => file)))].sort();

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

const scratch = mkdtempSync(join(tmpdir(), 'bildbote-attacks-'));

/** Files that share a database server or a browser, as `npm test` groups them; stories each start what they need. */
function groupOf(file: string): string {
  const [, folder = ''] = file.split('/');
  return folder === 'story' ? file : folder;
}

/** One group in a process of its own: only the tests that play an attack. */
function play(group: readonly string[]): Report {
  const output = join(scratch, 'report.json');
  rmSync(output, { force: true });
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
  const plays = attacks.flatMap((attack) => attack.plays).filter(({ file }) => group.includes(file));
  const titles = [...new Set(plays.map(({ title }) => title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)))];
  const args = ['--no-config', '--config', join(root, '.mocharc.json'), '--reporter', 'json'];
  const ran = spawnSync(
    process.execPath,
    [mocha, ...args, '--reporter-option', `output=${output}`, '--grep', titles.join('|'), ...group],
    { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  try {
    return JSON.parse(readFileSync(output, 'utf8')) as Report;
  } catch {
    process.stderr.write(`${group.join(' ')}: ${ran.stderr.slice(-2000)}\n`);
    return { passes: [], failures: group.map((file) => ({ fullTitle: file, file: join(root, file) })), pending: [] };
  }
}

const groups = new Map<string, string[]>();
for (const file of files) groups.set(groupOf(file), [...(groups.get(groupOf(file)) ?? []), file]);
const reports: Report[] = [];
for (const [name, group] of groups) {
  const started = Date.now();
  const report = play(group);
  reports.push(report);
  const { passes, failures, pending } = report;
  const seconds = Math.round((Date.now() - started) / 1000);
  process.stderr.write(
    `${name}: ${passes.length} passed, ${failures.length} failed, ${pending.length} skipped, ${seconds} s\n`,
  );
  for (const { fullTitle } of failures) process.stderr.write(`  failed: ${fullTitle}\n`);
}
rmSync(scratch, { recursive: true });

const results: AttackResult[] = attacks.map((attack) => {
  const found = attack.plays.map(({ file, title }) => {
    const count = (kind: keyof Report): number => {
      const here = reports.flatMap((report) => report[kind]).filter((one) => one.file === join(root, file));
      // A hook that fails takes its suite with it, and stands under its name.
      return here.filter(({ fullTitle }) => fullTitle.includes(title) || fullTitle === file || / hook /.test(fullTitle))
        .length;
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
