import { assert } from 'chai';
import { createHash } from 'node:crypto';
import { concatBytes } from '../../../../crypto/wire/bytes.js';
import { createInlineCoding, type Coding } from '../../../../client/core/coding/coding.js';
import { MAX_UNIT_BYTES } from '../../../../client/core/coding/limits.js';
import { storedUnit } from '../../../../client/core/coding/task.js';
import { encodeUnitHead, type CodedUnit } from '../../../../client/core/coding/unit.js';
import { createPackageWriter, type FileEnd, type PackageWriter } from '../../../../client/core/package/layout.js';
import { travelOrder, type PlanFile } from '../../../../client/core/package/plan.js';
import { createUnpacker, unpackPackage } from '../../../../client/core/receive/unpack.js';
import { packPackage } from '../../../../client/core/send/pack.js';
import { codingIn, inlineCoding, nodeCodecs } from '../../../support/coding.js';
import { codeOf } from '../../../support/codes.js';
import { memorySink, type MemorySink } from '../../../support/memory-sink.js';
import { memorySource } from '../../../support/memory-source.js';
import { nodeSha256 as createSha256 } from '../../../support/node-sha256.js';
import { example, packAll, sourcesOf, type Example } from '../../../support/package-examples.js';
import { assertSameBytes } from '../../../support/same-bytes.js';

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Files that deflate well: a few values, differing from file to file. */
function wordy(documents: readonly number[], instances: readonly number[]): Example {
  const built = example(documents, instances);
  const files = new Map(
    [...built.files].map(([id, bytes], n) => [id, bytes.map((_, i) => ((i >> 4) * (n + 3)) & 0x1f)] as const),
  );
  return { plan: built.plan, files };
}

function packCoded(built: Example): Promise<Uint8Array> {
  const coding = codingIn('small', inlineCoding());
  return packAll(packPackage({ plan: built.plan, sources: sourcesOf(built), createSha256, coding }));
}

async function unpack(bytes: Uint8Array, coding: Coding = inlineCoding(), sink = memorySink()): Promise<MemorySink> {
  const source = memorySource('package', bytes, 262_112).stream();
  await unpackPackage({ sink, createSha256, coding, source });
  return sink;
}

function codeFrom(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : `uncoded: ${String(error)}`;
}

function assertWhole(sink: MemorySink, { files }: Example): void {
  assert.equal(sink.published.size, files.size);
  for (const [fileId, { bytes }] of sink.published) assertSameBytes(bytes, files.get(fileId));
}

describe('unpacking coded', function () {
  this.timeout(60_000);

  it('gives back what was packed and goes on from a checkpoint after every byte', async () => {
    const built = wordy([300], [900, 700]);
    const bytes = await packCoded(built);
    assertWhole(await unpack(bytes), built);
    for (let at = 0; at <= bytes.length; at += at < 1300 ? 1 : 211) {
      const sink = memorySink();
      const coding = inlineCoding();
      const first = await createUnpacker({ sink, createSha256, coding });
      await first.push(bytes.subarray(0, at));
      const checkpoint = JSON.parse(JSON.stringify(first.checkpoint())) as ReturnType<typeof first.checkpoint>;
      if (checkpoint.plan === null) sink.planRead = null;
      const resume = { checkpoint, planRecord: sink.planRecord };
      const source = memorySource('p', bytes.slice(checkpoint.offset)).stream();
      await unpackPackage({ sink, createSha256, coding, resume, source });
      assertWhole(sink, built);
    }
  });

  it('refuses a change of any one bit but those that DEFLATE does not use, and publishes nothing wrong', async () => {
    const built = wordy([40], [120]);
    const good = await packCoded(built);
    const end = good.findLastIndex((byte) => byte !== 0) + 3;
    let unnoticed = 0;
    for (let bit = 0; bit < end * 8; bit++) {
      const bad = good.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const sink = memorySink();
      const code = await unpack(bad, inlineCoding(), sink).then(() => 'unnoticed', codeFrom);
      if (code === 'unnoticed') unnoticed += 1;
      else assert.match(code, /^(package-[a-z-]+|codec-unsupported)$/, `bit ${bit}`);
      for (const [id, { bytes }] of sink.published) assertSameBytes(bytes, built.files.get(id));
    }
    // Behind its end a DEFLATE stream fills up its last byte, in each of two units.
    assert.isAtMost(unnoticed, 2 * 7);
  });

  it('is complete only with its last byte', async () => {
    const bytes = await packCoded(wordy([], [900]));
    for (let length = 0; length < bytes.length; length += length < 700 ? 1 : 97) {
      assert.equal(await codeOf(() => unpack(bytes.subarray(0, length))), 'package-truncated', `at ${length}`);
    }
  });
});

/** Mallory writes units by hand. One instance of `size` bytes. */
interface Forgery {
  readonly writer: PackageWriter;
  readonly file: PlanFile;
  readonly original: Uint8Array;
  add(bytes: Uint8Array): void;
  /** A record of these units, each with its head. */
  record(units: readonly Uint8Array[], last?: boolean, codec?: number): void;
  end(change?: Partial<FileEnd>): void;
}

function refusal(size: number, write: (forge: Forgery) => void, coding = inlineCoding()): Promise<string> {
  return codeOf(() => unpackForged(size, write, coding));
}

async function unpackForged(
  size: number,
  write: (forge: Forgery) => void,
  coding = inlineCoding(),
): Promise<MemorySink> {
  const built = example([], [size]);
  const [file] = travelOrder(built.plan);
  if (file === undefined) return assert.fail('one file');
  const original = built.files.get(file.fileId) ?? new Uint8Array(0);
  const writer = createPackageWriter(built.plan, sha256);
  const pieces: Uint8Array[] = [writer.plan().bytes];
  const forge: Forgery = {
    writer,
    file,
    original,
    add: (bytes) => void pieces.push(bytes),
    record(units, last = true, codec = 1) {
      const body = concatBytes(...units);
      pieces.push(writer.record(file, codec, body.length, last), body);
    },
    end(change = {}) {
      const part = writer.endFile(file, { sha256: sha256(original), codec: 1, meta: [0], ...change });
      if (part !== null) pieces.push(part.bytes);
      const { bytes, padding } = writer.trailer();
      pieces.push(bytes, new Uint8Array(padding));
    },
  };
  write(forge);
  return unpack(concatBytes(...pieces), coding);
}

function stored(bytes: Uint8Array): Uint8Array {
  return written(storedUnit(Uint8Array.from(bytes)));
}

function written(unit: CodedUnit): Uint8Array {
  return concatBytes(encodeUnitHead({ ...unit, codedBytes: unit.coded.length }), unit.coded);
}

describe('a package with forged units', () => {
  it('is not refused when they are not forged', async () => {
    const sink = await unpackForged(100, ({ record, end, original }) => {
      record([stored(original.subarray(0, 60)), stored(original.subarray(60, 90))], false);
      record([stored(original.subarray(90))]);
      end();
    });
    assert.equal(sink.published.size, 1);
  });

  const cases: Readonly<Record<string, readonly [code: string, write: (forge: Forgery) => void]>> = {
    'that restore more than the file has': [
      'package-coding',
      ({ record, original }) => record([stored(original), stored(original.subarray(0, 1))]),
    ],
    'that restore less': ['package-file-length', ({ record, original }) => record([stored(original.subarray(1))])],
    'of which one is cut by the end of its record': [
      'package-coding',
      ({ record, original }) => record([stored(original).subarray(0, -1)]),
    ],
    'of which only half a head fits into the record': [
      'package-coding',
      ({ record, original }) =>
        record([stored(original.subarray(0, 50)), stored(original.subarray(50)).subarray(0, 8)]),
    ],
    'in another codec than the record before': [
      'package-file-order',
      ({ record, original }) => {
        record([stored(original.subarray(0, 50))], false);
        record([original.subarray(50)], true, 0);
      },
    ],
    'in a codec that nobody knows': [
      'codec-unsupported',
      ({ record, original }) => record([stored(original)], true, 2),
    ],
    'of one byte each': [
      'package-file-length',
      ({ record, original }) => record([...original].map((byte) => stored(Uint8Array.of(byte)))),
    ],
    'and an empty record': ['package-file-length', ({ record }) => record([], false)],
    'that the manifest calls stored': [
      'package-digest-part',
      ({ record, end, original }) => {
        record([stored(original)]);
        end({ codec: 0, meta: null });
      },
    ],
    'of other ids than the manifest says': [
      'package-digest-part',
      ({ record, end, original }) => {
        record([stored(original)]);
        end({ meta: [0, 1] });
      },
    ],
    'and no ids in the manifest': [
      'package-digest-part',
      ({ record, end, original }) => {
        record([stored(original)]);
        end({ meta: null });
      },
    ],
    'that restore another content than the manifest says': [
      'package-digest-mismatch',
      ({ record, end, original }) => {
        record([stored(original.toReversed())]);
        end();
      },
    ],
    'that do not inflate': [
      'package-coding',
      ({ record, end, original }) => {
        record([written({ ...storedUnit(Uint8Array.from(original)), id: 1, coded: new Uint8Array(50).fill(0xa5) })]);
        end();
      },
    ],
  };
  for (const [name, [code, write]] of Object.entries(cases)) {
    it(`is refused with units ${name}`, async () => {
      assert.equal(await refusal(100, write), code);
    });
  }

  it('of an empty file is refused: there is nothing to code', async () => {
    assert.equal(await refusal(0, ({ record }) => record([])), 'package-file-length');
  });

  it('never has more than 8 MiB and a unit restored at a time, however small it is coded', async () => {
    const units = 40;
    const zeros = new Uint8Array(MAX_UNIT_BYTES);
    const coded = await nodeCodecs.deflate.deflate(zeros, 'bytes');
    let underWay = 0;
    let most = 0;
    const inner = inlineCoding();
    const watched: Coding = {
      ...inner,
      async restore(unit) {
        most = Math.max(most, (underWay += unit.originalBytes));
        const bytes = await inner.restore(unit);
        underWay -= unit.originalBytes;
        return bytes;
      },
    };
    const built = wordy([], [units * MAX_UNIT_BYTES]);
    const [file] = travelOrder(built.plan);
    if (file === undefined) return assert.fail('one file');
    const writer = createPackageWriter(built.plan, sha256);
    const unit = written({ ...storedUnit(zeros), id: 1, coded });
    const head = writer.record(file, 1, units * unit.length, true);
    const bytes = concatBytes(writer.plan().bytes, head, ...Array.from({ length: units }, () => unit));
    const unpacker = await createUnpacker({
      sink: { ...memorySink(), begin: () => undefined, write: () => undefined, plan: () => undefined },
      createSha256,
      coding: watched,
    });
    await unpacker.push(bytes);
    assert.isAtMost(most, 8 * 1024 * 1024 + MAX_UNIT_BYTES);
    assert.equal(underWay, 0);
    assert.equal(unpacker.checkpoint().pending[0]?.bytes, units * MAX_UNIT_BYTES);
  });

  it('in JPEG-LS says plainly that a recipient without it cannot read it', async () => {
    const without = createInlineCoding({ ...nodeCodecs, jpegLs: null }, 'without');
    const shape = { columns: 10, perPixel: 1, bytes: 1, order: 'little' } as const;
    const code = await refusal(
      100,
      ({ record, end }) => {
        record([written({ id: 3, shape, base: 0, precision: 8, originalBytes: 100, coded: new Uint8Array(10) })]);
        end({ meta: [3] });
      },
      without,
    );
    assert.equal(code, 'codec-unsupported');
  });
});
