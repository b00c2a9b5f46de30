import { statfs } from 'node:fs/promises';
import { arch, cpus, freemem, loadavg, platform, release, totalmem, uptime } from 'node:os';
import type { CheckResult } from '../check/findings.js';
import type { RelayRecord } from '../data-folder.js';
import { knownMigrations, listMigrations } from '../db/migrate.js';
import type { Database } from '../db/open.js';
import { readRecentLog } from '../recent-log.js';
import { relayVersion } from '../version.js';
import { redactText } from './redact.js';

/**
 * What somebody who helps needs to know of a relay, in one readable file: versions, settings, state, numbers, the newest log
 * lines. No names, no addresses, no ids, no secrets, and nothing of messages, of which the relay has none that can be read.
 */
export interface SupportBundle {
  readonly format: 'bildbote-support-1';
  readonly madeAt: string;
  readonly program: Readonly<Record<string, unknown>>;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly settings: RelayRecord['settings'] | null;
  readonly database: Readonly<Record<string, unknown>> | Unanswered;
  readonly check: CheckResult | Unanswered;
  readonly audit: Readonly<Record<string, unknown>> | Unanswered;
  readonly metrics: readonly string[] | Unanswered;
  readonly log: readonly string[];
}

/** What could not be found out, and why: by code, since messages may quote. */
export interface Unanswered {
  readonly unanswered: string;
}

export interface BundleInput {
  readonly dataDir: string;
  readonly record: RelayRecord;
  readonly db: Database;
  readonly check: () => Promise<CheckResult>;
  /** Counts and findings of the audit. */
  readonly audit: () => Promise<Readonly<Record<string, unknown>>>;
  /** What Prometheus is sent to keep others out. */
  readonly metricsToken: string | null;
  readonly logLines: number;
}

const METRICS_MS = 5_000;

export async function makeBundle(input: BundleInput): Promise<SupportBundle> {
  const { record, db, dataDir } = input;
  return {
    format: 'bildbote-support-1',
    madeAt: new Date().toISOString(),
    program: {
      ...{ version: relayVersion(), running: record.version ?? null, startedAt: record.startedAt ?? null },
      ...{ node: process.version, openssl: process.versions.openssl, isAlive: isAlive(record.pid) },
      webDigest: record.webDigest ?? null,
    },
    machine: await machine(dataDir),
    settings: record.settings ?? null,
    database: await answered(() => describeDatabase(db)),
    check: await answered(async () => withoutIds(await input.check())),
    audit: await answered(input.audit),
    metrics: await answered(() => readMetrics(record.metricsUrl, input.metricsToken)),
    log: readRecentLog(dataDir, input.logLines).map(redactText),
  };
}

async function answered<T>(question: () => Promise<T>): Promise<T | Unanswered> {
  try {
    return await question();
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: unknown };
    return { unanswered: redactText(String(code ?? name ?? 'unknown')) };
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function machine(dataDir: string): Promise<Readonly<Record<string, unknown>>> {
  const disk = await statfs(dataDir).catch(() => null);
  return {
    ...{ platform: platform(), arch: arch(), release: release(), upSeconds: Math.round(uptime()) },
    ...{ processors: cpus().length, load: loadavg(), memoryBytes: totalmem(), freeMemoryBytes: freemem() },
    disk: disk === null ? null : { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
  };
}

/** A finding names a mailbox or a payload: eight digits tell those apart that are there, and say nothing to others. */
function withoutIds({ counts, findings }: CheckResult): CheckResult {
  return { counts, findings: findings.map(({ kind, subject }) => ({ kind, subject: redactText(subject) })) };
}

async function describeDatabase(db: Database): Promise<Readonly<Record<string, unknown>>> {
  const one = async (sql: string): Promise<Record<string, unknown>> => {
    const { rows } = await db.raw<{ rows: Record<string, unknown>[] }>(sql);
    return rows[0] ?? {};
  };
  const { rows: tables } = await db.raw<{ rows: unknown[] }>(
    `select relname as name, n_live_tup as rows, n_dead_tup as dead, pg_total_relation_size(relid) as bytes,
       greatest(last_vacuum, last_autovacuum) as vacuumed, greatest(last_analyze, last_autoanalyze) as analyzed
     from pg_stat_user_tables order by relname`,
  );
  const [taken, known] = [await listMigrations(db), await knownMigrations()];
  return {
    ...(await one(`select current_setting('server_version') as version, pg_database_size(current_database()) as bytes,
      current_setting('max_connections') as "maxConnections", current_setting('shared_buffers') as "sharedBuffers",
      current_setting('fsync') as fsync, current_setting('synchronous_commit') as "synchronousCommit"`)),
    ...(await one(`select count(*) as connections, count(*) filter (where wait_event_type = 'Lock') as waiting,
      extract(epoch from max(now() - xact_start)) as "longestSeconds"
      from pg_stat_activity where datname = current_database()`)),
    migrations: {
      newest: taken.at(-1) ?? null,
      pending: known.filter((name) => !taken.includes(name)),
      unknown: taken.filter((name) => !known.includes(name)),
    },
    tables,
  };
}

async function readMetrics(url: string | undefined, token: string | null): Promise<readonly string[]> {
  if (url === undefined) throw Object.assign(new Error('off'), { code: 'off' });
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/metrics`, { headers, signal: AbortSignal.timeout(METRICS_MS) });
  if (!response.ok) throw Object.assign(new Error('refused'), { code: `status-${response.status}` });
  const lines = (await response.text()).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(redactText);
}
