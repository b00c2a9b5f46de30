import { assert } from 'chai';
import fc from 'fast-check';
import type { FileId } from '../../../../crypto/wire/ids.js';
import { MAX_FILE_BODY_BYTES } from '../../../../client/core/package/limits.js';
import { packageLength } from '../../../../client/core/package/layout.js';
import { createUnpacker, unpackPackage } from '../../../../client/core/receive/unpack.js';
import { codeOf } from '../../../support/codes.js';
import { memorySink, type MemorySink } from '../../../support/memory-sink.js';
import { memorySource } from '../../../support/memory-source.js';
import { nodeSha256 as createSha256 } from '../../../support/node-sha256.js';
import { assertSameBytes } from '../../../support/same-bytes.js';
import { anyExample, example, packExample, smallExample, type Example } from '../../../support/package-examples.js';

async function unpack(bytes: Uint8Array, sink: MemorySink = memorySink(), chunkBytes?: number): Promise<MemorySink> {
  await unpackPackage({ sink, createSha256, source: memorySource('package', bytes, chunkBytes).stream() });
  return sink;
}

function assertUnpacked(sink: MemorySink, built: Example): void {
  assert.deepEqual(sink.planRead, built.plan);
  assert.equal(sink.published.size, built.files.size);
  assertNothingWrong(sink, built.files);
}

/** Whatever has been published is what was packed. */
function assertNothingWrong(sink: MemorySink, files: ReadonlyMap<FileId, Uint8Array>): void {
  for (const [fileId, { bytes }] of sink.published) assertSameBytes(bytes, files.get(fileId));
}

describe('unpacking', function () {
  this.timeout(20_000);

  it('gives back what was packed, whatever the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(anyExample, fc.integer({ min: 1, max: 9000 }), async (built, chunkBytes) => {
        assertUnpacked(await unpack(await packExample(built), memorySink(), chunkBytes), built);
      }),
      { numRuns: 50 },
    );
  });

  it('gives back files of several records', async () => {
    const built = example([3], [2 * MAX_FILE_BODY_BYTES, MAX_FILE_BODY_BYTES + 1, 0]);
    const sink = memorySink();
    const bytes = await packExample(built);
    const result = await unpackPackage({ sink, createSha256, source: memorySource('p', bytes).stream() });
    assertUnpacked(sink, built);
    assert.equal(result.totalBytes, packageLength(built.plan));
  });

  it('publishes the first instance before the second has come', async () => {
    const built = smallExample();
    const bytes = await packExample(built);
    const sink = memorySink();
    const unpacker = await createUnpacker({ sink, createSha256 });
    for (let at = 0; sink.published.size === 0; at++) await unpacker.push(bytes.subarray(at, at + 1));
    assert.equal(sink.published.size, 2, 'the report and the first instance');
    assert.equal(sink.staging.size, 0);
  });

  it('calls a package complete only with its last byte, and takes none beyond', async () => {
    const bytes = await packExample(smallExample());
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    assert.equal(await codeOf(() => unpack(longer)), 'package-length');
    for (let length = 0; length < bytes.length; length += length < 1500 ? 1 : 97) {
      assert.equal(await codeOf(() => unpack(bytes.subarray(0, length))), 'package-truncated', `at ${length}`);
    }
  });

  it('refuses a change of any one bit, with a code, and publishes nothing wrong', async () => {
    const built = smallExample();
    const good = await packExample(built);
    const end = good.findLastIndex((byte) => byte !== 0) + 3;
    for (let bit = 0; bit < end * 8; bit++) {
      const bad = good.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const sink = memorySink();
      const code = await codeOf(() => unpack(bad, sink));
      assert.match(code, /^(package-[a-z-]+|codec-unsupported)$/, `bit ${bit}`);
      assertNothingWrong(sink, built.files);
    }
  });

  it('refuses a byte that is not zero in the padding', async () => {
    const bytes = await packExample(smallExample());
    bytes[bytes.length - 1] = 1;
    assert.equal(await codeOf(() => unpack(bytes)), 'package-padding');
  });

  it('stays refused after a failure', async () => {
    const unpacker = await createUnpacker({ sink: memorySink(), createSha256 });
    assert.equal(await codeOf(() => unpacker.push(new Uint8Array(16).fill(9))), 'package-record');
    assert.equal(await codeOf(() => unpacker.push(new Uint8Array(1))), 'package-record');
    assert.equal(await codeOf(() => unpacker.checkpoint()), 'package-record');
    assert.equal(await codeOf(() => unpacker.finish()), 'package-record');
  });

  it('stops when it is told to', async () => {
    const source = memorySource('p', await packExample(smallExample())).stream();
    const run = unpackPackage({ sink: memorySink(), createSha256, source, signal: AbortSignal.abort() });
    assert.equal(await codeOf(() => run), 'aborted');
  });
});

describe('resuming', function () {
  this.timeout(20_000);

  /** Unpacks up to `at`, throws the unpacker away, and goes on from its checkpoint as JSON keeps it. */
  async function interrupted(bytes: Uint8Array, at: number, lag: number): Promise<MemorySink> {
    const sink = memorySink();
    const first = await createUnpacker({ sink, createSha256 });
    await first.push(bytes.subarray(0, at));
    const checkpoint = JSON.parse(JSON.stringify(first.checkpoint())) as ReturnType<typeof first.checkpoint>;
    const record = sink.planRecord;
    // The device went on for a while before it stopped: what came after the checkpoint is staged or published already.
    await first.push(bytes.subarray(at, at + lag));
    if (checkpoint.plan === null) sink.planRead = null;
    const resume = { checkpoint, planRecord: record };
    await unpackPackage({
      sink,
      createSha256,
      resume,
      source: memorySource('p', bytes.slice(checkpoint.offset)).stream(),
    });
    return sink;
  }

  it('goes on from a checkpoint after every byte', async () => {
    const built = smallExample();
    const bytes = await packExample(built);
    for (let at = 0; at <= bytes.length; at += at < 1500 ? 1 : 211) {
      for (const lag of [0, 150]) assertUnpacked(await interrupted(bytes, at, lag), built);
    }
  });

  it('goes on inside and between the records of a large file', async () => {
    const built = example([], [10, 2 * MAX_FILE_BODY_BYTES + 100]);
    const bytes = await packExample(built);
    for (const at of [1_000_000, MAX_FILE_BODY_BYTES + 700, bytes.length - 200_000]) {
      assertUnpacked(await interrupted(bytes, at, 300_000), built);
    }
  });

  it('starts again when staged bytes or the plan are gone', async () => {
    const bytes = await packExample(smallExample());
    const sink = memorySink();
    const first = await createUnpacker({ sink, createSha256 });
    for (let at = 0; first.checkpoint().body === null; at++) await first.push(bytes.subarray(at, at + 1));
    await first.push(bytes.subarray(first.checkpoint().offset, first.checkpoint().offset + 5));
    const checkpoint = first.checkpoint();
    const { planRecord } = sink;
    const resume = (record: Uint8Array | null): Promise<unknown> =>
      createUnpacker({ sink: memorySink(), createSha256, resume: { checkpoint, planRecord: record } });
    assert.equal(await codeOf(() => resume(planRecord)), 'staging-lost');
    assert.equal(await codeOf(() => resume(null)), 'staging-lost');
    assert.equal(await codeOf(() => resume(new Uint8Array(40))), 'staging-lost');
  });

  it('finds staged bytes that were changed meanwhile', async () => {
    const built = smallExample();
    const bytes = await packExample(built);
    const sink = memorySink();
    const first = await createUnpacker({ sink, createSha256 });
    let at = 0;
    while (first.checkpoint().pending[0]?.bytes !== 5) await first.push(bytes.subarray(at, ++at));
    for (const pieces of sink.staging.values()) pieces[0]?.fill(0xee);
    const resume = { checkpoint: first.checkpoint(), planRecord: sink.planRecord };
    const source = memorySource('p', bytes.slice(resume.checkpoint.offset)).stream();
    assert.equal(await codeOf(() => unpackPackage({ sink, createSha256, resume, source })), 'package-digest-mismatch');
    assert.equal(sink.published.size, 0);
  });
});
