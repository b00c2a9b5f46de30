import { concatBytes, equalBytes, utf8, writeUint16, writeUint64 } from '../wire/bytes.js';
import { type ChainState, devicesInForce, extendChain, headOf } from '../wire/chain.js';
import { type DeviceId, type MailboxId, idBytes } from '../wire/ids.js';
import { type RecoverBody, type RotateIdentityBody } from '../wire/renewal.js';
import { type SeedBox } from '../wire/seed-box.js';
import {
  type StatementBody,
  type UnsignedStatement,
  encodeNewIdentityPart,
  encodeSignedPart,
  encodeStatement,
} from '../wire/statement.js';
import { SUITE } from '../wire/suite.js';
import { type DeviceSecrets, type RecoveryKeys, redactDevice } from './device-keys.js';
import { SealError } from './error.js';
import { type Secret } from './secret.js';
import { openSeed, sealSeed } from './seed-box.js';
import { type SigningKey, signingKeyFromSeed } from './sign.js';
import { type Extended } from './statements.js';

/** Writing the statements by which keys replace keys (docs/spec/mailbox.md §2); each is verified by every reader's code. */

/** A device renews its keys: `device` holds the new secrets under the old id and member. */
export function signDeviceRekey(
  state: ChainState,
  oldKey: SigningKey,
  device: DeviceSecrets,
  newKey: SigningKey,
  nowMs: number,
): Extended {
  const { deviceId, sigKey, kemKey, proof } = redactDevice(device, state.mailboxId, newKey);
  return finish(draft(state, { kind: 'device-rekey', deviceId, sigKey, kemKey, proof }, nowMs), state, oldKey);
}

/** Another identity key, boxed to the devices in force that administrate. */
export async function signRotateIdentity(
  state: ChainState,
  oldIdentity: SigningKey,
  newSeed: Secret,
  nowMs: number,
): Promise<Extended> {
  const boxes = new Map<DeviceId, SeedBox>();
  for (const { deviceId, kemKey } of devicesInForce(state).filter(({ isAdmin }) => isAdmin)) {
    boxes.set(deviceId, await sealSeed(newSeed, kemKey, identityInfo(state.mailboxId, state.seq + 1, deviceId)));
  }
  const newIdentity = signingKeyFromSeed(newSeed);
  try {
    const body = { kind: 'rotate-identity', identityKey: newIdentity.publicKey, boxes } as const;
    return coSigned(state, { ...body, newSignature: NOTHING }, { old: oldIdentity, fresh: newIdentity }, nowMs);
  } finally {
    newIdentity.close();
  }
}

/** What a mailbox begins anew with. */
export interface Refounded {
  readonly identity: SigningKey;
  readonly recovery: RecoveryKeys;
  readonly device: DeviceSecrets;
  readonly deviceKey: SigningKey;
}

export function signRecover(
  state: ChainState,
  recoveryKey: SigningKey,
  { identity, recovery, device, deviceKey }: Refounded,
  nowMs: number,
): Extended {
  const { deviceId, memberTag, sigKey, kemKey, proof } = redactDevice(device, state.mailboxId, deviceKey);
  const body: RecoverBody = {
    kind: 'recover',
    identityKey: identity.publicKey,
    recoverySigKey: recovery.sigKey.publicKey,
    recoveryKemKey: recovery.kemPublicKey,
    device: { deviceId, memberTag, sigKey, kemKey, proof },
    newSignature: NOTHING,
  };
  return coSigned(state, body, { old: recoveryKey, fresh: identity }, nowMs);
}

/**
 * The identity's seed from this device's box in the newest `rotate-identity`; null when there is none for it.
 * @throws SealError `open-failed`, also when the seed does not make the key that the chain shows
 */
export async function openIdentity(
  state: ChainState,
  device: Pick<DeviceSecrets, 'deviceId' | 'kemSeed'>,
): Promise<Secret | null> {
  const box = state.identityBoxes?.boxes.get(device.deviceId);
  if (state.identityBoxes === null || box === undefined) return null;
  const info = identityInfo(state.mailboxId, state.identityBoxes.seq, device.deviceId);
  const seed = await openSeed(box, device.kemSeed, info);
  if (!isSeedOf(seed, state.identityKey)) throw new SealError('open-failed', 'the seed does not make the identity key');
  return seed;
}

/** Whether `seed` makes this public signing key. */
export function isSeedOf(seed: Secret, publicKey: Uint8Array): boolean {
  const key = signingKeyFromSeed(seed);
  key.close();
  return equalBytes(key.publicKey, publicKey);
}

const NOTHING = new Uint8Array(0);

/** `"bb1/identity\0" || u16 suite || mailbox_id || u64 seq || device_id`: a box fits one holder of one statement. */
function identityInfo(mailboxId: MailboxId, seq: number, holder: DeviceId): Uint8Array {
  return concatBytes(utf8('bb1/identity\0'), writeUint16(SUITE), idBytes(mailboxId), writeUint64(seq), idBytes(holder));
}

function coSigned(
  state: ChainState,
  body: RotateIdentityBody | RecoverBody,
  keys: { readonly old: SigningKey; readonly fresh: SigningKey },
  nowMs: number,
): Extended {
  const covered = encodeNewIdentityPart({ ...draft(state, body, nowMs), body });
  const newSignature = keys.fresh.sign('mailbox', covered);
  return finish(draft(state, { ...body, newSignature }, nowMs), state, keys.old);
}

function draft(state: ChainState, body: StatementBody, timeMs: number): UnsignedStatement {
  return { seq: state.seq + 1, prev: headOf(state), timeMs, mailboxId: state.mailboxId, body };
}

function finish(statement: UnsignedStatement, state: ChainState, key: SigningKey): Extended {
  const signed = encodeSignedPart(statement);
  const bytes = encodeStatement(signed, key.sign('mailbox', signed));
  return { bytes, state: extendChain(state, bytes) };
}
