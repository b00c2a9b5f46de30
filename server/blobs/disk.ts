import { dirname, join } from 'node:path';
import { type BlobFiles, type NewFile, nodeFiles } from './files.js';
import { BlobError, type BlobKey, type BlobStore, isBlobKey } from './store.js';

/**
 * Blobs as files: `ab/abcdef…` by the first byte of the key, and `unfinished/` for what is being written. A blob appears
 * under its key by one atomic step, after its bytes and before its folder are synced.
 */

const UNFINISHED = 'unfinished';
const READ_BYTES = 256 * 1024;
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

interface Place {
  readonly files: BlobFiles;
  readonly folder: string;
}

/** @param folder is made, with parents, when it is not there; only this relay, or nodes of it, may write to it */
export async function openDiskBlobs(folder: string, files: BlobFiles = nodeFiles): Promise<BlobStore> {
  const place = { files, folder };
  await prepare(place);
  return {
    write: (key, bytes) => write(place, key, bytes),
    read: (key, start, end) => read(files, pathOf(folder, key), start, end),
    delete: (key) => files.remove(pathOf(folder, key)),
    list: (before) => list(place, before),
    discardUnfinished: (before) => discardUnfinished(place, before),
    check: () => files.assertUsable(join(folder, UNFINISHED)),
    async [Symbol.asyncDispose]() {},
  };
}

/**
 * All folders exist and are durable before the first blob, so that storing one syncs a single folder. A blob is worth as much as the
 * name of every folder above it.
 */
async function prepare({ files, folder }: Place): Promise<void> {
  await makeDurable(files, folder);
  const names = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
  for (const name of [...names, UNFINISHED]) await files.makeFolder(join(folder, name));
  await files.syncFolder(folder);
}

/** Also folders that are there are synced into theirs: who made them may have lost power before he did. */
async function makeDurable(files: BlobFiles, folder: string): Promise<void> {
  const parent = dirname(folder);
  if (parent === folder) return;
  await makeDurable(files, parent);
  if (!(await files.isFolder(folder))) await files.makeFolder(folder);
  // What cannot be opened belongs to somebody else, and was not made here either.
  await files.syncFolder(parent).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
  });
}

function pathOf(folder: string, key: BlobKey): string {
  // The type says it already; a path is worth a second look.
  if (!isBlobKey(key)) throw new BlobError('key-invalid', 'not a blob key');
  return join(folder, key.slice(0, 2), key);
}

async function write({ files, folder }: Place, key: BlobKey, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const path = pathOf(folder, key);
  const unfinished = join(folder, UNFINISHED, key);
  let isOurs = false;
  try {
    const file = await files.create(unfinished);
    isOurs = true;
    await fill(file, bytes);
    await publish(files, unfinished, path);
  } catch (error) {
    throw translate(error);
  } finally {
    if (isOurs) await files.remove(unfinished);
  }
}

/** A link, because a rename would replace a blob that is there; a rename where the file system knows no links. */
async function publish(files: BlobFiles, unfinished: string, path: string): Promise<void> {
  await files.link(unfinished, path).catch((error: NodeJS.ErrnoException) => {
    if (!NO_LINKS.has(error.code ?? '')) throw error;
    return files.rename(unfinished, path);
  });
  await files.syncFolder(dirname(path)).catch(async (error: unknown) => {
    await files.remove(path);
    throw error;
  });
}

async function fill(file: NewFile, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await writeGathered(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** TLS brings 16 KiB at a time, and a write costs more than copying as much: so they are written together. */
const GATHERED_BYTES = 1024 * 1024;
/** Of as many uploads as write at a time, as a rule; others get one of their own. */
const MAX_SPARE = 8;
const spare: Buffer[] = [];

async function writeGathered(file: NewFile, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const gathered = spare.pop() ?? Buffer.allocUnsafeSlow(GATHERED_BYTES);
  let length = 0;
  for await (const chunk of bytes) {
    for (let rest = chunk; rest.length > 0;) {
      const piece = rest.subarray(0, GATHERED_BYTES - length);
      gathered.set(piece, length);
      length += piece.length;
      rest = rest.subarray(piece.length);
      if (length < GATHERED_BYTES) continue;
      await file.write(gathered);
      length = 0;
    }
  }
  if (length > 0) await file.write(gathered.subarray(0, length));
  // Only after the last write has settled: a buffer whose write has failed may still be read by the system.
  if (spare.length < MAX_SPARE) spare.push(gathered);
}

function translate(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  if (FULL.has(code)) return new BlobError('storage-full', 'no room for the blob', { cause: error });
  if (code === 'EEXIST') return new BlobError('blob-exists', 'a blob is written once', { cause: error });
  return error;
}

async function* read(files: BlobFiles, path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const file = await files.openToRead(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ENOENT' ? new BlobError('blob-missing', 'no such blob', { cause }) : cause;
  });
  try {
    for (let position = start; position < end;) {
      const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, end - position));
      const bytesRead = await file.read(chunk, position);
      if (bytesRead === 0) throw new BlobError('blob-missing', 'the blob is shorter than asked for');
      position += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* list({ files, folder }: Place, before: Date): AsyncGenerator<BlobKey> {
  for await (const entry of files.list(folder)) {
    if (entry.kind !== 'folder' || entry.name === UNFINISHED) continue;
    for await (const name of listOlder(files, join(folder, entry.name), before)) {
      if (isBlobKey(name)) yield name;
    }
  }
}

async function discardUnfinished({ files, folder }: Place, before: Date): Promise<number> {
  let count = 0;
  for await (const name of listOlder(files, join(folder, UNFINISHED), before)) {
    await files.remove(join(folder, UNFINISHED, name));
    count += 1;
  }
  return count;
}

async function* listOlder(files: BlobFiles, folder: string, before: Date): AsyncGenerator<string> {
  for await (const { name, kind, modifiedAt } of files.list(folder)) {
    if (kind === 'file' && modifiedAt < before) yield name;
  }
}
