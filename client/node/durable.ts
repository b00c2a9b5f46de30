import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Bytes that survive power loss: written, synced, renamed into place, and the folder synced. */

/** Replaces a file as a whole: readers see the old one or the new one. */
export async function replaceFile(path: string, bytes: Uint8Array, mode = 0o600): Promise<void> {
  const draft = `${path}.new`;
  const handle = await open(draft, 'w', mode);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}

/** Makes names in a folder durable. Not every platform can open a folder; those have no such call. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, 'r');
  } catch (error) {
    if (process.platform === 'win32') return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a folder and its parents, for this user alone. */
export async function privateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

export function isNotFound(error: unknown): boolean {
  return isSystemError(error, 'ENOENT');
}

export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
