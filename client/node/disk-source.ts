import { type FileHandle, open, opendir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CoreError } from '../core/error.js';
import { readDirectory } from '../core/dicom/directory.js';
import type { ByteSource, SourceTree } from '../core/ports.js';
import { safeReference } from '../core/send/medium.js';
import { isNotFound } from './durable.js';
import { NodeError } from './error.js';

/** Files and folders on disk as sources. Symbolic links to folders are not followed: a folder cannot lead out of itself. */

const READ_BYTES = 1024 * 1024;

/**
 * Everything under the given paths, folders first to last by name; of a DICOMDIR all that it lists. What cannot be read below a given path is
 * a source that cannot be read: others go on. @throws NodeError `path-unreadable` for a given path
 */
export async function* diskTree(paths: readonly string[]): SourceTree {
  for (const given of paths) {
    const path = resolve(given);
    const info = await statOf(path);
    if (info.isDirectory()) yield* walk(path, basename(path));
    else if (basename(path).toUpperCase() === 'DICOMDIR') yield* mediumOf(path, info);
    else yield fileSource(path, basename(path), info);
  }
}

async function* walk(folder: string, name: string): AsyncGenerator<ByteSource, void, undefined> {
  const entries = await entriesOf(folder);
  if (entries === null) return yield unreadableSource(folder, name);
  for (let at = 0; at < entries.length; at += AHEAD) {
    const some = entries.slice(at, at + AHEAD).map((entry) => {
      const [path, inner] = [join(folder, entry.name), `${name}/${entry.name}`];
      return entry.isFolder ? { path, inner, file: null } : { path, inner, file: fileOr(path, inner) };
    });
    for (const { path, inner, file } of some) {
      if (file === null) yield* walk(path, inner);
      else yield await file;
    }
  }
}

/** Files that are asked about together: one after the other, a folder of a thousand takes a tenth of a second. */
const AHEAD = 32;

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Sorted by name; null for a folder that cannot be read. */
async function entriesOf(folder: string): Promise<Entry[] | null> {
  const entries: Entry[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (entry.isDirectory() || entry.isFile()) entries.push({ name: entry.name, isFolder: entry.isDirectory() });
    }
  } catch {
    return null;
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function fileOr(path: string, name: string): Promise<ByteSource> {
  try {
    return fileSource(path, name, await statOf(path));
  } catch {
    return unreadableSource(path, name);
  }
}

/** Its size is unknown; that it is not nothing is enough to be asked for, and to say no. */
function unreadableSource(path: string, name: string): ByteSource {
  const fail = (): never => {
    throw new NodeError('path-unreadable', 'cannot be read');
  };
  return {
    name,
    size: 1,
    locator: path,
    read: () => Promise.reject(new NodeError('path-unreadable', 'no')),
    stream: fail,
  };
}

/** A DICOMDIR and the files it lists, looked for below its folder and nowhere else, in any case (attack A20). */
async function* mediumOf(path: string, info: FileInfo): AsyncGenerator<ByteSource, void, undefined> {
  const root = dirname(path);
  const directory = fileSource(path, basename(path), info);
  yield directory;
  const read = await readDirectory(directory);
  if (read.kind === 'refused') return;
  const folders = new Map<string, Promise<Entry[] | null>>();
  const seen = new Set<string>();
  for (const { claimedParts } of read.references) {
    const reference = safeReference(claimedParts);
    const found = reference === null ? null : await findBelow(root, reference.split('/'), folders);
    if (found === null || seen.has(found)) continue;
    seen.add(found);
    yield await fileOr(join(root, found), found);
  }
}

/** Entry by entry, so that a link is not followed out of the medium. */
async function findBelow(
  root: string,
  parts: readonly string[],
  folders: Map<string, Promise<Entry[] | null>>,
): Promise<string | null> {
  let at = '';
  for (const [index, part] of parts.entries()) {
    const listing = folders.get(at) ?? entriesOf(join(root, at));
    folders.set(at, listing);
    const isLast = index === parts.length - 1;
    const fitting = ((await listing) ?? []).filter((one) => one.isFolder === !isLast && isSameName(one.name, part));
    const entry = fitting.find(({ name }) => name === part) ?? fitting[0];
    if (entry === undefined) return null;
    at = at === '' ? entry.name : `${at}/${entry.name}`;
  }
  return at;
}

/** Mounted discs may be in lower case, or keep the dot and the version of ISO 9660. */
function isSameName(name: string, wanted: string): boolean {
  return name.toUpperCase().replace(/(\.|;[0-9]+)+$/, '') === wanted.toUpperCase();
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

interface FileInfo {
  readonly size: number | bigint;
  readonly mtimeMs: number | bigint;
}

function fileSource(path: string, name: string, info: FileInfo): ByteSource {
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
const free: Uint8Array[] = [];
const MAX_FREE = 4;

/** Into one buffer, again and again: a chunk is valid until the next one is asked for. */
async function* readAll(path: string, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
  const handle: FileHandle = await open(path, 'r');
  // No Buffer: `slice` of a Buffer is no copy, and whoever wants to keep a chunk relies on one.
  const buffer = free.pop() ?? new Uint8Array(READ_BYTES);
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
    const buffer = new Uint8Array(length);
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
