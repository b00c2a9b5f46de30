import { assert } from 'chai';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex, writeUint32 } from '../../../crypto/wire/bytes.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { type PayloadId, payloadIdFrom } from '../../../crypto/wire/ids.js';
import {
  MAX_PART_SEGMENTS,
  PAYLOAD_HEADER_BYTES,
  SEGMENT_BYTES,
  SEGMENT_OVERHEAD,
  SMALL_PAYLOAD_BYTES,
  SMALL_SEGMENT_BYTES,
  type SegmentBytes,
  chooseSegmentBytes,
  encodePayloadHeader,
  padded,
  parsePartDigests,
  parsePayloadHeader,
  parseSegmentFrame,
  partDigest,
  partSegments,
  payloadWireBytes,
  segmentCountOf,
  segmentLeaf,
  segmentLength,
  segmentPlainBytes,
} from '../../../crypto/wire/payload.js';
import { bytesOf, join, paddedLength, sha256Of, u32, u64 } from '../../vectors/second.js';
import { type PayloadHeaderVector, generatePayloadHeaderVectors } from '../../vectors/payload-header/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { refusalOf, refused } from './refused.js';

const SIZES: readonly SegmentBytes[] = [SEGMENT_BYTES, SMALL_SEGMENT_BYTES];
const lengths = fc.oneof(
  fc.integer({ min: 1, max: 10_000 }),
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  fc.integer({ min: 1, max: 2 ** 47 }),
);

describe('padding', () => {
  it('is max(4096, Padmé) as counted in bits', () => {
    fc.assert(
      fc.property(lengths, (n) => assert.equal(padded(n), paddedLength(n))),
      { numRuns: 2000, seed: 9 },
    );
    for (let exponent = 12; exponent <= 52; exponent++) {
      for (const n of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) assert.equal(padded(n), paddedLength(n));
    }
  });

  it('never shortens, adds at most 12 %, keeps the order, and is its own padding', () => {
    fc.assert(
      fc.property(lengths, lengths, (a, b) => {
        assert.isAtLeast(padded(a), Math.max(a, 4096));
        assert.isAtMost(padded(a), Math.max(4096, a * 1.12));
        assert.equal(padded(padded(a)), padded(a));
        if (a <= b) assert.isAtMost(padded(a), padded(b));
      }),
      { numRuns: 1000, seed: 10 },
    );
  });

  it('has these values', () => {
    const known: readonly (readonly [number, number])[] = [
      [0, 4096],
      [1, 4096],
      [4096, 4096],
      [4097, 4352],
      [65_536, 65_536],
      [65_537, 67_584],
      [100_000_000, 100_663_296],
      [100_000_000_000, 100_931_731_456],
    ];
    for (const [length, expected] of known) assert.equal(padded(length), expected, String(length));
  });

  it('leaves few lengths to be told apart', () => {
    const seen = new Set<number>();
    for (let n = 1; n < 2 ** 30; n = Math.ceil(n * 1.0005)) seen.add(padded(n));
    assert.isAtMost(seen.size, 18 * 32);
  });
});

describe('segments', () => {
  for (const size of SIZES) {
    const plain = segmentPlainBytes(size);

    it(`of ${size} bytes are counted right at every boundary`, () => {
      const cases: readonly (readonly [number, number, number])[] = [
        [1, 1, 33],
        [plain - 1, 1, size - 1],
        [plain, 1, size],
        [plain + 1, 2, 33],
        [2 * plain - 1, 2, size - 1],
        [2 * plain, 2, size],
        [2 * plain + 1, 3, 33],
      ];
      for (const [total, count, last] of cases) {
        assert.equal(segmentCountOf(total, size), count);
        assert.equal(segmentLength(count - 1, total, size), last);
        if (count > 1) assert.equal(segmentLength(0, total, size), size);
      }
    });

    it(`of ${size} bytes add up to the payload`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 40 * plain }), (total) => {
          const count = segmentCountOf(total, size);
          let sum = 0;
          for (let i = 0; i < count; i++) sum += segmentLength(i, total, size);
          assert.equal(sum, payloadWireBytes(total, size));
          assert.equal(sum, total + count * SEGMENT_OVERHEAD);
        }),
        { numRuns: 200, seed: 11 },
      );
    });

    it(`of ${size} bytes have a frame that says inner or last, and nothing else`, () => {
      assert.equal(parseSegmentFrame(writeUint32(0xffffffff), size, size), 'inner');
      for (const length of [33, size - 1, size]) {
        assert.equal(parseSegmentFrame(writeUint32(length), length, size), 'last');
      }
      const wrong: readonly (readonly [number, number])[] = [
        [0xffffffff, size - 1],
        [0xffffffff, size + 1],
        [32, 32],
        [0, 0],
        [100, 101],
        [size + 1, size + 1],
        [0xfffffffe, size],
      ];
      for (const [frame, length] of wrong) refused(() => parseSegmentFrame(writeUint32(frame), length, size), 'shape');
      refused(() => parseSegmentFrame(new Uint8Array(3), size, size), 'length');
    });
  }

  it('are small only when the inputs are', () => {
    assert.equal(chooseSegmentBytes(0), SMALL_SEGMENT_BYTES);
    assert.equal(chooseSegmentBytes(SMALL_PAYLOAD_BYTES), SMALL_SEGMENT_BYTES);
    assert.equal(chooseSegmentBytes(SMALL_PAYLOAD_BYTES + 1), SEGMENT_BYTES);
  });

  it('have leaves that bind payload, index, length and digest', () => {
    const [one, other]: readonly [PayloadId, PayloadId] = [
      payloadIdFrom(new Uint8Array(32).fill(1)),
      payloadIdFrom(new Uint8Array(32).fill(2)),
    ];
    const digest = sha256Of(bytesOf('segment'));
    const expected = sha256Of(
      join(Uint8Array.of(0), bytesOf('bb1/seg'), new Uint8Array(32).fill(1), u64(7), u32(65_536), digest),
    );
    assert.equal(toHex(segmentLeaf(one, 7, 65_536, digest)), toHex(expected));
    const leaves = [
      segmentLeaf(one, 7, 65_536, digest),
      segmentLeaf(other, 7, 65_536, digest),
      segmentLeaf(one, 8, 65_536, digest),
      segmentLeaf(one, 7, 65_535, digest),
      segmentLeaf(one, 7, 65_536, sha256Of(digest)),
    ];
    assert.equal(new Set(leaves.map(toHex)).size, leaves.length);
  });
});

describe('parts', () => {
  it('hold 1, 1, 2, 4, 8, 16, 16 … segments when each begins where the one before ends', () => {
    const sizes: number[] = [];
    for (let first = 0; sizes.length < 9; first += sizes.at(-1) ?? 0) sizes.push(partSegments(first));
    assert.deepEqual(sizes, [1, 1, 2, 4, 8, 16, 16, 16, 16]);
  });

  it('have 1 to 32 whole digests, and the hash of these for a digest', () => {
    const digests = new Uint8Array(3 * 32).map((_, i) => i);
    assert.deepEqual(
      parsePartDigests(digests).map(toHex),
      [0, 1, 2].map((i) => toHex(digests.slice(32 * i, 32 * i + 32))),
    );
    assert.equal(toHex(partDigest(digests)), toHex(sha256Of(digests)));
    assert.lengthOf(parsePartDigests(new Uint8Array(32 * MAX_PART_SEGMENTS)), MAX_PART_SEGMENTS);
    for (const length of [0, 31, 33, 32 * (MAX_PART_SEGMENTS + 1)]) {
      refused(() => parsePartDigests(new Uint8Array(length)), 'length');
    }
  });
});

describe('payload header', () => {
  const vectors = readVectors<PayloadHeaderVector>('payload-header');

  it('vectors are what their generator writes', async () => {
    assert.deepEqual(vectors, await generatePayloadHeaderVectors());
  });

  for (const [name, vector] of Object.entries(vectors)) {
    it(`${name}: ${vector.description}`, () => {
      const refusal = refusalOf(() => parsePayloadHeader(fromHex(vector.header)));
      // Whether the tag fits is known to holders of the secret only: test/crypto/seal/payload.test.ts.
      const isPublic = vector.expect !== 'valid' && vector.expect !== 'open-failed';
      assert.equal(refusal, isPublic ? (vector.expect as WireErrorCode) : null);
      if (vector.expect !== 'valid') return;
      const header = parsePayloadHeader(fromHex(vector.header));
      assert.equal(header.payloadId, vector.payloadId);
      assert.equal(header.segmentBytes, vector.segmentBytes);
      assert.lengthOf(header.bytes, PAYLOAD_HEADER_BYTES);
      assert.equal(encodePayloadHeader(header.floeHeader).payloadId, vector.payloadId);
    });
  }

  it('of both segment lengths is accepted, of no other', () => {
    const bytes = fromHex(vectors['valid']?.header ?? '');
    const withLength = (n: number) => concatBytes(bytes.subarray(0, 10), writeUint32(n), bytes.subarray(14));
    for (const size of SIZES) assert.equal(parsePayloadHeader(withLength(size)).segmentBytes, size);
    for (const n of [0, 1, 33, 65_535, 65_537, 131_072, 262_143, 262_145, 1_048_576, 0xffffffff]) {
      refused(() => parsePayloadHeader(withLength(n)), 'suite');
    }
  });
});
