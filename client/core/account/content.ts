import { type CborValue, cborRecord, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
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
  /** Newest first. Older ones open older messages, until their retention ends. */
  readonly epochs: readonly EpochSecret[];
  /** New keys that are kept before the relay hears of them; adopted once the chain shows them. */
  readonly pending?: PendingKeys | undefined;
  /** How long after its end an epoch's secret is kept. */
  readonly retentionMs?: number | undefined;
  /** Log, witnesses and quorum (docs/spec/directory.md §7); an account without one has nothing that counts as witnessed. */
  readonly policy?: string | undefined;
}

export interface PendingKeys {
  readonly device: Pick<DeviceSecrets, 'sigSeed' | 'kemSeed'> | null;
  readonly identitySeed: Secret | null;
}

const DAY_MS = 86_400_000;
/** docs/spec/keystore.md §5: longer than the relay keeps any message that was sealed to the epoch. */
export const DEFAULT_RETENTION_MS = 366 * DAY_MS;

/** Format 1 had neither pending keys nor a retention. */
const FORMAT = 2;
const FIELDS = [0, 1, 2, 3, 4, 5, 6, 7];
const MAX_CONTENT_BYTES = 1024 * 1024;
const MAX_NAME = 100;
const MAX_ORIGIN = 512;
const MAX_POLICY = 16_384;

export function encodeContent(content: AccountContent): Uint8Array {
  const { device, identitySeed, pending, retentionMs, policy } = content;
  const renewed = pending?.device ?? null;
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
      8: [renewed === null ? null : [renewed.sigSeed, renewed.kemSeed], pending?.identitySeed ?? null],
      9: retentionMs ?? DEFAULT_RETENTION_MS,
      ...(policy === undefined ? {} : { 10: policy }),
    }),
  );
}

/** @throws WireError when the bytes are of another version */
export function parseContent(bytes: Uint8Array): AccountContent {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_CONTENT_BYTES }));
  const format = asUint(map.get(0), FORMAT);
  assertKeys(map, format === FORMAT ? [...FIELDS, 8, 9] : FIELDS, format === FORMAT ? [10] : []);
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
    ...(format === FORMAT ? { pending: parsePending(map.get(8)), retentionMs: asUint(map.get(9)) } : {}),
    ...(map.has(10) ? { policy: asText(map.get(10), MAX_POLICY) } : {}),
  };
}

function parsePending(value: CborValue | undefined): PendingKeys {
  const [device, identitySeed] = asArray(value, 2);
  return {
    device: orNull(device, (item) => {
      const [sigSeed, kemSeed] = asArray(item, 2);
      return { sigSeed: asSecret(asBytes(sigSeed, 32)), kemSeed: asSecret(asBytes(kemSeed, 32)) };
    }),
    identitySeed: orNull(identitySeed, (item) => asSecret(asBytes(item, 32))),
  };
}
