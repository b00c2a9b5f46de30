import { assert } from 'chai';
import fc from 'fast-check';
import type { FileId } from '../../../../crypto/wire/ids.js';
import { ctStudy, mrStudy } from '../../../../client/cli/demo/phantom.js';
import { maxCodedBytes, MAX_UNIT_BYTES } from '../../../../client/core/coding/limits.js';
import type { PixelPlace } from '../../../../client/core/dicom/pixel-place.js';
import type { DigestEntry } from '../../../../client/core/package/digest-part.js';
import { packageBound, packageLength } from '../../../../client/core/package/layout.js';
import { cutFile } from '../../../../client/core/send/cut-units.js';
import { readAhead } from '../../../../client/core/send/concurrency.js';
import { chooseGear, type Gear, type GearRates } from '../../../../client/core/send/gear.js';
import { createGearPlan, type GearPlanInput, type JournalGear } from '../../../../client/core/send/gear-plan.js';
import { createLineMeter } from '../../../../client/core/send/line-meter.js';
import { packPackage } from '../../../../client/core/send/pack.js';
import {
  codingIn,
  compiledThreads,
  inlineCoding,
  planOf,
  sourceDigests,
  unpackedDigests,
} from '../../../support/coding.js';
import { codeOf } from '../../../support/codes.js';
import { corpusSource, withCorpus } from '../../../support/corpus.js';
import { memorySource } from '../../../support/memory-source.js';
import { nodeSha256 as createSha256 } from '../../../support/node-sha256.js';
import { anyExample, bytesOf, packAll, sourcesOf } from '../../../support/package-examples.js';
import { assertSameBytes } from '../../../support/same-bytes.js';
import type { ByteSource } from '../../../../client/core/ports.js';
import type { Coding } from '../../../../client/core/coding/coding.js';

const studySources = (files: Iterable<{ name: string; bytes: Uint8Array }>): ByteSource[] =>
  [...files].map(({ name, bytes }) => memorySource(name, bytes, 1 << 20));

/** Packs in one gear, unpacks, and compares every file. @returns length of the package and the digest entries */
async function trip(
  files: Iterable<ByteSource>,
  gear: Gear,
  coding: Coding,
): Promise<{ bytes: number; stored: number; bound: number; entries: readonly DigestEntry[] }> {
  const { plan, sources } = await planOf(files);
  const entries: DigestEntry[] = [];
  let bytes = 0;
  async function* packed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of packPackage({ plan, sources, createSha256, coding: codingIn(gear, coding) })) {
      if (chunk.kind === 'manifest') entries.push(...chunk.entries);
      else {
        bytes += chunk.bytes.length;
        yield chunk.bytes;
      }
    }
  }
  assert.deepEqual(await unpackedDigests(packed(), coding), await sourceDigests(plan, sources));
  return { bytes, stored: packageLength(plan), bound: packageBound(plan), entries };
}

describe('packing coded', function () {
  this.timeout(120_000);

  for (const gear of ['fast', 'small'] as const) {
    it(`gives back a CT, signed and not, and an MR byte for byte, gear ${gear}`, async () => {
      for (const study of [ctStudy({ slices: 4 }), ctStudy({ slices: 3, signed: true }), mrStudy({ slices: 5 })]) {
        const { bytes, stored, entries } = await trip(studySources(study), gear, inlineCoding());
        assert.isBelow(bytes, stored / 2);
        for (const { codec, codedLength, originalLength } of entries) {
          assert.equal(codec, 1);
          assert.isBelow(codedLength, originalLength / 2);
        }
      }
    });
  }

  it('never comes to more than its bound, makes the same bytes each time, and gives them back', async () => {
    await fc.assert(
      fc.asyncProperty(anyExample, fc.constantFrom<Gear>('fast', 'small'), async (built, gear) => {
        const make = (): Promise<Uint8Array> =>
          packAll(
            packPackage({
              plan: built.plan,
              sources: sourcesOf(built),
              createSha256,
              coding: codingIn(gear, inlineCoding()),
            }),
          );
        const bytes = await make();
        assert.isAtMost(bytes.length, packageBound(built.plan));
        assertSameBytes(bytes, await make());
      }),
      { numRuns: 20 },
    );
  });

  it('of noise costs a few bytes and stays below its bound', async () => {
    const sizes = [1, 15, 65_536, MAX_UNIT_BYTES - 1, MAX_UNIT_BYTES, MAX_UNIT_BYTES + 1, 5 * MAX_UNIT_BYTES + 7];
    const sources = sizes.map((size, i) => memorySource(`noise ${i}`, bytesOf(i, size)));
    const { bytes, bound, entries } = await trip(sources, 'small', inlineCoding());
    assert.isAtMost(bytes, bound);
    for (const { codedLength, originalLength } of entries) {
      assert.isAtMost(codedLength, maxCodedBytes(originalLength));
      assert.isAtLeast(codedLength, originalLength);
    }
  });

  it('with everything stored makes the package of a sender who cannot code', async () => {
    const { plan, sources } = await planOf(studySources(mrStudy({ slices: 3 })));
    const coding = codingIn('stored', inlineCoding());
    assertSameBytes(
      await packAll(packPackage({ plan, sources, createSha256, coding })),
      await packAll(packPackage({ plan, sources, createSha256 })),
    );
  });

  it('in threads makes the same bytes as in one', async function () {
    const threads = compiledThreads();
    if (threads === null) return this.skip();
    await using pool = threads;
    const { plan, sources } = await planOf(studySources(ctStudy({ slices: 5 })));
    const pack = (coding: Coding): Promise<Uint8Array> =>
      packAll(packPackage({ plan, sources, createSha256, coding: codingIn('small', coding) }));
    assertSameBytes(await pack(pool), await pack(inlineCoding()));
  });

  it('ends with source-changed when a file ends early, and closes what it reads', async () => {
    const { plan, sources } = await planOf(studySources(ctStudy({ slices: 2 })));
    let opened = 0;
    let closed = 0;
    const watched = (bytes: number): Map<FileId, ByteSource> =>
      new Map(
        [...sources].map(([fileId, source]) => {
          async function* stream(): AsyncGenerator<Uint8Array> {
            opened += 1;
            try {
              for (let at = 0; at < bytes; at += 1000) yield await source.read(at, 1000);
            } finally {
              closed += 1;
            }
          }
          return [fileId, { ...source, stream }] as const;
        }),
      );
    const coding = codingIn('small', inlineCoding());
    const short = packPackage({ plan, sources: watched(5000), createSha256, coding });
    assert.equal(await codeOf(() => packAll(short)), 'source-changed');
    const left = packPackage({ plan, sources: watched(1e6), createSha256, coding });
    let chunks = 0;
    for await (const chunk of left) if (chunk.kind === 'bytes' && ++chunks === 3) break;
    assert.isAtLeast(opened, 2);
    assert.equal(closed, opened);
  });

  withCorpus((files) => {
    it('gives back the corpus, every file, byte for byte', async function () {
      const threads = compiledThreads();
      if (threads === null) return this.skip();
      await using pool = threads;
      // A quarter of each collection, the smaller ones first: all kinds, and bounded time.
      const chosen = [...files].sort((a, b) => a.bytes - b.bytes).filter((_, i) => i % 4 === 0);
      const { bytes, bound } = await trip(chosen.map(corpusSource), 'small', pool);
      assert.isAtMost(bytes, bound);
    });
  });
});

describe('cutting a file', () => {
  it('makes whole rows of at most 2 MiB, and misses no byte', () => {
    const anyPlace: fc.Arbitrary<PixelPlace> = fc.record({
      offset: fc.nat(5000),
      native: fc.option(
        fc.record({
          rows: fc.integer({ min: 1, max: 65_535 }),
          columns: fc.integer({ min: 1, max: 65_535 }),
          frames: fc.integer({ min: 1, max: 50 }),
          samplesPerPixel: fc.constantFrom(1, 3, 4, 5),
          bitsAllocated: fc.constantFrom(1, 8, 12, 16, 32, 64),
          isPlanar: fc.boolean(),
          isSigned: fc.boolean(),
          littleEndian: fc.boolean(),
        }),
      ),
    });
    fc.assert(
      fc.property(anyPlace, fc.nat(300_000_000), (place, size) => {
        let total = 0;
        for (const { bytes, samples } of cutFile(size, place)) {
          total += bytes;
          assert.isAbove(bytes, 0);
          assert.isAtMost(bytes, MAX_UNIT_BYTES);
          if (samples === null) continue;
          const { columns, perPixel, bytes: width } = samples.shape;
          assert.equal(bytes % (columns * perPixel * width), 0);
          assert.isAtMost((bytes / (columns * perPixel * width)) * perPixel, 65_535);
        }
        assert.equal(total, size);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the gear', () => {
  const rates: GearRates = { small: { bytesPerS: 90e6, ratio: 2.7 }, fast: { bytesPerS: 140e6, ratio: 2.5 } };
  const chosen = (line: number | null, current: Gear = 'small'): Gear => chooseGear(current, line, rates, 2);

  it('is small on a practice line, fast on a quick one, stored on the quickest', () => {
    assert.deepEqual(
      [5e6, 20e6, 110e6, 400e6].map((line) => chosen(line)),
      ['small', 'small', 'fast', 'stored'],
    );
  });

  it('stays as it is while nothing is known, and for little', () => {
    assert.equal(chosen(null), 'small');
    assert.equal(chosen(null, 'stored'), 'stored');
    assert.equal(chosen(150e6, 'fast'), 'fast');
    assert.equal(chosen(170e6, 'fast'), 'stored');
  });

  it('is decided by blocks of files, journaled before it is used, and repeated as it was', async () => {
    const journal = new Map<number, JournalGear>();
    let line: number | null = null;
    const input = (change: Partial<GearPlanInput> = {}): GearPlanInput => ({
      files: Array.from({ length: 12 }, () => ({ size: 4_000_000 })),
      journal: {
        gear: (block) => journal.get(block),
        recordGear: (gear) => Promise.resolve(void journal.set(gear.block, gear)),
      },
      wish: 'auto',
      coding: { version: 'a', atOnce: 2 },
      line: {
        get bytesPerS() {
          return line;
        },
      },
      rates: () => rates,
      ...change,
    });
    const gears = async (plan = createGearPlan(input())): Promise<Gear[]> => {
      const all: Gear[] = [];
      for (let index = 0; index < 12; index++) {
        if (index === 3) line = 1e9;
        all.push(await plan.of(index));
      }
      return all;
    };
    const first = await gears();
    assert.deepEqual(first, [...Array<Gear>(7).fill('small'), ...Array<Gear>(5).fill('stored')]);
    line = 1e6;
    assert.deepEqual(await gears(createGearPlan(input({ wish: 'fast' }))), first);
    assert.equal(
      await codeOf(() => createGearPlan(input({ coding: { version: 'b', atOnce: 2 } })).of(0)),
      'coding-changed',
    );
    assert.equal(await codeOf(() => createGearPlan(input({ coding: null })).of(0)), 'coding-changed');
  });

  it('follows a line that is measured while it is busy only', () => {
    let now = 0;
    const meter = createLineMeter(() => now);
    assert.isNull(meter.bytesPerS);
    const first = meter.begin();
    now = 500;
    const second = meter.begin();
    now = 1000;
    first(1_000_000);
    now = 2000;
    second(1_000_000);
    now = 60_000;
    assert.equal(meter.bytesPerS, 1_000_000);
  });
});

describe('reading ahead', () => {
  it('keeps the order and the budget, and closes what it reads when the consumer leaves', async () => {
    let made = 0;
    let isClosed = false;
    async function* items(): AsyncGenerator<{ weight: number }> {
      try {
        for (; made < 100; made++) yield await Promise.resolve({ weight: made % 7 });
      } finally {
        isClosed = true;
      }
    }
    let taken = 0;
    for await (const { weight } of readAhead(items(), 20, (item) => item.weight)) {
      assert.equal(weight, taken % 7);
      taken += 1;
      assert.isAtMost(made - taken, 30);
      if (taken === 60) break;
    }
    assert.isTrue(isClosed);
  });

  it('hands on what came before a failure, and then the failure', async () => {
    async function* items(): AsyncGenerator<{ n: number }> {
      yield await Promise.resolve({ n: 1 });
      throw new TypeError('no');
    }
    const seen: number[] = [];
    let failure: unknown = null;
    try {
      for await (const { n } of readAhead(items(), 5, () => 1)) seen.push(n);
    } catch (error) {
      failure = error;
    }
    assert.deepEqual(seen, [1]);
    assert.instanceOf(failure, TypeError);
  });
});
