import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { RelayError } from './error.js';
import { readIfThere, savePrivate } from './private-file.js';

/** What a relay keeps in its data folder beside database and blobs: a lock while it runs, and how to reach its database. */

const LOCK = 'relay.lock';
const RECORD = 'relay.json';

const holderSchema = z.object({ pid: z.number().int(), startedAt: z.string() });
type Holder = z.output<typeof holderSchema>;

const recordSchema = z.object({
  origin: z.string(),
  url: z.string(),
  databaseUrl: z.string(),
  pid: z.number().int(),
  /** As in the setting of the same name; version 0.0.1 did not write it. */
  blobs: z.string().optional(),
  /** What a support bundle says of the relay as it was started; version 0.0.3 did not write them. */
  version: z.string().optional(),
  startedAt: z.string().optional(),
  webDigest: z.string().nullable().optional(),
  metricsUrl: z.string().optional(),
  /** Without secrets. */
  settings: z.array(z.object({ name: z.string(), value: z.string(), source: z.string() })).optional(),
});
/** Holds the database's password: 0600. */
export type RelayRecord = z.output<typeof recordSchema>;

export async function saveRelayRecord(dataDir: string, record: RelayRecord): Promise<void> {
  await savePrivate(join(dataDir, RECORD), JSON.stringify(record));
}

/** @throws RelayError `no-relay` */
export async function loadRelayRecord(dataDir: string): Promise<RelayRecord> {
  const text = await readIfThere(join(dataDir, RECORD));
  const parsed = text === null ? null : recordSchema.safeParse(parseJson(text));
  if (parsed?.success === true) return parsed.data;
  throw new RelayError('no-relay', `no relay has run on ${dataDir}: start one with bildbote relay --data ${dataDir}`);
}

export interface DataFolder {
  readonly path: string;
  release(): Promise<void>;
}

/** Makes the folder, for its owner only, and takes it for this process. @throws RelayError `data-folder-in-use` */
export async function lockDataFolder(path: string): Promise<DataFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const lock = join(path, LOCK);
  const own = `${lock}.${randomBytes(6).toString('hex')}`;
  const holder: Holder = { pid: process.pid, startedAt: await startOf(process.pid) };
  await writeFile(own, JSON.stringify(holder), { mode: 0o600 });
  try {
    await take(path, lock, own);
  } finally {
    await rm(own, { force: true });
  }
  return { path, release: () => rm(lock, { force: true }) };
}

const ATTEMPTS = 5;

/** A link either makes the lock or fails because there is one: two relays cannot both succeed. */
async function take(path: string, lock: string, own: string): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const isTaken = await link(own, lock).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (isTaken) return;
    const holder = await readHolder(lock);
    if (holder !== null && (await isAlive(holder))) {
      throw new RelayError('data-folder-in-use', `a relay (process ${holder.pid}) runs on ${path} already`);
    }
    await removeStale(lock, holder);
  }
  throw new RelayError('data-folder-in-use', `other relays are starting on ${path}`);
}

/** Moves the lock away and looks again: what was put there in between goes back. */
async function removeStale(lock: string, seen: Holder | null): Promise<void> {
  const aside = `${lock}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(lock, aside);
  } catch {
    return;
  }
  const moved = await readHolder(aside);
  const isSame = moved?.pid === seen?.pid && moved?.startedAt === seen?.startedAt;
  if (!isSame) await link(aside, lock).catch(() => undefined);
  await rm(aside, { force: true });
}

async function readHolder(lock: string): Promise<Holder | null> {
  const text = await readIfThere(lock);
  return text === null ? null : (holderSchema.safeParse(parseJson(text)).data ?? null);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function isAlive({ pid, startedAt }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // Process numbers are used again; the same number with another start is somebody else.
  return startedAt === (await startOf(pid));
}

const START_FIELD = 22;

/** When a process began, in the kernel's own count; empty where the system does not say. A zombie counts as ended. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (text === '' || fields[0] === 'Z') return '';
  return fields[START_FIELD - 3] ?? '';
}
