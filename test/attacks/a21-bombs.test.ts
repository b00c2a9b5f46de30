import { assert } from 'chai';
import fc from 'fast-check';
import { deflateRawSync } from 'node:zlib';
import { concatBytes } from '../../crypto/wire/bytes.js';
import { crc32 } from '../../client/core/archive/crc32.js';
import { MAX_ENTRIES } from '../../client/core/archive/limits.js';
import { scanSource } from '../../client/core/dicom/scan.js';
import {
  bytesOfSource,
  collect,
  instanceBytes,
  instancesOf,
  leftOut,
  locatedSource,
  pathsOf,
} from '../support/collecting.js';
import { dataSet, element, file } from '../support/dicom-bytes.js';
import { isoBytes } from '../support/iso-bytes.js';
import { memorySource } from '../support/memory-source.js';
import { fields, zipBytes, type ZipEntryChoices } from '../support/zip-bytes.js';

/** Attack A21: archives and data sets that unpack to more than they are, or to something other than they say. */

const good: ZipEntryChoices = { name: 'good.dcm', content: instanceBytes(99) };
const MEGABYTE = 1024 * 1024;
/** Of the processors. On a machine that is busy otherwise: `npm run campaign:malformed` holds one second (docs/collecting.md §4). */
const MOST_MS = 5000;

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const MOST_BYTES = 300e6;

/** What is left out when `entries` come with a good one, which always goes on; within time and memory. */
async function outcome(...entries: readonly ZipEntryChoices[]): Promise<string[]> {
  return outcomeOf(zipBytes({ entries: [...entries, good] }));
}

async function outcomeOf(zip: Uint8Array, expected: readonly string[] = ['a.zip/good.dcm']): Promise<string[]> {
  const [start, before] = [cpuMs(), process.memoryUsage().rss];
  const found = await collect([locatedSource('a.zip', zip), locatedSource('b.dcm', instanceBytes(100))]);
  assert.isBelow(cpuMs() - start, MOST_MS);
  assert.isBelow(process.memoryUsage().rss - before, MOST_BYTES);
  assert.deepEqual(pathsOf(found), [...expected, 'b.dcm']);
  return leftOut(found).map((line) => line.replace(/^a\.zip\/?/, ''));
}

/** A megabyte count of zeros, deflated once for all tests. */
function zeros(megabytes: number): { content: Uint8Array; packed: Uint8Array; crc: number } {
  const content = new Uint8Array(megabytes * MEGABYTE);
  return { content, packed: new Uint8Array(deflateRawSync(content)), crc: crc32(content) };
}
const LARGE = zeros(40);
const MEDIUM = zeros(12);

describe('A21: bombs', () => {
  it('of 1029 to 1 are not inflated at all when they say so', async () => {
    assert.isAbove(LARGE.content.length / LARGE.packed.length, 1000);
    assert.deepEqual(await outcome({ name: 'bomb', ...LARGE }), ['bomb: entry-limit']);
  });

  it('that lie about their size are inflated to it and no further', async () => {
    for (const size of [0, 100, 5 * MEGABYTE]) {
      assert.deepEqual(await outcome({ name: 'bomb', ...LARGE, size }), ['bomb: entry-damaged']);
    }
  });

  it('in many entries end at the budget of the archive', async () => {
    const entries = Array.from({ length: 10 }, (_, i) => ({ name: `${i}`, ...MEDIUM }));
    const found = await outcomeOf(zipBytes({ entries: [good, ...entries] }));
    assert.deepEqual(
      found.filter((line) => line.endsWith('archive-limit')),
      ['5', '6', '7', '8', '9'].map((n) => `${n}: archive-limit`),
    );
    assert.lengthOf(found, 10);
  });

  it('in archives in archives share that budget', async () => {
    const inner = zipBytes({ entries: Array.from({ length: 8 }, (_, i) => ({ name: `${i}`, ...MEDIUM })) });
    const found = await outcomeOf(zipBytes({ entries: [good, { name: 'i.zip', content: inner }] }));
    assert.isNotEmpty(found.filter((line) => line.endsWith('archive-limit')));
    assert.lengthOf(found, 8);
    let deep = inner;
    for (let depth = 0; depth < 8; depth++) deep = zipBytes({ entries: [{ name: 'i.zip', content: deep }] });
    assert.deepEqual(await outcome({ name: 'deep.zip', content: deep }), ['deep.zip/i.zip: archive-depth']);
  });

  it('whose entries overlap, or share one header, are all refused', async () => {
    const content = instanceBytes(1);
    assert.deepEqual(await outcome({ name: 'a', content }, { name: 'b', sharedWith: 0, content }), [
      'a: entry-overlap',
      'b: entry-overlap',
    ]);
    const found = await outcomeOf(
      zipBytes({
        entries: [
          good,
          { name: 'a', content, method: 0, reaches: 40, size: content.length + 40 },
          { name: 'b', content },
        ],
      }),
    );
    assert.deepEqual(found, ['a: entry-overlap', 'b: entry-overlap']);
  });

  it('whose two headers differ are refused', async () => {
    const content = instanceBytes(1);
    assert.deepEqual(await outcome({ name: 'a', localName: 'other', content }), ['a: entry-damaged']);
    assert.deepEqual(await outcome({ name: 'a', content, crc: 1 }), ['a: entry-damaged']);
    assert.deepEqual(await outcome({ name: 'a', content, size: content.length - 1 }), ['a: entry-damaged']);
    assert.deepEqual(await outcome({ name: 'a', content, size: content.length + 1 }), ['a: entry-damaged']);
    assert.deepEqual(await outcome({ name: 'a', content, method: 0, size: content.length - 2 }), ['a: entry-damaged']);
    assert.deepEqual(await outcome({ name: 'a', content: new Uint8Array(50).fill(7), method: 8, flags: 1 }), [
      'a: entry-encrypted',
    ]);
    for (const method of [9, 12, 14, 93, 99]) {
      assert.deepEqual(await outcome({ name: 'a', content, method }), ['a: entry-coding']);
    }
  });

  it('whose directory lies are refused as a whole', async () => {
    const entries = [good];
    for (const choices of [
      { entries, count: 2 },
      { entries, count: 65_000 },
      { entries, directoryOffset: 5 },
      { entries, directoryOffset: 0xfffffff0 },
      { entries, count: MAX_ENTRIES + 1, wide: true },
      { entries: [{ ...good, compressedBytes: 2 ** 52, wide: true }] },
    ]) {
      const [line] = await outcomeOf(zipBytes(choices), []);
      assert.match(line ?? '', /^(: archive-damaged|: archive-limit|good\.dcm: entry-(overlap|damaged|limit))$/);
    }
    assert.deepEqual(await outcomeOf(zipBytes({ entries, disc: 1 }), []), [': archive-unsupported']);
    const cut = zipBytes({ entries }).subarray(0, -1);
    assert.deepEqual(await outcomeOf(cut, []), [': archive-damaged']);
    assert.deepEqual(await outcomeOf(concatBytes(zipBytes({ entries }), Uint8Array.of(0)), []), [': archive-damaged']);
  });

  it('of very many empty entries end in time', async () => {
    const entries = Array.from({ length: 10_000 }, (_, i) => ({ name: `${i}`, method: 0 }));
    const found = await collect([locatedSource('a.zip', zipBytes({ entries }))]);
    assert.lengthOf(found.others, 10_000);
    const many = concatBytes(
      fields([4, 0x04034b50], [2, 0]),
      fields([4, 0x06054b50], [2, 0], [2, 0], [2, 0xfffe], [2, 0xfffe], [4, 6], [4, 0], [2, 0]),
    );
    assert.deepEqual(await outcomeOf(many, []), [': archive-damaged']);
  });

  it('in a deflated data set end at 64 times its size', async () => {
    const syntax = '1.2.840.10008.1.2.1.99';
    const head = concatBytes(dataSet().subarray(0, -36), element(0x7fe00010, 'OW', new Uint8Array(40 * MEGABYTE)));
    const bomb = file({ syntax }, new Uint8Array(deflateRawSync(head)));
    assert.deepEqual(await scanSource(memorySource('a', bomb)), { kind: 'other', reason: 'inflate-limit' });
  });
});

describe('A21: mutated archives', () => {
  /** Changes a few bytes at random: the outcome is an answer for every file, never an exception or a wait. */
  const mutated = (bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array => {
    const out = bytes.slice();
    for (const [at, value] of changes) out[at % out.length] = value;
    return out;
  };
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });

  it('give whole files or a reason', async () => {
    const zip = zipBytes({
      entries: [
        good,
        { name: 'b', content: instanceBytes(1), method: 0 },
        { name: 'i.zip', content: zipBytes({ entries: [good] }) },
      ],
      wide: true,
    });
    const iso = isoBytes({ D: { 'A.;1': instanceBytes(1) }, 'B.;1': instanceBytes(2) });
    const originals = new Set([1, 2, 99].map((n) => instanceBytes(n).join()));
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const found = await collect([locatedSource('a.zip', mutated(zip, list))]);
        // A checksum that agrees by chance does not happen in this life; so what is taken is what was packed.
        for (const source of instancesOf(found)) assert.isTrue(originals.has((await bytesOfSource(source)).join()));
        const disc = await collect([locatedSource('cd.iso', mutated(iso, list))]);
        assert.isArray(leftOut(disc));
      }),
      { numRuns: 150 },
    );
  });
});
