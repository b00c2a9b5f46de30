import { assert } from 'chai';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { WireError } from '../../../crypto/wire/error.js';
import {
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  type SignatureLabel,
  verifySignature,
} from '../../../crypto/wire/signature.js';
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { ready } from '../../../crypto/seal/suite.js';
import { readVectors } from '../../vectors/vector-files.js';
import { type SignatureVector, generateSignatureVectors } from '../../vectors/signature/generate.js';
import { assertRefused } from './refusals.js';

const LABELS: readonly SignatureLabel[] = [
  'mailbox',
  'device-pop',
  'msg',
  'tally',
  'receipt',
  'attest',
  'auth',
  'withdraw',
  'pairing',
  'relay',
];

function assertNotVerified(action: () => void): void {
  try {
    action();
  } catch (error) {
    assert.instanceOf(error, WireError);
    assert.equal((error as WireError).code, 'signature');
    return;
  }
  assert.fail('the signature was accepted');
}

describe('sign: composite signatures', () => {
  let alice: SigningKey;
  let eve: SigningKey;
  const payload = utf8('three instances of one study');

  before(async () => {
    await ready();
    alice = signingKeyFromSeed(new Uint8Array(32).fill(1));
    eve = signingKeyFromSeed(new Uint8Array(32).fill(2));
  });

  it('verify under their own label, key and payload', () => {
    for (const label of LABELS) {
      const signature = alice.sign(label, payload);
      assert.lengthOf(signature, SIGNATURE_BYTES);
      verifySignature(label, alice.publicKey, payload, signature);
    }
    assert.lengthOf(alice.publicKey, PUBLIC_KEY_BYTES);
  });

  it('verify under no other label', () => {
    const signature = alice.sign('msg', payload);
    for (const label of LABELS.filter((other) => other !== 'msg')) {
      assertNotVerified(() => verifySignature(label, alice.publicKey, payload, signature));
    }
  });

  it('verify for no other payload', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }), (signed, shown) => {
        fc.pre(toHex(signed) !== toHex(shown));
        const signature = alice.sign('msg', signed);
        verifySignature('msg', alice.publicKey, signed, signature);
        assertNotVerified(() => verifySignature('msg', alice.publicKey, shown, signature));
      }),
      { numRuns: 10, seed: 4 },
    );
  });

  it('need both halves', () => {
    const [own, foreign] = [alice.sign('msg', payload), eve.sign('msg', payload)];
    const forged = [
      own.subarray(64),
      own.subarray(0, 64),
      concatBytes(new Uint8Array(64), own.subarray(64)),
      concatBytes(own.subarray(0, 64), new Uint8Array(3309)),
      concatBytes(foreign.subarray(0, 64), own.subarray(64)),
      concatBytes(own.subarray(0, 64), foreign.subarray(64)),
    ];
    for (const signature of forged) {
      assertNotVerified(() => verifySignature('msg', alice.publicKey, payload, signature));
    }
  });

  it('verify under no mixture of two public keys', () => {
    const signature = alice.sign('msg', payload);
    const mixed = concatBytes(alice.publicKey.subarray(0, 32), eve.publicKey.subarray(32));
    for (const key of [eve.publicKey, mixed]) assertNotVerified(() => verifySignature('msg', key, payload, signature));
  });

  it('do not survive a flipped bit in either half', () => {
    const signature = alice.sign('msg', payload);
    const positions = [0, 31, 32, 63, 64, 64 + 47, 64 + 48, 1700, 3300, SIGNATURE_BYTES - 1];
    for (const position of positions) {
      const changed = signature.slice();
      changed[position] = (changed[position] ?? 0) ^ 0x10;
      assertNotVerified(() => verifySignature('msg', alice.publicKey, payload, changed));
    }
  });

  it('come from a key that the seed alone determines', () => {
    const again = signingKeyFromSeed(new Uint8Array(32).fill(1));
    assert.deepEqual(again.publicKey, alice.publicKey);
    verifySignature('tally', alice.publicKey, payload, again.sign('tally', payload));
  });

  it('cannot be made with a closed key or a seed of another length', () => {
    const closed = signingKeyFromSeed(new Uint8Array(32).fill(3));
    closed.close();
    assertRefused(() => closed.sign('msg', payload), 'key-invalid');
    for (const length of [0, 31, 33, 64])
      assertRefused(() => signingKeyFromSeed(new Uint8Array(length)), 'key-invalid');
  });

  describe('vectors', () => {
    const vectors = readVectors<SignatureVector>('signature');

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateSignatureVectors());
    });

    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, () => {
        const { label } = vector;
        const [publicKey, signed, signature] = [vector.publicKey, vector.payload, vector.signature].map(fromHex);
        assert(publicKey && signed && signature);
        if (vector.expect !== 'valid') {
          assertNotVerified(() => verifySignature(label, publicKey, signed, signature));
          return;
        }
        verifySignature(label, publicKey, signed, signature);
        const key = signingKeyFromSeed(fromHex(vector.seed));
        assert.equal(toHex(key.publicKey), vector.publicKey);
        assert.equal(toHex(key.sign(label, signed).subarray(0, 64)), vector.signature.slice(0, 128));
      });
    }
  });
});
