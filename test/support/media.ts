import { createHash } from 'node:crypto';
import { fileIdFrom, type FileId } from '../../crypto/wire/ids.js';
import type { MediumSink } from '../../client/core/media/medium-sink.js';
import { writeMedium, type WrittenMedium } from '../../client/core/media/write-media.js';
import type { ByteSource } from '../../client/core/ports.js';
import { planPackage, type DocumentSource } from '../../client/core/send/plan-package.js';
import { bytesOfSource, collect } from './collecting.js';
import { nodeSha256 } from './node-sha256.js';

/** Media from sources, as if they had been received and verified. */

export const MEDIUM_INFO = {
  messageId: 'ab'.repeat(16),
  from: 'befund@radiologie-nord.example',
  receivedMs: Date.UTC(2026, 10, 24),
  createdMs: Date.UTC(2026, 10, 25),
};

export interface MediumChoices {
  readonly documents?: readonly DocumentSource[];
  /** Instead of the true digest of each file. */
  readonly sha256?: string;
}

export async function writeTo(
  sink: MediumSink,
  sources: readonly ByteSource[],
  { documents = [], sha256 }: MediumChoices = {},
): Promise<WrittenMedium> {
  let next = 0;
  const newFileId = (): FileId =>
    fileIdFrom(new Uint8Array(Buffer.from((++next).toString(16).padStart(32, '0'), 'hex')));
  const { studies } = await collect(sources);
  const planned = planPackage(studies, documents, newFileId);
  return writeMedium({
    studies: planned.plan.studies,
    documents: planned.plan.documents,
    openFile: async ({ fileId }) => {
      const source = planned.sources.get(fileId);
      if (source === undefined) throw new Error('no source');
      return { source, sha256: sha256 ?? hexDigest(await bytesOfSource(source)) };
    },
    info: MEDIUM_INFO,
    sink,
    createSha256: nodeSha256,
  });
}

export function hexDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface MemoryMedium {
  readonly sink: MediumSink;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export function memoryMedium(): MemoryMedium {
  const files = new Map<string, Uint8Array>();
  const sink: MediumSink = {
    async add(path, size, bytes) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytes) chunks.push(chunk.slice());
      const content = new Uint8Array(Buffer.concat(chunks));
      if (content.length !== size) throw new Error(`${path}: ${content.length} bytes instead of ${size}`);
      files.set(path, content);
    },
  };
  return { sink, files };
}
