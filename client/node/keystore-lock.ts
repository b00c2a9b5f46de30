import { readFile, rename, rm, writeFile, link } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { NodeError } from './error.js';
import { isNotFound, isSystemError } from './durable.js';

/**
 * One keystore is one device in one process (docs/spec/keystore.md §6). The lock is a file that names its holder; the file of
 * a process that is gone does not count. A process is known by its pid and, where the system tells it, its start time.
 */
export async function lockKeystore(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, 'lock');
  const mine = holderOf(process.pid);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await take(path, mine)) return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    const holder = await read(path);
    if (holder !== null && holder !== '' && holderOf(pidOf(holder)) === holder) {
      throw new NodeError('keystore-in-use', 'another process holds the keystore');
    }
    if (holder !== null) await setAside(path, holder);
  }
  throw new NodeError('keystore-in-use', 'the lock changes hands');
}

const ATTEMPTS = 10;

/** A hard link appears with its content or not at all. */
async function take(path: string, holder: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, holder, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** Only one process wins the rename; should it have caught a newer lock, it puts that back. */
async function setAside(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  if ((await read(aside)) !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function pidOf(holder: string): number {
  return Number.parseInt(holder, 10);
}

/** `pid start-time`, or `pid` where the start is not told; `gone` when there is no such process. */
function holderOf(pid: number): string {
  if (!Number.isSafeInteger(pid) || pid <= 0) return 'gone';
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isSystemError(error, 'EPERM')) return 'gone';
  }
  const start = startTimeOf(pid);
  return start === null ? String(pid) : `${pid} ${start}`;
}

/** Field 22 of /proc/PID/stat, proc(5). A zombie holds nothing any more. */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'zombie' : (fields[19] ?? null);
  } catch {
    return null;
  }
}
