import { type CborMap, type CborValue, cborRecord } from './cbor.js';
import { KEM_PUBLIC_KEY_BYTES } from './envelope.js';
import { type DeviceId, deviceIdFrom, idBytes } from './ids.js';
import { type SeedBox, encodeBoxes, parseBoxes } from './seed-box.js';
import { asArray, asBytes, assertKeys } from './shape.js';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './signature.js';

/** The bodies of statements by which keys replace keys (docs/spec/mailbox.md §2). Here: their form only. */

/** A device renews its own keys: the old signing key signs the statement, the new one the proof. */
export interface DeviceRekeyBody {
  readonly kind: 'device-rekey';
  readonly deviceId: DeviceId;
  readonly sigKey: Uint8Array;
  readonly kemKey: Uint8Array;
  /** Signature by the new key, label `device-pop`, over the same as in `add-device`. */
  readonly proof: Uint8Array;
}

/** Another identity key: the old one signs the statement, the new one what stands before its own signature. */
export interface RotateIdentityBody {
  readonly kind: 'rotate-identity';
  readonly identityKey: Uint8Array;
  /** The new identity's seed, for each administrating device in force. */
  readonly boxes: ReadonlyMap<DeviceId, SeedBox>;
  readonly newSignature: Uint8Array;
}

/** A device as a statement brings it. */
export interface BroughtDevice {
  readonly deviceId: DeviceId;
  /** `TH("member", salt, label)`: staff names are no business of the relay. */
  readonly memberTag: Uint8Array;
  readonly sigKey: Uint8Array;
  readonly kemKey: Uint8Array;
  /** Signature by the device's own key, label `device-pop`. */
  readonly proof: Uint8Array;
}

/** Everything anew, signed by the recovery key: all devices end, one begins. */
export interface RecoverBody {
  readonly kind: 'recover';
  readonly identityKey: Uint8Array;
  readonly recoverySigKey: Uint8Array;
  readonly recoveryKemKey: Uint8Array;
  readonly device: BroughtDevice;
  readonly newSignature: Uint8Array;
}

export type RenewalBody = DeviceRekeyBody | RotateIdentityBody | RecoverBody;

const HASH_BYTES = 32;

export function parseDeviceRekey(map: CborMap): DeviceRekeyBody {
  assertKeys(map, [1, 2, 3, 4]);
  return {
    kind: 'device-rekey',
    deviceId: deviceIdFrom(asBytes(map.get(1))),
    sigKey: asBytes(map.get(2), PUBLIC_KEY_BYTES),
    kemKey: asBytes(map.get(3), KEM_PUBLIC_KEY_BYTES),
    proof: asBytes(map.get(4), SIGNATURE_BYTES),
  };
}

export function parseRotateIdentity(map: CborMap): RotateIdentityBody {
  assertKeys(map, [1, 2, 3]);
  return {
    kind: 'rotate-identity',
    identityKey: asBytes(map.get(1), PUBLIC_KEY_BYTES),
    boxes: parseBoxes(asArray(map.get(2))),
    newSignature: asBytes(map.get(3), SIGNATURE_BYTES),
  };
}

export function parseRecover(map: CborMap): RecoverBody {
  assertKeys(map, [1, 2, 3, 4, 5]);
  return {
    kind: 'recover',
    identityKey: asBytes(map.get(1), PUBLIC_KEY_BYTES),
    recoverySigKey: asBytes(map.get(2), PUBLIC_KEY_BYTES),
    recoveryKemKey: asBytes(map.get(3), KEM_PUBLIC_KEY_BYTES),
    device: parseBroughtDevice(asArray(map.get(4), 5)),
    newSignature: asBytes(map.get(5), SIGNATURE_BYTES),
  };
}

function parseBroughtDevice([deviceId, tag, sigKey, kemKey, proof]: readonly CborValue[]): BroughtDevice {
  return {
    deviceId: deviceIdFrom(asBytes(deviceId)),
    memberTag: asBytes(tag, HASH_BYTES),
    sigKey: asBytes(sigKey, PUBLIC_KEY_BYTES),
    kemKey: asBytes(kemKey, KEM_PUBLIC_KEY_BYTES),
    proof: asBytes(proof, SIGNATURE_BYTES),
  };
}

export function encodeRenewal(body: RenewalBody): CborMap {
  switch (body.kind) {
    case 'device-rekey':
      return cborRecord({ 1: idBytes(body.deviceId), 2: body.sigKey, 3: body.kemKey, 4: body.proof });
    case 'rotate-identity':
      return cborRecord({ 1: body.identityKey, 2: encodeBoxes(body.boxes), 3: body.newSignature });
    case 'recover': {
      const { deviceId, memberTag, sigKey, kemKey, proof } = body.device;
      return cborRecord({
        1: body.identityKey,
        2: body.recoverySigKey,
        3: body.recoveryKemKey,
        4: [idBytes(deviceId), memberTag, sigKey, kemKey, proof],
        5: body.newSignature,
      });
    }
  }
}

/** The body without the signature of the new identity key: what that signature covers cannot contain it. */
export function withoutNewSignature(body: RotateIdentityBody | RecoverBody): CborMap {
  const own = body.kind === 'recover' ? 5 : 3;
  return new Map([...encodeRenewal(body)].filter(([key]) => key !== own));
}
