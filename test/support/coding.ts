import { createHash, type Hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileIdFrom, type FileId } from '../../crypto/wire/ids.js';
import { createInlineCoding, type Coding } from '../../client/core/coding/coding.js';
import type { Codecs } from '../../client/core/coding/codecs.js';
import { travelOrder, type Plan } from '../../client/core/package/plan.js';
import type { ByteSource } from '../../client/core/ports.js';
import type { PackageSink } from '../../client/core/receive/package-sink.js';
import { unpackPackage } from '../../client/core/receive/unpack.js';
import { collectStudies } from '../../client/core/send/collect.js';
import type { Gear } from '../../client/core/send/gear.js';
import { createGearMeter } from '../../client/core/send/gear-meter.js';
import type { PackInput } from '../../client/core/send/pack.js';
import { planPackage, type DocumentSource } from '../../client/core/send/plan-package.js';
import { createCodingThreads } from '../../client/node/coding-threads.js';
import { nodeCharls } from '../../client/node/node-charls.js';
import { nodeDeflate } from '../../client/node/node-deflate.js';
import { sourceTree } from './memory-source.js';
import { nodeSha256 } from './node-sha256.js';

export const nodeCodecs: Codecs = { deflate: nodeDeflate, jpegLs: nodeCharls() };

/** Everything that Node can do, in this thread. */
export function inlineCoding(): Coding {
  return createInlineCoding(nodeCodecs, 'inline');
}

/** The threads of the compiled product: a thread cannot run TypeScript. Null when it has not been compiled. */
export function compiledThreads(): Coding | null {
  const main = new URL('../../dist/client/node/coding-thread-main.js', import.meta.url);
  return existsSync(main) ? createCodingThreads(main) : null;
}

/** What `packPackage` codes with: always in one gear. */
export function codingIn(gear: Gear, coding: Coding): NonNullable<PackInput['coding']> {
  return { coding, gears: { of: () => Promise.resolve(gear) }, meter: createGearMeter(coding.atOnce) };
}

/** Sources as a send would plan them; what is no instance travels as an attachment. */
export async function planOf(
  files: Iterable<ByteSource>,
): Promise<{ readonly plan: Plan; readonly sources: ReadonlyMap<FileId, ByteSource> }> {
  const { studies, others } = await collectStudies({ tree: sourceTree(files), createSha256: nodeSha256 });
  const documents = others.map(({ source }): DocumentSource => {
    return { kind: 'attachment', source, mediaType: 'application/octet-stream' };
  });
  let next = 0;
  const newFileId = (): FileId =>
    fileIdFrom(new Uint8Array(Buffer.from((next++).toString(16).padStart(32, '0'), 'hex')));
  return planPackage(studies, documents, newFileId);
}

/** Unpacks, and hashes what has been verified. @returns SHA-256 of each file in hex */
export async function unpackedDigests(
  source: AsyncIterable<Uint8Array>,
  coding: Coding,
): Promise<ReadonlyMap<FileId, string>> {
  const staged = new Map<FileId, Hash>();
  const digests = new Map<FileId, string>();
  const sink: PackageSink = {
    plan: () => undefined,
    begin: ({ fileId }) => void staged.set(fileId, createHash('sha256')),
    write: (fileId, bytes) => void staged.get(fileId)?.update(bytes),
    verified: (fileId) => void digests.set(fileId, staged.get(fileId)?.digest('hex') ?? ''),
    staged: () => {
      throw new Error('nothing is resumed');
    },
  };
  await unpackPackage({ sink, createSha256: nodeSha256, coding, source });
  return digests;
}

/** @returns SHA-256 of each source in hex, in the order of travel, by file id */
export async function sourceDigests(
  plan: Plan,
  sources: ReadonlyMap<FileId, ByteSource>,
): Promise<ReadonlyMap<FileId, string>> {
  const digests = new Map<FileId, string>();
  for (const { fileId } of travelOrder(plan)) {
    const hash = createHash('sha256');
    for await (const chunk of sources.get(fileId)?.stream() ?? []) hash.update(chunk);
    digests.set(fileId, hash.digest('hex'));
  }
  return digests;
}
