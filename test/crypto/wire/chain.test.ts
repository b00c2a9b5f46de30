import { assert } from 'chai';
import { fromBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import {
  type ChainState,
  MAX_EPOCH_MS,
  extendChain,
  headOf,
  isDeviceValid,
  startChain,
  verifyChain,
} from '../../../crypto/wire/chain.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { deviceIdFrom } from '../../../crypto/wire/ids.js';
import { MAX_STATEMENT_BYTES, statementHash } from '../../../crypto/wire/statement.js';
import { type ChainVector, generateChainVectors } from '../../vectors/chain/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import {
  DAY_MS,
  START_MS,
  type World,
  addDevice,
  deviceOf,
  epoch,
  revokeDevice,
  statementAfter,
  world,
} from '../../vectors/world.js';
import { altered, refused } from './refused.js';

describe('chain', () => {
  let w: World;
  let states: ChainState[];
  const after = (seq: number): ChainState => states[seq - 1] ?? assert.fail('no such statement');

  before(async () => {
    w = await world();
    const [genesis, ...rest] = w.aliceChain;
    assert(genesis);
    states = [startChain(genesis)];
    for (const bytes of rest) states.push(extendChain(after(states.length), bytes));
  });

  it('of Alice tells her devices and epochs', () => {
    const [a1, a2] = [deviceIdFrom(w.a1.deviceId), deviceIdFrom(w.a2.deviceId)];
    assert.deepEqual(
      states.map((state) => [state.seq, state.devices.size, state.epoch?.n ?? null, state.lastEpoch]),
      [
        [1, 0, null, 0],
        [2, 1, null, 0],
        [3, 1, 1, 1],
        [4, 2, 1, 1],
        [5, 2, 2, 2],
        [6, 2, null, 2],
        [7, 2, 3, 3],
      ],
    );
    const last = after(7);
    assert.equal(last.mailboxId, toHex(w.alice.mailboxId));
    assert.equal(last.address, w.alice.address);
    assert.deepEqual([...(last.epoch?.boxes.keys() ?? [])], [a1]);
    assert.deepEqual([last.devices.get(a2)?.revokedSeq, last.devices.get(a2)?.revokedReason], [6, 'lost']);
    assert.equal(last.devices.get(a1)?.revokedSeq, null);
  });

  it('keeps the hash of every statement', () => {
    assert.deepEqual(
      after(7).heads.map(toHex),
      w.aliceChain.map((bytes) => toHex(statementHash(bytes))),
    );
    assert.equal(toHex(headOf(after(3))), toHex(statementHash(w.aliceChain[2] ?? new Uint8Array(0))));
  });

  it('leaves earlier states as they were', () => {
    assert.equal(after(5).devices.get(deviceIdFrom(w.a2.deviceId))?.revokedSeq, null);
    assert.equal(after(3).heads.length, 3);
  });

  it('knows from when to when a device is in force', () => {
    const [a1, a2, eve] = [w.a1, w.a2, w.eve].map((device) => deviceIdFrom(device.deviceId));
    assert(a1 && a2 && eve);
    const last = after(7);
    const valid = (id: typeof a1) => [1, 2, 3, 4, 5, 6, 7].filter((seq) => isDeviceValid(last, id, seq));
    assert.deepEqual(valid(a1), [2, 3, 4, 5, 6, 7]);
    assert.deepEqual(valid(a2), [4, 5]);
    assert.deepEqual(valid(eve), []);
    assert.isTrue(isDeviceValid(last, a1));
    assert.isFalse(isDeviceValid(last, a2));
  });

  it('names the public keys that each statement brings, and no others', () => {
    const brought = states.map((state) => state.newKeys.length);
    assert.deepEqual(brought, [3, 2, 1, 2, 1, 0, 1]);
    assert.equal(toHex(after(2).newKeys[0] ?? new Uint8Array(0)), toHex(w.a1.key.publicKey));
  });

  it('is verified whole, and not without a beginning', () => {
    assert.equal(verifyChain(w.aliceChain).seq, 7);
    refused(() => verifyChain([]), 'chain');
    refused(() => verifyChain(w.aliceChain.slice(1)), 'chain');
    refused(() => verifyChain([...w.bobChain.slice(0, 1), ...w.aliceChain.slice(1)]), 'chain');
    for (let i = 1; i < 6; i++) {
      refused(() => verifyChain([...w.aliceChain.slice(0, i), ...w.aliceChain.slice(i + 1)]), 'chain');
      const swapped = [...w.aliceChain];
      [swapped[i], swapped[i + 1]] = [swapped[i + 1] ?? swapped[0]!, swapped[i] ?? swapped[0]!];
      refused(() => verifyChain(swapped), 'chain');
    }
  });

  it('refuses a statement in which any sampled byte is changed', () => {
    const [state, bytes] = [after(5), w.aliceChain[5] ?? new Uint8Array(0)];
    for (let at = 0; at < bytes.length; at += at < 150 ? 1 : 211) {
      assert.throws(() => extendChain(state, altered(bytes, at)), undefined, undefined, `byte ${at}`);
    }
  });

  it('allows an epoch of 60 days and leaves no revoked device a box', async () => {
    const plan = { n: 3, signer: w.a1, devices: [w.a1], notBeforeMs: START_MS };
    const draft = await epoch(w.alice, plan);
    const state = extendChain(after(6), statementAfter(w.aliceChain.slice(0, 6), w.alice, draft));
    assert.equal(state.epoch && state.epoch.notAfterMs - state.epoch.notBeforeMs, MAX_EPOCH_MS);
    assert.equal(MAX_EPOCH_MS, 60 * DAY_MS);
    assert.isFalse(state.epoch?.boxes.has(deviceIdFrom(w.a2.deviceId)));
  });

  it('refuses a public key that it has brought before, also the epoch key of a revoked device', async () => {
    const again = { n: 3, signer: w.a1, devices: [w.a1], notBeforeMs: START_MS };
    const draft = await epoch(w.alice, again);
    const old = after(3).epoch?.kemKey;
    assert(old);
    const reused = { ...draft, body: new Map(draft.body as unknown as Map<number, unknown>).set(2, old) };
    const bytes = statementAfter(w.aliceChain.slice(0, 6), w.alice, reused as typeof draft);
    refused(() => extendChain(after(6), bytes), 'chain');
  });

  it('lets any device in force start an epoch, also one that was added last', () => {
    assert.equal(after(5).epoch?.n, 2);
    assert.equal(after(5).epoch?.boxes.size, 2);
  });

  it('has no usable epoch after a revocation, whichever device is revoked', () => {
    const draft = revokeDevice(w.alice, w.a1, 'stolen');
    assert.isNull(extendChain(after(5), statementAfter(w.aliceChain.slice(0, 5), w.alice, draft)).epoch);
  });

  it('has room for 150 devices in one statement', () => {
    const box = 16 + 1120 + 32 + 48 + 3 * 3 + 4;
    assert.isBelow(150 * box + 1216 + 3373 + 200, MAX_STATEMENT_BYTES);
  });

  it('takes 150 devices and not one more', function () {
    this.timeout(60_000);
    const device = deviceOf('many', 'Many');
    const full = new Map(after(7).devices);
    for (let i = full.size; i < 150; i++) {
      const deviceId = deviceIdFrom(new Uint8Array(16).fill(i));
      full.set(deviceId, { ...(full.values().next().value ?? assert.fail()), deviceId });
    }
    const bytes = statementAfter(w.aliceChain, w.alice, addDevice(w.alice, device));
    refused(() => extendChain({ ...after(7), devices: full }, bytes), 'limits');
    full.delete(deviceIdFrom(new Uint8Array(16).fill(149)));
    assert.equal(extendChain({ ...after(7), devices: full }, bytes).devices.size, 150);
  });

  describe('vectors', () => {
    const vectors = readVectors<ChainVector>('chain');
    const statements = (vectors['valid']?.statements ?? []).map((text) => fromBase64Url(text));

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateChainVectors());
    });

    it('valid', () => {
      assert.equal(verifyChain(statements).mailboxId, vectors['valid']?.mailboxId);
    });

    for (const [name, { description, expect, after: known, statement }] of Object.entries(vectors)) {
      if (statement === undefined) continue;
      it(`${name}: ${description}`, () => {
        const bytes = fromBase64Url(statement);
        const next = known === 0 ? () => startChain(bytes) : () => extendChain(after(known ?? 0), bytes);
        refused(next, expect as WireErrorCode);
      });
    }
  });
});
