import { type FileHandle, open, opendir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CoreError } from '../core/error.js';
import { type ByteSource, type SourceTree } from '../core/ports.js';
import { isNotFound } from './durable.js';
import { NodeError } from './error.js';

/** Files and folders on disk as sources. Symbolic links to folders are not followed: a folder cannot lead out of itself. */

const READ_BYTES = 1024 * 1024;

/** Everything under the given paths, folders first to last by name. @throws NodeError `path-unreadable` */
export async function* diskTree(paths: readonly string[]): SourceTree {
  for (const given of paths) {
    const path = resolve(given);
    const info = await statOf(path);
    if (info.isDirectory()) yield* walk(path, basename(path));
    else yield fileSource(path, basename(path), info);
  }
}

async function* walk(folder: string, name: string): AsyncGenerator<ByteSource, void, undefined> {
  const entries: { name: string; isFolder: boolean }[] = [];
  for await (const entry of await opendir(folder)) {
    if (entry.isDirectory() || entry.isFile()) entries.push({ name: entry.name, isFolder: entry.isDirectory() });
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const inner = `${name}/${entry.name}`;
    if (entry.isFolder) yield* walk(path, inner);
    else yield fileSource(path, inner, await statOf(path));
  }
}

/** The file of an earlier run. @throws CoreError `source-changed` when it is gone */
export async function reopenDiskSource(locator: string): Promise<ByteSource> {
  try {
    return fileSource(locator, basename(locator), await stat(locator));
  } catch (cause) {
    throw new CoreError('source-changed', 'a file is gone', { cause });
  }
}

/** One file. @throws NodeError `path-unreadable` */
export async function diskFile(path: string): Promise<ByteSource> {
  const info = await statOf(path);
  if (!info.isFile()) throw new NodeError('path-unreadable', 'not a file');
  return fileSource(await realpath(path), basename(path), info);
}

async function statOf(path: string): ReturnType<typeof stat> {
  try {
    return await stat(path);
  } catch (cause) {
    throw new NodeError('path-unreadable', isNotFound(cause) ? 'does not exist' : 'cannot be read', { cause });
  }
}

function fileSource(path: string, name: string, info: { size: number | bigint; mtimeMs: number | bigint }): ByteSource {
  return {
    name,
    size: Number(info.size),
    modifiedMs: Math.floor(Number(info.mtimeMs)),
    locator: path,
    read: (offset, length) => readRange(path, offset, length),
    stream: (offset = 0) => readAll(path, offset),
  };
}

/** Buffers of streams that have ended: a study is thousands of files, and a megabyte each would wait to be collected. */
const free: Buffer[] = [];
const MAX_FREE = 4;

/** Into one buffer, again and again: a chunk is valid until the next one is asked for. */
async function* readAll(path: string, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  const handle: FileHandle = await open(path, 'r');
  const buffer = free.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
  try {
    for (let at = offset; ;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    if (free.length < MAX_FREE) free.push(buffer);
    await handle.close();
  }
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  const handle: FileHandle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
