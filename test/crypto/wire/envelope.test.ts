import { assert } from 'chai';
import fc from 'fast-check';
import { concatBytes, toHex } from '../../../crypto/wire/bytes.js';
import {
  MAX_ENVELOPE_BYTES,
  encodeEnvelopePrefix,
  envelopeInfo,
  kemKeyHintOf,
  kemKeyIdOf,
  parseEnvelope,
} from '../../../crypto/wire/envelope.js';
import { kemKeyIdFrom, mailboxIdFrom } from '../../../crypto/wire/ids.js';
import { SUITE, assertSuite } from '../../../crypto/wire/suite.js';
import { bytesOf, fixed, join, tagged, u16 } from '../../vectors/second.js';
import { altered, refused } from './refused.js';

const KEM_KEY_ID = kemKeyIdFrom(fixed('kem key id', 32));
const ENC = fixed('enc', 1120);
const COMMITMENT = fixed('commitment', 32);
const MIN_BYTES = 18 + 1120 + 32 + 4096 + 16;

function envelopeOf(ciphertextBytes: number): Uint8Array {
  return concatBytes(encodeEnvelopePrefix(KEM_KEY_ID, ENC, COMMITMENT), new Uint8Array(ciphertextBytes).fill(7));
}

describe('envelope frame', () => {
  it('comes apart as it was put together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4112, max: 9000 }), (length) => {
        const bytes = envelopeOf(length);
        const frame = parseEnvelope(bytes);
        assert.equal(frame.suite, 1);
        assert.equal(frame.kemKeyHint, KEM_KEY_ID.slice(0, 16));
        assert.equal(frame.kemKeyHint, kemKeyHintOf(KEM_KEY_ID));
        assert.equal(toHex(frame.enc), toHex(ENC));
        assert.equal(toHex(frame.commitment), toHex(COMMITMENT));
        assert.lengthOf(frame.ciphertext, length);
        assert.equal(toHex(concatBytes(frame.aad, frame.ciphertext)), toHex(bytes));
      }),
      { numRuns: 30, seed: 12 },
    );
  });

  it('has 5,282 bytes at least and 4 MiB at most', () => {
    assert.lengthOf(parseEnvelope(envelopeOf(4112)).aad, 1170);
    assert.equal(MIN_BYTES, 5282);
    refused(() => parseEnvelope(envelopeOf(4111)), 'length');
    refused(() => parseEnvelope(new Uint8Array(0)), 'length');
    assert.doesNotThrow(() => parseEnvelope(envelopeOf(MAX_ENVELOPE_BYTES - 1170)));
    refused(() => parseEnvelope(envelopeOf(MAX_ENVELOPE_BYTES - 1169)), 'limits');
  });

  it('has one magic and one suite', () => {
    const bytes = envelopeOf(4112);
    for (let i = 0; i < 8; i++) refused(() => parseEnvelope(altered(bytes, i)), 'magic');
    for (const mask of [1, 3, 2, 0x80]) refused(() => parseEnvelope(altered(bytes, 9, mask)), 'suite');
    refused(() => parseEnvelope(altered(bytes, 8)), 'suite');
  });

  it('accepts suite 0x0001 alone', () => {
    assert.equal(assertSuite(1), SUITE);
    for (const suite of [0, 2, 3, 0x0100, 0xffff]) refused(() => assertSuite(suite), 'suite');
  });

  it('names key and info as the specification writes them', () => {
    const [publicKey, mailbox] = [fixed('public key', 1216), fixed('mailbox', 32)];
    assert.equal(kemKeyIdOf(publicKey), toHex(tagged('kem', publicKey)));
    const info = join(bytesOf('bb1/env\0'), u16(1), mailbox, fixed('kem key id', 32));
    assert.equal(toHex(envelopeInfo(mailboxIdFrom(mailbox), KEM_KEY_ID)), toHex(info));
  });
});
