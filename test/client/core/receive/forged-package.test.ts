import { assert } from 'chai';
import { createHash } from 'node:crypto';
import { concatBytes } from '../../../../crypto/wire/bytes.js';
import { padded } from '../../../../crypto/wire/payload.js';
import {
  encodeDigestPart,
  type DigestEntry,
  type DigestPart,
  type Extent,
  type ManifestRef,
} from '../../../../client/core/package/digest-part.js';
import { MAX_FILE_BODY_BYTES } from '../../../../client/core/package/limits.js';
import { encodePlan } from '../../../../client/core/package/plan-codec.js';
import { mediaTypeOf, travelOrder, type PlanFile } from '../../../../client/core/package/plan.js';
import { encodeFileRecordHead, encodeRecord, type FileHeader } from '../../../../client/core/package/record.js';
import { encodeTrailer, type Trailer } from '../../../../client/core/package/trailer.js';
import { unpackPackage } from '../../../../client/core/receive/unpack.js';
import { codeOf } from '../../../support/codes.js';
import { memorySink } from '../../../support/memory-sink.js';
import { memorySource } from '../../../support/memory-source.js';
import { nodeSha256 } from '../../../support/node-sha256.js';
import { example, fileIdOf, packExample, smallExample, type Example } from '../../../support/package-examples.js';

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Mallory writes packages by hand: every part well-formed, whatever they say together. */
function mallory(built: Example) {
  let bytes: Uint8Array = new Uint8Array(0);
  let newest: ManifestRef = { offset: 0, length: 0, sha256: new Uint8Array(32) };
  let partNo = 0;
  const files = travelOrder(built.plan);
  const add = (record: Uint8Array): void => void (bytes = concatBytes(bytes, record));
  const manifest = (body: Uint8Array): void => {
    const record = encodeRecord('manifest', body);
    newest = { offset: bytes.length, length: record.length, sha256: sha256(record) };
    add(record);
  };
  const forge = {
    plan: (): void => manifest(encodePlan(built.plan)),
    record(
      file: PlanFile,
      change: Partial<FileHeader> = {},
      body = built.files.get(file.fileId) ?? new Uint8Array(0),
    ): Extent {
      add(encodeFileRecordHead({ fileId: file.fileId, index: 0, last: true, codec: 0, ...change }, body.length));
      const extent = { offset: bytes.length, length: body.length };
      add(body);
      return extent;
    },
    entry(file: PlanFile, extents: readonly Extent[], change: Partial<DigestEntry> = {}): DigestEntry {
      const { fileId, size } = file;
      const digest = sha256(built.files.get(fileId) ?? new Uint8Array(0));
      const fixed = { mediaType: mediaTypeOf(file), codec: 0, meta: null };
      return { fileId, extents, codedLength: size, originalLength: size, sha256: digest, ...fixed, ...change };
    },
    digests(entries: readonly DigestEntry[], change: Partial<DigestPart> = {}): void {
      manifest(encodeDigestPart({ partNo: ++partNo, entries, previous: newest, ...change }));
    },
    /** Record and digest part of a file. */
    whole: (file: PlanFile, change: Partial<DigestEntry> = {}): void => {
      forge.digests([forge.entry(file, [forge.record(file)], change)]);
    },
    trailer(change: Partial<Trailer> = {}): void {
      const total = files.reduce((sum, { size }) => sum + size, 0);
      add(encodeRecord('trailer', encodeTrailer({ files: files.length, bytes: total, newest, ...change })));
    },
    unpack(): Promise<unknown> {
      const source = memorySource(
        'p',
        concatBytes(bytes, new Uint8Array(padded(bytes.length) - bytes.length)),
      ).stream();
      return unpackPackage({ sink, createSha256: nodeSha256, source });
    },
    newest: (): ManifestRef => newest,
    bytes: (): Uint8Array => bytes,
  };
  const sink = memorySink();
  return { forge, files, sink };
}

type Mallory = ReturnType<typeof mallory>;

/** The rule that stops a package of two files, and how many files were published before it did. */
async function refusal(
  write: (forge: Mallory['forge'], a: PlanFile, b: PlanFile) => void,
): Promise<[code: string, published: number]> {
  const { forge, files, sink } = mallory(example([], [30, 40]));
  const [a, b] = files;
  if (a === undefined || b === undefined) return assert.fail('two files');
  write(forge, a, b);
  return [await codeOf(() => forge.unpack()), sink.published.size];
}

describe('a forged package', () => {
  it('is not refused when it is not forged', async () => {
    const { forge, files, sink } = mallory(example([], [30, 40]));
    forge.plan();
    for (const file of files) forge.whole(file);
    forge.trailer();
    await forge.unpack();
    assert.equal(sink.published.size, 2);
  });

  it('is refused without a plan, and with two', async () => {
    assert.deepEqual(await refusal((forge, a) => forge.whole(a)), ['package-plan', 0]);
    assert.deepEqual(await refusal((forge) => forge.trailer()), ['package-plan', 0]);
    const two = await refusal((forge) => {
      forge.plan();
      forge.plan();
    });
    assert.deepEqual(two, ['package-digest-part', 0]);
  });

  const orders: Readonly<Record<string, (forge: Mallory['forge'], a: PlanFile, b: PlanFile) => void>> = {
    'another file than the plan says': (forge, _a, b) => void forge.record(b),
    'a file nobody planned': (forge, a) => void forge.record(a, { fileId: fileIdOf(99) }),
    'a later record first': (forge, a) => void forge.record(a, { index: 1 }),
    'the same record twice': (forge, a) => {
      forge.record(a, { last: false }, new Uint8Array(10));
      forge.record(a, { last: false }, new Uint8Array(10));
    },
    'a file twice': (forge, a) => {
      forge.whole(a);
      forge.record(a);
    },
    'the next file before the end of this': (forge, a, b) => {
      forge.record(a, { last: false }, new Uint8Array(10));
      forge.record(b);
    },
    'digests inside a file': (forge, a) => {
      const extent = forge.record(a, { last: false }, new Uint8Array(10));
      forge.digests([forge.entry(a, [extent])]);
    },
  };
  for (const [name, write] of Object.entries(orders)) {
    it(`is refused with ${name}`, async () => {
      const [code] = await refusal((forge, a, b) => {
        forge.plan();
        write(forge, a, b);
      });
      assert.equal(code, 'package-file-order');
    });
  }

  it('is refused when a file is longer or shorter than planned, or has an empty record', async () => {
    for (const [length, last] of [
      [31, true],
      [29, true],
      [31, false],
      [0, false],
      [0, true],
    ] as const) {
      const [code] = await refusal((forge, a) => {
        forge.plan();
        forge.record(a, { last }, new Uint8Array(length));
      });
      assert.equal(code, 'package-file-length');
    }
  });

  const entries: readonly [name: string, code: string, change: Partial<DigestEntry>][] = [
    ['of another file', 'package-digest-part', { fileId: fileIdOf(7) }],
    ['with another media type', 'package-digest-part', { mediaType: 'text/html' }],
    ['with a meta that stored files do not have', 'package-digest-part', { meta: 1 }],
    ['with an unknown codec', 'codec-unsupported', { codec: 2 }],
    ['with a codec that its records do not have', 'package-digest-part', { codec: 1, meta: [0] }],
    ['with another coded length', 'package-digest-extents', { codedLength: 29 }],
    ['with another original length', 'package-digest-extents', { originalLength: 31 }],
    ['with an extent elsewhere', 'package-digest-extents', { extents: [{ offset: 0, length: 30 }] }],
    ['with no extent', 'package-digest-extents', { extents: [] }],
    ['with another SHA-256', 'package-digest-mismatch', { sha256: new Uint8Array(32) }],
  ];
  for (const [name, code, change] of entries) {
    it(`is refused with a digest ${name}, and nothing of that part is published`, async () => {
      const result = await refusal((forge, a, b) => {
        forge.plan();
        forge.digests([forge.entry(a, [forge.record(a)]), forge.entry(b, [forge.record(b)], change)]);
      });
      const alone = await refusal((forge, a) => {
        forge.plan();
        forge.whole(a, change);
      });
      assert.deepEqual(alone, [code, 0]);
      assert.deepEqual(result, [code, 0]);
    });
  }

  it('is refused when a digest part is about fewer or more files, or out of turn', async () => {
    const fewer = await refusal((forge, a, b) => {
      forge.plan();
      const extent = forge.record(a);
      forge.record(b);
      forge.digests([forge.entry(a, [extent])]);
    });
    assert.deepEqual(fewer, ['package-digest-part', 0]);
    const more = await refusal((forge, a) => {
      forge.plan();
      const entry = forge.entry(a, [forge.record(a)]);
      forge.digests([entry, entry]);
    });
    assert.deepEqual(more, ['package-digest-part', 0]);
    const turn = await refusal((forge, a) => {
      forge.plan();
      forge.digests([forge.entry(a, [forge.record(a)])], { partNo: 2 });
    });
    assert.deepEqual(turn, ['package-digest-part', 0]);
  });

  it('is refused when a digest part points to another part before it', async () => {
    for (const field of ['offset', 'length', 'sha256'] as const) {
      const [code] = await refusal((forge, a) => {
        forge.plan();
        const wrong = { offset: 1, length: 1, sha256: new Uint8Array(32) }[field];
        forge.digests([forge.entry(a, [forge.record(a)])], { previous: { ...forge.newest(), [field]: wrong } });
      });
      assert.equal(code, 'package-digest-chain');
    }
  });

  it('is refused with a trailer that is early or counts otherwise', async () => {
    const early = await refusal((forge, a) => {
      forge.plan();
      forge.whole(a);
      forge.trailer();
    });
    assert.deepEqual(early, ['package-trailer', 1]);
    const undigested = await refusal((forge, a, b) => {
      forge.plan();
      forge.whole(a);
      forge.record(b);
      forge.trailer();
    });
    assert.deepEqual(undigested, ['package-trailer', 1]);
    for (const change of [
      { files: 3 },
      { bytes: 71 },
      { newest: { offset: 0, length: 0, sha256: new Uint8Array(32) } },
    ]) {
      const [code] = await refusal((forge, a, b) => {
        forge.plan();
        forge.whole(a);
        forge.whole(b);
        forge.trailer(change);
      });
      assert.equal(code, 'package-trailer');
    }
  });

  it('is refused when a stored file is cut in another way than into full records', async () => {
    const { forge, files } = mallory(example([], [MAX_FILE_BODY_BYTES]));
    const [file] = files;
    if (file === undefined) return assert.fail('one file');
    const content = new Uint8Array(MAX_FILE_BODY_BYTES);
    forge.plan();
    const head = forge.record(file, { last: false }, content.subarray(0, 9));
    const rest = forge.record(file, { index: 1 }, content.subarray(9));
    forge.digests([forge.entry(file, [head, rest], { sha256: sha256(content) })]);
    assert.equal(await codeOf(() => forge.unpack()), 'package-digest-extents');
  });

  it('is refused when a piece is taken out, put in twice or moved', async () => {
    const good = await packExample(smallExample());
    const unpack = (bytes: Uint8Array): Promise<unknown> =>
      unpackPackage({ sink: memorySink(), createSha256: nodeSha256, source: memorySource('p', bytes).stream() });
    for (let at = 0; at + 100 < 900; at += 37) {
      const [before, piece, after] = [good.subarray(0, at), good.subarray(at, at + 50), good.subarray(at + 50)];
      const bad = [
        concatBytes(before, after),
        concatBytes(before, piece, piece, after),
        concatBytes(piece, before, after),
      ];
      for (const bytes of bad.filter((one) => Buffer.compare(one, good) !== 0)) {
        assert.match(await codeOf(() => unpack(bytes)), /^package-/);
      }
    }
  });
});
