import { toHex } from '../../crypto/wire/bytes.js';
import { fileIdFrom, type FileId } from '../../crypto/wire/ids.js';
import type { ByteSource, Sha256 } from '../../client/core/ports.js';
import type { PackageSink } from '../../client/core/receive/package-sink.js';
import { unpackPackage } from '../../client/core/receive/unpack.js';
import { collectStudies, type Collection } from '../../client/core/send/collect.js';
import { packPackage, type PackedChunk } from '../../client/core/send/pack.js';
import { planPackage, type DocumentSource } from '../../client/core/send/plan-package.js';
import { createSha256 } from '../../client/core/sha256.js';
import { changedDigest, deidentifiedDigest } from '../support/one-change.js';

/** What the tests call inside a browser: collecting, packing and unpacking of the product, bundled as they are. */

/** A Blob, as the browser gives for a file that was dropped on a page. */
function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
    async *stream(offset = 0) {
      const reader = blob.slice(offset).stream().getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      }
    },
  };
}

async function* fetched(paths: readonly string[]): AsyncGenerator<ByteSource> {
  for (const [i, path] of paths.entries()) yield blobSource(path, await (await fetch(`/file/${i}`)).blob());
}

export interface Arrived {
  /** SHA-256 of what was unpacked, by the path it was collected from. */
  readonly digests: readonly (readonly [string, string])[];
  readonly identical: readonly string[];
  readonly leftOut: readonly (readonly [string, string])[];
}

/** Files of the server through collect, plan, pack and unpack. */
async function passThrough(paths: readonly string[]): Promise<Arrived> {
  const collection = await collectStudies({ tree: fetched(paths), createSha256 });
  const attachments = collection.others.map(({ source }): DocumentSource => {
    return { kind: 'attachment', source, mediaType: 'application/octet-stream' };
  });
  let next = 0;
  const newFileId = (): FileId => {
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(12, ++next);
    return fileIdFrom(id);
  };
  const { plan, sources } = planPackage(collection.studies, attachments, newFileId);
  const digests: [string, string][] = [];
  const staged = new Map<FileId, Sha256>();
  const sink: PackageSink = {
    plan: () => undefined,
    begin: ({ fileId }) => void staged.set(fileId, createSha256()),
    write: (fileId, bytes) => void staged.get(fileId)?.update(bytes),
    verified: (fileId) => {
      const hash = staged.get(fileId);
      if (hash !== undefined) digests.push([sources.get(fileId)?.name ?? '', toHex(hash.digest())]);
    },
    staged: () => {
      throw new Error('nothing is resumed');
    },
  };
  await unpackPackage({ sink, createSha256, source: bytesOf(packPackage({ plan, sources, createSha256 })) });
  const identical = collection.duplicates.filter(({ kind }) => kind === 'identical').map(({ path }) => path);
  return { digests, identical, leftOut: leftOut(collection) };
}

async function* bytesOf(chunks: AsyncIterable<PackedChunk>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) if (chunk.kind === 'bytes') yield chunk.bytes;
}

function leftOut({ others, skipped }: Collection): (readonly [string, string])[] {
  return [...others, ...skipped].map(({ path, reason }) => [path, reason] as const);
}

/** What a worker of the page makes of files: one attribute changed, or de-identified. */
export type Rewriting = 'change' | 'deidentify';

interface RewritingOrder {
  readonly paths: readonly string[];
  readonly rewriting: Rewriting;
}

/** In a worker, as the product does it: it has no page, no Node and nothing but its messages. */
function rewriteInWorker(paths: readonly string[], rewriting: Rewriting): Promise<readonly string[]> {
  const worker = new Worker('/page.js', { type: 'module' });
  const order: RewritingOrder = { paths, rewriting };
  return new Promise<readonly string[]>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<readonly string[]>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(order);
  }).finally(() => worker.terminate());
}

async function rewriteAll({ paths, rewriting }: RewritingOrder): Promise<string[]> {
  const digests: string[] = [];
  for await (const source of fetched(paths)) {
    const bytes = await source.read(0, source.size);
    const held = { ...source, read: (at: number, length: number) => Promise.resolve(bytes.subarray(at, at + length)) };
    const digest = rewriting === 'change' ? changedDigest(held) : deidentifiedDigest(held);
    digests.push(await digest.catch((error: unknown) => `${source.name}: ${String(error)}`));
  }
  return digests;
}

if (!('document' in globalThis)) {
  addEventListener('message', ({ data }: MessageEvent<RewritingOrder>) => {
    void rewriteAll(data).then(postMessage, (error: unknown) => reportError(error));
  });
}

export const collectPage = { passThrough, rewriteInWorker };
export type CollectPage = typeof collectPage;

Object.assign(globalThis, { bildboteCollect: collectPage });
