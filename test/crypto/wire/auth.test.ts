import { assert } from 'chai';
import fc from 'fast-check';
import { toHex } from '../../../crypto/wire/bytes.js';
import { encodeAuth, parseAuth } from '../../../crypto/wire/auth.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { deviceIdFrom, mailboxIdFrom } from '../../../crypto/wire/ids.js';
import { verifySignature } from '../../../crypto/wire/signature.js';
import { type Fields, bytesOf, cborFields, fixed, join, signerOf } from '../../vectors/second.js';
import { refused } from './refused.js';

const FIELDS: Fields = {
  1: 'https://relay.example',
  2: fixed('nonce', 32),
  3: fixed('mailbox', 32),
  4: fixed('device', 16),
  5: 1_772_438_400_000,
};

describe('auth statement', () => {
  it('comes back as it was written', () => {
    const origins = fc.string({ unit: 'grapheme-ascii', maxLength: 60 });
    const ids = fc.tuple(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(origins, ids, fc.maxSafeNat(), (origin, [nonce, mailbox, device], timeMs) => {
        const auth = { origin, nonce, mailboxId: mailboxIdFrom(mailbox), deviceId: deviceIdFrom(device), timeMs };
        assert.deepEqual(parseAuth(encodeAuth(auth)), auth);
        const written = cborFields({ 1: origin, 2: nonce, 3: mailbox, 4: device, 5: timeMs });
        assert.equal(toHex(encodeAuth(auth)), toHex(written));
      }),
      { numRuns: 100, seed: 14 },
    );
  });

  it('has these fields and no others', () => {
    const wrong: readonly (readonly [Fields, WireErrorCode])[] = [
      [{ 1: 'x'.repeat(513) }, 'shape'],
      [{ 1: bytesOf('https://relay.example') }, 'shape'],
      [{ 2: fixed('nonce', 31) }, 'shape'],
      [{ 3: fixed('mailbox', 16) }, 'length'],
      [{ 4: fixed('device', 32) }, 'length'],
      [{ 5: -1 }, 'shape'],
      [{ 5: null }, 'shape'],
      [{ 6: 0 }, 'shape'],
    ];
    for (const [change, code] of wrong) refused(() => parseAuth(cborFields({ ...FIELDS, ...change })), code);
    refused(() => parseAuth(join(cborFields(FIELDS), Uint8Array.of(0))), 'length');
    refused(() => parseAuth(new Uint8Array(1025)), 'limits');
  });

  it('signed for one relay or one nonce is good for no other', () => {
    const key = signerOf(fixed('device key', 32));
    const signature = key.sign('auth', cborFields(FIELDS));
    verifySignature('auth', key.publicKey, cborFields(FIELDS), signature);
    for (const change of [{ 1: 'https://eve.example' }, { 2: fixed('other nonce', 32) }]) {
      const passedOn = cborFields({ ...FIELDS, ...change });
      refused(() => verifySignature('auth', key.publicKey, passedOn, signature), 'signature');
    }
  });
});
