import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openDiskBlobs } from '../blobs/disk.js';
import { readCompressed } from './files.js';
import { BLOB_LIST, BLOBS, MANIFEST } from './format.js';

/** Snapshots that came to their end, oldest first. */
export async function listSnapshots(target: string): Promise<string[]> {
  const names = (await readdir(target, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && /^\d{4}-\d\d-\d\dT/.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  const whole: string[] = [];
  for (const name of names) {
    if (await stat(join(target, name, MANIFEST)).catch(() => null)) whole.push(name);
  }
  return whole;
}

/** Keeps the newest `keep` snapshots and the blobs that they name: what has expired at the relay leaves its backups, too. */
export async function prune(target: string, keep: number): Promise<void> {
  const snapshots = await listSnapshots(target);
  const [old, kept] = [snapshots.slice(0, -keep), snapshots.slice(-keep)];
  const named = new Set<string>();
  for (const name of kept) {
    for await (const key of createInterface({ input: readCompressed(join(target, name, BLOB_LIST)) })) named.add(key);
  }
  for (const name of old) await rm(join(target, name), { recursive: true, force: true });
  await using store = await openDiskBlobs(join(target, BLOBS));
  const now = new Date();
  for await (const key of store.list(now)) if (!named.has(key)) await store.delete(key);
  await store.discardUnfinished(now);
}
