import { assert } from 'chai';
import { equalBytes, toHex } from '../../../crypto/wire/bytes.js';
import { isDeviceValid, verifyChain } from '../../../crypto/wire/chain.js';
import { parseAddress } from '../../../crypto/wire/ids.js';
import { memberTag } from '../../../crypto/wire/member.js';
import {
  type DeviceSecrets,
  createDeviceSecrets,
  randomSecret,
  recoveryKeysFrom,
  redactDevice,
} from '../../../crypto/seal/device-keys.js';
import { openEpoch } from '../../../crypto/seal/epoch.js';
import { asSecret } from '../../../crypto/seal/secret.js';
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import {
  type Extended,
  signAddDevice,
  signEpoch,
  signGenesis,
  signRevokeDevice,
} from '../../../crypto/seal/statements.js';
import { ready } from '../../../crypto/seal/suite.js';
import { codeOf } from '../../support/codes.js';
import { fixed } from '../../vectors/second.js';
import { START_MS, type World, world } from '../../vectors/world.js';
import { secretsOf } from './readers.js';

describe('statements', () => {
  let w: World;
  let identity: SigningKey;
  let eve: SigningKey;
  let [front, back]: [DeviceSecrets, DeviceSecrets] = [] as never;
  const keyOf = (device: DeviceSecrets): SigningKey => signingKeyFromSeed(device.sigSeed);

  before(async () => {
    await ready();
    w = await world();
    identity = signingKeyFromSeed(fixed('identity', 32));
    eve = signingKeyFromSeed(fixed('eve', 32));
    [front, back] = [createDeviceSecrets('Empfang'), createDeviceSecrets('Dr. A. Meier')];
  });

  const genesis = (): Extended =>
    signGenesis(parseAddress('a@b.example'), identity, recoveryKeysFrom(fixed('code', 32)), START_MS);
  const withDevice = ({ state }: Extended, device: DeviceSecrets): Extended =>
    signAddDevice(state, identity, device, keyOf(device), START_MS);

  it('make a chain that every reader verifies', async () => {
    const chain: Extended[] = [genesis()];
    const last = (): Extended => chain.at(-1) ?? assert.fail('empty');
    chain.push(withDevice(last(), front));
    const first = await signEpoch(last().state, front, keyOf(front), START_MS);
    chain.push(first, withDevice(first, back));
    chain.push(await signEpoch(last().state, back, keyOf(back), START_MS));
    chain.push(signRevokeDevice(last().state, identity, { deviceId: front.deviceId, reason: 'sold' }, START_MS));
    const newest = await signEpoch(last().state, back, keyOf(back), START_MS);
    chain.push(newest);
    const state = verifyChain(chain.map(({ bytes }) => bytes));
    assert.deepEqual(state, newest.state);
    assert.deepEqual([state.seq, state.epoch?.n], [7, 3]);
    assert.isFalse(isDeviceValid(state, front.deviceId));
    const epoch = state.epoch ?? assert.fail('no epoch');
    assert.deepEqual(await openEpoch(state.mailboxId, epoch, back), newest.secret);
    assert.equal(await codeOf(() => openEpoch(state.mailboxId, epoch, front)), 'open-failed');
  });

  it('continue the chain of a second implementation', async () => {
    const state = verifyChain(w.aliceChain);
    const key = signingKeyFromSeed(w.a1.key.seed);
    const next = await signEpoch(state, secretsOf(w.a1), key, START_MS);
    assert.equal(verifyChain([...w.aliceChain, next.bytes]).epoch?.n, 4);
  });

  it('are not written by those who may not', async () => {
    const { state } = withDevice(genesis(), front);
    const refusal = (run: () => unknown) => codeOf(run);
    assert.equal(await refusal(() => signAddDevice(state, eve, back, keyOf(back), START_MS)), 'signature');
    assert.equal(await refusal(() => signAddDevice(state, identity, front, keyOf(front), START_MS)), 'chain');
    const revoke = { deviceId: front.deviceId, reason: '' };
    assert.equal(await refusal(() => signRevokeDevice(state, keyOf(front), revoke, START_MS)), 'signature');
    assert.equal(await refusal(() => signEpoch(state, front, eve, START_MS)), 'signature');
    assert.equal(await refusal(() => signEpoch(state, back, keyOf(back), START_MS)), 'chain');
    const revoked = signRevokeDevice(state, identity, revoke, START_MS).state;
    assert.equal(await refusal(() => signEpoch(revoked, front, keyOf(front), START_MS)), 'chain');
    assert.equal(await refusal(() => signRevokeDevice(revoked, identity, revoke, START_MS)), 'chain');
  });

  it('show of a device its public half alone', () => {
    const { state } = genesis();
    const body = redactDevice(front, state.mailboxId, keyOf(front));
    assert.deepEqual(Object.keys(body).sort(), ['deviceId', 'kemKey', 'kind', 'memberTag', 'proof', 'sigKey']);
    const shown = toHex(withDevice({ state, bytes: new Uint8Array(0) }, front).bytes);
    for (const secret of [front.sigSeed, front.kemSeed, front.member.salt]) assert.notInclude(shown, toHex(secret));
    assert.notInclude(shown, toHex(new TextEncoder().encode('Empfang')));
    assert.isTrue(equalBytes(body.memberTag, memberTag(front.member)));
  });

  it('chains of one address differ by their keys: the id is the hash of the genesis', () => {
    const other = signGenesis(parseAddress('a@b.example'), eve, recoveryKeysFrom(fixed('code', 32)), START_MS);
    assert.notEqual(genesis().state.mailboxId, other.state.mailboxId);
  });
});

describe('device keys', () => {
  before(ready);

  it('are new every time, and member names in NFC', () => {
    const [one, two] = [createDeviceSecrets('Mu\u0308ller'), createDeviceSecrets('Müller')];
    assert.equal(one.member.label, two.member.label);
    assert.notEqual(one.deviceId, two.deviceId);
    const secrets = [one.sigSeed, one.kemSeed, two.sigSeed, two.kemSeed, randomSecret(), randomSecret()];
    assert.equal(new Set(secrets.map(toHex)).size, secrets.length);
  });

  it('of the recovery kit follow from its code', async () => {
    const { alice } = await world();
    const keys = recoveryKeysFrom(alice.recovery.code);
    assert.equal(toHex(keys.sigKey.publicKey), toHex(alice.recovery.key.publicKey));
    assert.equal(toHex(keys.kemPublicKey), toHex(alice.recovery.kemKey));
  });

  it('secrets have 32 bytes and are copies', () => {
    for (const length of [0, 31, 33]) assert.throws(() => asSecret(new Uint8Array(length)), RangeError);
    const bytes = fixed('secret', 32);
    const secret = asSecret(bytes);
    bytes.fill(0);
    assert.equal(toHex(secret), toHex(fixed('secret', 32)));
  });
});
