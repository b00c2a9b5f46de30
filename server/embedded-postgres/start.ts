import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureDatabase } from '../db/ensure.js';
import { RelayError } from '../error.js';
import { programIn } from './binaries.js';
import { type Cluster, SUPERUSER, openCluster } from './cluster.js';
import { finish, start, under, underAndTied } from './identity.js';

/** A PostgreSQL server of our own, for this data folder, on the loopback interface only. */
export interface EmbeddedPostgres {
  /** Of the relay's database, with the password. */
  readonly url: string;
  readonly major: number;
  /** Settles when the server ends, whoever ended it. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Exists and is locked by this relay. */
  readonly dataDir: string;
  readonly pgBin?: string | undefined;
  /** Server settings, like `{fsync: 'off'}` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

const DATABASE = 'bildbote';
/** After a crash the old server may need a moment to notice and go. */
const STALE_MS = 10_000;
const STALE_STEP_MS = 250;
const PORT_ATTEMPTS = 5;
/** Crash recovery replays at most a few checkpoints. */
const READY_MS = 180_000;
const STOP_MS = 30_000;
const KEPT_LINES = 40;

/** @throws RelayError `database-binaries-missing`, `database-start-failed` */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(options.dataDir, options.pgBin);
  const server = await startServer(cluster, options.settings ?? {});
  try {
    await ensureDatabase(urlOf(cluster, server.port, 'postgres'), DATABASE);
  } catch (cause) {
    await stop(cluster, server.process);
    throw new RelayError('database-start-failed', 'the database does not answer', { cause });
  }
  return {
    url: urlOf(cluster, server.port, DATABASE),
    major: cluster.binaries.major,
    ended: exitOf(server.process).then(() => undefined),
    stop: () => stop(cluster, server.process),
  };
}

function urlOf({ password }: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
}

type Attempt =
  | { readonly kind: 'ready'; readonly server: Server }
  | { readonly kind: 'port-taken' | 'in-use' | 'failed'; readonly line: string };

async function startServer(cluster: Cluster, settings: Readonly<Record<string, string>>): Promise<Server> {
  const staleUntil = performance.now() + STALE_MS;
  let isOldStopped = false;
  for (let ports = 1; ;) {
    const attempt = await tryStart(cluster, settings);
    if (attempt.kind === 'ready') return attempt.server;
    if (attempt.kind === 'port-taken' && ports++ < PORT_ATTEMPTS) continue;
    if (attempt.kind !== 'in-use' || performance.now() > staleUntil) {
      throw new RelayError('database-start-failed', `the database did not start: ${attempt.line}`);
    }
    await delay(STALE_STEP_MS);
    // The data folder is locked by us: a server that still runs on it was left behind by a relay that was killed.
    if (!isOldStopped && performance.now() > staleUntil - STALE_MS / 2) {
      isOldStopped = true;
      await pgCtlStop(cluster).catch(() => undefined);
    }
  }
}

async function tryStart(cluster: Cluster, settings: Readonly<Record<string, string>>): Promise<Attempt> {
  const port = await findFreePort();
  const args = ['-D', cluster.directory, ...settingArgs({ ...SETTINGS, port: String(port), ...settings })];
  const child = start(await underAndTied(cluster.identity, { program: programIn(cluster.binaries, 'postgres'), args }));
  const { lines, isReady } = watchLog(child);
  const timeout = new AbortController();
  const outcome = await Promise.race([
    isReady.then(() => 'ready' as const),
    exitOf(child).then(() => 'ended' as const),
    delay(READY_MS, 'late' as const, { signal: timeout.signal }).catch(() => 'late' as const),
  ]);
  timeout.abort();
  if (outcome === 'ready') return { kind: 'ready', server: { process: child, port } };
  if (outcome === 'late') await stop(cluster, child);
  return classify(lines);
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  password_encryption: 'scram-sha-256',
  // Only what starting and stopping say: errors would quote values.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  logging_collector: 'off',
  log_destination: 'stderr',
};

function settingArgs(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Kept for the error message of a start that fails; the server speaks untranslated (LC_ALL=C). */
function watchLog(child: ChildProcess): { lines: string[]; isReady: Promise<void> } {
  const lines: string[] = [];
  const isReady = new Promise<void>((resolve) => {
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      if (line.includes('database system is ready to accept connections')) resolve();
    });
  });
  return { lines, isReady };
}

function classify(lines: readonly string[]): Attempt {
  const text = lines.join('\n');
  const fatal = lines.find((line) => /FATAL|PANIC|error/i.test(line)) ?? lines.at(-1) ?? 'it ended at once';
  const line = fatal.replace(/^.*?(FATAL|PANIC):\s*/, '');
  if (/postmaster\.pid|still in use/.test(text)) return { kind: 'in-use', line };
  if (/could not bind|could not create any TCP|Address already in use/.test(text)) return { kind: 'port-taken', line };
  return { kind: 'failed', line };
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

function exitOf(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  });
}

/** Fast shutdown: open transactions are rolled back, everything is written. */
async function stop(cluster: Cluster, child: ChildProcess): Promise<void> {
  const ended = exitOf(child);
  if (process.platform === 'win32') await pgCtlStop(cluster).catch(() => undefined);
  else child.kill('SIGINT');
  const late = new AbortController();
  const force = delay(STOP_MS, undefined, { signal: late.signal }).then(
    () => child.kill('SIGQUIT'),
    () => undefined,
  );
  await ended;
  late.abort();
  await force;
}

async function pgCtlStop(cluster: Cluster): Promise<void> {
  const args = ['stop', '-D', cluster.directory, '-m', 'fast', '-t', '5'];
  await finish(under(cluster.identity, { program: programIn(cluster.binaries, 'pg_ctl'), args }));
}
