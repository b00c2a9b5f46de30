import { assert } from 'chai';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../crypto/wire/bytes.js';
import {
  encodePairingOffer,
  encodePairingRequest,
  encodeSecretLink,
  parsePairingOffer,
  parsePairingRequest,
  parseSecretLink,
} from '../../../crypto/wire/pairing.js';
import { parseMailboxId } from '../../../crypto/wire/ids.js';
import {
  MAX_PAIRING_PLAIN_BYTES,
  NO_TRANSCRIPT,
  checkNumber,
  createHandOver,
  openHandOver,
  openPairingChannel,
  transcriptOf,
} from '../../../crypto/seal/pairing.js';
import { asSecret } from '../../../crypto/seal/secret.js';
import { kemKeyPair, ready } from '../../../crypto/seal/suite.js';
import { codeOf } from '../../support/codes.js';
import { fixed } from '../../vectors/second.js';
import {
  type AnyPairingVector,
  type HandOverVector,
  type PairingVector,
  generatePairingVectors,
} from '../../vectors/pairing/generate.js';
import { readVectors } from '../../vectors/vector-files.js';

describe('pairing', () => {
  before(ready);

  const secret = asSecret(fixed('s', 32));
  const channel = () => openPairingChannel(secret, 'https://relay.example');

  it('both sides have the same id, and neither id nor blobs tell the secret', () => {
    const [admin, device] = [channel(), channel()];
    assert.equal(toHex(admin.id), toHex(device.id));
    assert.notEqual(toHex(admin.id), toHex(secret));
    const place = { sender: 'admin', n: 0 } as const;
    const blob = admin.seal(place, NO_TRANSCRIPT, fixed('plain', 100));
    assert.equal(toHex(device.open(place, NO_TRANSCRIPT, blob)), toHex(fixed('plain', 100)));
    assert.notInclude(toHex(blob), toHex(fixed('plain', 100)).slice(0, 32));
  });

  it('sizes are padded: a blob tells no more of its length than the padding does', () => {
    const lengths = [0, 1, 100, 4092].map(
      (n) => channel().seal({ sender: 'device', n: 0 }, NO_TRANSCRIPT, new Uint8Array(n)).length,
    );
    assert.deepEqual(new Set(lengths).size, 1);
  });

  it('opens what was sealed, at its place and nowhere else', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 6000 }),
        fc.constantFrom('admin' as const, 'device' as const),
        fc.nat({ max: 63 }),
        fc.nat({ max: 63 }),
        (plain, sender, n, other) => {
          const one = channel();
          const transcript = transcriptOf(plain);
          const blob = one.seal({ sender, n }, transcript, plain);
          assert.equal(toHex(one.open({ sender, n }, transcript, blob)), toHex(plain));
          if (other !== n) assert.throws(() => one.open({ sender, n: other }, transcript, blob));
          const opposite = sender === 'admin' ? 'device' : 'admin';
          assert.throws(() => one.open({ sender: opposite, n }, transcript, blob));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('refuses more than a blob may hold, and whatever bytes come', async () => {
    const one = channel();
    const place = { sender: 'admin', n: 1 } as const;
    assert.doesNotThrow(() => one.seal(place, NO_TRANSCRIPT, new Uint8Array(MAX_PAIRING_PLAIN_BYTES)));
    const tooLong = new Uint8Array(MAX_PAIRING_PLAIN_BYTES + 1);
    assert.equal(await codeOf(() => one.seal(place, NO_TRANSCRIPT, tooLong)), 'limits');
    assert.isAtMost(one.seal(place, NO_TRANSCRIPT, tooLong.subarray(1)).length, 1024 * 1024);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.throws(() => one.open(place, NO_TRANSCRIPT, bytes));
      }),
    );
  });

  it('the digits are the same on both sides and others for other keys', () => {
    const transcript = transcriptOf(fixed('offer', 10), fixed('request', 10));
    assert.match(checkNumber(transcript), /^[0-9]{6}$/);
    assert.notEqual(checkNumber(transcript), checkNumber(transcriptOf(fixed('offer', 10), fixed('other', 10))));
  });

  it('whoever knows the secret afterwards does not open the hand-over without the device', async () => {
    const kemSeed = asSecret(fixed('kem', 32));
    const writer = await createHandOver(kemKeyPair(kemSeed).publicKey, NO_TRANSCRIPT);
    const pieces = [await writer.seal(fixed('a', 10)), await writer.seal(fixed('b', 10))];
    const reader = await openHandOver(kemSeed, NO_TRANSCRIPT, pieces[0] ?? assert.fail());
    assert.equal(toHex(await reader.open(pieces[0] ?? assert.fail())), toHex(fixed('a', 10)));
    assert.equal(toHex(await reader.open(pieces[1] ?? assert.fail())), toHex(fixed('b', 10)));
    assert.equal(await codeOf(() => openHandOver(secret, NO_TRANSCRIPT, pieces[0] ?? assert.fail())), 'open-failed');
  });

  it('a link has one form', () => {
    const link = {
      purpose: 'pair',
      origin: 'https://relay.example',
      mailboxId: parseMailboxId('ab'.repeat(32)),
      secret,
    } as const;
    const text = encodeSecretLink(link);
    assert.deepEqual(parseSecretLink(text), { ...link, secret: new Uint8Array(secret) });
    assert.deepEqual(parseSecretLink(`  ${text}\n`).purpose, 'pair');
    for (const wrong of [
      text.replace('https', 'ftp'),
      text.replace('/pair', '/other'),
      `${text}x`,
      text.slice(0, -1),
      text.replace('#', '?'),
      '',
    ]) {
      assert.throws(() => parseSecretLink(wrong), undefined, undefined, wrong);
    }
    fc.assert(
      fc.property(fc.string({ maxLength: 600 }), (other) => {
        assert.throws(() => parseSecretLink(other));
      }),
    );
  });

  describe('vectors', () => {
    const vectors = readVectors<AnyPairingVector>('pairing');

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generatePairingVectors());
    });

    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, async () => {
        const read = 'blob' in vector ? () => readBlob(vector) : () => readHandOver(vector);
        if (vector.expect === 'valid') await Promise.resolve(read());
        else assert.equal(await codeOf(read), vector.expect);
      });
    }

    function readBlob(vector: PairingVector): void {
      const one = openPairingChannel(asSecret(fromHex(vector.secret)), vector.origin);
      const plain = one.open(vector, fromHex(vector.transcript), fromHex(vector.blob));
      if (vector.form === 'offer') assert.equal(toHex(encodePairingOffer(parsePairingOffer(plain))), toHex(plain));
      if (vector.form === 'request')
        assert.equal(toHex(encodePairingRequest(parsePairingRequest(plain))), toHex(plain));
      if (vector.plain !== undefined) assert.equal(toHex(plain), vector.plain);
      if (vector.id !== undefined) assert.equal(toHex(one.id), vector.id);
      if (vector.check === undefined) return;
      const offer = fromHex((vectors['valid-offer'] as PairingVector).blob);
      assert.equal(checkNumber(transcriptOf(offer, fromHex(vector.blob))), vector.check);
    }

    async function readHandOver({ kemSeed, transcript, pieces, plains }: HandOverVector): Promise<void> {
      const bytes = pieces.map((piece) => fromHex(piece));
      const reader = await openHandOver(asSecret(fromHex(kemSeed)), fromHex(transcript), bytes[0] ?? assert.fail());
      const opened: string[] = [];
      for (const piece of bytes) opened.push(toHex(await reader.open(piece)));
      if (plains !== undefined) assert.deepEqual(opened, plains);
    }
  });
});
