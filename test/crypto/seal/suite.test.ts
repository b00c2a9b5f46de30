import { readFileSync } from 'node:fs';
import { createCipheriv, createHmac, hkdfSync } from 'node:crypto';
import { assert } from 'chai';
import fc from 'fast-check';
import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js';
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js';
import { fromHex, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import type * as suite from '../../../crypto/seal/suite.js';
import {
  KDF_BOUNDS,
  XCHACHA_MAX_BYTES,
  aesGcmKey,
  aesGcmOpen,
  aesGcmSeal,
  argon2id,
  ed25519KeyPair,
  ed25519Sign,
  hkdfExpandSha256,
  hkdfExtractSha256,
  hmacSha384,
  kemDecapsulate,
  kemEncapsulate,
  kemKeyPair,
  mlDsa65KeyPair,
  mlDsa65Sign,
  randomBytes,
  ready,
  wipe,
  xchachaOpen,
  xchachaSeal,
} from '../../../crypto/seal/suite.js';
import { nativeAesGcmKey } from '../../../crypto/seal/native.js';
import { itWithPublished, publishedVectors } from '../../vectors/vector-files.js';
import { assertRefused, assertRejected } from './refusals.js';

const SEED = new Uint8Array(32).fill(7);
const EMPTY = new Uint8Array(0);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

interface XwingVector {
  readonly seed: string;
  readonly eseed: string;
  readonly ss: string;
  readonly pk: string;
  readonly ct: string;
}

describe('suite: the primitives', () => {
  before(ready);

  it('throw until libsodium is ready', async () => {
    const again = new URL('../../../crypto/seal/suite.ts?again', import.meta.url).href;
    const fresh = (await import(again)) as typeof suite;
    // A second instance of the module has its own error class, so the code is read from the value.
    let code: unknown;
    try {
      fresh.kemKeyPair(SEED);
    } catch (error) {
      code = (error as { code?: unknown }).code;
    }
    assert.equal(code, 'not-ready');
    await fresh.ready();
    assert.lengthOf(fresh.kemKeyPair(SEED).publicKey, 1216);
  });

  describe('X-Wing', () => {
    itWithPublished('xwing.json', 'agrees with the published vectors', () => {
      const vectors = JSON.parse(readFileSync(publishedVectors('xwing.json'), 'utf8')) as XwingVector[];
      assert.lengthOf(vectors, 3);
      for (const vector of vectors) {
        assert.equal(toHex(kemKeyPair(fromHex(vector.seed)).publicKey), vector.pk);
        assert.equal(toHex(kemDecapsulate(fromHex(vector.ct), fromHex(vector.seed))), vector.ss);
        const second = ml_kem768_x25519.encapsulate(fromHex(vector.pk), fromHex(vector.eseed));
        assert.equal(toHex(second.cipherText), vector.ct);
        assert.equal(toHex(second.sharedSecret), vector.ss);
      }
    });

    it('agrees with a second implementation in both directions', () => {
      fc.assert(
        fc.property(bytes(32), bytes(64), (seed, randomness) => {
          const ours = kemKeyPair(seed);
          const theirs = ml_kem768_x25519.keygen(seed);
          assert.deepEqual([...ours.publicKey], [...theirs.publicKey]);
          const sent = kemEncapsulate(theirs.publicKey);
          assert.equal(toHex(ml_kem768_x25519.decapsulate(sent.enc, theirs.secretKey)), toHex(sent.sharedSecret));
          const received = ml_kem768_x25519.encapsulate(ours.publicKey, randomness);
          assert.equal(toHex(kemDecapsulate(received.cipherText, seed)), toHex(received.sharedSecret));
        }),
        { numRuns: 10, seed: 1 },
      );
    });

    it('uses the seed itself as secret key, in a copy', () => {
      const seed = SEED.slice();
      const { secretKey } = kemKeyPair(seed);
      wipe(seed);
      assert.deepEqual(secretKey, SEED);
    });

    it('gives an unrelated secret for a changed encapsulation', () => {
      const { enc, sharedSecret } = kemEncapsulate(kemKeyPair(SEED).publicKey);
      enc[3] = (enc[3] ?? 0) ^ 1;
      assert.notEqual(toHex(kemDecapsulate(enc, SEED)), toHex(sharedSecret));
    });

    it('refuses a public key whose ML-KEM coefficients are not reduced', () => {
      const publicKey = kemKeyPair(SEED).publicKey.fill(0xff, 0, 1184);
      assertRefused(() => kemEncapsulate(publicKey), 'key-invalid');
    });

    it('refuses a public key whose X25519 half has small order', () => {
      const publicKey = kemKeyPair(SEED).publicKey.fill(0, 1184);
      assertRefused(() => kemEncapsulate(publicKey), 'key-invalid');
    });

    it('refuses every other length', () => {
      const { publicKey } = kemKeyPair(SEED);
      for (const length of [0, 31, 33]) assertRefused(() => kemKeyPair(new Uint8Array(length)), 'key-invalid');
      for (const length of [1215, 1217]) assertRefused(() => kemEncapsulate(new Uint8Array(length)), 'key-invalid');
      const { enc } = kemEncapsulate(publicKey);
      assertRefused(() => kemDecapsulate(enc.subarray(1), SEED), 'open-failed');
      assertRefused(() => kemDecapsulate(enc, SEED.subarray(1)), 'key-invalid');
    });
  });

  describe('HKDF and HMAC', () => {
    it('agree with node:crypto', () => {
      fc.assert(
        fc.property(
          bytes(32),
          fc.uint8Array(),
          fc.uint8Array(),
          fc.integer({ min: 1, max: 300 }),
          (ikm, salt, info, n) => {
            const ours = hkdfExpandSha256(hkdfExtractSha256(salt, ikm), info, n);
            assert.equal(toHex(ours), toHex(new Uint8Array(hkdfSync('sha256', ikm, salt, info, n))));
            const mac = createHmac('sha384', ikm).update(info).digest();
            assert.equal(toHex(hmacSha384(ikm, info)), toHex(mac));
          },
        ),
        { seed: 2 },
      );
    });

    it('takes an info string as its UTF-8 bytes', () => {
      assert.deepEqual(hkdfExpandSha256(SEED, 'bb1/ü', 32), hkdfExpandSha256(SEED, utf8('bb1/ü'), 32));
    });

    it('refuses short keys and lengths beyond 255 blocks', () => {
      assertRefused(() => hkdfExpandSha256(SEED.subarray(1), 'x', 32), 'key-invalid');
      assert.lengthOf(hkdfExpandSha256(SEED, 'x', 8160), 8160);
      for (const length of [0, 8161, 1.5]) assertRefused(() => hkdfExpandSha256(SEED, 'x', length), 'limits');
    });
  });

  describe('XChaCha20-Poly1305', () => {
    const nonce = new Uint8Array(24).fill(9);

    it('opens what it sealed', () => {
      fc.assert(
        fc.property(bytes(32), bytes(24), fc.uint8Array(), fc.uint8Array(), (key, drawn, aad, plain) => {
          assert.deepEqual([...xchachaOpen(key, drawn, aad, xchachaSeal(key, drawn, aad, plain))], [...plain]);
        }),
        { seed: 3 },
      );
    });

    // draft-irtf-cfrg-xchacha-03, appendix A.3.1
    it('agrees with the published example', () => {
      const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i);
      const drawn = Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i);
      const plain = utf8(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
      );
      const sealed = toHex(xchachaSeal(key, drawn, fromHex('50515253c0c1c2c3c4c5c6c7'), plain));
      assert.equal(sealed.slice(0, 32), 'bd6d179d3e83d43b9576579493c0e939');
      assert.equal(sealed.slice(-32), 'c0875924c1c7987947deafd8780acf49');
    });

    it('refuses every flipped bit', () => {
      const sealed = xchachaSeal(SEED, nonce, utf8('aad'), utf8('plain'));
      for (let bit = 0; bit < sealed.length * 8; bit++) {
        const changed = sealed.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assertRefused(() => xchachaOpen(SEED, nonce, utf8('aad'), changed), 'open-failed');
      }
      assertRefused(() => xchachaOpen(SEED, nonce, utf8('aaD'), sealed), 'open-failed');
      assertRefused(() => xchachaOpen(SEED, nonce, utf8('aad'), sealed.subarray(0, 15)), 'open-failed');
    });

    it('refuses bulk and wrong lengths', () => {
      assertRefused(() => xchachaSeal(SEED, nonce, EMPTY, new Uint8Array(XCHACHA_MAX_BYTES + 1)), 'limits');
      assertRefused(() => xchachaSeal(SEED, nonce.subarray(1), EMPTY, EMPTY), 'limits');
      assertRefused(() => xchachaSeal(SEED.subarray(1), nonce, EMPTY, EMPTY), 'key-invalid');
    });
  });

  describe('AES-256-GCM', () => {
    const iv = new Uint8Array(12).fill(1);

    for (const by of ['best', 'web'] as const) {
      it(`agrees with node:crypto, by ${by === 'web' ? 'WebCrypto' : 'Node'}`, async () => {
        const cipher = createCipheriv('aes-256-gcm', SEED, iv).setAAD(utf8('aad'));
        const expected = Buffer.concat([cipher.update(utf8('plain')), cipher.final(), cipher.getAuthTag()]);
        const key = await nativeAesGcmKey(SEED, by);
        assert.equal(toHex(await aesGcmSeal(key, iv, utf8('aad'), utf8('plain'))), toHex(expected));
        assert.deepEqual(await aesGcmOpen(key, iv, utf8('aad'), expected), utf8('plain'));
        for (const at of [0, expected.length - 1]) {
          const changed = Uint8Array.from(expected);
          changed[at] = (changed[at] ?? 0) ^ 1;
          await assertRejected(() => aesGcmOpen(key, iv, utf8('aad'), changed), 'open-failed');
        }
        await assertRejected(() => aesGcmOpen(key, iv, utf8('aaD'), expected), 'open-failed');
      });
    }

    it('does not give its key back', async () => {
      const web = await nativeAesGcmKey(SEED, 'web');
      assert.isFalse(web.kind === 'web' && web.key.extractable);
      assert.notInclude(JSON.stringify(await aesGcmKey(SEED)), toHex(SEED));
    });

    it('writes where it is told, and refuses room of another length', async () => {
      const key = await aesGcmKey(SEED);
      const room = new Uint8Array(40);
      const sealed = await aesGcmSeal(key, iv, EMPTY, utf8('plain'), room.subarray(3, 24));
      assert.deepEqual(room.subarray(3, 24), sealed);
      assert.deepEqual([...room.subarray(0, 3), ...room.subarray(24)], new Array(19).fill(0));
      await assertRejected(() => aesGcmSeal(key, iv, EMPTY, utf8('plain'), room.subarray(0, 22)), 'limits');
    });

    it('refuses changed ciphertexts and wrong lengths', async () => {
      const key = await aesGcmKey(SEED);
      const sealed = await aesGcmSeal(key, iv, EMPTY, utf8('plain'));
      sealed[0] = (sealed[0] ?? 0) ^ 1;
      await assertRejected(() => aesGcmOpen(key, iv, EMPTY, sealed), 'open-failed');
      await assertRejected(() => aesGcmOpen(key, iv, EMPTY, sealed.subarray(0, 15)), 'open-failed');
      await assertRejected(() => aesGcmOpen(key, iv.subarray(1), EMPTY, sealed), 'open-failed');
      await assertRejected(() => aesGcmSeal(key, iv.subarray(1), EMPTY, sealed), 'limits');
      await assertRejected(() => aesGcmKey(SEED.subarray(1)), 'key-invalid');
    });
  });

  describe('Argon2id', () => {
    const { minOps, maxOps, minMemBytes, maxMemBytes } = KDF_BOUNDS;
    const salt = new Uint8Array(16).fill(4);

    it('agrees with a second implementation', function () {
      this.timeout(30_000);
      const passphrase = utf8('Röntgenbild 12');
      const ours = argon2id(passphrase, salt, { opsLimit: minOps, memBytes: minMemBytes });
      const theirs = nobleArgon2id(passphrase, salt, { t: minOps, m: minMemBytes / 1024, p: 1, dkLen: 32 });
      assert.equal(toHex(ours), toHex(theirs));
    });

    it('refuses costs outside the bounds before it takes memory', () => {
      const costs = [
        { opsLimit: minOps - 1, memBytes: minMemBytes },
        { opsLimit: maxOps + 1, memBytes: minMemBytes },
        { opsLimit: 2.5, memBytes: minMemBytes },
        { opsLimit: minOps, memBytes: minMemBytes - 1024 },
        { opsLimit: minOps, memBytes: minMemBytes + 1 },
        { opsLimit: minOps, memBytes: maxMemBytes + 1024 },
        { opsLimit: minOps, memBytes: Number.NaN },
      ];
      for (const cost of costs) assertRefused(() => argon2id(EMPTY, salt, cost), 'kdf-bounds');
    });

    it('refuses another salt length', () => {
      const cost = { opsLimit: minOps, memBytes: minMemBytes };
      assertRefused(() => argon2id(EMPTY, salt.subarray(1), cost), 'key-invalid');
    });
  });

  describe('signing keys and randomness', () => {
    it('refuse other lengths', () => {
      assertRefused(() => ed25519KeyPair(new Uint8Array(31)), 'key-invalid');
      assertRefused(() => ed25519Sign(new Uint8Array(32), EMPTY), 'key-invalid');
      assertRefused(() => mlDsa65KeyPair(new Uint8Array(33)), 'key-invalid');
      assertRefused(() => mlDsa65Sign(new Uint8Array(32), EMPTY, EMPTY), 'key-invalid');
      for (const length of [-1, 0.5, 65_537]) assertRefused(() => randomBytes(length), 'limits');
    });

    // RFC 8032 §7.1, test 2
    it('agrees with the published Ed25519 example', () => {
      const pair = ed25519KeyPair(fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'));
      assert.equal(toHex(pair.publicKey), '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
      const signature = toHex(ed25519Sign(pair.secretKey, Uint8Array.of(0x72)));
      assert.match(signature, /^92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da/);
    });

    it('draws different bytes each time', () => {
      assert.notDeepEqual(randomBytes(32), randomBytes(32));
      assert.lengthOf(randomBytes(0), 0);
    });
  });
});
