import { cborRecord, encodeCbor, parseCbor } from './cbor.js';
import {
  type Address,
  type DeviceId,
  type MailboxId,
  deviceIdFrom,
  idBytes,
  mailboxIdFrom,
  parseAddress,
} from './ids.js';
import { asBytes, asCount, asMap, asText, asUint, assertKeys } from './shape.js';

/** What a device, or the holder of a recovery kit, signs for the relay beside a session (docs/spec/relay-api.md §11, §12). */

/** Label `keystore`: the newest keystore of a device, so that an older one that is put back is noticed. */
export interface KeystoreMark {
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
  /** The keystore file's version. */
  readonly version: number;
  /** `TH("keystore", file)`. */
  readonly digest: Uint8Array;
}

/** Label `recover`: whoever holds the recovery kit asks for the mailbox's chain, without a session. */
export interface RecoveryRequest {
  /** Scheme, host and port the kit's holder believes he speaks to. */
  readonly origin: string;
  readonly address: Address;
  readonly timeMs: number;
}

export const MAX_CLAIM_BYTES = 1024;
const MAX_ORIGIN = 512;

export function encodeKeystoreMark(mark: KeystoreMark): Uint8Array {
  const { mailboxId, deviceId, version, digest } = mark;
  return encodeCbor(cborRecord({ 1: idBytes(mailboxId), 2: idBytes(deviceId), 3: version, 4: digest }));
}

/** @throws WireError */
export function parseKeystoreMark(bytes: Uint8Array): KeystoreMark {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_CLAIM_BYTES }));
  assertKeys(map, [1, 2, 3, 4]);
  return {
    mailboxId: mailboxIdFrom(asBytes(map.get(1))),
    deviceId: deviceIdFrom(asBytes(map.get(2))),
    version: asCount(map.get(3)),
    digest: asBytes(map.get(4), 32),
  };
}

export function encodeRecoveryRequest({ origin, address, timeMs }: RecoveryRequest): Uint8Array {
  return encodeCbor(cborRecord({ 1: origin, 2: address, 3: timeMs }));
}

/** @throws WireError */
export function parseRecoveryRequest(bytes: Uint8Array): RecoveryRequest {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_CLAIM_BYTES }));
  assertKeys(map, [1, 2, 3]);
  return {
    origin: asText(map.get(1), MAX_ORIGIN),
    address: parseAddress(asText(map.get(2), 254)),
    timeMs: asUint(map.get(3)),
  };
}
