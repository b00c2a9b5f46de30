import { createHash, randomBytes } from 'node:crypto';
import { chown, cp, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import * as z from 'zod';
import { RelayError } from '../error.js';
import { readIfThere, savePrivate } from '../private-file.js';
import { type Binaries, findBinaries, programIn } from './binaries.js';
import { type Identity, NOBODY, canNobodyEnter, chooseIdentity, finish, under } from './identity.js';

/** A database cluster on disk, made once. What is needed to open it again stands in `postgres.json` beside it. */
export interface Cluster {
  readonly directory: string;
  readonly identity: Identity;
  readonly password: string;
  readonly binaries: Binaries;
}

export const SUPERUSER = 'bildbote';
/** Where a cluster and its programs live when `nobody` cannot reach the data folder. */
const REACHABLE = '/var/lib/bildbote';
const CLUSTER = 'postgres';

const recordSchema = z.object({
  /** Below the data folder, so that it can be copied and moved; absolute only where `nobody` cannot reach that. */
  directory: z.string(),
  owner: z.enum(['self', 'nobody']),
  password: z.string().min(32),
});
type ClusterRecord = z.output<typeof recordSchema>;

/** Opens the data folder's cluster, after making it the first time. @throws RelayError */
export async function openCluster(dataDir: string, pgBin: string | undefined): Promise<Cluster> {
  const saved = (await loadRecord(dataDir)) ?? (await createRecord(dataDir));
  await assertOwn(saved, dataDir);
  const record = { ...saved, directory: resolve(dataDir, saved.directory) };
  const identity = await identityFor(record);
  const major = await majorOf(record.directory);
  const found = await findBinaries({ pgBin, major });
  const binaries = identity === 'nobody' ? await reachable(found) : found;
  const cluster = { directory: record.directory, identity, password: record.password, binaries };
  if (major === null) await initialize(cluster);
  return cluster;
}

/** A copy of a data folder must not take over the original's cluster. */
async function assertOwn({ directory }: ClusterRecord, dataDir: string): Promise<void> {
  if (!isAbsolute(directory) || directory === (await farPlace(dataDir))) return;
  throw new RelayError(
    'database-start-failed',
    `this data folder was copied or moved; its database lies in ${directory}`,
  );
}

async function farPlace(dataDir: string): Promise<string> {
  return join(REACHABLE, digestOf(await realpath(dataDir)), CLUSTER);
}

function recordPath(dataDir: string): string {
  return join(dataDir, 'postgres.json');
}

async function loadRecord(dataDir: string): Promise<ClusterRecord | null> {
  const text = await readIfThere(recordPath(dataDir));
  return text === null ? null : recordSchema.parse(JSON.parse(text));
}

/** The record comes first: a crash while the cluster is made repeats that with the same password. */
async function createRecord(dataDir: string): Promise<ClusterRecord> {
  const identity = await chooseIdentity();
  const isFar = identity === 'nobody' && !(await canNobodyEnter(dataDir));
  const record: ClusterRecord = {
    directory: isFar ? await farPlace(dataDir) : CLUSTER,
    owner: identity === 'nobody' ? 'nobody' : 'self',
    password: randomBytes(32).toString('base64url'),
  };
  await savePrivate(recordPath(dataDir), JSON.stringify(record));
  return record;
}

function digestOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

async function identityFor({ owner, directory }: ClusterRecord): Promise<Identity> {
  if (owner === 'nobody') return 'nobody';
  const identity = await chooseIdentity();
  if (identity !== 'nobody') return identity;
  throw new RelayError(
    'database-start-failed',
    `${directory} was made where user namespaces were allowed: allow them, or run the relay as another user than root`,
  );
}

async function majorOf(directory: string): Promise<number | null> {
  const text = await readIfThere(join(directory, 'PG_VERSION'));
  return text === null ? null : Number(text.trim());
}

/** Made beside its place and then renamed, so that half a cluster never looks like one. */
async function initialize(cluster: Cluster): Promise<void> {
  const { directory, identity, password, binaries } = cluster;
  const unfinished = `${directory}.unfinished`;
  const passwordFile = `${directory}.password`;
  await mkdir(join(directory, '..'), { recursive: true, mode: 0o755 });
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  try {
    await savePrivate(passwordFile, password);
    if (identity === 'nobody') for (const path of [unfinished, passwordFile]) await chown(path, NOBODY, NOBODY);
    await finish(under(identity, { program: programIn(binaries, 'initdb'), args: initArgs(unfinished, passwordFile) }));
    await rename(unfinished, directory);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    throw new RelayError('database-start-failed', `the database could not be made: ${lastLine(cause)}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function initArgs(directory: string, passwordFile: string): string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    // Any local user may connect to the loopback port: he must know the password.
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
  ];
}

function lastLine(error: unknown): string {
  const text = (error as { stderr?: unknown }).stderr;
  const lines = typeof text === 'string' ? text.trim().split('\n') : [];
  return lines.find((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? 'initdb failed';
}

/** A copy of the programs that `nobody` can run, made once for each version. */
async function reachable(binaries: Binaries): Promise<Binaries> {
  const { portableRoot } = binaries;
  if (portableRoot === null || (await canNobodyEnter(binaries.bin))) return binaries;
  const root = join(REACHABLE, `programs-${await fingerprint(portableRoot, binaries)}`);
  const bin = join(root, 'bin');
  if ((await stat(bin).catch(() => null)) === null) {
    const unfinished = `${root}.${randomBytes(6).toString('hex')}`;
    await mkdir(REACHABLE, { recursive: true, mode: 0o755 });
    await cp(portableRoot, unfinished, { recursive: true, verbatimSymlinks: true });
    // Another relay may have been faster with the same copy.
    await rename(unfinished, root).catch(() => rm(unfinished, { recursive: true, force: true }));
  }
  return { ...binaries, bin, portableRoot: root };
}

async function fingerprint(root: string, { major }: Binaries): Promise<string> {
  const manifest = await readFile(join(root, '..', 'package.json'), 'utf8').catch(() => root);
  return `${major}-${digestOf(manifest)}`;
}
