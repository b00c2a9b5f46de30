import { assert } from 'chai';
import fc from 'fast-check';
import { fromBase64Url, fromHex, toHex } from '../../../crypto/wire/bytes.js';
import {
  deviceIdFrom,
  mailboxIdFrom,
  parseDeviceId,
  parseMailboxId,
  parsePayloadId,
  payloadIdFrom,
} from '../../../crypto/wire/ids.js';
import { TALLY_WIRE_BYTES, type TallyBody, type TallyStatus, encodeTallyBody } from '../../../crypto/wire/tally.js';
import { asSecret } from '../../../crypto/seal/secret.js';
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { ready } from '../../../crypto/seal/suite.js';
import { assertTallyFollows, openTally, sealTally } from '../../../crypto/seal/tally.js';
import { fixed } from '../../vectors/second.js';
import { type TallyVector, generateTallyVectors } from '../../vectors/tally/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { START_MS } from '../../vectors/world.js';
import { altered } from '../wire/refused.js';
import { assertRefused } from './refusals.js';

const SECRET = asSecret(fixed('payload secret', 32));
const PAYLOAD_ID = payloadIdFrom(fixed('payload id', 32));
const ALICE = { mailboxId: mailboxIdFrom(fixed('alice', 32)), deviceId: deviceIdFrom(fixed('a1', 16)) };
const BOB = { mailboxId: mailboxIdFrom(fixed('bob', 32)), deviceId: deviceIdFrom(fixed('b1', 16)) };

function tallyOf(change: Partial<TallyBody> = {}): TallyBody {
  return {
    payloadId: PAYLOAD_ID,
    seq: 1,
    segments: 4,
    root: fixed('root of 4', 32),
    status: 'open',
    totalBytes: null,
    newestManifest: null,
    timeMs: START_MS,
    ...ALICE,
    ...change,
  };
}

describe('tally', () => {
  let key: SigningKey;
  let eve: SigningKey;

  before(async () => {
    await ready();
    key = signingKeyFromSeed(fixed('alice/a1', 32));
    eve = signingKeyFromSeed(fixed('eve', 32));
  });

  const open = (wire: Uint8Array, secret = SECRET, payloadId = PAYLOAD_ID): TallyBody =>
    openTally(secret, payloadId, wire, { ...ALICE, sigKey: key.publicKey });

  it('opens for whoever holds the payload secret, and has one size whatever it says', () => {
    const statuses = fc.constantFrom<TallyStatus>('open', 'final', 'aborted');
    fc.assert(
      fc.property(statuses, fc.integer({ min: 1, max: 2 ** 40 }), fc.maxSafeNat(), (status, n, total) => {
        const newestManifest = n % 2 === 0 ? null : { offset: total, length: n, sha256: fixed('manifest', 32) };
        const totalBytes = status === 'final' ? total : null;
        const tally = tallyOf({ status, seq: n, segments: n, totalBytes, newestManifest });
        const wire = sealTally(SECRET, tally, key);
        assert.lengthOf(wire, TALLY_WIRE_BYTES);
        assert.deepEqual(open(wire), tally);
      }),
      { numRuns: 15, seed: 18 },
    );
  });

  it('sealed twice has two nonces', () => {
    const nonces = Array.from({ length: 5 }, () => toHex(sealTally(SECRET, tallyOf(), key).subarray(0, 24)));
    assert.equal(new Set(nonces).size, 5);
  });

  it('does not open with a flipped bit, wherever it stands', () => {
    const wire = sealTally(SECRET, tallyOf(), key);
    for (let at = 0; at < wire.length; at += at < 64 || at > wire.length - 32 ? 1 : 131) {
      assertRefused(() => open(altered(wire, at, 1 << (at & 7))), 'tally-invalid');
    }
    for (const length of [0, 24, 40, TALLY_WIRE_BYTES - 1])
      assertRefused(() => open(wire.subarray(0, length)), 'tally-invalid');
    assertRefused(() => open(new Uint8Array(TALLY_WIRE_BYTES + 1)), 'tally-invalid');
  });

  it('counts from its one signer only (invariant 16)', () => {
    const byCoRecipient = sealTally(SECRET, tallyOf(BOB), eve);
    assert.doesNotThrow(() => openTally(SECRET, PAYLOAD_ID, byCoRecipient, { ...BOB, sigKey: eve.publicKey }));
    assertRefused(() => open(byCoRecipient), 'tally-invalid');
    assertRefused(() => open(sealTally(SECRET, tallyOf(), eve)), 'tally-invalid');
    assertRefused(() => open(sealTally(SECRET, tallyOf(BOB), key)), 'tally-invalid');
    assertRefused(() => open(sealTally(SECRET, tallyOf({ deviceId: BOB.deviceId }), key)), 'tally-invalid');
  });

  it('of another payload does not count here', () => {
    const other = payloadIdFrom(fixed('other', 32));
    const wire = sealTally(SECRET, tallyOf({ payloadId: other }), key);
    assertRefused(() => open(wire), 'tally-invalid');
    assert.equal(open(wire, SECRET, other).payloadId, other);
    assertRefused(() => open(sealTally(SECRET, tallyOf(), key), asSecret(fixed('other', 32))), 'tally-invalid');
  });

  describe('after another', () => {
    const root5 = fixed('root of 5', 32);
    const last = tallyOf({ seq: 7 });
    const final = { status: 'final', totalBytes: 4096 } as const;

    const allowed: readonly (readonly [string, TallyBody, TallyBody])[] = [
      ['the very same again', last, tallyOf({ seq: 7 })],
      ['more segments', last, tallyOf({ seq: 8, segments: 5, root: root5 })],
      ['the same segments, later', last, tallyOf({ seq: 8, timeMs: START_MS + 1 })],
      ['a number left out', last, tallyOf({ seq: 99, segments: 5, root: root5 })],
      ['final over the same segments', last, tallyOf({ seq: 8, ...final })],
      ['aborted over the same segments', last, tallyOf({ seq: 8, status: 'aborted' })],
      ['the same final again', tallyOf({ ...final }), tallyOf({ ...final })],
    ];
    for (const [name, before, next] of allowed) {
      it(`${name} may follow`, () => assertTallyFollows(before, next));
    }

    const refused: readonly (readonly [string, TallyBody, TallyBody])[] = [
      ['a smaller number', last, tallyOf({ seq: 6 })],
      ['a smaller number with more segments', last, tallyOf({ seq: 6, segments: 5, root: root5 })],
      ['fewer segments', last, tallyOf({ seq: 8, segments: 3, root: root5 })],
      ['no segments at all', last, tallyOf({ seq: 8, segments: 0, status: 'aborted' })],
      ['another root of the same segments', last, tallyOf({ seq: 8, root: root5 })],
      ['another final root of the same segments', last, tallyOf({ seq: 8, root: root5, ...final })],
      ['more segments under the same number', last, tallyOf({ seq: 7, segments: 5, root: root5 })],
      ['another root under the same number', last, tallyOf({ seq: 7, root: root5 })],
      ['another time under the same number', last, tallyOf({ seq: 7, timeMs: START_MS + 1 })],
      ['another status under the same number', last, tallyOf({ seq: 7, ...final })],
      ['open after final', tallyOf({ ...final }), tallyOf({ seq: 2 })],
      ['final after final', tallyOf({ ...final }), tallyOf({ seq: 2, ...final })],
      ['another total after final', tallyOf({ ...final }), tallyOf({ ...final, totalBytes: 8192 })],
      ['aborted after final', tallyOf({ ...final }), tallyOf({ seq: 2, status: 'aborted' })],
      ['open after aborted', tallyOf({ status: 'aborted' }), tallyOf({ seq: 2 })],
      ['final after aborted', tallyOf({ status: 'aborted' }), tallyOf({ seq: 2, ...final })],
    ];
    for (const [name, before, next] of refused) {
      it(`${name} contradicts`, () => assertRefused(() => assertTallyFollows(before, next), 'tally-contradiction'));
    }

    it('numbers and counts that only grow never contradict, and going back always does', () => {
      const step = fc.record({ seq: fc.integer({ min: 1, max: 3 }), segments: fc.nat({ max: 3 }) });
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
          let current = tallyOf();
          for (const { seq, segments } of steps) {
            const count = current.segments + segments;
            const next = tallyOf({ seq: current.seq + seq, segments: count, root: fixed(`root of ${count}`, 32) });
            assertTallyFollows(current, next);
            assertRefused(() => assertTallyFollows(next, current), 'tally-contradiction');
            current = next;
          }
        }),
        { numRuns: 50, seed: 19 },
      );
    });
  });

  describe('vectors', () => {
    const vectors = readVectors<TallyVector>('tally');

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateTallyVectors());
    });

    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, () => {
        const { mailboxId, deviceId, sigKey } = vector.signer;
        const signer = {
          mailboxId: parseMailboxId(mailboxId),
          deviceId: parseDeviceId(deviceId),
          sigKey: fromBase64Url(sigKey),
        };
        const wire = fromBase64Url(vector.wire);
        const verify = () =>
          openTally(asSecret(fromHex(vector.secret)), parsePayloadId(vector.payloadId), wire, signer);
        if (vector.expect !== 'valid') {
          assertRefused(verify, 'tally-invalid');
          return;
        }
        const tally = verify();
        assert.equal(toHex(encodeTallyBody(tally)), vector.body);
        const { seq, segments, root, status, totalBytes } = vector;
        assert.deepEqual(
          [tally.seq, tally.segments, toHex(tally.root), tally.status, tally.totalBytes],
          [seq, segments, root, status, totalBytes],
        );
      });
    }
  });
});
