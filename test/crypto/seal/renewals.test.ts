import { assert } from 'chai';
import { toHex } from '../../../crypto/wire/bytes.js';
import { type ChainState, deviceAt, isDeviceValid, verifyChain } from '../../../crypto/wire/chain.js';
import {
  type DeviceSecrets,
  createDeviceSecrets,
  randomSecret,
  recoveryKeysFrom,
} from '../../../crypto/seal/device-keys.js';
import { openEpoch } from '../../../crypto/seal/epoch.js';
import {
  isSeedOf,
  openIdentity,
  signDeviceRekey,
  signRecover,
  signRotateIdentity,
} from '../../../crypto/seal/renewals.js';
import { asSecret } from '../../../crypto/seal/secret.js';
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { signEpoch } from '../../../crypto/seal/statements.js';
import { ready } from '../../../crypto/seal/suite.js';
import { codeOf } from '../../support/codes.js';
import { type Cast, castOf, renewedChain } from '../../vectors/renewal/generate.js';
import { fixed } from '../../vectors/second.js';
import { START_MS, world } from '../../vectors/world.js';
import { secretsOf } from './readers.js';

describe('renewals', () => {
  let cast: Cast;
  let chain: Uint8Array[];
  let state: ChainState;
  let a1: DeviceSecrets;
  const keyOf = (device: DeviceSecrets): SigningKey => signingKeyFromSeed(device.sigSeed);
  const fresh = (device: DeviceSecrets): DeviceSecrets => ({
    ...device,
    sigSeed: randomSecret(),
    kemSeed: randomSecret(),
  });

  before(async () => {
    await ready();
    cast = castOf(await world());
    chain = [...cast.w.aliceChain];
    state = verifyChain(chain);
    a1 = secretsOf(cast.w.a1);
  });

  it('a device renews its keys; the next epoch is boxed to the new one, and the old one opens it no more', async () => {
    const renewed = fresh(a1);
    const next = signDeviceRekey(state, keyOf(a1), renewed, keyOf(renewed), START_MS);
    const epoch = await signEpoch(next.state, renewed, keyOf(renewed), START_MS);
    const newest = verifyChain([...chain, next.bytes, epoch.bytes]);
    assert(newest.epoch);
    assert.deepEqual(await openEpoch(newest.mailboxId, newest.epoch, renewed), epoch.secret);
    const { epoch: last } = newest;
    assert.equal(await codeOf(() => openEpoch(newest.mailboxId, last, a1)), 'open-failed');
    assert.equal(await codeOf(() => signEpoch(next.state, a1, keyOf(a1), START_MS)), 'signature');
    assert.equal(toHex(deviceAt(newest, a1.deviceId, 7)?.sigKey ?? assert.fail()), toHex(cast.w.a1.key.publicKey));
  });

  it('nobody renews a device in whose name he cannot sign', async () => {
    const stranger = createDeviceSecrets('Eve');
    const renewed = fresh(a1);
    assert.equal(
      await codeOf(() => signDeviceRekey(state, keyOf(stranger), renewed, keyOf(renewed), START_MS)),
      'signature',
    );
  });

  it('a new identity reaches those who administrate, and nobody else', async () => {
    const all = await renewedChain(cast);
    const nine = verifyChain(all.slice(0, 9));
    const old = signingKeyFromSeed(cast.w.alice.identity.seed);
    const seed = randomSecret();
    const rotated = await signRotateIdentity(nine, old, seed, START_MS);
    assert.isTrue(isSeedOf(seed, rotated.state.identityKey));
    for (const device of [cast.renewed, cast.a3]) {
      assert.equal(toHex((await openIdentity(rotated.state, secretsOf(device))) ?? assert.fail()), toHex(seed));
    }
    assert.isNull(await openIdentity(rotated.state, secretsOf(cast.w.a2)));
    assert.isNull(await openIdentity(nine, secretsOf(cast.renewed)), 'no rotation, no box');
    const impostor = { ...secretsOf(cast.w.a2), deviceId: secretsOf(cast.a3).deviceId };
    assert.equal(await codeOf(() => openIdentity(rotated.state, impostor)), 'open-failed');
    const eve = signingKeyFromSeed(fixed('eve', 32));
    assert.equal(await codeOf(() => signRotateIdentity(nine, eve, seed, START_MS)), 'signature');
  });

  it('reads the boxes of a second implementation', async () => {
    const ten = verifyChain((await renewedChain(cast)).slice(0, 10));
    const seed = await openIdentity(ten, secretsOf(cast.a3));
    assert.equal(toHex(seed ?? assert.fail()), toHex(cast.identity2.seed));
  });

  it('a box whose seed does not make the identity key is refused', async () => {
    const nine = verifyChain((await renewedChain(cast)).slice(0, 9));
    const old = signingKeyFromSeed(cast.w.alice.identity.seed);
    const one = await signRotateIdentity(nine, old, randomSecret(), START_MS);
    const lying = { ...one.state, identityKey: cast.identity2.publicKey };
    assert.equal(await codeOf(() => openIdentity(lying, secretsOf(cast.a3))), 'open-failed');
  });

  it('the recovery kit begins anew: all devices end, the old words sign nothing any more', async () => {
    const words = recoveryKeysFrom(cast.w.alice.recovery.code);
    const plan = () => {
      const device = createDeviceSecrets('Dr. A. Meier');
      const identity = signingKeyFromSeed(randomSecret());
      return { identity, recovery: recoveryKeysFrom(randomSecret()), device, deviceKey: keyOf(device) };
    };
    const first = plan();
    const recovered = signRecover(state, words.sigKey, first, START_MS);
    const epoch = await signEpoch(recovered.state, first.device, first.deviceKey, START_MS);
    const newest = verifyChain([...chain, recovered.bytes, epoch.bytes]);
    assert.isFalse(isDeviceValid(newest, a1.deviceId));
    assert.isTrue(newest.devices.get(first.device.deviceId)?.isAdmin);
    assert.equal(await codeOf(() => signRecover(recovered.state, words.sigKey, plan(), START_MS)), 'signature');
    assert.equal(await codeOf(() => signRecover(state, first.recovery.sigKey, plan(), START_MS)), 'signature');
    const { epoch: last } = newest;
    assert(last && state.epoch);
    const kit = { deviceId: null, kemSeed: first.recovery.kemSeed };
    assert.deepEqual(await openEpoch(newest.mailboxId, last, kit), epoch.secret);
    const before = await openEpoch(state.mailboxId, state.epoch, { deviceId: null, kemSeed: words.kemSeed });
    assert.equal(toHex(before.seed), toHex(asSecret(fixed(`${cast.w.alice.address}/epoch 3`, 32))));
  });
});
