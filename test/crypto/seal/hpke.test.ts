import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { assert } from 'chai';
import fc from 'fast-check';
import { fromHex, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { type SealErrorCode } from '../../../crypto/seal/error.js';
import { setupReceiver, setupSender } from '../../../crypto/seal/hpke.js';
import { kemKeyPair, ready } from '../../../crypto/seal/suite.js';
import { readVectors } from '../../vectors/vector-files.js';
import { type HpkeVector, generateHpkeVectors } from '../../vectors/hpke/generate.js';
import { assertRefused, assertRejected } from './refusals.js';

const SEED = new Uint8Array(32).fill(5);
const INFO = utf8('bb1/env\0');
const AAD = utf8('aad');
const EMPTY = new Uint8Array(0);
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const short = fc.uint8Array({ maxLength: 64 });
/** Long enough that the exporter's HKDF needs several blocks. */
const EXPORT_BYTES = 77;

const second = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const buffer = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer;

describe('hpke: RFC 9180 base mode with X-Wing', () => {
  before(ready);

  const pair = async (info = INFO) => {
    const sender = await setupSender(kemKeyPair(SEED).publicKey, info);
    return { sender, receiver: await setupReceiver(SEED, sender.enc, info) };
  };

  it('opens what it sealed, message by message, and exports the same secrets', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, short, short, fc.array(short, { maxLength: 4 }), async (seed, info, aad, plains) => {
        const sender = await setupSender(kemKeyPair(seed).publicKey, info);
        const receiver = await setupReceiver(seed, sender.enc, info);
        for (const plain of plains) {
          assert.equal(toHex(await receiver.open(aad, await sender.seal(aad, plain))), toHex(plain));
        }
        assert.deepEqual(receiver.export(aad, EXPORT_BYTES), sender.export(aad, EXPORT_BYTES));
      }),
      { numRuns: 20, seed: 5 },
    );
  });

  it('is opened by a second implementation', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, short, short, short, async (seed, info, aad, plain) => {
        const recipientKey = await second.kem.importKey('raw', buffer(seed), false);
        const sender = await setupSender(kemKeyPair(seed).publicKey, info);
        const enc = buffer(sender.enc);
        const receiver = await second.createRecipientContext({ recipientKey, enc, info: buffer(info) });
        for (let i = 0; i < 3; i++) {
          const opened = await receiver.open(buffer(await sender.seal(aad, plain)), buffer(aad));
          assert.equal(toHex(new Uint8Array(opened)), toHex(plain));
        }
        const exported = await receiver.export(buffer(aad), EXPORT_BYTES);
        assert.equal(toHex(new Uint8Array(exported)), toHex(sender.export(aad, EXPORT_BYTES)));
      }),
      { numRuns: 10, seed: 6 },
    );
  });

  it('opens what a second implementation sealed', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, short, short, short, async (seed, info, aad, plain) => {
        const publicKey = await second.kem.deserializePublicKey(buffer(kemKeyPair(seed).publicKey));
        const sender = await second.createSenderContext({ recipientPublicKey: publicKey, info: buffer(info) });
        const receiver = await setupReceiver(seed, new Uint8Array(sender.enc), info);
        for (let i = 0; i < 3; i++) {
          const sealed = new Uint8Array(await sender.seal(buffer(plain), buffer(aad)));
          assert.equal(toHex(await receiver.open(aad, sealed)), toHex(plain));
        }
        const exported = await sender.export(buffer(aad), EXPORT_BYTES);
        assert.equal(toHex(new Uint8Array(exported)), toHex(receiver.export(aad, EXPORT_BYTES)));
      }),
      { numRuns: 10, seed: 7 },
    );
  });

  it('draws a new encapsulation for each message', async () => {
    const [first, other] = [await pair(), await pair()];
    assert.notDeepEqual(first.sender.enc, other.sender.enc);
    assert.notDeepEqual(first.sender.export(EMPTY, 32), other.sender.export(EMPTY, 32));
  });

  it('counts messages sealed in parallel apart', async () => {
    const { sender, receiver } = await pair();
    const sealed = await Promise.all([0, 1, 2].map((n) => sender.seal(AAD, Uint8Array.of(n))));
    for (const [n, message] of sealed.entries()) assert.deepEqual(await receiver.open(AAD, message), Uint8Array.of(n));
  });

  it('still opens the due message after a forged one was refused', async () => {
    const { sender, receiver } = await pair();
    const sealed = await sender.seal(AAD, utf8('plain'));
    await assertRejected(() => receiver.open(AAD, new Uint8Array(40)), 'open-failed');
    assert.deepEqual(await receiver.open(AAD, sealed), utf8('plain'));
  });

  it('refuses a message a second time', async () => {
    const { sender, receiver } = await pair();
    const sealed = await sender.seal(AAD, utf8('plain'));
    await receiver.open(AAD, sealed);
    await assertRejected(() => receiver.open(AAD, sealed), 'open-failed');
  });

  it('exports unrelated secrets for other contexts and lengths', async () => {
    const { sender } = await pair();
    const long = sender.export(utf8('bb1/commit'), 64);
    assert.notDeepEqual(sender.export(utf8('bb1/commit'), 32), long.slice(0, 32));
    assert.notDeepEqual(sender.export(utf8('bb1/other'), 64), long);
  });

  it('exports nothing after it was closed', async () => {
    const { sender, receiver } = await pair();
    sender.close();
    receiver.close();
    assertRefused(() => sender.export(EMPTY, 32), 'key-invalid');
    assertRefused(() => receiver.export(EMPTY, 32), 'key-invalid');
  });

  it('refuses keys, encapsulations and strings of the wrong length', async () => {
    const { sender } = await pair();
    await assertRejected(() => setupSender(new Uint8Array(1215), INFO), 'key-invalid');
    await assertRejected(() => setupReceiver(SEED, sender.enc.subarray(1), INFO), 'open-failed');
    await assertRejected(() => setupReceiver(SEED.subarray(1), sender.enc, INFO), 'key-invalid');
    await assertRejected(() => pair(new Uint8Array(1025)), 'limits');
    assertRefused(() => sender.export(new Uint8Array(1025), 32), 'limits');
  });

  describe('vectors', () => {
    const vectors = readVectors<HpkeVector>('hpke');

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateHpkeVectors());
    });

    const openAll = async (vector: HpkeVector): Promise<void> => {
      const receiver = await setupReceiver(fromHex(vector.seed), fromHex(vector.enc), fromHex(vector.info));
      for (const { aad, plain, sealed } of vector.messages) {
        assert.equal(toHex(await receiver.open(fromHex(aad), fromHex(sealed))), plain);
      }
      assert.equal(toHex(receiver.export(fromHex(vector.exporterContext), 32)), vector.exported);
      assert.equal(toHex(kemKeyPair(fromHex(vector.seed)).publicKey), vector.publicKey);
    };

    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, async () => {
        if (vector.expect === 'valid') return openAll(vector);
        await assertRejected(() => openAll(vector), vector.expect as SealErrorCode);
      });
    }

    it('give another exported secret whenever seed, info or encapsulation differ', async () => {
      for (const name of ['wrong-seed', 'wrong-info', 'enc-ml-kem-flipped', 'enc-x25519-flipped']) {
        const vector = vectors[name];
        assert(vector);
        const receiver = await setupReceiver(fromHex(vector.seed), fromHex(vector.enc), fromHex(vector.info));
        assert.notEqual(toHex(receiver.export(fromHex(vector.exporterContext), 32)), vector.exported);
      }
    });
  });
});
