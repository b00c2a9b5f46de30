import { type FileHandle, access, constants, link, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';

/**
 * What the disk store needs of a file system. Bytes are durable after `sync`, names after `syncFolder` of the folder they stand in,
 * and nothing is durable before; in between a power failure may keep any of it and lose the rest.
 */
export interface BlobFiles {
  /** Nothing happens when it is there. Its parent is. */
  makeFolder(path: string): Promise<void>;
  /** @throws with `EEXIST` when it is there */
  create(path: string): Promise<NewFile>;
  /** A second name for a file. @throws with `EEXIST` when the name is taken, with `ENOTSUP` and the like where there are no links */
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens when it is not there. */
  remove(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** @throws with `ENOENT` when it is not there */
  openToRead(path: string): Promise<ReadableFile>;
  list(folder: string): AsyncIterable<Listed>;
  isFolder(path: string): Promise<boolean>;
  /** @throws when the folder cannot be read and written */
  assertUsable(folder: string): Promise<void>;
}

export interface NewFile {
  write(chunk: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface ReadableFile {
  /** @returns how many bytes, 0 at the end */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

export interface Listed {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  readonly modifiedAt: Date;
}

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

export const nodeFiles: BlobFiles = {
  makeFolder: async (path) => void (await mkdir(path, { recursive: true, mode: PRIVATE_FOLDER })),
  create: async (path) => newFile(await open(path, 'wx', PRIVATE_FILE)),
  link,
  rename,
  remove: (path) => rm(path, { force: true }),
  syncFolder,
  openToRead: async (path) => {
    const file = await open(path, 'r');
    return {
      read: async (into, position) => (await file.read(into, 0, into.length, position)).bytesRead,
      close: () => file.close(),
    };
  },
  list,
  isFolder: async (path) => (await stat(path).catch(() => null))?.isDirectory() === true,
  assertUsable: (folder) => access(folder, constants.R_OK | constants.W_OK),
};

function newFile(file: FileHandle): NewFile {
  return {
    async write(chunk) {
      for (let offset = 0; offset < chunk.length;) {
        const { bytesWritten } = await file.write(chunk, offset, chunk.length - offset);
        offset += bytesWritten;
      }
    },
    sync: () => file.sync(),
    close: () => file.close(),
  };
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

async function* list(folder: string): AsyncGenerator<Listed> {
  for await (const entry of await opendir(folder)) {
    const kind = entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : null;
    if (kind === null) continue;
    const stats = await stat(`${folder}/${entry.name}`).catch(() => null);
    if (stats !== null) yield { name: entry.name, kind, modifiedAt: stats.mtime };
  }
}
