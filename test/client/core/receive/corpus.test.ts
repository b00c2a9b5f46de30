import { assert } from 'chai';
import { createHash, type Hash } from 'node:crypto';
import { fileIdFrom, type FileId } from '../../../../crypto/wire/ids.js';
import { packageLength } from '../../../../client/core/package/layout.js';
import type { PackageSink } from '../../../../client/core/receive/package-sink.js';
import { unpackPackage } from '../../../../client/core/receive/unpack.js';
import { collectStudies } from '../../../../client/core/send/collect.js';
import { packPackage, type PackedChunk } from '../../../../client/core/send/pack.js';
import { planPackage, type DocumentSource } from '../../../../client/core/send/plan-package.js';
import { corpusSource, readCorpusFile, withCorpus } from '../../../support/corpus.js';
import { sourceTree } from '../../../support/memory-source.js';
import { nodeSha256 } from '../../../support/node-sha256.js';

async function* bytesOf(chunks: AsyncIterable<PackedChunk>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) if (chunk.kind === 'bytes') yield chunk.bytes;
}

describe('the corpus', function () {
  this.timeout(60_000);

  withCorpus((files) => {
    it('comes out as it went in, every file, byte for byte', async () => {
      const { studies, others, duplicates } = await collectStudies({
        tree: sourceTree(files.map(corpusSource)),
        createSha256: nodeSha256,
      });
      const attachments = others.map(({ source }): DocumentSource => {
        return { kind: 'attachment', source, mediaType: 'application/octet-stream' };
      });
      let next = 0;
      const newFileId = (): FileId =>
        fileIdFrom(new Uint8Array(Buffer.from((next++).toString(16).padStart(32, '0'), 'hex')));
      const { plan, sources } = planPackage(studies, attachments, newFileId);

      const arrived = new Map<string, string>();
      const staged = new Map<FileId, Hash>();
      const sink: PackageSink = {
        plan: () => undefined,
        begin: ({ fileId }) => void staged.set(fileId, createHash('sha256')),
        write: (fileId, bytes) => void staged.get(fileId)?.update(bytes),
        verified: (fileId) =>
          void arrived.set(sources.get(fileId)?.name ?? '', staged.get(fileId)?.digest('hex') ?? ''),
        staged: () => assert.fail('nothing is resumed'),
      };
      const packed = packPackage({ plan, sources, createSha256: nodeSha256 });
      const result = await unpackPackage({ sink, createSha256: nodeSha256, source: bytesOf(packed) });

      assert.equal(result.totalBytes, packageLength(plan));
      const identical = duplicates.filter(({ kind }) => kind === 'identical').map(({ path }) => path);
      assert.equal(arrived.size + identical.length, files.length);
      for (const file of files) {
        if (identical.includes(file.path)) continue;
        const original = createHash('sha256').update(readCorpusFile(file)).digest('hex');
        assert.equal(arrived.get(file.path), original, file.path);
      }
    });
  });
});
