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

interface Report {
  readonly passes: readonly { readonly fullTitle: string }[];
  readonly failures: readonly { readonly fullTitle: string }[];
  readonly pending: readonly { readonly fullTitle: string }[];
}

const scratch = mkdtempSync(join(tmpdir(), 'bildbote-attacks-'));

/** One file in a process of its own, as `npm test` does it. */
function play(file: string): Report {
  const output = join(scratch, 'report.json');
  rmSync(output, { force: true });
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
  const args = ['--no-config', '--config', join(root, '.mocharc.json'), '--reporter', 'json'];
  const ran = spawnSync(process.execPath, [mocha, ...args, '--reporter-option', `output=${output}`, file], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  try {
    return JSON.parse(readFileSync(output, 'utf8')) as Report;
  } catch {
    process.stderr.write(`${file}: ${ran.stderr.slice(-2000)}\n`);
    return { passes: [], failures: [{ fullTitle: file }], pending: [] };
  }
}

const reports = new Map<string, Report>();
for (const file of files) {
  const started = Date.now();
  const report = play(file);
  reports.set(file, report);
  const { passes, failures, pending } = report;
  const seconds = Math.round((Date.now() - started) / 1000);
  process.stderr.write(
    `${file}: ${passes.length} passed, ${failures.length} failed, ${pending.length} skipped, ${seconds} s\n`,
  );
}
rmSync(scratch, { recursive: true });

const results: AttackResult[] = attacks.map((attack) => {
  const found = attack.plays.map(({ file, title }) => {
    const { passes = [], failures = [], pending = [] } = reports.get(file) ?? {};
    const count = (tests: readonly { readonly fullTitle: string }[]): number =>
      tests.filter(({ fullTitle }) => fullTitle.includes(title)).length;
    // A hook that fails stands under the name of its suite, and a file that does not load under its own.
    const isBroken = failures.some(({ fullTitle }) => fullTitle === file || fullTitle.includes('" hook '));
    return { file, passed: count(passes), failed: count(failures) + (isBroken ? 1 : 0), skipped: count(pending) };
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
