import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { type FileId, type PayloadId, toHex } from '../core/ids.js';
import { CoreError } from '../core/error.js';
import { type DigestEntry } from '../core/package/digest-part.js';
import { type Plan, type PlanFile, planFiles } from '../core/package/plan.js';
import { RECORD_PREFIX_BYTES } from '../core/package/limits.js';
import { parsePlan } from '../core/package/plan-codec.js';
import { type UnpackCheckpoint } from '../core/receive/checkpoint.js';
import { type MessageSink } from '../core/receive/receive.js';
import { isNotFound, isSystemError, replaceFile, syncFolder } from './durable.js';
import { NodeError } from './error.js';
import { fileNames } from './file-names.js';

/**
 * A message's files in `FOLDER`: staged under `.receiving`, each renamed into place when its digest is verified.
 * `manifest.json` says `complete: true` only when every file is in place and durable.
 */
export interface MessageFolder {
  readonly messageId: string;
  readonly folder: string;
}

export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly sopInstanceUid: string | null;
}

interface Run {
  readonly target: MessageFolder;
  readonly staging: string;
  names: ReadonlyMap<FileId, string>;
  plan: Plan | null;
  /** SHA-256 of files that this run has verified. */
  readonly verified: Map<FileId, string>;
  /** SHA-256 of files that earlier runs have verified. */
  readonly verifiedBefore: Map<FileId, string>;
  /** Lines for the list of verified files that are not in it yet. */
  unsaved: string[];
  current: { readonly fileId: FileId; readonly handle: FileHandle } | null;
  /** Published files that are not durable yet. */
  readonly unsynced: Set<string>;
  readonly touched: Set<string>;
  /** Folders that are there. */
  readonly made: Set<string>;
}

/** Files synced at a time: together they cost the disk hardly more than one. */
const SYNCED_AT_ONCE = 8;

const CHECKPOINT = 'checkpoint.json';
const PLAN = 'plan';
const VERIFIED = 'verified';

/** @throws NodeError `disk-full` from every method when there is no room */
export async function openMessageFolder(target: MessageFolder, payloadId: PayloadId): Promise<MessageSink> {
  const staging = join(target.folder, '.receiving', payloadId.slice(0, 16));
  await mkdir(staging, { recursive: true });
  const run: Run = {
    target,
    staging,
    names: new Map(),
    plan: null,
    verified: new Map(),
    verifiedBefore: new Map(),
    unsaved: [],
    current: null,
    unsynced: new Set(),
    touched: new Set(),
    made: new Set(),
  };
  await writeManifest(run, false, []);
  const sink: MessageSink = {
    resume: () => loadCheckpoint(run),
    plan: (plan, record) => startPlan(run, plan, record),
    begin: (file) => beginFile(run, file),
    write: async (fileId, bytes) => writeAll(await currentOf(run, fileId), bytes),
    verified: (fileId, entry) => publish(run, fileId, entry),
    staged: (fileId, bytes) => stagedBytes(run, fileId, bytes),
    save: (checkpoint) => saveCheckpoint(run, checkpoint),
    complete: (plan) => complete(run, plan),
    discard: () => discard(run),
    release: () => closeCurrent(run),
  };
  return namingFullDisk(sink);
}

/** A full disk is a condition of the user's machine, to be named as such. */
function namingFullDisk(sink: MessageSink): MessageSink {
  const named = async <T>(action: () => Promise<T> | T): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      if (!isSystemError(error, 'ENOSPC') && !isSystemError(error, 'EDQUOT')) throw error;
      throw new NodeError('disk-full', 'no room left', { cause: error });
    }
  };
  return {
    ...sink,
    plan: (plan, record) => named(() => sink.plan(plan, record)),
    begin: (file) => named(() => sink.begin(file)),
    write: (fileId, bytes) => named(() => sink.write(fileId, bytes)),
    verified: (fileId, entry) => named(() => sink.verified(fileId, entry)),
    save: (checkpoint) => named(() => sink.save(checkpoint)),
    complete: (plan) => named(() => sink.complete(plan)),
  };
}

async function loadCheckpoint(run: Run): Promise<{ checkpoint: UnpackCheckpoint; planRecord: Uint8Array } | null> {
  try {
    const checkpoint = JSON.parse(await readFile(join(run.staging, CHECKPOINT), 'utf8')) as UnpackCheckpoint;
    const planRecord = await readFile(join(run.staging, PLAN));
    usePlan(run, parsePlan(planRecord.subarray(RECORD_PREFIX_BYTES)));
    for (const line of (await readFile(join(run.staging, VERIFIED), 'utf8')).split('\n')) {
      const [fileId, sha256] = line.split(' ');
      if (fileId !== undefined && sha256 !== undefined) run.verifiedBefore.set(fileId as FileId, sha256);
    }
    return { checkpoint, planRecord };
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError || error instanceof CoreError) return null;
    throw error;
  }
}

async function startPlan(run: Run, plan: Plan, record: Uint8Array): Promise<void> {
  usePlan(run, plan);
  await replaceFile(join(run.staging, PLAN), record);
}

function usePlan(run: Run, plan: Plan): void {
  run.plan = plan;
  run.names = fileNames(plan);
}

async function beginFile(run: Run, { fileId }: PlanFile): Promise<void> {
  await closeCurrent(run);
  run.current = { fileId, handle: await open(stagedPath(run, fileId), 'w', 0o600) };
}

/** After resuming, the open file of the last run is appended to. */
async function currentOf(run: Run, fileId: FileId): Promise<FileHandle> {
  if (run.current?.fileId === fileId) return run.current.handle;
  await closeCurrent(run);
  const handle = await open(stagedPath(run, fileId), 'a', 0o600);
  run.current = { fileId, handle };
  return handle;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten;
}

async function closeCurrent(run: Run): Promise<void> {
  if (run.current === null) return;
  const { handle } = run.current;
  run.current = null;
  await handle.close();
}

/**
 * Whoever sees the file sees all of it. It is durable before a checkpoint, or the manifest, says that it is there: what a power failure
 * takes until then is fetched again.
 */
async function publish(run: Run, fileId: FileId, entry: DigestEntry): Promise<void> {
  const sha256 = toHex(entry.sha256);
  run.verified.set(fileId, sha256);
  run.unsaved.push(`${fileId} ${sha256}\n`);
  const target = publishedPath(run, fileId);
  const staged = stagedPath(run, fileId);
  if (run.current?.fileId === fileId) await closeCurrent(run);
  await makeFolder(run, dirname(target));
  await rename(staged, target);
  run.unsynced.add(target);
  run.touched.add(dirname(target));
}

async function makeFolder({ made }: Run, folder: string): Promise<void> {
  if (made.has(folder)) return;
  await mkdir(folder, { recursive: true });
  made.add(folder);
}

/** A file that was published after the checkpoint is taken back: it may have more to come, and is verified again. */
async function* stagedBytes(run: Run, fileId: FileId, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  const staged = stagedPath(run, fileId);
  if (!(await exists(staged))) {
    const published = publishedPath(run, fileId);
    if (!(await exists(published))) return;
    await rename(published, staged);
    run.unsynced.delete(published);
  }
  // Cutting must not lengthen: fewer bytes than the checkpoint says are told by giving fewer.
  if ((await stat(staged)).size > bytes) await truncate(staged, bytes);
  if (bytes > 0) yield* createReadStream(staged) as AsyncIterable<Uint8Array>;
}

async function saveCheckpoint(run: Run, checkpoint: UnpackCheckpoint): Promise<void> {
  const pending = checkpoint.pending.map(({ fileId }) => stagedPath(run, fileId));
  await Promise.all([run.current?.handle.datasync(), syncFiles(pending), syncPublished(run)]);
  await appendDurably(join(run.staging, VERIFIED), run.unsaved.splice(0).join(''));
  await replaceFile(join(run.staging, CHECKPOINT), Buffer.from(JSON.stringify(checkpoint)));
}

/** Names after bytes: a name that survives leads to a whole file. */
async function syncPublished(run: Run): Promise<void> {
  const files = [...run.unsynced];
  await syncFiles(files);
  for (const file of files) run.unsynced.delete(file);
  const folders = new Set<string>();
  for (const folder of run.touched) {
    // A series folder and the study folder above it may both be new.
    for (let at = folder; at.length >= run.target.folder.length; at = dirname(at)) folders.add(at);
  }
  run.touched.clear();
  await Promise.all([...folders].map(syncFolder));
}

async function syncFiles(paths: readonly string[]): Promise<void> {
  for (let at = 0; at < paths.length; at += SYNCED_AT_ONCE) {
    await Promise.all(paths.slice(at, at + SYNCED_AT_ONCE).map(syncFile));
  }
}

async function complete(run: Run, plan: Plan): Promise<void> {
  await closeCurrent(run);
  const files: ManifestFile[] = [];
  for (const file of planFiles(plan)) files.push(await manifestFile(run, file));
  await syncPublished(run);
  await writeManifest(run, true, files);
  await rm(join(run.target.folder, '.receiving'), { recursive: true, force: true });
}

/** A file of an earlier run is hashed again: it has lain where others can write. */
async function manifestFile(run: Run, file: PlanFile): Promise<ManifestFile> {
  const path = run.names.get(file.fileId) ?? '';
  const absolute = join(run.target.folder, path);
  const { size } = await stat(absolute).catch(() => ({ size: -1 }));
  const sha256 = run.verified.get(file.fileId) ?? (await verifiedAgain(run, file.fileId, absolute));
  if (size !== file.size || sha256 === null)
    throw new CoreError('staging-lost', 'a file that was in place has changed');
  return { path, bytes: size, sha256, sopInstanceUid: file.kind === 'instance' ? file.sopInstanceUid : null };
}

async function verifiedAgain(run: Run, fileId: FileId, path: string): Promise<string | null> {
  const before = run.verifiedBefore.get(fileId);
  const isSame = before !== undefined && (await exists(path)) && (await hashFile(path)) === before;
  return isSame ? before : null;
}

async function appendDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'a', 0o600);
  try {
    await handle.appendFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function writeManifest(run: Run, isComplete: boolean, files: readonly ManifestFile[]): Promise<void> {
  const instances = files.filter((file) => file.sopInstanceUid !== null).length;
  const manifest = { message: run.target.messageId, complete: isComplete, instances, files };
  const path = join(run.target.folder, 'manifest.json');
  await replaceFile(path, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), 0o644);
}

async function discard(run: Run): Promise<void> {
  await closeCurrent(run);
  run.verified.clear();
  run.verifiedBefore.clear();
  run.unsaved = [];
  await rm(run.staging, { recursive: true, force: true });
  await mkdir(run.staging, { recursive: true });
}

function stagedPath(run: Run, fileId: FileId): string {
  return join(run.staging, `${fileId}.part`);
}

/** @throws CoreError `package-plan` for a file that the plan does not name */
function publishedPath(run: Run, fileId: FileId): string {
  const name = run.names.get(fileId);
  if (name === undefined) throw new CoreError('package-plan', 'a file that is not in the plan');
  return join(run.target.folder, name);
}

/** What has not been begun, or was published meanwhile, is synced elsewhere or not at all. */
async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+').catch((error: unknown) => {
    if (isNotFound(error)) return null;
    throw error;
  });
  if (handle === null) return;
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
