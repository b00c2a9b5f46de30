import { CoreError } from '../../core/error.js';
import { type ByteSource, type SourceTree } from '../../core/ports.js';
import { type Chosen } from '../desk/api.js';
import { type WebDatabase, readFrom, writeTo } from './database.js';
import { WebError } from './error.js';

/**
 * Files the user has chosen, as sources. A handle is kept in the database and found again by the next visit; a plain file is
 * known by its path until the tab closes, and must be chosen again after that.
 */

const READ_BYTES = 1024 * 1024;
const HANDLE = 'h';
const FILE = 'f';

/** Everything under what was chosen, folders first to last by name. */
export async function* chosenTree(database: WebDatabase, chosen: readonly Chosen[]): SourceTree {
  for (const one of chosen) {
    if (one.kind === 'file') {
      yield fileSource(one.file, one.path, locatorOf(FILE, one.path));
      continue;
    }
    const id = crypto.randomUUID();
    await writeTo(database, 'handle', (store) => void store.put(one.handle, id));
    yield* walk(one.handle, one.handle.name, [HANDLE, id]);
  }
}

async function* walk(handle: FileSystemHandle, name: string, place: readonly string[]): SourceTree {
  if (isFolder(handle)) {
    const children: FileSystemHandle[] = [];
    for await (const child of handle.values()) children.push(child);
    children.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const child of children) yield* walk(child, `${name}/${child.name}`, [...place, child.name]);
  } else if (isFile(handle)) {
    yield fileSource(await handle.getFile(), name, locatorOf(...place));
  }
}

function isFolder(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory';
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file';
}

/** `h/ID/path/below/it` or `f/path`, each part escaped. */
function locatorOf(...parts: readonly string[]): string {
  return parts.map(encodeURIComponent).join('/');
}

export function fileSource(file: File, name: string, locator: string): ByteSource {
  return {
    name,
    size: file.size,
    modifiedMs: file.lastModified,
    locator,
    read: async (offset, length) => new Uint8Array(await bytesOf(file.slice(offset, offset + length))),
    async *stream(offset = 0) {
      for (let at = offset; at < file.size; at += READ_BYTES) {
        yield new Uint8Array(await bytesOf(file.slice(at, at + READ_BYTES)));
      }
    },
  };
}

/** A file that changed on disk since it was chosen can no longer be read: the browser says so. */
async function bytesOf(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (cause) {
    throw new CoreError('source-changed', 'a chosen file cannot be read any more', { cause });
  }
}

/** Sources of an earlier visit, and of files that have been chosen again. */
export interface Reopener {
  /** @throws WebError `files-needed`, `permission-needed`; CoreError `source-changed` */
  reopen(locator: string): Promise<ByteSource>;
}

export function createReopener(database: WebDatabase, chosen: readonly ByteSource[]): Reopener {
  const known = new Map(chosen.map((source) => [source.locator ?? '', source]));
  return {
    async reopen(locator) {
      const source = known.get(locator);
      if (source !== undefined) return source;
      const [kind, id = '', ...path] = locator.split('/').map(decodeURIComponent);
      if (kind !== HANDLE) throw new WebError('files-needed', 'a file must be chosen again');
      const handle = await handleOf(database, id);
      return fileSource(await descend(handle, path), [handle.name, ...path].join('/'), locator);
    },
  };
}

export async function handleOf(database: WebDatabase, id: string): Promise<FileSystemHandle> {
  const handle = await readFrom<FileSystemHandle | undefined>(database, 'handle', (store) => store.get(id));
  if (handle === undefined) throw new WebError('files-needed', 'the handle is gone');
  return handle;
}

/** The ids of the handles that locators name. */
export function handleIds(locators: Iterable<string>): string[] {
  const ids = new Set<string>();
  for (const locator of locators) {
    const [kind, id] = locator.split('/').map(decodeURIComponent);
    if (kind === HANDLE && id !== undefined) ids.add(id);
  }
  return [...ids];
}

async function descend(handle: FileSystemHandle, path: readonly string[]): Promise<File> {
  try {
    let at = handle;
    for (const [index, name] of path.entries()) {
      if (!isFolder(at)) throw new CoreError('source-changed', 'a folder is gone');
      at = index === path.length - 1 ? await at.getFileHandle(name) : await at.getDirectoryHandle(name);
    }
    if (!isFile(at)) throw new CoreError('source-changed', 'a file is gone');
    return await at.getFile();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'NotAllowedError') {
      throw new WebError('permission-needed', 'the browser asks first', { cause });
    }
    if (cause instanceof CoreError) throw cause;
    throw new CoreError('source-changed', 'a file is gone', { cause });
  }
}
