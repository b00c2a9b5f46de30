import { closeSync, constants, fsync, open, openSync, readSync, rename, writev } from 'node:fs';
import { mkdir, open as openHandle, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Deidentifier, InstanceFacts, PreparedInstance } from '../core/deidentification/deidentify.js';
import type { PixelMask } from '../core/deidentification/pixel-port.js';
import type { Refusal } from '../core/deidentification/refused.js';
import { memorySource } from '../core/deidentification/open-instance.js';
import type { ByteSource } from '../core/ports.js';
import { reopenDiskSource } from './disk-source.js';
import { nodeSha256 } from './node-sha256.js';

/** One file to be de-identified into another: plain data, fit to travel between threads. */
export interface DeidentifyJob {
  readonly path: string;
  readonly size: number;
  readonly target: string;
  readonly masks: readonly PixelMask[];
  readonly digests: 'none' | 'both';
}

export type WrittenInstance =
  | {
      readonly kind: 'written';
      readonly bytes: number;
      readonly facts: InstanceFacts;
      readonly digests: Digests | null;
    }
  | { readonly kind: 'refused'; readonly reason: Refusal };

/** SHA-256 of what came in and of what went out. */
export interface Digests {
  readonly input: Uint8Array;
  readonly output: Uint8Array;
}

/** Files up to this are read at once: opening one for every look into it takes longer than all the rest. */
const MAX_AT_ONCE = 32 * 1024 * 1024;

/** Lets work wait for its turn. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * The result has its name only after the search for removed values went through all of it, and its bytes are durable.
 * @param alone one file is read and looked through at a time, while its bytes are in the fastest memory; the disk works on others meanwhile
 */
export async function deidentifyFile(
  deidentifier: Deidentifier,
  job: DeidentifyJob,
  alone: Turns,
): Promise<WrittenInstance> {
  if (job.size > MAX_AT_ONCE) return deidentifyLarge(deidentifier, job);
  const buffer = takeBuffer(job.size);
  try {
    const made = await alone(() => makeInstance(deidentifier, job, buffer));
    if (made.kind !== 'made') return made;
    const { facts, digests, chunks, size: bytes } = made;
    await writeDurably(job.target, chunks, bytes);
    return { kind: 'written', bytes, facts, digests };
  } finally {
    buffers.push(buffer);
  }
}

interface MadeInstance extends Omit<Extract<WrittenInstance, { kind: 'written' }>, 'kind' | 'bytes'> {
  readonly kind: 'made';
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
}

/** Everything that there is to compute, on a file that lies in memory. */
async function makeInstance(
  deidentifier: Deidentifier,
  job: DeidentifyJob,
  buffer: Uint8Array,
): Promise<MadeInstance | WrittenInstance> {
  const bytes = readWhole(job, buffer);
  const source = memorySource(bytes);
  const prepared = await deidentifier.prepare(source, job.masks);
  if (prepared.kind === 'refused') return prepared;
  // Frames that are coded anew can be many times as long as they were.
  if (prepared.output.size > MAX_AT_ONCE) return streamInstance(source, prepared, job);
  const { output, facts } = prepared;
  const search = prepared.search();
  const hash = job.digests === 'both' ? nodeSha256() : null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of output.stream()) {
    hash?.update(chunk);
    search.update(chunk);
    chunks.push(chunk);
  }
  if (search.hits() > 0) return { kind: 'refused', reason: 'residual' };
  const digests = hash === null ? null : { input: await digestOf(source), output: hash.digest() };
  return { kind: 'made', facts, digests, chunks, size: output.size };
}

/** Buffers of files that are done: a new one for each would keep the collector busier than all the rest. */
const buffers: Uint8Array[] = [];

function takeBuffer(size: number): Uint8Array {
  const free = buffers.pop();
  return free !== undefined && free.length >= size ? free : new Uint8Array(Math.max(1024 * 1024, size));
}

/** Folders that are there: asking again for each file takes as long as writing it. */
const folders = new Set<string>();
/** A gateway makes a folder for each request, for months. */
const MAX_FOLDERS = 1000;

async function makeFolder(folder: string): Promise<void> {
  if (folders.has(folder)) return;
  if (folders.size >= MAX_FOLDERS) folders.clear();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  folders.add(folder);
}

/** From disk and to disk, piece by piece: what streams from disk comes in one buffer again and again, and is not kept. */
async function deidentifyLarge(deidentifier: Deidentifier, job: DeidentifyJob): Promise<WrittenInstance> {
  const source = await reopenDiskSource(job.path);
  const prepared = await deidentifier.prepare(source, job.masks);
  return prepared.kind === 'refused' ? prepared : streamInstance(source, prepared, job);
}

async function streamInstance(
  source: ByteSource,
  prepared: PreparedInstance,
  job: DeidentifyJob,
): Promise<WrittenInstance> {
  const { output, facts } = prepared;
  const draft = `${job.target}.part`;
  await makeFolder(dirname(job.target));
  const written = await writeStream(output, prepared.search(), draft, job.digests);
  if (written.hits > 0) {
    await rm(draft, { force: true });
    return { kind: 'refused', reason: 'residual' };
  }
  await renameFile(draft, job.target);
  const digests = written.digest === null ? null : { input: await digestOf(source), output: written.digest };
  return { kind: 'written', bytes: output.size, facts, digests };
}

/** At most the bytes that were there when the file was found. */
function readWhole({ path, size }: DeidentifyJob, buffer: Uint8Array): Uint8Array {
  const file = openSync(path, 'r');
  try {
    let at = 0;
    for (let count = -1; count !== 0 && at < size; at += count) count = readSync(file, buffer, at, size - at, at);
    return buffer.subarray(0, at);
  } finally {
    closeSync(file);
  }
}

interface Search {
  update(bytes: Uint8Array): void;
  hits(): number;
}

interface Written {
  readonly digest: Uint8Array | null;
  readonly hits: number;
}

/** Not in this thread: whoever makes or renames a file waits while a file system writes down what others have made. */
async function writeDurably(target: string, chunks: readonly Uint8Array[], size: number): Promise<void> {
  const draft = `${target}.part`;
  await makeFolder(dirname(target));
  const file = await openFile(draft, DURABLE, 0o600);
  try {
    await writeAll(file, chunks, size);
  } finally {
    closeSync(file);
  }
  await renameFile(draft, target);
}

/** Each write returns when its bytes are on the disk: one task of the pool instead of a copy in this thread and a task. */
const DURABLE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_DSYNC ?? constants.O_SYNC ?? 0);
const mustSync = DURABLE === (constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);

const [openFile, renameFile] = [promisify(open), promisify(rename)];
const [writeVector, sync] = [promisify(writev), promisify(fsync)];

async function writeAll(file: number, chunks: readonly Uint8Array[], size: number): Promise<void> {
  let { bytesWritten } = await writeVector(file, chunks);
  // A disk that is nearly full takes a part of it: the rest brings its error.
  const rest = bytesWritten === size ? Buffer.alloc(0) : Buffer.concat(chunks);
  while (bytesWritten < rest.length)
    bytesWritten += (await writeVector(file, [rest.subarray(bytesWritten)])).bytesWritten;
  if (mustSync) await sync(file);
}

async function writeStream(
  output: ByteSource,
  search: Search,
  path: string,
  digests: DeidentifyJob['digests'],
): Promise<Written> {
  const hash = digests === 'both' ? nodeSha256() : null;
  const handle = await openHandle(path, 'w', 0o600);
  try {
    for await (const chunk of output.stream()) {
      hash?.update(chunk);
      search.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { digest: hash?.digest() ?? null, hits: search.hits() };
}

async function digestOf(source: ByteSource): Promise<Uint8Array> {
  const hash = nodeSha256();
  for await (const chunk of source.stream()) hash.update(chunk);
  return hash.digest();
}
