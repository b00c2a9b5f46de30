import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotFound, isSystemError } from '../../node/durable.js';
import { DropRefused } from './refusal.js';

/** A file below a folder that others can write to. Nothing that points elsewhere is followed. */
export interface Entry {
  /** Below the folder, with `/`. */
  readonly name: string;
  readonly absolute: string;
  readonly bytes: number;
  readonly stats: Stats;
}

/** Deeper is no study and no medium. */
const MAX_DEPTH = 12;
/** The same that a job can carry. */
const MAX_ENTRIES = 200_000;
/** What systems leave behind in folders that people look into. */
const JUNK = /^(\.|~\$)|^(thumbs\.db|desktop\.ini)$/i;
/** What programs call a file as long as they write it. */
const UNFINISHED = /\.(part|partial|tmp|temp|crdownload|filepart|writing)$|~$/i;

export function isJunk(name: string): boolean {
  return JUNK.test(name);
}

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** All files below, by name. @throws DropRefused `symbolic-link`, `no-plain-file`, `too-many-files`, `file-unreadable` */
export async function entriesBelow(folder: string): Promise<Entry[]> {
  const found: Entry[] = [];
  await collect(folder, '', 0, found);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function collect(folder: string, prefix: string, depth: number, found: Entry[]): Promise<void> {
  if (depth > MAX_DEPTH) throw new DropRefused('too-many-files', [prefix]);
  for await (const { name } of await readable(prefix, opendir(folder))) {
    if (isJunk(name)) continue;
    const absolute = join(folder, name);
    const stats = await lstat(absolute);
    const inner = `${prefix}${name}`;
    if (stats.isSymbolicLink()) throw new DropRefused('symbolic-link', [inner]);
    if (stats.isDirectory()) await collect(absolute, `${inner}/`, depth + 1, found);
    else if (!stats.isFile()) throw new DropRefused('no-plain-file', [inner]);
    else found.push({ name: inner, absolute, bytes: stats.size, stats });
    if (found.length > MAX_ENTRIES) throw new DropRefused('too-many-files', [prefix]);
  }
}

async function readable<T>(name: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    if (isSystemError(error, 'EACCES') || isSystemError(error, 'EPERM'))
      throw new DropRefused('file-unreadable', [name]);
    throw error;
  }
}

/** Changes with every file that comes, goes, grows or is written again. */
export function fingerprint(entries: readonly Entry[]): string {
  const hash = createHash('sha256');
  for (const { name, bytes, stats } of entries) hash.update(JSON.stringify([name, bytes, stats.mtimeMs, stats.ino]));
  return hash.digest('hex');
}

// Not on every system; 0 where there is none. A pipe that somebody puts in a file's place would wait for ever.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Opens exactly the file that was looked at. @throws DropRefused when another stands in its place now, `file-unreadable` */
export async function openEntry({ name, absolute, stats }: Entry): Promise<FileHandle> {
  const handle = await readable(name, open(absolute, FLAGS)).catch((error: unknown) => {
    if (isSystemError(error, 'ELOOP')) throw new DropRefused('symbolic-link', [name]);
    throw error;
  });
  const now = await handle.stat();
  if (now.isFile() && now.ino === stats.ino && now.dev === stats.dev) return handle;
  await handle.close();
  throw new DropRefused('no-plain-file', [name]);
}

/** Whether a writer has gone on meanwhile. */
export async function isUnchanged({ absolute, stats }: Entry): Promise<boolean> {
  try {
    const now = await lstat(absolute);
    return now.ino === stats.ino && now.size === stats.size && now.mtimeMs === stats.mtimeMs;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
