import { assert } from 'chai';
import { toHex } from '../../../crypto/wire/bytes.js';
import { type ChainEpoch, type ChainState, verifyChain } from '../../../crypto/wire/chain.js';
import { deviceIdFrom, mailboxIdFrom } from '../../../crypto/wire/ids.js';
import { recoveryKeysFrom } from '../../../crypto/seal/device-keys.js';
import {
  EPOCH_ROTATION_MS,
  type EpochSecret,
  createEpoch,
  isRotationDue,
  openEpoch,
  usableEpoch,
} from '../../../crypto/seal/epoch.js';
import { asSecret } from '../../../crypto/seal/secret.js';
import { kemKeyPair, ready } from '../../../crypto/seal/suite.js';
import { fixed } from '../../vectors/second.js';
import { DAY_MS, START_MS, type World, type WorldDevice, epochSeed, seedBox, world } from '../../vectors/world.js';
import { altered } from '../wire/refused.js';
import { epochOf } from './readers.js';
import { assertRefused, assertRejected } from './refusals.js';

const MINUTE_MS = 60_000;

describe('epoch', () => {
  let w: World;
  const stateAt = (seq: number): ChainState => verifyChain(w.aliceChain.slice(0, seq));
  const epochAt = (seq: number): ChainEpoch => stateAt(seq).epoch ?? assert.fail('no epoch');
  const holder = (device: WorldDevice) => ({
    deviceId: deviceIdFrom(device.deviceId),
    kemSeed: asSecret(device.kemSeed),
  });
  const alice = () => mailboxIdFrom(w.alice.mailboxId);
  const open = (epoch: ChainEpoch, device: WorldDevice): Promise<EpochSecret> =>
    openEpoch(alice(), epoch, holder(device));
  const withBox = (epoch: ChainEpoch, device: WorldDevice, from: WorldDevice): ChainEpoch => {
    const box = epoch.boxes.get(deviceIdFrom(from.deviceId)) ?? assert.fail('no box');
    return { ...epoch, boxes: new Map(epoch.boxes).set(deviceIdFrom(device.deviceId), box) };
  };

  before(async () => {
    await ready();
    w = await world();
  });

  it('of a second implementation opens for each device in force and for the recovery kit', async () => {
    const expected = epochOf(w.alice, 2);
    assert.deepEqual(await open(epochAt(5), w.a1), expected);
    assert.deepEqual(await open(epochAt(5), w.a2), expected);
    const { kemSeed } = recoveryKeysFrom(w.alice.recovery.code);
    assert.deepEqual(await openEpoch(alice(), epochAt(5), { deviceId: null, kemSeed }), expected);
  });

  it('is made for the devices in force and the recovery kit, and for nobody else', async () => {
    const state = stateAt(6);
    const { body, secret } = await createEpoch(state, deviceIdFrom(w.a1.deviceId), START_MS);
    assert.deepEqual([...body.boxes.keys()], [deviceIdFrom(w.a1.deviceId)]);
    assert.equal(body.n, 3);
    assert.equal(body.notAfterMs - body.notBeforeMs, 60 * DAY_MS);
    const epoch: ChainEpoch = { ...body, kemKeyId: secret.kemKeyId, seq: 7 };
    assert.deepEqual(await open(epoch, w.a1), secret);
    const { kemSeed } = recoveryKeysFrom(w.alice.recovery.code);
    assert.deepEqual(await openEpoch(alice(), epoch, { deviceId: null, kemSeed }), secret);
    // A revoked device has no box, and the others' are of no use to it.
    await assertRejected(() => open(epoch, w.a2), 'open-failed');
    await assertRejected(() => open(withBox(epoch, w.a2, w.a1), w.a2), 'open-failed');
  });

  it('has a new seed every time', async () => {
    const state = stateAt(5);
    const one = await createEpoch(state, deviceIdFrom(w.a1.deviceId), START_MS);
    const two = await createEpoch(state, deviceIdFrom(w.a1.deviceId), START_MS);
    assert.notEqual(toHex(one.secret.seed), toHex(two.secret.seed));
    assert.notEqual(one.secret.kemKeyId, two.secret.kemKeyId);
  });

  it('does not open with the box of another device, epoch, mailbox or holder', async () => {
    const epoch = epochAt(5);
    await assertRejected(() => open(withBox(epoch, w.a1, w.a2), w.a1), 'open-failed');
    await assertRejected(() => open({ ...epoch, n: 1 }, w.a1), 'open-failed');
    await assertRejected(() => openEpoch(mailboxIdFrom(w.bob.mailboxId), epoch, holder(w.a1)), 'open-failed');
    await assertRejected(() => open({ ...epochAt(3), n: 2 }, w.a1), 'open-failed');
    const asRecovery = { deviceId: null, kemSeed: asSecret(w.a1.kemSeed) };
    await assertRejected(() => openEpoch(alice(), epoch, asRecovery), 'open-failed');
    const otherKey = { ...holder(w.a1), kemSeed: asSecret(w.a2.kemSeed) };
    await assertRejected(() => openEpoch(alice(), epoch, otherKey), 'open-failed');
    await assertRejected(() => open(epoch, w.eve), 'open-failed');
  });

  it('does not open when a bit of enc, commitment or ciphertext is flipped', async () => {
    const epoch = epochAt(3);
    const id = deviceIdFrom(w.a1.deviceId);
    const box = epoch.boxes.get(id) ?? assert.fail('no box');
    for (const field of ['enc', 'commitment', 'ciphertext'] as const) {
      for (const at of [0, 17, -1]) {
        const boxes = new Map([[id, { ...box, [field]: altered(box[field], at) }]]);
        await assertRejected(() => open({ ...epoch, boxes }, w.a1), 'open-failed');
      }
    }
  });

  it('does not open when its commitment is another, even one that the ciphertext authenticates', async () => {
    const to = { name: 'a1', holder: w.a1.deviceId, kemKey: w.a1.kemKey };
    const commitment = (right: Uint8Array) => altered(right, 0);
    const [id, epoch] = [deviceIdFrom(w.a1.deviceId), epochAt(3)];
    const box = await seedBox(w.alice, 1, epochSeed(w.alice, 1), to, { commitment });
    await assertRejected(() => open({ ...epoch, boxes: new Map([[id, box]]) }, w.a1), 'open-failed');
    const right = await seedBox(w.alice, 1, epochSeed(w.alice, 1), to);
    assert.equal((await open({ ...epoch, boxes: new Map([[id, right]]) }, w.a1)).n, 1);
  });

  it('does not open when the seed does not make the public key of the chain (invariant 15)', async () => {
    const foreign = kemKeyPair(fixed('eve/epoch', 32)).publicKey;
    await assertRejected(() => open({ ...epochAt(3), kemKey: foreign }, w.a1), 'open-failed');
    assert.deepEqual((await open(epochAt(3), w.a1)).seed, epochSeed(w.alice, 1));
  });

  it('is usable from five minutes before its beginning until its end, not after a revocation', () => {
    const state = stateAt(3);
    const end = START_MS + 60 * DAY_MS;
    for (const now of [START_MS - 5 * MINUTE_MS, START_MS, end - 1]) assert.equal(usableEpoch(state, now).n, 1);
    for (const now of [START_MS - 5 * MINUTE_MS - 1, end, end + DAY_MS]) {
      assertRefused(() => usableEpoch(state, now), 'epoch-unusable');
    }
    for (const seq of [1, 2, 6]) assertRefused(() => usableEpoch(stateAt(seq), START_MS), 'epoch-unusable');
    assert.equal(usableEpoch(stateAt(7), START_MS + 9 * DAY_MS).n, 3);
  });

  it('is due for rotation after seven days, or when there is none', () => {
    const state = stateAt(3);
    assert.isFalse(isRotationDue(state, START_MS + EPOCH_ROTATION_MS - 1));
    assert.isTrue(isRotationDue(state, START_MS + EPOCH_ROTATION_MS));
    assert.isTrue(isRotationDue(stateAt(6), START_MS));
    assert.isTrue(isRotationDue(stateAt(1), START_MS));
    assert.equal(EPOCH_ROTATION_MS, 7 * DAY_MS);
  });
});
