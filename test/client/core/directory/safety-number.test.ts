import { assert } from 'chai';
import fc from 'fast-check';
import decodeQr from 'qr/decode.js';
import encodeQr from 'qr';
import { parseMailboxId } from '../../../../crypto/wire/ids.js';
import { isSafetyNumber, safetyNumberOf } from '../../../../client/core/directory/safety-number.js';
import { toHex } from '../../../../crypto/wire/bytes.js';
import { type SafetyNumberVector, generateSafetyNumberVectors } from '../../../vectors/safety-number/generate.js';
import { readVectors } from '../../../vectors/vector-files.js';

describe('safety number', () => {
  const vectors = readVectors<SafetyNumberVector>('safety-number');
  const of = ({ one, other }: SafetyNumberVector) => safetyNumberOf(parseMailboxId(one), parseMailboxId(other));

  it('vectors are what their generator writes', async () => {
    assert.deepEqual(vectors, await generateSafetyNumberVectors());
  });

  for (const [name, vector] of Object.entries(vectors)) {
    it(`${name}: ${vector.description}`, () => {
      assert.deepInclude(of(vector), { text: vector.text, qrText: vector.qrText });
    });
  }

  it('is the same on both sides, has 60 digits, and differs from every other pair', () => {
    const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => parseMailboxId(toHex(bytes)));
    fc.assert(
      fc.property(id, id, id, (a, b, c) => {
        fc.pre(new Set([a, b, c]).size === 3);
        const number = safetyNumberOf(a, b);
        assert.deepEqual(number, safetyNumberOf(b, a));
        assert.match(number.digits, /^\d{60}$/);
        assert.notEqual(number.digits, safetyNumberOf(a, c).digits);
      }),
      { numRuns: 10 },
    );
  });

  it('is compared without blanks, and whole', () => {
    const vector = vectors['alice-bob'] ?? assert.fail();
    const number = of(vector);
    for (const given of [number.text, number.digits, number.qrText, number.qrText.toLowerCase(), ` ${number.text}\n`]) {
      assert.isTrue(isSafetyNumber(number, given), given);
    }
    const half = number.digits.slice(0, 30);
    const other = of(vectors['alice-eve'] ?? assert.fail());
    for (const given of ['', half, half + half, `${number.digits}0`, other.digits, other.qrText]) {
      assert.isFalse(isSafetyNumber(number, given), given);
    }
  });

  it('survives a QR code', () => {
    const number = of(vectors['alice-bob'] ?? assert.fail());
    const bits = encodeQr(number.qrText, 'raw', { border: 4, scale: 4 });
    const height = bits.length;
    const data = Uint8Array.from(
      bits.flatMap((row) => row.flatMap((dark) => (dark ? [0, 0, 0, 255] : [255, 255, 255, 255]))),
    );
    assert.equal(decodeQr({ width: bits[0]?.length ?? 0, height, data }), number.qrText);
  });
});
