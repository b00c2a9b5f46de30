import { randomBytes } from 'node:crypto';
import { type FileHandle, copyFile, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, privateFolder, syncFolder } from '../../node/durable.js';
import { GatewayError } from '../error.js';

/** What a file of a job is to its recipient. */
export type SpoolKind = 'instance' | 'report' | 'attachment';

export interface SpoolFile {
  readonly kind: SpoolKind;
  /** As the recipient sees it; for an instance of no meaning. */
  readonly name: string;
  readonly mediaType: string;
  /** Relative to the folder it lies in: `instances/000001.dcm`. Made here, never from outside. */
  readonly path: string;
  readonly bytes: number;
}

export type NewSpoolFile = Pick<SpoolFile, 'kind' | 'name' | 'mediaType'>;

/**
 * A folder of the spool that somebody fills (docs/spec/spool.md §2). Its files are durable one by one; as a whole it counts when it has been
 * renamed into the queue, and until then a restart removes it.
 */
export interface Draft {
  /** 32 hex digits; becomes the job's id. */
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
  readonly files: readonly SpoolFile[];
  /** Writes a file and syncs it. @throws GatewayError `file-too-large`, `spool-full`; then nothing of the file is left */
  write(file: NewSpoolFile, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<SpoolFile>;
  /** A file that lies on this machine already and does not change any more: linked where the disk can, else copied. */
  link(file: NewSpoolFile, path: string): Promise<SpoolFile>;
  /** Makes the names durable, too; done before the folder is renamed. */
  sync(): Promise<void>;
  discard(): Promise<void>;
}

const FOLDERS: Readonly<Record<SpoolKind, string>> = {
  instance: 'instances',
  report: 'documents',
  attachment: 'documents',
};
const MAX_DOCUMENTS = 1000;
/** What a job can carry; a study has some thousands. */
export const MAX_FILES = 200_000;

export async function createDraft(parent: string, id = randomBytes(16).toString('hex')): Promise<Draft> {
  const folder = join(parent, id);
  await privateFolder(folder);
  const files: SpoolFile[] = [];
  const next = async (file: NewSpoolFile): Promise<string> => {
    assertRoom(files, file.kind);
    const sub = FOLDERS[file.kind];
    await mkdir(join(folder, sub), { recursive: true, mode: 0o700 });
    return `${sub}/${String(files.length + 1).padStart(6, '0')}${file.kind === 'instance' ? '.dcm' : ''}`;
  };
  const added = (file: NewSpoolFile, path: string, bytes: number): SpoolFile => {
    const { kind, name, mediaType } = file;
    const one = { kind, name, mediaType, path, bytes };
    files.push(one);
    return one;
  };
  // One after the other: a file's number is the place it has in the list.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const mine = tail.then(action);
    tail = mine.catch(() => undefined);
    return mine;
  };
  return {
    id,
    folder,
    files,
    write: (file, bytes, maxBytes) =>
      inTurn(async () => {
        const path = await next(file);
        return added(file, path, await writeSynced(join(folder, path), bytes, maxBytes));
      }),
    link: (file, source) =>
      inTurn(async () => {
        const path = await next(file);
        await linkOrCopy(source, join(folder, path));
        return added(file, path, (await stat(join(folder, path))).size);
      }),
    sync: () =>
      inTurn(async () => {
        for (const sub of new Set(files.map(({ kind }) => FOLDERS[kind]))) await syncFolder(join(folder, sub));
        await syncFolder(folder);
      }),
    discard: () => inTurn(() => rm(folder, { recursive: true, force: true })),
  };
}

function assertRoom(files: readonly SpoolFile[], kind: SpoolKind): void {
  const documents = files.filter((one) => one.kind !== 'instance').length;
  if (files.length >= MAX_FILES || (kind !== 'instance' && documents >= MAX_DOCUMENTS)) {
    throw new GatewayError('job-invalid', 'too many files');
  }
}

async function writeSynced(path: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<number> {
  const handle: FileHandle = await open(path, 'wx', 0o600);
  let size = 0;
  try {
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > maxBytes) throw new GatewayError('file-too-large', 'over its limit');
      await handle.writeFile(chunk);
    }
    await handle.sync();
    return size;
  } catch (error) {
    await rm(path, { force: true });
    throw namingFullDisk(error);
  } finally {
    await handle.close();
  }
}

/** Durable but for the name. @throws GatewayError `spool-full` */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    return;
  } catch {
    // Another disk, or a file system without links.
  }
  try {
    await copyFile(from, to);
    const handle = await open(to, 'r+');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    await rm(to, { force: true });
    throw namingFullDisk(error);
  }
}

export function namingFullDisk(error: unknown): unknown {
  const isFull = isSystemError(error, 'ENOSPC') || isSystemError(error, 'EDQUOT');
  return isFull ? new GatewayError('spool-full', 'no room left', { cause: error }) : error;
}

/** The moment a folder counts: before, nobody has promised anything; afterwards it survives whatever happens. */
export async function commitFolder(folder: string, target: string): Promise<void> {
  await rename(folder, target);
  await syncFolder(join(target, '..'));
  await syncFolder(join(folder, '..'));
}
