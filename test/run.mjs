// Runs the tests, several mocha processes at a time, and ends with mocha's summary and `N passed, N failed`.
// `npm test` runs everything; `npm test -- FILE…` only these files. Each job is one process: what its tests share
// (a database cluster, a browser) lives as long as it does.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
/** Twice the processors: about half of the time is waiting, for processes, disks and clocks. */
const AT_ONCE = Math.min(6, 2 * availableParallelism());
const MOCHA = join(root, 'node_modules/mocha/bin/mocha.js');

/** Folders whose files are jobs of their own: each starts its own relays and waits for them. */
const APART = ['story'];
/** Folders that are so many jobs each; whatever is not named is one as well. A browser mostly waits: two wait at the same time. */
const TOGETHER = { server: 1, attacks: 1, browser: 2, client: 1, migrations: 1 };
/** What takes longest begins first, so that the end is short jobs only. */
const FIRST = [
  'browser',
  'server',
  'client',
  'mistakes',
  'crash',
  'full-disk',
  'attacks',
  'altered',
  'coding',
  'corpus',
  'first-study',
];

function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

function jobs() {
  const all = filesBelow('test');
  const inside = (folder) => all.filter((file) => file.startsWith(join('test', folder, '/')));
  const named = [...APART, ...Object.keys(TOGETHER)];
  const rest = all.filter((file) => !named.some((name) => file.startsWith(join('test', name, '/'))));
  const apart = APART.flatMap((folder) => inside(folder).map((file) => [file]));
  const together = Object.entries(TOGETHER).flatMap(([folder, parts]) => inParts(inside(folder), parts));
  const found = [...together, rest, ...apart].filter((files) => files.length > 0);
  const places = new Map(found.map((files) => [files, placeOf(files[0] ?? '')]));
  return found.sort((a, b) => places.get(a) - places.get(b));
}

/** One after the other, so that what belongs together by name stays together. */
function inParts(files, parts) {
  const length = Math.ceil(files.length / parts);
  return Array.from({ length: parts }, (_, i) => files.slice(i * length, (i + 1) * length));
}

function placeOf(file) {
  const place = FIRST.findIndex((name) => file.includes(`/${name}`));
  return place < 0 ? FIRST.length : place;
}

const scratch = mkdtempSync(join(tmpdir(), 'bildbote-counts-'));
let started = 0;

/** A process that broke off before its report, or failed beside it, counts as one failure at least. */
function countsOf(file, code) {
  const counts = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { passed: 0, failed: 0, pending: 0, failures: [] };
  if (code === 0 || counts.failed > 0) return counts;
  const failure = { title: 'the process of these tests', message: `ended with code ${code} outside of a test` };
  return { ...counts, failed: 1, failures: [failure] };
}

/** One mocha process. Its report is shown when it has ended: reports of several do not mix. */
function run(files, { live }) {
  const countsFile = join(scratch, `${(started += 1)}.json`);
  return new Promise((done) => {
    const args = ['--no-config', '--config', join(root, '.mocharc.json'), ...files];
    const child = spawn(process.execPath, [MOCHA, ...args], {
      cwd: root,
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
      // A file, because mocha starts a process of its own for Node's options and hands no other channel on.
      env: { ...process.env, BILDBOTE_TEST_COUNTS: countsFile },
    });
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(output));
      done({ ...countsOf(countsFile, code), files });
    });
  });
}

async function runAll(queue, atOnce) {
  const results = [];
  const worker = async () => {
    for (let files = queue.shift(); files !== undefined; files = queue.shift()) {
      results.push(await run(files, { live: false }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

const named = process.argv.slice(2);
const startedMs = Date.now();
const results = named.length > 0 ? [await run(named, { live: true })] : await runAll(jobs(), AT_ONCE);
rmSync(scratch, { recursive: true, force: true });
const sum = (name) => results.reduce((total, one) => total + one[name], 0);
const [passed, failed, pending] = [sum('passed'), sum('failed'), sum('pending')];
const seconds = Math.round((Date.now() - startedMs) / 1000);
if (process.env.BILDBOTE_TEST_TIMES !== undefined) {
  for (const { files, seconds, processorSeconds } of results) {
    process.stdout.write(`  ${seconds} s, ${processorSeconds} s of processor time: ${files[0]} (${files.length})\n`);
  }
}
for (const { files, failures } of results) {
  for (const { title, message } of failures) process.stdout.write(`\n  failed: ${title} (${files[0]})\n${message}\n`);
}
process.stdout.write(`\n  ${passed} passing (${seconds}s)\n`);
if (pending > 0) process.stdout.write(`  ${pending} pending\n`);
if (failed > 0) process.stdout.write(`  ${failed} failing\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
