import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { openDiskBlobs } from '../blobs/disk.js';
import { BlobError, type BlobStore, blobKeyFrom } from '../blobs/store.js';
import { type TableShape, listTables, renumber, unhurried, writeTable } from '../db/copy.js';
import { knownMigrations, listMigrations, migrateBy, migrateToLatest } from '../db/migrate.js';
import type { Database, Transaction } from '../db/open.js';
import { RelayError } from '../error.js';
import { savePrivate } from '../private-file.js';
import type { PartRow } from '../tables.js';
import { digestOfFile, readCompressed } from './files.js';
import { BLOB_LIST, BLOBS, MANIFEST, type Manifest, SECRETS, TABLES, parseManifest } from './format.js';
import { listSnapshots } from './prune.js';

export interface Snapshot {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * The snapshot in `path`, or the newest one below it. All its files have the digests of its manifest.
 * @throws RelayError `backup-unusable`
 */
export async function openSnapshot(path: string): Promise<Snapshot> {
  const folder = await folderOf(path);
  const manifest = parseManifest(await readFile(join(folder, MANIFEST), 'utf8'));
  const files = [
    ...manifest.tables.map(({ name, sha256 }) => [join(TABLES, `${name}.gz`), sha256] as const),
    ...manifest.secrets.map(({ name, sha256 }) => [join(SECRETS, name), sha256] as const),
    [BLOB_LIST, manifest.blobs.sha256] as const,
  ];
  for (const [name, sha256] of files) {
    const digest = await digestOfFile(join(folder, name)).catch(() => null);
    if (digest !== sha256) throw new RelayError('backup-unusable', `${name} is missing or damaged`);
  }
  return { folder, manifest };
}

async function folderOf(path: string): Promise<string> {
  if (await stat(join(path, MANIFEST)).catch(() => null)) return path;
  const newest = (await listSnapshots(path).catch(() => [])).at(-1);
  if (newest === undefined) throw new RelayError('backup-unusable', 'no finished snapshot there');
  return join(path, newest);
}

export interface RestoreInput {
  /** Has no tables yet. */
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly dataDir: string;
  readonly snapshot: Snapshot;
}

export interface RestoreResult {
  readonly rows: number;
  readonly blobs: number;
  /** Parts whose bytes are not in the backup: their senders are asked for them again. */
  readonly partsWithoutBytes: number;
}

/**
 * Fills an empty database and store. Blobs come first: what the tables name is there when they do.
 * @throws RelayError `backup-unusable`, `database-not-empty`
 */
export async function restore({ db, blobs, dataDir, snapshot }: RestoreInput): Promise<RestoreResult> {
  const { folder, manifest } = snapshot;
  const known = await knownMigrations();
  const unknown = manifest.migrations.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new RelayError('backup-unusable', `made by a newer version (${unknown.join(', ')})`);
  if ((await listMigrations(db)).length > 0) throw new RelayError('database-not-empty', 'the database holds a relay');
  const copied = await restoreBlobs(blobs, folder);
  await migrateBy(db, manifest.migrations);
  const rows = await db.transaction((trx) => restoreTables(trx, snapshot));
  const partsWithoutBytes = await dropParts(db, copied);
  await migrateToLatest(db);
  for (const { name } of manifest.secrets) {
    await savePrivate(join(dataDir, name), await readFile(join(folder, SECRETS, name), 'utf8'));
  }
  return { rows, blobs: copied.size, partsWithoutBytes };
}

async function restoreBlobs(blobs: BlobStore, folder: string): Promise<ReadonlySet<string>> {
  await using source = await openDiskBlobs(join(dirname(folder), BLOBS));
  const copied = new Set<string>();
  for await (const key of createInterface({ input: readCompressed(join(folder, BLOB_LIST)) })) {
    const blobKey = blobKeyFrom(Buffer.from(key, 'hex'));
    const { size } = await stat(join(dirname(folder), BLOBS, key.slice(0, 2), key)).catch(() => ({ size: -1 }));
    if (size < 0) throw new RelayError('backup-unusable', `a blob of ${basename(folder)} is missing`);
    await blobs.write(blobKey, source.read(blobKey, 0, size)).catch((error: unknown) => {
      // A restore that was broken off has left it.
      if (!(error instanceof BlobError) || error.code !== 'blob-exists') throw error;
    });
    copied.add(key);
  }
  return copied;
}

async function restoreTables(trx: Transaction, { folder, manifest }: Snapshot): Promise<number> {
  await unhurried(trx);
  const shapes = new Map((await listTables(trx)).map((table) => [table.name, table]));
  let rows = 0;
  for (const { name, rows: expected } of manifest.tables) {
    const table = shapes.get(name);
    if (table === undefined) throw new RelayError('backup-unusable', `no table ${name} in this version`);
    await restoreTable(trx, table, join(folder, TABLES, `${name}.gz`));
    const count = await countOf(trx, name);
    if (count !== expected) throw new RelayError('backup-unusable', `${name} has another number of rows`);
    rows += count;
  }
  return rows;
}

async function restoreTable(trx: Transaction, table: TableShape, path: string): Promise<void> {
  await pipeline(readCompressed(path), await writeTable(trx, table));
  await renumber(trx, table);
}

async function countOf(trx: Transaction, name: string): Promise<number> {
  const [row] = await trx(name).count<{ count: number }[]>('* as count');
  return row?.count ?? 0;
}

/** A part that was replaced while the backup ran has no bytes in it: no tally covers it, and its sender sends it again. */
async function dropParts(db: Database, copied: ReadonlySet<string>): Promise<number> {
  const rows = await db<PartRow>('parts').select('blob_key');
  const missing = rows.filter(({ blob_key }) => !copied.has(blob_key.toString('hex')));
  for (const { blob_key } of missing) await db<PartRow>('parts').where({ blob_key }).delete();
  return missing.length;
}
