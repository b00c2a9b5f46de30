import { type CborValue } from './cbor.js';
import { COMMITMENT_BYTES, KEM_ENC_BYTES } from './envelope.js';
import { WireError } from './error.js';
import { type DeviceId, deviceIdFrom, idBytes } from './ids.js';
import { asArray, asBytes } from './shape.js';

/** A 32-byte seed sealed for one holder: HPKE enc, commitment, seed and tag (docs/spec/mailbox.md §4). */
export interface SeedBox {
  readonly enc: Uint8Array;
  readonly commitment: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const SEED_BOX_CIPHERTEXT_BYTES = 48;

/** @throws WireError, also when a device has two boxes */
export function parseBoxes(items: readonly CborValue[]): ReadonlyMap<DeviceId, SeedBox> {
  const boxes = new Map<DeviceId, SeedBox>();
  for (const item of items) {
    const [deviceId, ...box] = asArray(item, 4);
    const id = deviceIdFrom(asBytes(deviceId));
    if (boxes.has(id)) throw new WireError('shape', 'a device has two boxes');
    boxes.set(id, parseSeedBox(box));
  }
  return boxes;
}

export function encodeBoxes(boxes: ReadonlyMap<DeviceId, SeedBox>): CborValue[] {
  return [...boxes].map(([deviceId, box]) => [idBytes(deviceId), ...encodeSeedBox(box)]);
}

export function parseSeedBox([enc, commitment, ciphertext]: readonly CborValue[]): SeedBox {
  return {
    enc: asBytes(enc, KEM_ENC_BYTES),
    commitment: asBytes(commitment, COMMITMENT_BYTES),
    ciphertext: asBytes(ciphertext, SEED_BOX_CIPHERTEXT_BYTES),
  };
}

export function encodeSeedBox(box: SeedBox): CborValue[] {
  return [box.enc, box.commitment, box.ciphertext];
}
