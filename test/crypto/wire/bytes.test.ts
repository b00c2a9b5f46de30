import { assert } from 'chai';
import fc from 'fast-check';
import {
  concatBytes,
  equalBytes,
  fromBase64Url,
  fromHex,
  fromUtf8,
  isZero,
  readUint16,
  readUint32,
  readUint64,
  toBase64Url,
  toHex,
  utf8,
  writeUint16,
  writeUint32,
  writeUint64,
} from '../../../crypto/wire/bytes.js';
import { lengthPrefixed, sha256, taggedHash } from '../../../crypto/wire/hash.js';
import { bytesOf, join, sha256Of, tagged, u32 } from '../../vectors/second.js';
import { refused } from './refused.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const SEED = { seed: 1 };

describe('bytes', () => {
  it('hex and base64url read back what they write', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        assert.deepEqual([...fromHex(toHex(value))], [...value]);
        assert.deepEqual([...fromBase64Url(toBase64Url(value))], [...value]);
        assert.equal(toHex(value), Buffer.from(value).toString('hex'));
        assert.equal(toBase64Url(value), Buffer.from(value).toString('base64url'));
      }),
      SEED,
    );
    const large = new Uint8Array(100_000).fill(0xfb);
    assert.equal(toBase64Url(large), Buffer.from(large).toString('base64url'));
  });

  it('hex has one spelling', () => {
    for (const text of ['0', '0G', 'AB', ' 00', '00 ', '0x00', 'é0']) refused(() => fromHex(text), 'encoding');
  });

  it('base64url has one spelling', () => {
    for (const text of ['A', 'AA=', 'AA==', 'A+', 'A/', 'AA\n', 'AB', 'AAB', '*A']) {
      refused(() => fromBase64Url(text), 'encoding');
    }
    assert.deepEqual([...fromBase64Url('AA')], [0]);
    assert.deepEqual([...fromBase64Url('')], []);
  });

  it('every text that is read as base64url is the one that would be written', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{0,9}$/), (text) => {
        try {
          assert.equal(toBase64Url(fromBase64Url(text)), text);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'encoding');
        }
      }),
      SEED,
    );
  });

  it('text is UTF-8 or refused, and a byte order mark stays', () => {
    for (const hex of ['ff', 'c0af', 'eda080', 'f4908080', 'e282', '80']) {
      refused(() => fromUtf8(fromHex(hex)), 'encoding');
    }
    assert.equal(fromUtf8(utf8('\ufeffä')), '\ufeffä');
  });

  it('integers are big-endian and read at any place', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), bytes, (n, before) => {
        const at = before.length;
        assert.equal(readUint64(concatBytes(before, writeUint64(n)), at), n);
        assert.equal(readUint32(concatBytes(before, writeUint32(n >>> 0)), at), n >>> 0);
        assert.equal(readUint16(concatBytes(before, writeUint16(n % 65_536)), at), n % 65_536);
      }),
      SEED,
    );
    assert.equal(toHex(writeUint64(0x0102030405)), '0000000102030405');
  });

  it('integers beyond the end or above 2^53 − 1 are refused', () => {
    refused(() => readUint16(new Uint8Array(1), 0), 'length');
    refused(() => readUint32(new Uint8Array(4), 1), 'length');
    refused(() => readUint32(new Uint8Array(4), -1), 'length');
    refused(() => readUint64(fromHex('0020000000000000'), 0), 'limits');
    assert.equal(readUint64(fromHex('001fffffffffffff'), 0), Number.MAX_SAFE_INTEGER);
  });

  it('are compared whole', () => {
    assert.isTrue(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
    assert.isFalse(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
    assert.isFalse(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0)));
    assert.isTrue(isZero(new Uint8Array(9)));
    assert.isFalse(isZero(Uint8Array.of(0, 0, 128)));
  });
});

describe('hash', () => {
  it('is SHA-256, and tagged as the specification writes it', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (parts) => {
        assert.equal(toHex(sha256(concatBytes(...parts))), toHex(sha256Of(join(...parts))));
        assert.equal(toHex(taggedHash('stmt', ...parts)), toHex(tagged('stmt', ...parts)));
      }),
      SEED,
    );
    assert.equal(toHex(lengthPrefixed(bytesOf('abc'))), toHex(join(u32(3), bytesOf('abc'))));
  });

  it('tells labels and boundaries apart', () => {
    const [a, b] = [utf8('a'), utf8('b')];
    const hashes = [
      taggedHash('x', a, b),
      taggedHash('x', concatBytes(a, b)),
      taggedHash('x', a, b, new Uint8Array(0)),
      taggedHash('y', a, b),
      taggedHash('x', b, a),
    ];
    assert.equal(new Set(hashes.map(toHex)).size, hashes.length);
  });
});
