import { assert } from 'chai';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../../crypto/wire/bytes.js';
import type { Codecs } from '../../../../client/core/coding/codecs.js';
import { MAX_UNIT_BYTES, UNIT_HEAD_BYTES } from '../../../../client/core/coding/limits.js';
import { codeUnit, restoreUnit, type CodeTask, type Way } from '../../../../client/core/coding/task.js';
import {
  encodeUnitHead,
  JPEG_LS,
  parseUnitHead,
  PREDICTED,
  STORED,
  type CodedUnit,
  type SampleShape,
  type UnitId,
} from '../../../../client/core/coding/unit.js';
import { webDeflate } from '../../../../client/core/coding/web-deflate.js';
import { nodeCodecs } from '../../../support/coding.js';
import { codeOf } from '../../../support/codes.js';
import { assertSameBytes } from '../../../support/same-bytes.js';
import { codingVectors, type CodingVector } from '../../../vectors/coding/generate.js';
import { readVectors } from '../../../vectors/vector-files.js';

/** As a receiver reads a unit that stands alone. */
async function readUnit(bytes: Uint8Array, restBytes: number, codecs: Codecs = nodeCodecs): Promise<Uint8Array> {
  const head = parseUnitHead(bytes.subarray(0, UNIT_HEAD_BYTES), restBytes);
  const coded = bytes.slice(UNIT_HEAD_BYTES);
  assert.equal(coded.length, head.codedBytes, 'the vector is one whole unit');
  return restoreUnit({ ...head, coded }, codecs);
}

const anyShape: fc.Arbitrary<SampleShape> = fc.record({
  columns: fc.integer({ min: 1, max: 70 }),
  perPixel: fc.constantFrom(1, 1, 1, 2, 3, 4),
  bytes: fc.constantFrom(1, 2) as fc.Arbitrary<1 | 2>,
  order: fc.constant('little'),
});

/** Whole rows of a shape: noise, a plane, or few values; two-byte samples in either order, and with stray high bits. */
const anyImage = fc
  .tuple(
    anyShape,
    fc.integer({ min: 1, max: 40 }),
    fc.constantFrom('noise', 'plane', 'few'),
    fc.integer(),
    fc.boolean(),
  )
  .map(([shape, rows, kind, seed, big]) => {
    const length = shape.columns * shape.perPixel * shape.bytes * rows;
    const bytes = new Uint8Array(length);
    for (let i = 0, x = seed | 1; i < length; i++) {
      x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
      bytes[i] = kind === 'noise' ? x >>> 24 : kind === 'plane' ? (i >> 3) & 0xff : ((x >>> 31) * 0x80) | 1;
    }
    const order = big && shape.bytes === 2 ? ('big' as const) : ('little' as const);
    return { bytes, shape: { ...shape, order } };
  });

const WAYS: readonly Way[] = ['jpeg-ls', 'predicted', 'predicted-runs', 'deflated'];

function taskOf(bytes: Uint8Array<ArrayBuffer>, change: Partial<CodeTask> = {}): CodeTask {
  return { bytes, shape: null, sign: 'unsigned', ways: WAYS, effort: 'first', ...change };
}

async function roundTrip(unit: CodedUnit, codecs = nodeCodecs): Promise<Uint8Array> {
  const head = parseUnitHead(encodeUnitHead({ ...unit, codedBytes: unit.coded.length }), unit.originalBytes);
  return restoreUnit({ ...head, coded: unit.coded }, codecs);
}

describe('a coded unit', () => {
  const vectors = readVectors<CodingVector>('coding');
  for (const [name, vector] of Object.entries(vectors)) {
    it(`${name}: ${vector.description}`, async () => {
      const read = (): Promise<Uint8Array> => readUnit(fromHex(vector.unit), vector.restBytes);
      if (vector.expect === 'valid') assert.equal(toHex(await read()), vector.original);
      else assert.equal(await codeOf(read), vector.expect);
    });
  }

  it('has the vectors that its generator makes', async () => {
    assert.sameMembers(Object.keys(vectors), Object.keys(await codingVectors()));
  });

  for (const sign of ['signed', 'unsigned'] as const) {
    it(`restores any image by every way, samples ${sign}`, async () => {
      await fc.assert(
        fc.asyncProperty(anyImage, fc.constantFrom(...WAYS), async ({ bytes, shape }, way) => {
          const { unit } = await codeUnit(taskOf(bytes.slice(), { shape, sign, ways: [way] }), nodeCodecs);
          assertSameBytes(await roundTrip(unit), bytes);
        }),
        { numRuns: 150 },
      );
    });
  }

  it('is the shortest of all ways when all are tried, and tells what they came to', async () => {
    await fc.assert(
      fc.asyncProperty(anyImage, async ({ bytes, shape }) => {
        const { unit, sizes } = await codeUnit(taskOf(bytes.slice(), { shape, effort: 'all' }), nodeCodecs);
        const least = Math.min(bytes.length, ...sizes.map(([, size]) => size));
        assert.equal(unit.coded.length, least);
        assertSameBytes(await roundTrip(unit), bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(anyImage, async ({ bytes, shape }) => {
        const make = async (): Promise<CodedUnit> =>
          (await codeUnit(taskOf(bytes.slice(), { shape, effort: 'all' }), nodeCodecs)).unit;
        assert.deepEqual(await make(), await make());
      }),
      { numRuns: 30 },
    );
  });

  it('is stored when a codec gives back something else, or fails', async () => {
    const bytes = Uint8Array.from({ length: 4096 }, (_, i) => i * 31);
    const shape: SampleShape = { columns: 32, perPixel: 1, bytes: 2, order: 'little' };
    const liar: Codecs = {
      deflate: { deflate: () => new Uint8Array(3), inflate: (_coded, length) => new Uint8Array(length) },
      jpegLs: {
        encode: () => Promise.resolve(new Uint8Array(3)),
        decode: () => Promise.reject(new Error('no')),
      },
    };
    for (const effort of ['first', 'all'] as const) {
      const { unit } = await codeUnit(taskOf(bytes.slice(), { shape, effort }), liar);
      assert.equal(unit.id, STORED);
      assertSameBytes(unit.coded, bytes);
    }
  });

  it('of JPEG-LS says so plainly where JPEG-LS is not available', async () => {
    const unit = fromHex(vectors['valid-jpeg-ls']?.unit ?? '');
    const codecs = { ...nodeCodecs, jpegLs: null };
    assert.equal(await codeOf(() => readUnit(unit, 64, codecs)), 'codec-unsupported');
  });

  it('has no second spelling of its head', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        // Random heads are mostly refused by their lengths: these are plausible.
        bytes.set([0, 0, 0, 128, 0, 0, 0, bytes[15] ?? 0], 8);
        bytes[0] = (bytes[0] ?? 0) % 5;
        try {
          assert.deepEqual(encodeUnitHead(parseUnitHead(bytes, MAX_UNIT_BYTES)), bytes);
        } catch (error) {
          assert.match(String((error as { code?: unknown }).code), /^(package-coding|codec-unsupported)$/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('of hostile bytes ends with a refusal or with exactly its length, whatever they are', async () => {
    const shape: SampleShape = { columns: 64, perPixel: 1, bytes: 2, order: 'little' };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<UnitId>(1, PREDICTED, JPEG_LS),
        fc.uint8Array({ minLength: 1, maxLength: 3000 }),
        fc.integer({ min: 9, max: 16 }),
        async (id, coded, precision) => {
          const unit: CodedUnit = {
            id,
            shape: id === 1 ? null : shape,
            base: 0,
            precision: id === JPEG_LS ? precision : 0,
            originalBytes: 8192,
            coded: Uint8Array.from(coded),
          };
          try {
            assert.equal((await restoreUnit(unit, nodeCodecs)).length, 8192);
          } catch (error) {
            assert.equal((error as { code?: unknown }).code, 'package-coding');
          }
        },
      ),
      // A damaged image costs a codec, and a new one is built.
      { numRuns: 40 },
    );
  });

  it('changed in a byte is refused or restores another image of the same length, and the next one is not affected', async () => {
    const bytes = Uint8Array.from({ length: 8192 }, (_, i) => ((i * 7) % 13) + (i & 1 ? 0 : (i >> 7) & 0xff));
    const shape: SampleShape = { columns: 64, perPixel: 1, bytes: 2, order: 'little' };
    const { unit } = await codeUnit(taskOf(bytes.slice(), { shape, ways: ['jpeg-ls'] }), nodeCodecs);
    assert.equal(unit.id, JPEG_LS);
    for (let at = 0; at < unit.coded.length; at += 241) {
      const coded = unit.coded.slice();
      coded[at] = (coded[at] ?? 0) ^ 0x55;
      const damaged = await restoreUnit({ ...unit, coded }, nodeCodecs).catch(() => null);
      if (damaged !== null) assert.equal(damaged.length, bytes.length);
      if (at % 1205 === 0) assertSameBytes(await restoreUnit(unit, nodeCodecs), bytes);
    }
  });

  it("made with the platform's own deflate is restored by zlib, and the other way round", async () => {
    const platform: Codecs = { deflate: webDeflate, jpegLs: null };
    await fc.assert(
      fc.asyncProperty(anyImage, async ({ bytes, shape }) => {
        const ways: readonly Way[] = ['predicted', 'deflated'];
        const there = await codeUnit(taskOf(bytes.slice(), { shape, ways }), platform);
        assertSameBytes(await roundTrip(there.unit, nodeCodecs), bytes);
        const back = await codeUnit(taskOf(bytes.slice(), { shape, ways }), nodeCodecs);
        assertSameBytes(await roundTrip(back.unit, platform), bytes);
      }),
      { numRuns: 30 },
    );
  });

  it('inflated by the platform never holds more than its length', async () => {
    const bomb = await webDeflate.deflate(new Uint8Array(50_000_000), 'bytes');
    assert.isBelow(bomb.length, 60_000);
    let refused = false;
    await Promise.resolve(webDeflate.inflate(bomb, 100_000)).catch(() => (refused = true));
    assert.isTrue(refused);
  });
});
