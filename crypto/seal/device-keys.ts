import { type DeviceId, type MailboxId, deviceIdFrom } from '../wire/ids.js';
import { type Member, memberTag } from '../wire/member.js';
import { type SigningKey, signingKeyFromSeed } from './sign.js';
import { type Secret, asSecret } from './secret.js';
import { type AddDeviceBody, deviceProofInput } from '../wire/statement.js';
import { hkdfExpandSha256, kemKeyPair, randomBytes } from './suite.js';

/** The secrets of devices, identities and recovery kits (docs/spec/mailbox.md §2): seeds, from which every key derives. */

export interface DeviceSecrets {
  readonly deviceId: DeviceId;
  readonly member: Member;
  readonly sigSeed: Secret;
  readonly kemSeed: Secret;
}

export function randomSecret(): Secret {
  return asSecret(randomBytes(32));
}

export function createDeviceSecrets(memberLabel: string): DeviceSecrets {
  return {
    deviceId: deviceIdFrom(randomBytes(16)),
    member: { label: memberLabel.normalize('NFC'), salt: randomBytes(16) },
    sigSeed: randomSecret(),
    kemSeed: randomSecret(),
  };
}

export interface RecoveryKeys {
  readonly sigKey: SigningKey;
  readonly kemSeed: Secret;
  readonly kemPublicKey: Uint8Array;
}

/** @param code the 256 bits of the recovery kit */
export function recoveryKeysFrom(code: Uint8Array): RecoveryKeys {
  const kemSeed = asSecret(hkdfExpandSha256(code, 'bb1/recovery/kem', 32));
  return {
    sigKey: signingKeyFromSeed(hkdfExpandSha256(code, 'bb1/recovery/sig', 32)),
    kemSeed,
    kemPublicKey: kemKeyPair(kemSeed).publicKey,
  };
}

/** The public half of a device for the statement that adds it, with its proof of possession: secret → public. */
export function redactDevice(secrets: DeviceSecrets, mailboxId: MailboxId, key: SigningKey): AddDeviceBody {
  const device = {
    deviceId: secrets.deviceId,
    memberTag: memberTag(secrets.member),
    sigKey: key.publicKey,
    kemKey: kemKeyPair(secrets.kemSeed).publicKey,
  };
  return { kind: 'add-device', ...device, proof: key.sign('device-pop', deviceProofInput(mailboxId, device)) };
}
