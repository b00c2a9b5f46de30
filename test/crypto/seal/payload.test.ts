import { assert } from 'chai';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../crypto/wire/bytes.js';
import {
  SEGMENT_BYTES,
  SMALL_SEGMENT_BYTES,
  type SegmentBytes,
  encodePayloadHeader,
  parsePayloadHeader,
  segmentPlainBytes,
} from '../../../crypto/wire/payload.js';
import {
  type NewPayload,
  controlKey,
  createPayload,
  openPayload,
  resumePayload,
} from '../../../crypto/seal/payload.js';
import { openFloe } from '../../../crypto/seal/floe.js';
import { randomSecret } from '../../../crypto/seal/device-keys.js';
import { type Secret, asSecret } from '../../../crypto/seal/secret.js';
import { ready } from '../../../crypto/seal/suite.js';
import { codeOf } from '../../support/codes.js';
import { type PayloadHeaderVector } from '../../vectors/payload-header/generate.js';
import { bytesOf } from '../../vectors/second.js';
import { readVectors } from '../../vectors/vector-files.js';
import { altered } from '../wire/refused.js';
import { assertRejected } from './refusals.js';

const SMALL = segmentPlainBytes(SMALL_SEGMENT_BYTES);

describe('payload', () => {
  before(ready);

  const segmentsOf = async (payload: NewPayload, fill: number): Promise<Uint8Array[]> => {
    const plains = [0, 1, 2].map((i) => new Uint8Array(i === 2 ? 100 : SMALL).fill(fill + i));
    return Promise.all(plains.map((plain, i) => payload.floe.sealSegment(i, plain, i === 2 ? 'last' : 'inner')));
  };

  it('opens segment by segment, in any order', async () => {
    const sizes = fc.constantFrom<SegmentBytes>(SEGMENT_BYTES, SMALL_SEGMENT_BYTES);
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat({ max: 5 }), fc.nat({ max: 1000 }), async (size, inner, rest) => {
        const payload = await createPayload(size);
        const opener = await openPayload(payload.secret, parsePayloadHeader(payload.header.bytes));
        const last = new Uint8Array(rest + 1).fill(9);
        const sealedLast = await payload.floe.sealSegment(inner, last, 'last');
        assert.deepEqual(await opener.floe.openSegment(inner, sealedLast, 'last'), last);
        for (let i = inner - 1; i >= 0; i--) {
          const plain = new Uint8Array(segmentPlainBytes(size)).fill(i);
          const sealed = await payload.floe.sealSegment(i, plain, 'inner');
          assert.lengthOf(sealed, size);
          assert.equal(Buffer.compare(await opener.floe.openSegment(i, sealed, 'inner'), plain), 0);
        }
      }),
      { numRuns: 8, seed: 17 },
    );
  });

  it('has its own secret, header and id (invariant 4)', async () => {
    const payloads = await Promise.all(Array.from({ length: 20 }, () => createPayload(SMALL_SEGMENT_BYTES)));
    assert.equal(new Set(payloads.map(({ secret }) => toHex(secret))).size, 20);
    assert.equal(new Set(payloads.map(({ header }) => header.payloadId)).size, 20);
  });

  it('sealed again after a restart has the same header and a new IV (invariant 3)', async () => {
    const payload = await createPayload(SMALL_SEGMENT_BYTES);
    const resumed = await resumePayload(payload.secret, parsePayloadHeader(payload.header.bytes));
    assert.equal(resumed.header.payloadId, payload.header.payloadId);
    const plain = new Uint8Array(SMALL);
    const ivs = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const { floe } = i % 2 === 0 ? payload : resumed;
      const sealed = await floe.sealSegment(0, plain, 'inner');
      ivs.add(toHex(sealed.subarray(4, 16)));
    }
    assert.equal(ivs.size, 20);
    const other = await createPayload(SMALL_SEGMENT_BYTES);
    await assertRejected(() => resumePayload(other.secret, payload.header), 'open-failed');
  });

  it('does not open segments that are swapped, moved, or spliced in from another payload', async () => {
    const [one, two] = [await createPayload(SMALL_SEGMENT_BYTES), await createPayload(SMALL_SEGMENT_BYTES)];
    const [own, foreign] = [await segmentsOf(one, 1), await segmentsOf(two, 1)];
    const { floe } = await openPayload(one.secret, one.header);
    for (const [i, segment] of own.entries()) await floe.openSegment(i, segment, i === 2 ? 'last' : 'inner');
    const [first, second, last] = own;
    assert(first && second && last);
    await assertRejected(() => floe.openSegment(0, second, 'inner'), 'segment-invalid');
    await assertRejected(() => floe.openSegment(1, first, 'inner'), 'segment-invalid');
    await assertRejected(() => floe.openSegment(1, last, 'last'), 'segment-invalid');
    await assertRejected(() => floe.openSegment(2, first, 'last'), 'segment-invalid');
    await assertRejected(() => floe.openSegment(1, second, 'last'), 'segment-invalid');
    await assertRejected(() => floe.openSegment(2, last, 'inner'), 'segment-invalid');
    for (const [i, segment] of foreign.entries()) {
      await assertRejected(() => floe.openSegment(i, segment, i === 2 ? 'last' : 'inner'), 'segment-invalid');
    }
  });

  it('releases nothing of a segment in which a bit is flipped', async () => {
    const payload = await createPayload(SMALL_SEGMENT_BYTES);
    const sealed = await payload.floe.sealSegment(0, new Uint8Array(500), 'last');
    const { floe } = await openPayload(payload.secret, payload.header);
    for (let at = 0; at < sealed.length; at++) {
      await assertRejected(() => floe.openSegment(0, altered(sealed, at, 1 << (at & 7)), 'last'), 'segment-invalid');
    }
  });

  it('opens with one secret only: two recipients cannot be given two contents (attack A39)', async () => {
    const payload = await createPayload(SMALL_SEGMENT_BYTES);
    for (const secret of [randomSecret(), asSecret(altered(payload.secret, 31))]) {
      await assertRejected(() => openPayload(secret, payload.header), 'open-failed');
    }
    // A tag for another secret makes another header, and with it another payload id: not the one in the signed H.
    const other = await createPayload(SMALL_SEGMENT_BYTES);
    const mixed = payload.header.floeHeader.slice();
    mixed.set(other.header.floeHeader.subarray(42), 42);
    assert.notEqual(encodePayloadHeader(mixed).payloadId, payload.header.payloadId);
    await assertRejected(() => openPayload(other.secret, encodePayloadHeader(mixed)), 'open-failed');
  });

  describe('header vectors', () => {
    for (const [name, vector] of Object.entries(readVectors<PayloadHeaderVector>('payload-header'))) {
      it(`${name}: ${vector.description}`, async () => {
        const secret: Secret = asSecret(fromHex(vector.secret));
        const open = async () => openPayload(secret, parsePayloadHeader(fromHex(vector.header)));
        if (vector.expect !== 'valid') {
          assert.equal(await codeOf(open), vector.expect);
          return;
        }
        const { header } = await open();
        assert.equal(toHex(controlKey(secret)), vector.controlKey);
        await openFloe(fromHex(vector.bulkKey ?? ''), bytesOf('bb1/payload\0'), header.floeHeader);
      });
    }
  });
});
