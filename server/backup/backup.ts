import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { openDiskBlobs } from '../blobs/disk.js';
import { BlobError, type BlobKey, type BlobStore, blobKeyFrom } from '../blobs/store.js';
import { LOCKS, withLock } from '../db/advisory-lock.js';
import { inSnapshot, listTables, readTable, type TableShape } from '../db/copy.js';
import { listMigrations } from '../db/migrate.js';
import type { Database, Transaction } from '../db/open.js';
import { savePrivate } from '../private-file.js';
import type { PartRow } from '../tables.js';
import { syncFolder, writeCompressed } from './files.js';
import { BLOB_LIST, BLOBS, MANIFEST, type Manifest, SECRETS, TABLES } from './format.js';
import { prune } from './prune.js';

export interface BackupInput {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly dataDir: string;
  readonly origin: string;
  readonly version: string;
  /** The backup's folder; made when it is not there. */
  readonly target: string;
  /** How many snapshots stay, this one included. */
  readonly keep: number;
  readonly onProgress?: (progress: { readonly blobs: number; readonly bytes: number }) => void;
}

export interface BackupResult {
  readonly snapshot: string;
  readonly rows: number;
  readonly blobs: number;
  /** Blobs that the folder did not have yet. */
  readonly newBlobs: number;
  readonly bytes: number;
}

/**
 * A snapshot of a relay that goes on working: tables as of one moment, then every blob that they name. Meanwhile nothing is
 * swept or expires, so that what the tables name is there; a part that was replaced in between is not, and the restored
 * relay asks its sender for it again. The manifest comes last.
 */
export async function backup(input: BackupInput): Promise<BackupResult> {
  await mkdir(input.target, { recursive: true, mode: 0o700 });
  const name = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const unfinished = join(input.target, `unfinished-${randomBytes(6).toString('hex')}`);
  try {
    const result = await withLock(input.db, LOCKS.housekeeping, () => write(input, unfinished));
    await rename(unfinished, join(input.target, name));
    await syncFolder(input.target);
    await prune(input.target, input.keep);
    return { ...result, snapshot: join(input.target, name) };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function write(input: BackupInput, folder: string): Promise<Omit<BackupResult, 'snapshot'>> {
  for (const part of [TABLES, SECRETS]) await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  const migrations = await listMigrations(input.db);
  const { tables, parts } = await inSnapshot(input.db, async (trx) => ({
    tables: await writeTables(trx, join(folder, TABLES)),
    parts: await listParts(trx),
  }));
  const copied = await copyBlobs(input, parts);
  const sha256 = await writeCompressed(join(folder, BLOB_LIST), lines(copied.keys));
  const manifest: Manifest = {
    format: 1,
    version: input.version,
    origin: input.origin,
    createdAt: new Date().toISOString(),
    migrations,
    tables,
    secrets: await copySecrets(input.dataDir, join(folder, SECRETS)),
    blobs: { count: copied.keys.length, bytes: copied.bytes, sha256 },
  };
  await savePrivate(join(folder, MANIFEST), JSON.stringify(manifest, null, 2));
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return { rows, blobs: copied.keys.length, newBlobs: copied.newBlobs, bytes: copied.bytes };
}

/** What lives for minutes: a restored relay asks everybody to sign in again. */
const NOT_KEPT = ['sessions', 'challenges', 'pairings', 'pairing_blobs'];

async function writeTables(trx: Transaction, folder: string): Promise<Manifest['tables']> {
  const written: Manifest['tables'] = [];
  for (const table of await listTables(trx)) {
    if (!NOT_KEPT.includes(table.name)) written.push(await writeOne(trx, table, folder));
  }
  return written;
}

async function writeOne(trx: Transaction, table: TableShape, folder: string): Promise<Manifest['tables'][number]> {
  let rows = 0;
  // In PostgreSQL's text form a row is a line, and line feeds in values are escaped.
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows += 1;
      done(null, chunk);
    },
  });
  const source = (await readTable(trx, table)).on('error', (error) => counter.destroy(error)).pipe(counter);
  const sha256 = await writeCompressed(join(folder, `${table.name}.gz`), source);
  return { name: table.name, rows, sha256 };
}

interface NamedBlob {
  readonly key: BlobKey;
  readonly bytes: number;
}

async function listParts(trx: Transaction): Promise<NamedBlob[]> {
  const rows = await trx<PartRow>('parts')
    .orderBy('payload_number')
    .orderBy('first_segment')
    .select('blob_key', 'bytes');
  return rows.map((row) => ({ key: blobKeyFrom(row.blob_key), bytes: row.bytes }));
}

async function copyBlobs({ blobs, target, onProgress }: BackupInput, parts: readonly NamedBlob[]) {
  await using store = await openDiskBlobs(join(target, BLOBS));
  const keys: BlobKey[] = [];
  let [bytes, newBlobs] = [0, 0];
  for (const part of parts) {
    const outcome = await copyBlob(blobs, store, part);
    if (outcome === 'gone') continue;
    keys.push(part.key);
    bytes += part.bytes;
    if (outcome === 'copied') newBlobs += 1;
    onProgress?.({ blobs: keys.length, bytes });
  }
  return { keys, bytes, newBlobs };
}

async function copyBlob(
  from: BlobStore,
  to: BlobStore,
  { key, bytes }: NamedBlob,
): Promise<'copied' | 'there' | 'gone'> {
  try {
    await to.write(key, from.read(key, 0, bytes));
    return 'copied';
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    if (error.code === 'blob-exists') return 'there';
    if (error.code === 'blob-missing') return 'gone';
    throw error;
  }
}

function lines(keys: readonly BlobKey[]): AsyncIterable<Uint8Array> {
  return (async function* () {
    for (const key of keys) yield Buffer.from(`${key}\n`, 'latin1');
    await Promise.resolve();
  })();
}

/** What a data folder holds beside database and blobs: keys of the relay itself. The rest is made anew at each start. */
const MADE_ANEW = ['postgres.json', 'relay.json', 'relay.lock', 'audit.checkpoint'];

async function copySecrets(dataDir: string, folder: string): Promise<Manifest['secrets']> {
  const secrets: Manifest['secrets'] = [];
  const entries = await readdir(dataDir, { withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile() && isSecret(one.name))) {
    const bytes = await readFile(join(dataDir, entry.name));
    await writeFile(join(folder, entry.name), bytes, { mode: 0o600, flush: true });
    secrets.push({ name: entry.name, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  return secrets;
}

function isSecret(name: string): boolean {
  return !MADE_ANEW.includes(name) && /^[a-z0-9][a-z0-9.-]*$/.test(name) && !name.endsWith('.unfinished');
}
