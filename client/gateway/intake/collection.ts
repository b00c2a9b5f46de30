import { open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { encodeMeta } from '../../core/dicom/meta.js';
import { isNotFound, privateFolder, removeFile, replaceFile, syncFolder } from '../../node/durable.js';
import { type DataSetSink, type StoreRequest } from '../dimse/acceptor.js';
import { STATUS } from '../dimse/command.js';
import { namingFullDisk } from '../spool/draft.js';
import { GatewayError } from '../error.js';

/** Instances that have been answered with success and are not part of a job yet (docs/spec/spool.md §6). */
export interface Collection {
  readonly id: string;
  readonly folder: string;
  readonly titles: Titles;
  /** Paths of whole, durable instances, in the order in which they came. */
  readonly files: readonly string[];
  /** One more; nothing is answered before it is durable. */
  sink(request: StoreRequest, maxBytes: number): DataSetSink;
  /** These have become part of a job. Durable when it returns. */
  takeOut(paths: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

export interface Titles {
  readonly callingAe: string;
  readonly calledAe: string;
}

const ABOUT = 'collection.json';
const titlesSchema = z.strictObject({ callingAe: z.string(), calledAe: z.string() });
const PREAMBLE_BYTES = 128;
/** Written at once: most instances are smaller, and cost one call. */
const BUFFER_BYTES = 1024 * 1024;
/** Fresh memory costs more than filling it. */
const MAX_SPARE = 8;
const spare: Buffer[] = [];

export async function createCollection(parent: string, titles: Titles): Promise<Collection> {
  const id = randomBytes(16).toString('hex');
  const folder = join(parent, id);
  await privateFolder(folder);
  await replaceFile(join(folder, ABOUT), Buffer.from(`${JSON.stringify(titles)}\n`));
  await syncFolder(parent);
  return collectionOf(id, folder, titles, []);
}

/** What an earlier run has answered for. Files that were not whole were not answered for, and go. */
export async function loadCollections(parent: string): Promise<Collection[]> {
  await privateFolder(parent);
  const collections: Collection[] = [];
  for (const id of await readdir(parent)) {
    const folder = join(parent, id);
    const titles = await readTitles(join(folder, ABOUT));
    if (titles === null) continue;
    const names = (await readdir(folder)).sort();
    for (const name of names.filter((one) => one.endsWith('.part'))) await removeFile(join(folder, name));
    const files = names.filter((one) => one.endsWith('.dcm')).map((one) => join(folder, one));
    collections.push(collectionOf(id, folder, titles, files));
  }
  return collections;
}

async function readTitles(path: string): Promise<Titles | null> {
  try {
    return titlesSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

function collectionOf(id: string, folder: string, titles: Titles, known: readonly string[]): Collection {
  const files = new Set(known);
  let count = files.size;
  const syncNames = (): Promise<void> => syncFolder(folder);
  return {
    ...{ id, folder, titles },
    get files() {
      return [...files];
    },
    sink: (request, maxBytes) => {
      count += 1;
      const path = join(folder, `${String(count).padStart(6, '0')}.dcm`);
      return instanceSink(path, request, maxBytes, { taken: () => void files.add(path), syncNames });
    },
    async takeOut(paths) {
      for (const path of paths) {
        await rm(path, { force: true });
        files.delete(path);
      }
      await syncFolder(folder);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

interface Names {
  taken(): void;
  syncNames(): Promise<void>;
}

/**
 * A file of PS3.10: preamble, a meta group of the negotiated transfer syntax, and the bytes of the data set as they come. Durable under its name before
 * success is said; a full disk is said to be one, and the modality tries again.
 */
function instanceSink(path: string, request: StoreRequest, maxBytes: number, { taken, syncNames }: Names): DataSetSink {
  const part = `${path}.part`;
  const file = bufferedFile(part, headOf(request));
  let bytes = 0;
  let failure: Error | null = null;
  const abandon = async (): Promise<void> => {
    await file.close();
    await rm(part, { force: true });
  };
  return {
    async write(chunk) {
      bytes += chunk.length;
      if (bytes > maxBytes) failure ??= new GatewayError('file-too-large', 'over its limit');
      // The rest is read all the same: the peer gets a status, not a broken association.
      if (failure !== null) return;
      try {
        await file.write(chunk);
      } catch (error) {
        failure = error as Error;
      }
    },
    async end() {
      try {
        if (failure !== null) throw failure;
        await file.finish();
        await rename(part, path);
        await syncNames();
        taken();
        // Everything is synced: nothing that closing could say would change the answer.
        void file.close();
        return STATUS.success;
      } catch (error) {
        await abandon();
        const named = namingFullDisk(error);
        const isFull = named instanceof GatewayError && named.code === 'spool-full';
        return isFull ? STATUS.outOfResources : STATUS.cannotUnderstand;
      }
    },
    abandon,
  };
}

function headOf({ sopClassUid, sopInstanceUid, transferSyntaxUid }: StoreRequest): Uint8Array {
  const meta = encodeMeta({ sopClassUid, sopInstanceUid, transferSyntaxUid });
  return Buffer.concat([Buffer.alloc(PREAMBLE_BYTES), Buffer.from('DICM', 'latin1'), meta]);
}

/** A new file that is written in large pieces: most instances are one. It is opened while the bytes still come. */
function bufferedFile(path: string, head: Uint8Array) {
  const buffer = spare.pop() ?? Buffer.allocUnsafe(BUFFER_BYTES);
  buffer.set(head);
  let filled = head.length;
  let isOpen = true;
  const opening = open(path, 'wx', 0o600);
  opening.catch(() => undefined);
  const flush = async (chunk: Uint8Array): Promise<void> => {
    const handle = await opening;
    for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
  };
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    if (spare.length < MAX_SPARE) spare.push(buffer);
    await opening.then((handle) => handle.close()).catch(() => undefined);
  };
  return {
    async write(chunk: Uint8Array): Promise<void> {
      if (filled + chunk.length > buffer.length) {
        await flush(buffer.subarray(0, filled));
        filled = 0;
      }
      if (chunk.length > buffer.length) return flush(chunk);
      buffer.set(chunk, filled);
      filled += chunk.length;
    },
    /** Written and synced. */
    async finish(): Promise<void> {
      await flush(buffer.subarray(0, filled));
      await (await opening).datasync();
    },
    close,
  };
}
