import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type BackupResult, backup } from './backup/backup.js';
import { type RestoreResult, openSnapshot, restore } from './backup/restore.js';
import { recordAudit } from './audit/record.js';
import { openBlobs } from './blobs/open.js';
import { checkRelay } from './check/check.js';
import type { CheckResult } from './check/findings.js';
import type { Depth } from './check/payloads.js';
import { createClosers } from './closers.js';
import { type RelayOptions, loadConfig } from './config.js';
import { loadRelayRecord, lockDataFolder } from './data-folder.js';
import { isUnavailable } from './db/errors.js';
import { openDatabase } from './db/open.js';
import { type ExportTarget, type PracticeExported, exportPractice } from './export/practice-export.js';
import { startEmbeddedPostgres } from './embedded-postgres/start.js';
import { RelayError } from './error.js';
import { relayVersion } from './version.js';

/** What an operator does beside a relay that runs. Settings are the relay's own: the same environment, the same options. */
export interface Upkeep {
  /** @throws RelayError `database-unreachable` */
  check(depth: Depth): Promise<CheckResult>;
  backup(target: string, keep: number, onProgress: (bytes: number) => void): Promise<BackupResult>;
  /** Everything that the relay holds about a practice. @throws RelayError `practice-unknown` */
  exportPractice(name: string, target: ExportTarget): Promise<PracticeExported>;
  close(): Promise<void>;
}

/** @throws RelayError `no-relay`, `config-invalid` */
export async function openUpkeep(options: Pick<RelayOptions, 'dataDir' | 'blobs'>): Promise<Upkeep> {
  const dataDir = loadConfig(options).dataDir;
  const record = await loadRelayRecord(dataDir);
  const { blobs: place } = loadConfig({ ...options, blobs: options.blobs ?? record.blobs });
  const db = openDatabase({ url: record.databaseUrl, poolSize: 4 });
  const blobs = await openBlobs(place);
  return {
    check: (depth) => reachable(dataDir, () => checkRelay({ db, blobs, depth })),
    exportPractice: (name, target) => reachable(dataDir, () => exportPractice({ db, blobs }, name, target)),
    backup: (target, keep, onProgress) => {
      const input = {
        db,
        blobs,
        dataDir,
        origin: record.origin,
        version: relayVersion(),
        target: resolve(target),
        keep,
      };
      return reachable(dataDir, async () => {
        const result = await backup({ ...input, onProgress: ({ bytes }) => onProgress(bytes) });
        await recordAudit(db, { kind: 'backup-taken', rows: result.rows, blobs: result.blobs });
        return result;
      });
    },
    async close() {
      await blobs[Symbol.asyncDispose]();
      await db.destroy();
    },
  };
}

export async function reachable<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isUnavailable(cause)) throw cause;
    throw new RelayError('database-unreachable', `the relay of ${dataDir} is not running`, { cause });
  }
}

export interface Restored extends RestoreResult {
  /** Under which the relay must run again: it stands in every keystore. */
  readonly origin: string;
  readonly check: CheckResult;
}

/**
 * Makes a relay's data folder, database and blobs of a snapshot, and checks every byte of it. The relay must not run; it is
 * started afterwards with the same settings.
 * @throws RelayError `backup-unusable`, `database-not-empty`, `data-folder-in-use`, `config-invalid`
 */
export async function restoreRelay(from: string, options: RelayOptions): Promise<Restored> {
  const config = loadConfig(options);
  const snapshot = await openSnapshot(resolve(from));
  const closers = createClosers();
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    const folder = await lockDataFolder(config.dataDir);
    closers.add(() => folder.release());
    const { dataDir, pgBin } = config;
    const embedded = config.databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir, pgBin }) : null;
    if (embedded !== null) closers.add(() => embedded.stop());
    const db = openDatabase({ url: embedded?.url ?? config.databaseUrl ?? '', poolSize: 4 });
    closers.add(() => db.destroy());
    const blobs = await openBlobs(config.blobs);
    closers.add(async () => blobs[Symbol.asyncDispose]());
    const result = await reachable(dataDir, () => restore({ db, blobs, dataDir, snapshot }));
    await recordAudit(db, { kind: 'restored', rows: result.rows, blobs: result.blobs });
    const check = await checkRelay({ db, blobs, depth: 'whole' });
    return { ...result, origin: snapshot.manifest.origin, check };
  } finally {
    await closers.close();
  }
}
