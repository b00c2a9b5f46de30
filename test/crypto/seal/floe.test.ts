import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { assert } from 'chai';
import fc from 'fast-check';
import { fromHex, readUint32, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { SEGMENT_BYTES, SEGMENT_OVERHEAD, SMALL_SEGMENT_BYTES } from '../../../crypto/wire/payload.js';
import { type SealErrorCode } from '../../../crypto/seal/error.js';
import {
  FLOE_HEADER_BYTES,
  type FloeOpener,
  type FloeSealer,
  createFloe,
  openFloe,
  resumeFloe,
} from '../../../crypto/seal/floe.js';
import { itWithPublished, publishedVectors, readVectors } from '../../vectors/vector-files.js';
import { type FloeVector, generateFloeVectors } from '../../vectors/floe/generate.js';
import { assertRejected } from './refusals.js';

const KEY = new Uint8Array(32).fill(6);
const AAD = utf8('bb1/payload\0');
const SEGMENT = 64;
const PLAIN = SEGMENT - SEGMENT_OVERHEAD;
const full = new Uint8Array(PLAIN).fill(0x42);

function newPayload(): Promise<FloeSealer> {
  return createFloe(KEY, AAD, SEGMENT);
}

function opener(sealer: FloeSealer): Promise<FloeOpener> {
  return openFloe(KEY, AAD, sealer.header);
}

/** Cuts a plaintext into segments, seals them, opens them in the given order and joins the result. */
async function roundTrip(plain: Uint8Array, segmentBytes: number, order: readonly number[]): Promise<Uint8Array> {
  const step = segmentBytes - SEGMENT_OVERHEAD;
  const count = Math.max(1, Math.ceil(plain.length / step));
  const position = (index: number) => (index === count - 1 ? 'last' : 'inner');
  const sealer = await createFloe(KEY, AAD, segmentBytes);
  const cut = (index: number) => plain.subarray(index * step, (index + 1) * step);
  const indexes = Array.from({ length: count }, (_, i) => i);
  const segments = await Promise.all(indexes.map((i) => sealer.sealSegment(i, cut(i), position(i))));
  const reader = await openFloe(KEY, AAD, sealer.header);
  const out = new Uint8Array(plain.length);
  for (const index of [...order.filter((i) => i < count), ...indexes]) {
    const segment = segments[index];
    assert(segment);
    out.set(await reader.openSegment(index, segment, position(index)), index * step);
  }
  return out;
}

describe('floe: segments of a payload', () => {
  it('returns every plaintext, whatever the order of opening', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 33, max: 100 }),
        fc.array(fc.nat({ max: 20 })),
        async (plain, segmentBytes, order) => {
          assert.deepEqual([...(await roundTrip(plain, segmentBytes, order))], [...plain]);
        },
      ),
      { seed: 8 },
    );
  });

  it('holds around the edges of a segment in both real sizes', async () => {
    for (const size of [SMALL_SEGMENT_BYTES, SEGMENT_BYTES]) {
      for (const extra of [-1, 0, 1]) {
        const plain = new Uint8Array(2 * (size - SEGMENT_OVERHEAD) + extra).fill(0x5a);
        assert.equal(Buffer.compare(await roundTrip(plain, size, []), plain), 0);
      }
    }
  });

  it('draws a new IV whenever an index is sealed again', async () => {
    const sealer = await newPayload();
    const [first, again] = [await sealer.sealSegment(0, full, 'inner'), await sealer.sealSegment(0, full, 'inner')];
    assert.notDeepEqual(first.subarray(4, 16), again.subarray(4, 16));
    const reader = await opener(sealer);
    for (const segment of [first, again]) assert.deepEqual(await reader.openSegment(0, segment, 'inner'), full);
  });

  it('draws a new header for each payload', async () => {
    const [first, second] = [await newPayload(), await newPayload()];
    assert.lengthOf(first.header, FLOE_HEADER_BYTES);
    assert.notDeepEqual(first.header, second.header);
    const segment = await first.sealSegment(0, full, 'inner');
    const reader = await opener(second);
    await assertRejected(() => reader.openSegment(0, segment, 'inner'), 'segment-invalid');
  });

  it('goes on with an existing header after a restart', async () => {
    const before = await newPayload();
    const first = await before.sealSegment(0, full, 'inner');
    const resumed = await resumeFloe(KEY, AAD, before.header);
    const last = await resumed.sealSegment(1, Uint8Array.of(1), 'last');
    assert.deepEqual(resumed.header, before.header);
    const reader = await opener(before);
    assert.deepEqual(await reader.openSegment(0, first, 'inner'), full);
    assert.deepEqual(await reader.openSegment(1, last, 'last'), Uint8Array.of(1));
  });

  it('neither opens nor resumes a header with one flipped bit', async () => {
    const { header } = await newPayload();
    for (let bit = 0; bit < FLOE_HEADER_BYTES * 8; bit++) {
      const changed = header.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await assertRejected(() => openFloe(KEY, AAD, changed), 'open-failed');
      await assertRejected(() => resumeFloe(KEY, AAD, changed), 'open-failed');
    }
  });

  it('neither opens nor resumes with another key, other associated data or another length', async () => {
    const { header } = await newPayload();
    for (const use of [openFloe, resumeFloe]) {
      await assertRejected(() => use(new Uint8Array(32), AAD, header), 'open-failed');
      await assertRejected(() => use(KEY, utf8('bb1/payload'), header), 'open-failed');
      await assertRejected(() => use(KEY, AAD, header.subarray(1)), 'open-failed');
      await assertRejected(() => use(KEY, AAD, new Uint8Array(75)), 'open-failed');
      await assertRejected(() => use(KEY.subarray(1), AAD, header), 'key-invalid');
    }
  });

  it('opens no segment with one flipped bit', async () => {
    const sealer = await newPayload();
    const reader = await opener(sealer);
    for (const position of ['inner', 'last'] as const) {
      const segment = await sealer.sealSegment(3, full, position);
      for (let bit = 0; bit < segment.length * 8; bit++) {
        const changed = segment.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await assertRejected(() => reader.openSegment(3, changed, position), 'segment-invalid');
      }
    }
  });

  it('opens a segment at its own index and position only', async () => {
    const sealer = await newPayload();
    const reader = await opener(sealer);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 5 }), fc.nat({ max: 5 }), fc.boolean(), fc.boolean(), async (i, j, a, b) => {
        fc.pre(i !== j || a !== b);
        const segment = await sealer.sealSegment(i, full, a ? 'last' : 'inner');
        await assertRejected(() => reader.openSegment(j, segment, b ? 'last' : 'inner'), 'segment-invalid');
      }),
      { seed: 9 },
    );
  });

  it('refuses the frame alone as proof of being the last', async () => {
    const sealer = await newPayload();
    const reader = await opener(sealer);
    const inner = await sealer.sealSegment(0, full, 'inner');
    inner.set([0, 0, 0, SEGMENT]);
    await assertRejected(() => reader.openSegment(0, inner, 'last'), 'segment-invalid');
    const last = await sealer.sealSegment(0, full, 'last');
    last.fill(0xff, 0, 4);
    await assertRejected(() => reader.openSegment(0, last, 'inner'), 'segment-invalid');
  });

  it('seals full inner segments only, and no last one beyond the segment length', async () => {
    const sealer = await newPayload();
    for (const length of [0, PLAIN - 1, PLAIN + 1]) {
      await assertRejected(() => sealer.sealSegment(0, new Uint8Array(length), 'inner'), 'segment-invalid');
    }
    for (const length of [0, 1, PLAIN]) {
      assert.lengthOf(await sealer.sealSegment(0, new Uint8Array(length), 'last'), length + SEGMENT_OVERHEAD);
    }
    await assertRejected(() => sealer.sealSegment(0, new Uint8Array(PLAIN + 1), 'last'), 'segment-invalid');
  });

  it('refuses indexes outside 0 to 2^40 − 1', async () => {
    const sealer = await newPayload();
    const reader = await opener(sealer);
    const far = await sealer.sealSegment(2 ** 40 - 1, full, 'inner');
    assert.deepEqual(await reader.openSegment(2 ** 40 - 1, far, 'inner'), full);
    for (const index of [-1, 0.5, 2 ** 40, Number.NaN]) {
      await assertRejected(() => sealer.sealSegment(index, full, 'inner'), 'segment-invalid');
      await assertRejected(() => reader.openSegment(index, far, 'inner'), 'segment-invalid');
    }
  });

  it('changes the segment key at 2^20 segments and opens both sides of the edge', async () => {
    const sealer = await newPayload();
    const reader = await opener(sealer);
    for (const index of [2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 20 * 2 ** 20, 0]) {
      const segment = await sealer.sealSegment(index, full, 'inner');
      assert.deepEqual(await reader.openSegment(index, segment, 'inner'), full);
    }
  });

  it('refuses keys and segment lengths that it does not know', async () => {
    for (const length of [0, 32, 1024 * 1024 + 1, 64.5]) {
      await assertRejected(() => createFloe(KEY, AAD, length), 'limits');
    }
    await assertRejected(() => createFloe(KEY.subarray(1), AAD, SEGMENT), 'key-invalid');
  });

  describe('vectors', () => {
    const vectors = readVectors<FloeVector>('floe');

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateFloeVectors());
    });

    const openAll = async (vector: FloeVector): Promise<void> => {
      const reader = await openFloe(fromHex(vector.key), fromHex(vector.aad), fromHex(vector.header));
      for (const { index, segment, position, plain } of vector.segments) {
        assert.equal(toHex(await reader.openSegment(index, fromHex(segment), position)), plain);
      }
    };

    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, async () => {
        if (vector.expect === 'valid') return openAll(vector);
        await assertRejected(() => openAll(vector), vector.expect as SealErrorCode);
      });
    }
  });

  describe('published known answers', () => {
    const folder = publishedVectors('floe');
    const names = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('_ct.txt')) : [];

    itWithPublished('floe', 'are all there', () => {
      assert.lengthOf(names, 14);
    });

    const read = (file: string) => fromHex(readFileSync(resolve(folder, file), 'utf8').trim().toLowerCase());

    for (const name of names) {
      it(`opens ${name.replace('_ct.txt', '')}`, async () => {
        const sealed = read(name);
        const header = sealed.subarray(0, FLOE_HEADER_BYTES);
        const options = name.includes('_rotation_') ? { rotationBits: 2 } : {};
        const reader = await openFloe(new Uint8Array(32), utf8('This is AAD'), header, options);
        const plains: Uint8Array[] = [];
        for (let offset = FLOE_HEADER_BYTES; offset < sealed.length;) {
          const isLast = readUint32(sealed, offset) !== 0xffffffff;
          const length = isLast ? sealed.length - offset : reader.segmentBytes;
          const segment = sealed.subarray(offset, offset + length);
          plains.push(await reader.openSegment(plains.length, segment, isLast ? 'last' : 'inner'));
          offset += length;
        }
        assert.equal(toHex(Buffer.concat(plains)), toHex(read(name.replace('_ct', '_pt'))));
      });
    }
  });
});
