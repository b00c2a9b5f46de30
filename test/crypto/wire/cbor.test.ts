import { assert } from 'chai';
import { decode, encode } from 'cborg';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../crypto/wire/bytes.js';
import { type CborMap, type CborValue, MAX_CBOR_DEPTH, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { generateCborVectors, type CborVector } from '../../vectors/cbor/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { altered, refusalOf, refused } from './refused.js';

const LIMITS = { maxBytes: 1_000_000 };

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.normalize('NFC'));
const leaf: fc.Arbitrary<CborValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }).filter((n) => !Object.is(n, -0)),
  fc.nat({ max: 300 }),
  text,
  fc.uint8Array({ maxLength: 40 }),
);
const { value: values } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(fc.nat({ max: 400 }), tie('value')), { selector: ([key]) => key, maxLength: 5 })
      .map((entries): CborMap => new Map(entries)),
  ),
}));

/** RFC 8949 §8, for our values. */
function diagnostic(value: CborValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `h'${toHex(value)}'`;
  if (Array.isArray(value)) return `[${value.map((item: CborValue) => diagnostic(item)).join(', ')}]`;
  if (value instanceof Map) {
    return `{${[...(value as CborMap)].map(([key, item]) => `${key}: ${diagnostic(item)}`).join(', ')}}`;
  }
  return String(value);
}

describe('cbor', () => {
  it('reads back what it writes, and cborg agrees on the bytes', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeCbor(value);
        assert.equal(toHex(encodeCbor(parseCbor(bytes, LIMITS))), toHex(bytes));
        assert.equal(toHex(bytes), toHex(encode(value)));
        assert.doesNotThrow(() => decode(bytes, { strict: true, useMaps: true }) as unknown);
      }),
      { numRuns: 400, seed: 2 },
    );
  });

  it('gives back the value that was written', () => {
    fc.assert(
      fc.property(values, (value) => {
        const sorted = parseCbor(encodeCbor(value), LIMITS);
        assert.equal(toHex(encodeCbor(sorted)), toHex(encodeCbor(value)));
        if (!(value instanceof Map)) assert.equal(typeof sorted, typeof value);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('after any change of one byte it fails, or reads what re-encodes to exactly these bytes', () => {
    const changes = fc.tuple(values, fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(changes, ([value, place, mask]) => {
        const bytes = encodeCbor(value);
        const changed = altered(bytes, place % bytes.length, mask);
        if (refusalOf(() => parseCbor(changed, LIMITS)) === null) {
          assert.equal(toHex(encodeCbor(parseCbor(changed, LIMITS))), toHex(changed));
        }
      }),
      { numRuns: 1500, seed: 4 },
    );
  });

  it('refuses arbitrary bytes with a code, never otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        refusalOf(() => parseCbor(bytes, LIMITS));
      }),
      { numRuns: 2000, seed: 5 },
    );
  });

  it('writes nothing that it would not read', () => {
    const wrong: readonly CborValue[] = [1.5, NaN, Infinity, -0, 2 ** 53, -(2 ** 53), 'a\u0308', '\ud800', '\udc00a'];
    for (const value of wrong) refused(() => encodeCbor(value), 'not-canonical');
    refused(() => encodeCbor(new Map([[-1, null]])), 'not-canonical');
    refused(() => encodeCbor(new Map([[0.5, null]])), 'not-canonical');
  });

  it('checks the size before it reads', () => {
    const bytes = encodeCbor(new Uint8Array(100));
    assert.instanceOf(parseCbor(bytes, { maxBytes: bytes.length }), Uint8Array);
    refused(() => parseCbor(bytes, { maxBytes: bytes.length - 1 }), 'limits');
  });

  it('nests 12 deep and not deeper', () => {
    const nested = (depth: number) => fromHex(`${'81'.repeat(depth)}00`);
    assert.doesNotThrow(() => parseCbor(nested(MAX_CBOR_DEPTH), LIMITS));
    refused(() => parseCbor(nested(MAX_CBOR_DEPTH + 1), LIMITS), 'limits');
    refused(() => parseCbor(nested(100_000), LIMITS), 'limits');
    refused(() => parseCbor(nested(3), { ...LIMITS, maxDepth: 2 }), 'limits');
    refused(() => parseCbor(fromHex('a1'.repeat(100_000)), LIMITS), 'limits');
    refused(() => parseCbor(fromHex('a1a000'), LIMITS), 'not-canonical');
  });

  it('reads an array of four million items without exhausting stack or memory', function () {
    this.timeout(20_000);
    const count = 4_000_000;
    const bytes = new Uint8Array(5 + count).fill(0xf6);
    bytes.set([0x9a, count >>> 24, (count >>> 16) & 0xff, (count >>> 8) & 0xff, count & 0xff]);
    assert.lengthOf(parseCbor(bytes, { maxBytes: bytes.length }) as CborValue[], count);
  });

  it('keeps the bytes it read apart from the bytes it was given', () => {
    const source = encodeCbor(Uint8Array.of(1, 2));
    const value = parseCbor(source, LIMITS) as Uint8Array;
    source.fill(0);
    assert.deepEqual([...value], [1, 2]);
  });

  describe('vectors', () => {
    const vectors = readVectors<CborVector>('cbor');

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateCborVectors());
    });

    for (const { diagnostic: expected, hex } of vectors['valid']?.values ?? []) {
      it(`reads ${expected}`, () => {
        const value = parseCbor(fromHex(hex), LIMITS);
        assert.equal(diagnostic(value), expected);
        assert.equal(toHex(encodeCbor(value)), hex);
      });
    }

    for (const [name, vector] of Object.entries(vectors)) {
      const { hex } = vector;
      if (hex === undefined) continue;
      it(`refuses ${name}: ${vector.description}`, () => {
        refused(() => parseCbor(fromHex(hex), LIMITS), vector.expect as WireErrorCode);
      });
    }
  });
});
