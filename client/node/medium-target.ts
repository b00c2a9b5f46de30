import { type FileHandle, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type MediumSink } from '../core/media/medium-sink.js';
import { createZipWriter } from '../core/media/zip-writer.js';
import { isNotFound, isSystemError, syncFolder } from './durable.js';
import { NodeError } from './error.js';

/** A medium being written beside its place: it appears there as a whole, durable, or not at all. */
export interface MediumTarget {
  readonly sink: MediumSink;
  /** Nothing has been at the place before, and now all of it is. @throws NodeError `target-exists` */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** @throws NodeError `target-exists`, `path-unreadable` when its folder is not there */
export async function assertFree(path: string): Promise<void> {
  if (await exists(path)) throw new NodeError('target-exists', 'the target exists');
  if (!(await exists(dirname(path)))) throw new NodeError('path-unreadable', 'the folder of the target is not there');
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Readable by this user alone, like everything that holds patients. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Every method with `disk-full` named as such. */
async function named<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isSystemError(error, 'ENOSPC') && !isSystemError(error, 'EDQUOT')) throw error;
    throw new NodeError('disk-full', 'no room left', { cause: error });
  }
}

export async function zipTarget(path: string, timeMs: number): Promise<MediumTarget> {
  await assertFree(path);
  const draft = draftOf(path);
  const handle = await open(draft, 'w', FILE_MODE);
  const zip = createZipWriter(async (bytes) => void (await handle.writeFile(bytes)), timeMs);
  return {
    sink: { add: (name, size, bytes) => named(() => zip.add(name, size, bytes)) },
    finish: () =>
      named(async () => {
        await zip.finish();
        await handle.sync();
        await handle.close();
        await publish(draft, path);
      }),
    discard: async () => {
      await handle.close().catch(() => undefined);
      await rm(draft, { force: true });
    },
  };
}

export async function folderTarget(path: string): Promise<MediumTarget> {
  await assertFree(path);
  const draft = draftOf(path);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: FOLDER_MODE });
  const folders = new Set<string>([draft]);
  return {
    sink: { add: (name, _, bytes) => named(() => addFile(draft, name, bytes, folders)) },
    finish: () =>
      named(async () => {
        for (const folder of folders) await syncFolder(folder);
        await publish(draft, path);
      }),
    discard: () => rm(draft, { recursive: true, force: true }),
  };
}

async function addFile(
  root: string,
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  folders: Set<string>,
): Promise<void> {
  const path = join(root, ...name.split('/'));
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  for (let at = dirname(path); at.length > root.length; at = dirname(at)) folders.add(at);
  const handle: FileHandle = await open(path, 'wx', FILE_MODE);
  try {
    for await (const chunk of bytes) await handle.writeFile(chunk);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.writing`);
}

/** Somebody else may have taken the place meanwhile. */
async function publish(draft: string, path: string): Promise<void> {
  await assertFree(path);
  await rename(draft, path);
  await syncFolder(dirname(path));
}
