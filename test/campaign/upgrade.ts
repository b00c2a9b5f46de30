import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { promisify } from 'node:util';
import { parseArgs } from 'node:util';
import { PASSPHRASE } from '../support/cli.js';
import { tinyStudy } from '../support/tiny-study.js';

/**
 * `npm run campaign:upgrade`: builds the program of 0.0.1, lets it make a relay and two practices, and goes on with the program
 * of this folder on the same data: what was sent before arrives, what is sent now as well, and nothing is found wrong.
 * `--built DIR` takes a built 0.0.1; `--fixture DIR` keeps what 0.0.1 has made for test/story/upgrade.test.ts.
 */

const COMMIT = 'dff5ba697be9';
const ROOT = resolve(import.meta.dirname, '../..');
const NORD = 'befund@radiologie-nord.example';
const SUED = 'praxis@sued.example';

const { values } = parseArgs({
  options: {
    built: { type: 'string' },
    fixture: { type: 'string' },
    'pg-bin': { type: 'string' },
    port: { type: 'string' },
  },
});
const folder = await mkdtemp(join(tmpdir(), 'bildbote-upgrade-'));
const data = join(folder, 'relay');
const keys = (address: string): string => join(folder, address === NORD ? 'nord' : 'sued');
const pgBin = values['pg-bin'];
const env: NodeJS.ProcessEnv = {
  ...process.env,
  LC_ALL: 'C',
  BILDBOTE_PASSPHRASE: PASSPHRASE,
  BILDBOTE_RATE_LIMIT: 'off',
  BILDBOTE_LOG_LEVEL: 'error',
  ...(pgBin === undefined ? {} : { BILDBOTE_PG_BIN: pgBin }),
};

type Line = Readonly<Record<string, unknown>>;

/** One command of one version. @throws when it fails */
async function run(program: string, ...args: readonly string[]): Promise<Line[]> {
  const script = join(program, 'client/cli/bildbote.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args, '--json'], { env, cwd: program });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}

/** To be ended whatever happens: before the folder goes away. */
const running = new Set<ChildProcess>();

async function serve(program: string, port: number): Promise<{ stop(): Promise<void> }> {
  const script = join(program, 'client/cli/bildbote.mjs');
  const args = ['relay', '--port', String(port), '--data', data, '--json'];
  const child = spawn(process.execPath, [script, ...args], { env, cwd: program, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  await once(child.stdout, 'data');
  return {
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      running.delete(child);
      if (code !== 0) throw new Error(`the relay ended with ${code}`);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function buildOld(): Promise<string> {
  const program = join(folder, 'program');
  await mkdir(program);
  execFileSync('sh', ['-c', `git archive ${COMMIT} | tar -x -C "$1"`, 'sh', program], { cwd: ROOT });
  const step = (command: string, ...args: readonly string[]) =>
    void execFileSync(command, args, { cwd: program, stdio: ['ignore', 'ignore', 'inherit'] });
  step('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  step('npx', 'tsc', '-b', 'client/cli');
  return program;
}

async function enrol(program: string, name: string, address: string): Promise<void> {
  const [invited] = await run(program, 'practice', 'invite', '--data', data, '--name', name, '--mailbox', address);
  const device = ['--device', 'Test', '--member', `Dr. ${name}`];
  await run(program, 'enrol', String(invited?.['invitation']), '--keystore', keys(address), ...device);
}

const messageOf = (lines: readonly Line[]): string => String(lines.find((line) => 'messageId' in line)?.['messageId']);

async function inboxOf(program: string, address: string): Promise<Line[]> {
  return run(program, 'inbox', '--keystore', keys(address));
}

/** Two practices, a study that nobody has fetched, a text that was read. */
async function liveWith(program: string): Promise<string> {
  await enrol(program, 'Radiologie Nord', NORD);
  await enrol(program, 'Praxis Süd', SUED);
  const study = join(folder, 'study');
  for (const { path, bytes } of tinyStudy()) {
    await mkdir(dirname(join(study, path)), { recursive: true });
    await writeFile(join(study, path), bytes);
  }
  const letter = (to: string, subject: string) => ['--to', to, '--subject', subject, '--expires', '365d'];
  const sent = await run(
    program,
    'send',
    study,
    '--keystore',
    keys(NORD),
    ...letter(SUED, 'CT'),
    '--text',
    'Befund folgt',
  );
  const text = await run(program, 'send', '--keystore', keys(SUED), ...letter(NORD, 'Danke'), '--text', 'Danke');
  await inboxOf(program, NORD);
  await run(program, 'fetch', messageOf(text), '--out', join(folder, 'read'), '--keystore', keys(NORD));
  return messageOf(sent);
}

function expect(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`not so: ${what}`);
  process.stdout.write(`${what}\n`);
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function digestsIn(path: string): Promise<Set<string>> {
  const names = (await readdir(path, { recursive: true })).filter((name) => name.endsWith('.dcm'));
  return new Set(await Promise.all(names.map(async (name) => digest(await readFile(join(path, name))))));
}

/** The same data and keystores, with the program of this folder. */
async function goOn(messageId: string): Promise<void> {
  await inboxOf(ROOT, SUED);
  await run(ROOT, 'fetch', messageId, '--out', join(folder, 'fetched'), '--keystore', keys(SUED));
  const fetched = await digestsIn(join(folder, 'fetched'));
  expect(
    tinyStudy().every(({ bytes }) => fetched.has(digest(bytes))),
    'a study of 0.0.1 arrives byte for byte',
  );
  const shown = await run(ROOT, 'show', messageId, '--keystore', keys(SUED));
  expect(JSON.stringify(shown).includes('Befund folgt'), 'its text can be read');
  const receipts = await run(ROOT, 'receipts', messageId, '--keystore', keys(NORD));
  expect(
    receipts.some(({ kind }) => kind === 'delivered'),
    'its sender gets the receipt',
  );
  const answer = ['--to', NORD, '--subject', 'Neu', '--text', 'Angekommen', '--reply-to', messageId];
  const sent = await run(ROOT, 'send', join(folder, 'study'), '--keystore', keys(SUED), ...answer);
  const inbox = await inboxOf(ROOT, NORD);
  const arrived = inbox.find((line) => line['messageId'] === messageOf(sent));
  expect(arrived?.['from'] === SUED, 'an answer arrives');
  expect(inbox.length === 2, 'and what was there before is there');
  const [check] = await run(ROOT, 'relay', 'check', '--whole', '--data', data);
  expect(check?.['ok'] === true, `relay check --whole: ${JSON.stringify(check?.['counts'])}`);
  const [audit] = await run(ROOT, 'audit', 'verify', '--data', data);
  expect(audit?.['ok'] === true, 'the audit has begun, and is unaltered');
  await run(ROOT, 'relay', 'backup', '--to', join(folder, 'backup'), '--data', data);
}

/** What test/story/upgrade.test.ts begins with: the tables as SQL, the parts, and both keystores. */
async function keepFixture(target: string, origin: string, messageId: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const { databaseUrl } = JSON.parse(await readFile(join(data, 'relay.json'), 'utf8')) as { databaseUrl: string };
  const dump = ['--inserts', '--no-owner', '--no-privileges', '--dbname', databaseUrl];
  const { stdout } = await promisify(execFile)('pg_dump', dump, { maxBuffer: 2 ** 26 });
  // Lines that begin with a backslash are for psql, not for the database.
  const sql = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('--') && !line.startsWith('\\'));
  await writeFile(join(target, 'tables.sql.gz'), gzipSync(`${sql.join('\n')}\n`, { level: 9 }));
  await cp(join(data, 'blobs'), join(target, 'blobs'), { recursive: true });
  for (const address of [NORD, SUED])
    await cp(keys(address), join(target, address === NORD ? 'nord' : 'sued'), { recursive: true });
  const about = { commit: COMMIT, origin, messageId, nord: NORD, sued: SUED, madeAt: new Date().toISOString() };
  await writeFile(join(target, 'about.json'), `${JSON.stringify(about, null, 2)}\n`);
}

try {
  const old = values.built === undefined ? await buildOld() : resolve(values.built);
  const port = values.port === undefined ? await freePort() : Number(values.port);
  const before = await serve(old, port);
  const messageId = await liveWith(old);
  if (values.fixture !== undefined) await keepFixture(resolve(values.fixture), `http://127.0.0.1:${port}`, messageId);
  await before.stop();
  process.stdout.write(`0.0.1 (${COMMIT}) has made a relay with two practices\n`);
  const after = await serve(ROOT, port);
  await goOn(messageId);
  await after.stop();
  const again = await serve(ROOT, port);
  expect((await inboxOf(ROOT, NORD)).length === 2, 'and after a restart');
  await again.stop();
  process.stdout.write('upgraded\n');
} finally {
  for (const child of running) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
}
