import { closeSync, fstatSync, fsync, openSync, readSync, writevSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Deidentifier, InstanceFacts } from '../core/deidentification/deidentify.js';
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

/** The result has its name only after the search for removed values went through all of it, and its bytes are durable. */
export async function deidentifyFile(deidentifier: Deidentifier, job: DeidentifyJob): Promise<WrittenInstance> {
  const source = job.size <= MAX_AT_ONCE ? memorySource(readWhole(job)) : await reopenDiskSource(job.path);
  const prepared = await deidentifier.prepare(source, job.masks);
  if (prepared.kind === 'refused') return prepared;
  const { output, facts } = prepared;
  const draft = `${job.target}.part`;
  await mkdir(dirname(job.target), { recursive: true, mode: 0o700 });
  const isSmall = output.size <= MAX_AT_ONCE;
  const written = await (isSmall ? writeAtOnce : writeStream)(output, prepared.search(), draft, job.digests);
  if (written.hits > 0) {
    await rm(draft, { force: true });
    return { kind: 'refused', reason: 'residual' };
  }
  await rename(draft, job.target);
  const digests = written.digest === null ? null : { input: await digestOf(source), output: written.digest };
  return { kind: 'written', bytes: output.size, facts, digests };
}

function readWhole({ path, size }: DeidentifyJob): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(fstatSync(file).size);
    let at = 0;
    for (let count = -1; count !== 0 && at < bytes.length; at += count)
      count = readSync(file, bytes, at, bytes.length - at, at);
    return bytes.subarray(0, Math.min(at, size));
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

async function writeAtOnce(
  output: ByteSource,
  search: Search,
  path: string,
  digests: DeidentifyJob['digests'],
): Promise<Written> {
  const chunks: Uint8Array[] = [];
  const hash = digests === 'both' ? nodeSha256() : null;
  for await (const chunk of output.stream()) {
    hash?.update(chunk);
    search.update(chunk);
    chunks.push(chunk);
  }
  if (search.hits() > 0) return { digest: null, hits: search.hits() };
  const file = openSync(path, 'w', 0o600);
  try {
    writeAll(file, chunks, output.size);
    await new Promise<void>((done, fail) => fsync(file, (error) => (error === null ? done() : fail(error))));
  } finally {
    closeSync(file);
  }
  return { digest: hash?.digest() ?? null, hits: 0 };
}

function writeAll(file: number, chunks: readonly Uint8Array[], size: number): void {
  const written = writevSync(file, chunks);
  if (written === size) return;
  // A disk that is nearly full takes a part of it: the rest brings its error.
  const rest = Buffer.concat(chunks).subarray(written);
  for (let at = 0; at < rest.length;) at += writevSync(file, [rest.subarray(at)]);
}

async function writeStream(
  output: ByteSource,
  search: Search,
  path: string,
  digests: DeidentifyJob['digests'],
): Promise<Written> {
  const hash = digests === 'both' ? nodeSha256() : null;
  const handle = await open(path, 'w', 0o600);
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
