import { assert } from 'chai';
import fc from 'fast-check';
import { fromBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import { type ChainState, deviceAt, extendChain, isDeviceValid, startChain } from '../../../crypto/wire/chain.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { deviceIdFrom } from '../../../crypto/wire/ids.js';
import { encodeNewIdentityPart, encodeSignedPart, parseStatement } from '../../../crypto/wire/statement.js';
import { type Cast, type RenewalVector, castOf, generateRenewalVectors } from '../../vectors/renewal/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { START_MS, world } from '../../vectors/world.js';
import { altered, refused } from './refused.js';

describe('keys that replace keys', () => {
  const vectors = readVectors<RenewalVector>('renewal');
  const renewed = (vectors['valid']?.statements ?? []).map((text) => fromBase64Url(text));
  let cast: Cast;
  let statements: Uint8Array[];
  let states: ChainState[];
  const after = (seq: number): ChainState => states[seq - 1] ?? assert.fail('no such statement');

  before(async () => {
    cast = castOf(await world());
    statements = [...cast.w.aliceChain, ...renewed];
    states = [];
    for (const bytes of statements) {
      const last = states.at(-1);
      states.push(last === undefined ? startChain(bytes) : extendChain(last, bytes));
    }
  });

  it('a device that renews stays the same device, and each signature is judged by the key of its time', () => {
    const id = deviceIdFrom(cast.w.a1.deviceId);
    assert.equal(toHex(deviceAt(after(8), id, 7)?.sigKey ?? assert.fail()), toHex(cast.w.a1.key.publicKey));
    assert.equal(toHex(deviceAt(after(8), id, 8)?.sigKey ?? assert.fail()), toHex(cast.renewed.key.publicKey));
    assert.equal(toHex(deviceAt(after(8), id, 8)?.kemKey ?? assert.fail()), toHex(cast.renewed.kemKey));
    assert.deepEqual(
      after(8)
        .devices.get(id)
        ?.keys.map(({ sinceSeq, sinceMs }) => [sinceSeq, sinceMs]),
      [
        [2, START_MS + 3_600_000],
        [8, START_MS + 7 * 3_600_000],
      ],
    );
    assert.isNull(deviceAt(after(8), id, 1));
    assert.equal(after(8).epoch?.n, 3, 'a renewal ends no epoch');
  });

  it('who administrates is told by the chain: the first device, those marked, the one of a recovery', () => {
    const admins = (state: ChainState) =>
      [...state.devices.values()].filter(({ isAdmin }) => isAdmin).map(({ deviceId }) => deviceId);
    const [a1, a3, a4] = [cast.w.a1, cast.a3, cast.a4].map(({ deviceId }) => deviceIdFrom(deviceId));
    assert.deepEqual(admins(after(7)), [a1]);
    assert.deepEqual(admins(after(9)), [a1, a3]);
    assert.deepEqual(admins(after(12)), [a1, a3, a4]);
  });

  it('a new identity is in force from its statement on, and devices and epoch stay', () => {
    assert.equal(toHex(after(10).identityKey), toHex(cast.identity2.publicKey));
    assert.deepEqual(
      [...(after(10).identityBoxes?.boxes.keys() ?? [])],
      [cast.w.a1, cast.a3].map((device) => deviceIdFrom(device.deviceId)),
    );
    assert.equal(after(10).epoch, after(9).epoch);
  });

  it('a recovery ends every device and the epoch, and begins with new keys of every kind', () => {
    const [a1, a4] = [cast.w.a1, cast.a4].map((device) => deviceIdFrom(device.deviceId));
    assert(a1 && a4);
    const state = after(12);
    assert.isNull(state.epoch);
    assert.deepEqual(
      [isDeviceValid(state, a1, 11), isDeviceValid(state, a1), isDeviceValid(state, a4)],
      [true, false, true],
    );
    assert.deepEqual([state.devices.get(a1)?.revokedSeq, state.devices.get(a1)?.revokedReason], [12, 'recovered']);
    assert.equal(toHex(state.identityKey), toHex(cast.identity3.publicKey));
    assert.equal(toHex(state.recovery.sigKey), toHex(cast.recovery2.key.publicKey));
    assert.deepEqual([state.foundedSeq, state.newKeys.length, state.lastEpoch], [12, 5, 4]);
    assert.deepEqual([after(13).epoch?.n, after(13).epochEnds.length], [5, 5]);
  });

  it('every statement brings its keys to be registered once', () => {
    assert.deepEqual(
      states.slice(7).map(({ newKeys }) => newKeys.length),
      [2, 2, 1, 1, 5, 1],
    );
  });

  it('is written again as it was read, and what the new identity signs is no statement', () => {
    for (const bytes of renewed) {
      const statement = parseStatement(bytes);
      assert.equal(toHex(encodeSignedPart(statement)), toHex(statement.signed));
      const { body } = statement;
      if (body.kind !== 'rotate-identity' && body.kind !== 'recover') continue;
      assert.notEqual(toHex(encodeNewIdentityPart({ ...statement, body })), toHex(statement.signed));
    }
  });

  it('changed in any byte is refused', () => {
    const places = [8, 10, 12].flatMap((seq) =>
      statements[seq - 1] ? [{ seq, length: statements[seq - 1]!.length }] : [],
    );
    for (const { seq, length } of places) {
      fc.assert(
        fc.property(fc.nat({ max: length - 1 }), (at) => {
          const bytes = altered(statements[seq - 1] ?? new Uint8Array(0), at);
          assert.throws(() => extendChain(after(seq - 1), bytes));
        }),
        { numRuns: 40 },
      );
    }
  });

  it('are what their generator writes', async () => {
    assert.deepEqual(vectors, await generateRenewalVectors());
  });

  for (const [name, { description, expect, after: known, statement }] of Object.entries(vectors)) {
    if (statement === undefined) continue;
    it(`${name}: ${description}`, () => {
      refused(() => extendChain(after(known ?? 0), fromBase64Url(statement)), expect as WireErrorCode);
    });
  }
});
