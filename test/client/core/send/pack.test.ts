import { assert } from 'chai';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { padded } from '../../../../crypto/wire/payload.js';
import { DIGEST_EVERY_BYTES, MAX_FILE_BODY_BYTES } from '../../../../client/core/package/limits.js';
import { packageLength, type ManifestPart } from '../../../../client/core/package/layout.js';
import { packPackage } from '../../../../client/core/send/pack.js';
import { codeOf } from '../../../support/codes.js';
import { memorySource } from '../../../support/memory-source.js';
import { nodeSha256 as createSha256 } from '../../../support/node-sha256.js';
import { assertSameBytes } from '../../../support/same-bytes.js';
import {
  anyExample,
  bytesOf,
  example,
  packAll,
  packExample,
  smallExample,
  sourcesOf,
  type Example,
} from '../../../support/package-examples.js';

async function partsOf(built: Example): Promise<ManifestPart[]> {
  const parts: ManifestPart[] = [];
  let packed = 0;
  for await (const chunk of packPackage({ plan: built.plan, sources: sourcesOf(built), createSha256 })) {
    if (chunk.kind === 'bytes') packed += chunk.bytes.length;
    else {
      assert.equal(chunk.offset + chunk.length, packed, 'told as soon as it is complete');
      parts.push(chunk);
    }
  }
  return parts;
}

describe('packing', function () {
  this.timeout(20_000);

  it('makes exactly the length foretold, padded, whatever the chunks of the sources', async () => {
    await fc.assert(
      fc.asyncProperty(anyExample, fc.integer({ min: 1, max: 6000 }), async (built, chunkBytes) => {
        const bytes = await packExample(built, chunkBytes);
        assert.equal(bytes.length, packageLength(built.plan));
        assert.equal(bytes.length, padded(bytes.length));
        assertSameBytes(bytes, await packExample(built));
      }),
      { numRuns: 50 },
    );
  });

  it('tells of each manifest part where it lies and what it says', async () => {
    const built = smallExample();
    const bytes = await packExample(built);
    const parts = await partsOf(built);
    assert.deepEqual(
      parts.map(({ partNo, entries }) => [partNo, entries.length]),
      [
        [0, 0],
        [1, 2],
        [2, 1],
      ],
    );
    for (const { offset, length, sha256, entries } of parts) {
      const record = bytes.subarray(offset, offset + length);
      assert.deepEqual(new Uint8Array(createHash('sha256').update(record).digest()), sha256);
      for (const { extents, fileId } of entries) {
        const [extent] = extents;
        assert.deepEqual(
          bytes.subarray(extent?.offset, (extent?.offset ?? 0) + (extent?.length ?? 0)),
          built.files.get(fileId),
        );
      }
    }
  });

  it('writes digests after the first instance, 64 files, 8 MiB and the last file', async () => {
    const small = await partsOf(
      example(
        [],
        Array.from({ length: 130 }, () => 1),
      ),
    );
    assert.deepEqual(
      small.map(({ entries }) => entries.length),
      [0, 1, 64, 64, 1],
    );
    const large = await partsOf(example([], [10, 10, DIGEST_EVERY_BYTES - 11, 1, 10, DIGEST_EVERY_BYTES, 5]));
    assert.deepEqual(
      large.map(({ entries }) => entries.length),
      [0, 1, 3, 2, 1],
    );
  });

  for (const size of [0, 1, MAX_FILE_BODY_BYTES - 1, MAX_FILE_BODY_BYTES, MAX_FILE_BODY_BYTES + 1]) {
    it(`cuts a file of ${size} bytes into records of at most 4 MiB`, async () => {
      const [, digests] = await partsOf(example([], [size]));
      const lengths = digests?.entries[0]?.extents.map(({ length }) => length);
      const expected = size > MAX_FILE_BODY_BYTES ? [MAX_FILE_BODY_BYTES, 1] : [size];
      assert.deepEqual(lengths, expected);
    });
  }

  it('ends with source-changed when a source is shorter, longer, of another size or unreadable', async () => {
    const built = example([], [100]);
    const { plan } = built;
    const [fileId] = built.files.keys();
    if (fileId === undefined) return assert.fail('one file');
    const honest = memorySource('a', bytesOf(1, 100));
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(new Uint8Array(10));
      throw new Error('EIO');
    }
    const sources = [
      { ...memorySource('a', bytesOf(1, 99)), size: 100 },
      { ...memorySource('a', bytesOf(1, 101)), size: 100 },
      memorySource('a', bytesOf(1, 99)),
      { ...honest, stream: broken },
    ];
    for (const source of sources) {
      const packed = packPackage({ plan, sources: new Map([[fileId, source]]), createSha256 });
      assert.equal(await codeOf(() => packAll(packed)), 'source-changed');
    }
  });

  it('refuses a file without a source, and stops when it is told to', async () => {
    const built = smallExample();
    assert.equal(
      await codeOf(() => packAll(packPackage({ plan: built.plan, sources: new Map(), createSha256 }))),
      'plan-invalid',
    );
    const aborted = packPackage({
      plan: built.plan,
      sources: sourcesOf(built),
      createSha256,
      signal: AbortSignal.abort(),
    });
    assert.equal(await codeOf(() => packAll(aborted)), 'aborted');
  });

  it('closes its source when the consumer leaves early', async () => {
    const built = example([], [100]);
    const [fileId] = built.files.keys();
    if (fileId === undefined) return assert.fail('one file');
    let closed = false;
    async function* watched(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield await Promise.resolve(new Uint8Array(10));
      } finally {
        closed = true;
      }
    }
    const source = { ...memorySource('a', bytesOf(1, 100)), stream: watched };
    let bodies = 0;
    for await (const chunk of packPackage({ plan: built.plan, sources: new Map([[fileId, source]]), createSha256 })) {
      if (chunk.kind === 'bytes' && chunk.bytes.length === 10 && ++bodies === 2) break;
    }
    assert.isTrue(closed);
  });
});
