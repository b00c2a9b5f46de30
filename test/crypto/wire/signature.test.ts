import { assert } from 'chai';
import fc from 'fast-check';
import { toHex } from '../../../crypto/wire/bytes.js';
import {
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  type SignatureLabel,
  signatureInput,
  verifySignature,
} from '../../../crypto/wire/signature.js';
import { bytesOf, fixed, join, signerOf, u32 } from '../../vectors/second.js';
import { altered, refused } from './refused.js';

const LABELS: readonly SignatureLabel[] = ['mailbox', 'device-pop', 'msg', 'tally', 'receipt', 'auth', 'relay'];
const alice = signerOf(fixed('alice', 32));
const PAYLOAD = bytesOf('payload');

describe('signature input', () => {
  it('is "bb1-sig" 00, then label and payload with their lengths', () => {
    const expected = join(bytesOf('bb1-sig\0'), u32(3), bytesOf('msg'), u32(7), PAYLOAD);
    assert.equal(toHex(signatureInput('msg', PAYLOAD)), toHex(expected));
  });

  it('is never the same for two labels or two payloads', () => {
    const label = fc.constantFrom(...LABELS);
    const payload = fc.uint8Array({ maxLength: 20 });
    fc.assert(
      fc.property(label, payload, label, payload, (l1, p1, l2, p2) => {
        const isSame = l1 === l2 && toHex(p1) === toHex(p2);
        assert.equal(toHex(signatureInput(l1, p1)) === toHex(signatureInput(l2, p2)), isSame);
      }),
      { numRuns: 300, seed: 13 },
    );
  });
});

describe('verifySignature', () => {
  const signature = alice.sign('msg', PAYLOAD);

  it('accepts what a second implementation signs, in the documented lengths', () => {
    assert.lengthOf(alice.publicKey, PUBLIC_KEY_BYTES);
    assert.lengthOf(signature, SIGNATURE_BYTES);
    verifySignature('msg', alice.publicKey, PAYLOAD, signature);
  });

  it('refuses every other length, and throws nothing else', () => {
    const { publicKey } = alice;
    for (const length of [0, 1, 64, 3309, SIGNATURE_BYTES - 1]) {
      refused(() => verifySignature('msg', publicKey, PAYLOAD, signature.subarray(0, length)), 'signature');
    }
    refused(() => verifySignature('msg', publicKey, PAYLOAD, join(signature, Uint8Array.of(0))), 'signature');
    for (const length of [0, 32, PUBLIC_KEY_BYTES - 1]) {
      refused(() => verifySignature('msg', publicKey.subarray(0, length), PAYLOAD, signature), 'signature');
    }
    refused(() => verifySignature('msg', new Uint8Array(PUBLIC_KEY_BYTES).fill(255), PAYLOAD, signature), 'signature');
  });

  it('needs the classical and the post-quantum half', () => {
    for (const at of [0, 40, 64, 2000, -1]) {
      refused(() => verifySignature('msg', alice.publicKey, PAYLOAD, altered(signature, at)), 'signature');
    }
    for (const at of [0, 31, 32, 1000]) {
      refused(() => verifySignature('msg', altered(alice.publicKey, at), PAYLOAD, signature), 'signature');
    }
  });
});
