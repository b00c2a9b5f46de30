import { close, createReadStream, fdatasync, fsync, open, openSync, renameSync, writeSync } from 'node:fs';
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { randomBytes, randomInt } from 'node:crypto';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { encodeMeta } from '../../core/dicom/meta.js';
import { scanSource } from '../../core/dicom/scan.js';
import { diskFile } from '../../node/disk-source.js';
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
  /** Their SOP Instance UIDs; empty for what is no instance. */
  readonly instances: ReadonlyMap<string, string>;
  /** One more; nothing is answered before it is durable. */
  sink(request: StoreRequest, maxBytes: number): DataSetSink;
  /** These have become part of a job, and are none of it at once. Durable when it returns; then their first one has gone last. */
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
const datasyncLater = promisify(fdatasync);
const fsyncLater = promisify(fsync);
const closeLater = promisify(close);
const openLater = promisify(open);
/** Written at once. */
const BUFFER_BYTES = 128 * 1024;
/** Pieces of this size are worth a call of their own. */
const DIRECT_BYTES = 64 * 1024;
/** Fresh memory costs more than filling it. */
const MAX_SPARE = 8;
const spare: Buffer[] = [];

export async function createCollection(parent: string, titles: Titles): Promise<Collection> {
  const id = randomBytes(16).toString('hex');
  const folder = join(parent, id);
  await privateFolder(folder);
  await replaceFile(join(folder, ABOUT), Buffer.from(`${JSON.stringify(titles)}\n`));
  await syncFolder(parent);
  return collectionOf(id, folder, titles, new Map(), 0);
}

/** Numbers of files go on far behind those that are there: a number may stand for what has become a job, and is not given twice. */
const MAX_GAP = 2 ** 40;

/** What an earlier run has answered for, the last one changed last. Files that were not whole were not answered for, and go. */
export async function loadCollections(parent: string): Promise<Collection[]> {
  await privateFolder(parent);
  const collections: { readonly collection: Collection; readonly changedMs: number }[] = [];
  for (const id of await readdir(parent)) {
    const folder = join(parent, id);
    const titles = await readTitles(join(folder, ABOUT));
    if (titles === null) continue;
    const changedMs = (await stat(folder)).mtimeMs;
    const files = new Map<string, string>();
    for (const name of (await readdir(folder)).sort()) {
      const path = join(folder, name);
      if (name.endsWith('.dcm') && (await isWhole(folder, name))) files.set(path, await sopInstanceUidOf(path));
      else if (name !== ABOUT) await removeFile(path);
    }
    const last = Math.max(0, ...[...files.keys()].map(numberOf));
    const collection = collectionOf(id, folder, titles, files, last + randomInt(MAX_GAP));
    collections.push({ collection, changedMs });
  }
  return collections.sort((a, b) => a.changedMs - b.changedMs).map(({ collection }) => collection);
}

/** The number under which a file came. */
export function numberOf(path: string): number {
  return Number.parseInt(basename(path), 10);
}

async function sopInstanceUidOf(path: string): Promise<string> {
  const scan = await scanSource(await diskFile(path));
  return scan.kind === 'instance' ? scan.sopInstanceUid : '';
}

/** docs/spec/spool.md §6: the name says how long the file is and its CRC-32; names of earlier versions were given when the bytes were durable. */
const NAME = /^[0-9]{6,}-([0-9]{1,16})-([0-9a-f]{8})\.dcm$/;

async function isWhole(folder: string, name: string): Promise<boolean> {
  const [, length, sum] = NAME.exec(name) ?? [];
  if (length === undefined) return /^[0-9]{6,}\.dcm$/.test(name);
  const path = join(folder, name);
  if ((await stat(path)).size !== Number(length)) return false;
  let crc = 0;
  for await (const chunk of createReadStream(path)) crc = crc32(chunk as Buffer, crc);
  return hex(crc) === sum;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

async function readTitles(path: string): Promise<Titles | null> {
  try {
    return titlesSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

function collectionOf(
  id: string,
  folder: string,
  titles: Titles,
  files: Map<string, string>,
  firstNumber: number,
): Collection {
  let count = firstNumber;
  const [names, parts] = [folderNames(folder), partsIn(folder)];
  return {
    ...{ id, folder, titles },
    get files() {
      return [...files.keys()];
    },
    instances: files,
    sink: (request, maxBytes) => {
      count += 1;
      const stem = join(folder, String(count).padStart(6, '0'));
      const file = openFile(parts.take(), headOf(request));
      return instanceSink(file, stem, maxBytes, {
        taken: (path) => void files.set(path, request.sopInstanceUid),
        sync: names.sync,
      });
    },
    async takeOut(paths) {
      // At once: what comes now is another part of the study, whatever becomes of the files.
      for (const path of paths) files.delete(path);
      const [first, ...others] = [...paths].sort((a, b) => numberOf(a) - numberOf(b));
      if (first === undefined) return;
      for (const path of others) await rm(path, { force: true });
      if (others.length > 0) await syncFolder(folder);
      await rm(first, { force: true });
      await syncFolder(folder);
    },
    async remove() {
      await parts.close();
      await names.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A folder that is open as long as names come into it: opening it anew for each would cost as much as syncing it. */
function folderNames(folder: string) {
  let opened: number | null = null;
  return {
    async sync(): Promise<void> {
      // Not every platform can open a folder.
      if (process.platform === 'win32') return;
      opened ??= openSync(folder, 'r');
      await fsyncLater(opened);
    },
    async close(): Promise<void> {
      if (opened !== null) await closeLater(opened);
      opened = null;
    },
  };
}

interface Names {
  taken(path: string): void;
  sync(): Promise<void>;
}

/**
 * A file of PS3.10: preamble, a meta group of the negotiated transfer syntax, and the bytes of the data set as they come. It gets its name, which says what must be
 * in it, before it is synced: so file and folder are synced at once, and nothing is answered before both are. A full disk is said to be one, and the modality tries again.
 */
function instanceSink(opening: Promise<CheckedFile>, stem: string, maxBytes: number, names: Names): DataSetSink {
  opening.catch(() => undefined);
  let bytes = 0;
  let failure: Error | null = null;
  const abandon = async (): Promise<void> => {
    const file = await opening.catch(() => null);
    await file?.close();
    await file?.remove();
  };
  return {
    async write(chunk) {
      bytes += chunk.length;
      // The rest is read all the same: the peer gets a status, not a broken association.
      if (bytes > maxBytes) failure ??= new GatewayError('file-too-large', 'over its limit');
      if (failure !== null) return;
      try {
        (await opening).write(chunk);
      } catch (error) {
        failure = error as Error;
      }
    },
    async end() {
      let path: string | null = null;
      try {
        if (failure !== null) throw failure;
        const file = await opening;
        path = file.name(stem);
        await Promise.all([file.sync(), names.sync()]);
        names.taken(path);
        // Everything is synced: nothing that closing could say would change the answer.
        void file.close();
        return STATUS.success;
      } catch (error) {
        await abandon();
        if (path !== null) await rm(path, { force: true });
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

/** A new file under a name of no meaning. */
interface OpenPart {
  readonly descriptor: number;
  readonly path: string;
}

/** Each made while the peer sends the instance before: to make a file can take as long as to fill it. */
function partsIn(folder: string) {
  let next: Promise<OpenPart> | null = null;
  const make = async (): Promise<OpenPart> => {
    const path = join(folder, `${randomBytes(8).toString('hex')}.part`);
    return { path, descriptor: await openLater(path, 'wx', 0o600) };
  };
  return {
    take(): Promise<OpenPart> {
      const mine = next ?? make();
      next = make();
      next.catch(() => (next = null));
      return mine;
    },
    async close(): Promise<void> {
      const last = await next?.catch(() => null);
      next = null;
      if (last !== null && last !== undefined) await closeLater(last.descriptor);
    },
  };
}

interface CheckedFile {
  write(chunk: Uint8Array): void;
  /** Written out, and renamed to what it holds. @returns its path */
  name(stem: string): string;
  sync(): Promise<void>;
  close(): Promise<void>;
  /** Under the name that it was made with. */
  remove(): Promise<void>;
}

/**
 * Small pieces are put together first. What goes no further than memory (writing, renaming) is done without asking another thread: waiting for its turn would
 * cost more than the work.
 */
async function openFile(opening: Promise<OpenPart>, head: Uint8Array): Promise<CheckedFile> {
  const { descriptor, path: part } = await opening;
  const buffer = spare.pop() ?? Buffer.allocUnsafe(BUFFER_BYTES);
  let isOpen = true;
  let [filled, length, crc] = [0, 0, 0];
  const flush = (chunk: Uint8Array): void => {
    for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
  };
  const write = (chunk: Uint8Array): void => {
    length += chunk.length;
    crc = crc32(chunk, crc);
    const isLarge = chunk.length >= DIRECT_BYTES;
    if (isLarge || filled + chunk.length > buffer.length) {
      flush(buffer.subarray(0, filled));
      filled = 0;
    }
    if (isLarge) return flush(chunk);
    buffer.set(chunk, filled);
    filled += chunk.length;
  };
  write(head);
  return {
    write,
    name(stem) {
      flush(buffer.subarray(0, filled));
      filled = 0;
      const path = `${stem}-${length}-${hex(crc)}.dcm`;
      renameSync(part, path);
      return path;
    },
    sync: () => datasyncLater(descriptor),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      if (spare.length < MAX_SPARE) spare.push(buffer);
      await closeLater(descriptor).catch(() => undefined);
    },
    remove: () => rm(part, { force: true }),
  };
}
