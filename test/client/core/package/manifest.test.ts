import { assert } from 'chai';
import fc from 'fast-check';
import { cborRecord, encodeCbor, parseCbor, type CborMap, type CborValue } from '../../../../crypto/wire/cbor.js';
import { CoreError } from '../../../../client/core/error.js';
import { encodeDigestPart, parseDigestPart, type DigestPart } from '../../../../client/core/package/digest-part.js';
import { encodePlan, parsePlan } from '../../../../client/core/package/plan-codec.js';
import type { Plan, PlanInstance } from '../../../../client/core/package/plan.js';
import { encodeTrailer, parseTrailer } from '../../../../client/core/package/trailer.js';
import { codeOf } from '../../../support/codes.js';
import { anyExample, bytesOf, example, fileIdOf, smallExample } from '../../../support/package-examples.js';

function changed(bytes: Uint8Array, field: number, value: CborValue | undefined): Uint8Array {
  const map = new Map(parseCbor(bytes, { maxBytes: 1e6 }) as CborMap);
  if (value === undefined) map.delete(field);
  else map.set(field, value);
  return encodeCbor(map);
}

/** The small example with its first instance changed. */
function withInstance(change: Partial<PlanInstance>): Plan {
  const { plan } = smallExample();
  const [study] = plan.studies;
  const [series] = study?.series ?? [];
  if (study === undefined || series === undefined) return assert.fail('the example has a series');
  const [first, ...others] = series.instances;
  if (first === undefined) return assert.fail('the example has an instance');
  const instances = [{ ...first, ...change }, ...others];
  return { ...plan, studies: [{ ...study, series: [{ ...series, instances }] }] };
}

const part: DigestPart = {
  partNo: 1,
  entries: [
    {
      fileId: fileIdOf(1),
      extents: [{ offset: 300, length: 70 }],
      codedLength: 70,
      originalLength: 70,
      sha256: bytesOf(1, 32),
      mediaType: 'application/dicom',
      codec: 0,
      meta: null,
    },
  ],
  previous: { offset: 0, length: 260, sha256: bytesOf(2, 32) },
};

describe('the plan', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(anyExample, ({ plan }) => assert.deepEqual(parsePlan(encodePlan(plan)), plan)));
  });

  it('with a byte changed is refused or means something else, and is canonical', () => {
    const good = encodePlan(smallExample().plan);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = good.slice();
        bad[at] = (bad[at] ?? 0) ^ flip;
        try {
          assert.deepEqual(encodePlan(parsePlan(bad)), bad);
        } catch (error) {
          assert.instanceOf(error, CoreError);
          assert.propertyVal(error, 'code', 'package-plan');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('contradicts itself nowhere', async () => {
    const { plan } = smallExample();
    const [study] = plan.studies;
    const bad: Plan[] = [
      { studies: [], documents: [], order: [] },
      { ...plan, order: [0, 1] },
      { ...plan, order: [0, 1, 1] },
      { ...plan, order: [0, 1, 3] },
      withInstance({ fileId: fileIdOf(0) }),
      ...(study === undefined ? [] : [{ ...plan, studies: [study, study] }]),
      ...(study === undefined ? [] : [{ ...plan, studies: [{ ...study, series: [] }] }]),
      ...(study === undefined
        ? []
        : [{ ...plan, studies: [{ ...study, series: [...study.series, ...study.series] }] }]),
    ];
    for (const wrong of bad) assert.equal(await codeOf(() => encodePlan(wrong)), 'plan-invalid');
    const good = encodePlan(plan);
    for (const counts of [
      [4, 2, 180],
      [3, 3, 180],
      [3, 2, 181],
    ]) {
      assert.equal(await codeOf(() => parsePlan(changed(good, 2, counts))), 'package-plan');
    }
    assert.equal(await codeOf(() => parsePlan(changed(good, 1, 1))), 'package-plan');
    assert.equal(await codeOf(() => parsePlan(changed(good, 5, undefined))), 'package-plan');
    assert.equal(await codeOf(() => parsePlan(changed(good, 6, 0))), 'package-plan');
  });

  it('carries no UID that is a path and no text that moves a screen', async () => {
    const { plan } = smallExample();
    const [document] = plan.documents;
    if (document === undefined) return assert.fail('the example has a document');
    const bad = [
      ...['../../etc', '1..2', '.1', '1.', '', '1'.repeat(65), '1.2 '].map((sopInstanceUid) =>
        withInstance({ sopInstanceUid }),
      ),
      ...['a\u202eb', 'a\nb', '', ' a', 'a'.repeat(256), 'e\u0301', '\ud800'].map((name) => ({
        ...plan,
        documents: [{ ...document, name }],
      })),
      ...['text/html; x', 'TEXT/plain', 'pdf', ''].map((mediaType) => ({
        ...plan,
        documents: [{ ...document, mediaType }],
      })),
      withInstance({ size: 2 ** 40 + 1 }),
      withInstance({ instanceNumber: 2 ** 31 }),
    ];
    for (const wrong of bad) assert.equal(await codeOf(() => encodePlan(wrong)), 'plan-invalid');
    assert.doesNotThrow(() => encodePlan(withInstance({ size: 2 ** 40, instanceNumber: -5 })));
  });

  it('of four thousand instances is encoded and parsed in a moment', () => {
    const { plan } = example(
      [],
      Array.from({ length: 4000 }, () => 1),
    );
    const bytes = encodePlan(plan);
    assert.isBelow(bytes.length, 4000 * 140);
    assert.lengthOf(parsePlan(bytes).order, 4000);
  });
});

describe('a digest part', () => {
  it('is read as it was written', () => {
    assert.deepEqual(parseDigestPart(encodeDigestPart(part)), part);
  });

  it('has at least one entry and a number above 0', async () => {
    for (const bad of [
      { ...part, entries: [] },
      { ...part, partNo: 0 },
    ]) {
      assert.equal(await codeOf(() => parseDigestPart(encodeDigestPart(bad))), 'package-digest-part');
    }
  });

  it('refuses every truncation', async () => {
    const bytes = encodeDigestPart(part);
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(await codeOf(() => parseDigestPart(bytes.subarray(0, length))), 'package-digest-part');
    }
  });
});

describe('the trailer', () => {
  it('is read as it was written, and nothing beside it', async () => {
    const trailer = { files: 3, bytes: 180, newest: part.previous };
    const bytes = encodeTrailer(trailer);
    assert.deepEqual(parseTrailer(bytes), trailer);
    assert.equal(await codeOf(() => parseTrailer(changed(bytes, 4, 0))), 'package-trailer');
    assert.equal(await codeOf(() => parseTrailer(encodeCbor(cborRecord({ 1: 3, 2: 180, 3: [] })))), 'package-trailer');
  });
});
