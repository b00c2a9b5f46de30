import { cborRecord, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import {
  type Address,
  type MailboxId,
  deviceIdFrom,
  idBytes,
  kemKeyIdFrom,
  mailboxIdFrom,
  parseAddress,
} from '../../../crypto/wire/ids.js';
import { encodeMember, parseMember } from '../../../crypto/wire/member.js';
import { asArray, asBytes, asMap, asText, asUint, assertKeys, orNull } from '../../../crypto/wire/shape.js';
import { type DeviceSecrets } from '../../../crypto/seal/device-keys.js';
import { type EpochSecret } from '../../../crypto/seal/epoch.js';
import { type Secret, asSecret } from '../../../crypto/seal/secret.js';

/** What a device's keystore holds (docs/spec/keystore.md §5). */
export interface AccountContent {
  readonly mailboxId: MailboxId;
  readonly address: Address;
  /** The relay's origin. */
  readonly origin: string;
  readonly deviceName: string;
  readonly device: DeviceSecrets;
  /** Only on devices that may add and revoke others. */
  readonly identitySeed: Secret | null;
  /** Newest first. Older ones open older messages; nothing removes them yet. */
  readonly epochs: readonly EpochSecret[];
  /** Log, witnesses and quorum (docs/spec/directory.md §7); an account without one has nothing that counts as witnessed. */
  readonly policy?: string | undefined;
}

const FORMAT = 1;
const MAX_CONTENT_BYTES = 1024 * 1024;
const MAX_NAME = 100;
const MAX_ORIGIN = 512;
const MAX_POLICY = 16_384;

export function encodeContent(content: AccountContent): Uint8Array {
  const { device, identitySeed, policy } = content;
  return encodeCbor(
    cborRecord({
      0: FORMAT,
      1: idBytes(content.mailboxId),
      2: content.address,
      3: content.origin,
      4: content.deviceName,
      5: [idBytes(device.deviceId), encodeMember(device.member), device.sigSeed, device.kemSeed],
      6: identitySeed,
      7: content.epochs.map((epoch) => [idBytes(epoch.kemKeyId), epoch.n, epoch.seed]),
      ...(policy === undefined ? {} : { 8: policy }),
    }),
  );
}

/** @throws WireError when the bytes are of another version */
export function parseContent(bytes: Uint8Array): AccountContent {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_CONTENT_BYTES }));
  assertKeys(map, [0, 1, 2, 3, 4, 5, 6, 7], [8]);
  asUint(map.get(0), FORMAT);
  const [deviceId, member, sigSeed, kemSeed] = asArray(map.get(5), 4);
  return {
    mailboxId: mailboxIdFrom(asBytes(map.get(1))),
    address: parseAddress(asText(map.get(2), 254)),
    origin: asText(map.get(3), MAX_ORIGIN),
    deviceName: asText(map.get(4), MAX_NAME),
    device: {
      deviceId: deviceIdFrom(asBytes(deviceId)),
      member: parseMember(member),
      sigSeed: asSecret(asBytes(sigSeed, 32)),
      kemSeed: asSecret(asBytes(kemSeed, 32)),
    },
    identitySeed: orNull(map.get(6), (value) => asSecret(asBytes(value, 32))),
    epochs: asArray(map.get(7)).map((item) => {
      const [kemKeyId, n, seed] = asArray(item, 3);
      return { kemKeyId: kemKeyIdFrom(asBytes(kemKeyId)), n: asUint(n), seed: asSecret(asBytes(seed, 32)) };
    }),
    ...(map.has(8) ? { policy: asText(map.get(8), MAX_POLICY) } : {}),
  };
}
