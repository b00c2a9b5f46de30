import { type FileHandle, access, constants, link, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobError, type BlobKey, type BlobStore, isBlobKey } from './store.js';

/**
 * Blobs as files: `ab/abcdef…` by the first byte of the key, and `unfinished/` for what is being written. A blob appears
 * under its key by one atomic step, after its bytes and before its folder are synced.
 */

const UNFINISHED = 'unfinished';
const READ_BYTES = 256 * 1024;
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** @param folder is made, with parents, when it is not there; only this relay, or nodes of it, may write to it */
export async function openDiskBlobs(folder: string): Promise<BlobStore> {
  await prepare(folder);
  return {
    write: (key, bytes) => write(folder, key, bytes),
    read: (key, start, end) => read(pathOf(folder, key), start, end),
    delete: (key) => rm(pathOf(folder, key), { force: true }),
    list: (before) => list(folder, before),
    discardUnfinished: (before) => discardUnfinished(folder, before),
    check: () => access(join(folder, UNFINISHED), constants.R_OK | constants.W_OK),
    async [Symbol.asyncDispose]() {},
  };
}

/** All folders exist and are durable before the first blob, so that storing one syncs a single folder. */
async function prepare(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const names = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
  for (const name of [...names, UNFINISHED]) {
    await mkdir(join(folder, name), { recursive: true, mode: PRIVATE_FOLDER });
  }
  await syncFolder(folder);
}

function pathOf(folder: string, key: BlobKey): string {
  // The type says it already; a path is worth a second look.
  if (!isBlobKey(key)) throw new BlobError('key-invalid', 'not a blob key');
  return join(folder, key.slice(0, 2), key);
}

async function write(folder: string, key: BlobKey, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const path = pathOf(folder, key);
  const unfinished = join(folder, UNFINISHED, key);
  let isOurs = false;
  try {
    const file = await open(unfinished, 'wx', PRIVATE_FILE);
    isOurs = true;
    await fill(file, bytes);
    await publish(unfinished, path);
  } catch (error) {
    throw translate(error);
  } finally {
    if (isOurs) await rm(unfinished, { force: true });
  }
}

/** A link, because a rename would replace a blob that is there; a rename where the file system knows no links. */
async function publish(unfinished: string, path: string): Promise<void> {
  await link(unfinished, path).catch((error: NodeJS.ErrnoException) => {
    if (!NO_LINKS.has(error.code ?? '')) throw error;
    return rename(unfinished, path);
  });
  await syncFolder(dirname(path)).catch(async (error: unknown) => {
    await rm(path, { force: true });
    throw error;
  });
}

async function fill(file: FileHandle, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of bytes) await writeAll(file, chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, offset, chunk.length - offset);
    offset += bytesWritten;
  }
}

function translate(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  if (FULL.has(code)) return new BlobError('storage-full', 'no room for the blob', { cause: error });
  if (code === 'EEXIST') return new BlobError('blob-exists', 'a blob is written once', { cause: error });
  return error;
}

async function* read(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' ? new BlobError('blob-missing', 'no such blob', { cause }) : cause;
  });
  try {
    for (let position = start; position < end;) {
      const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, end - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) throw new BlobError('blob-missing', 'the blob is shorter than asked for');
      position += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* list(folder: string, before: Date): AsyncGenerator<BlobKey> {
  for await (const entry of await opendir(folder)) {
    if (!entry.isDirectory() || entry.name === UNFINISHED) continue;
    for await (const name of listOlder(join(folder, entry.name), before)) {
      if (isBlobKey(name)) yield name;
    }
  }
}

async function discardUnfinished(folder: string, before: Date): Promise<number> {
  let count = 0;
  for await (const name of listOlder(join(folder, UNFINISHED), before)) {
    await rm(join(folder, UNFINISHED, name), { force: true });
    count += 1;
  }
  return count;
}

async function* listOlder(folder: string, before: Date): AsyncGenerator<string> {
  for await (const entry of await opendir(folder)) {
    if (!entry.isFile()) continue;
    const stats = await stat(join(folder, entry.name)).catch(() => null);
    if (stats !== null && stats.mtime < before) yield entry.name;
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows does not open folders and journals their changes itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
