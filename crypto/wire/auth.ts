import { cborRecord, encodeCbor, parseCbor } from './cbor.js';
import { type DeviceId, type MailboxId, deviceIdFrom, idBytes, mailboxIdFrom } from './ids.js';
import { asBytes, asMap, asText, asUint, assertKeys } from './shape.js';

/** What a device signs (label `auth`) to begin a session: docs/spec/relay-api.md §3. */
export interface AuthStatement {
  /** Scheme, host and port the device believes it speaks to: a relay in between cannot pass the signature on. */
  readonly origin: string;
  readonly nonce: Uint8Array;
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
  readonly timeMs: number;
}

const MAX_BYTES = 1024;
const MAX_ORIGIN = 512;
export const AUTH_NONCE_BYTES = 32;

export function encodeAuth(auth: AuthStatement): Uint8Array {
  return encodeCbor(
    cborRecord({
      1: auth.origin,
      2: auth.nonce,
      3: idBytes(auth.mailboxId),
      4: idBytes(auth.deviceId),
      5: auth.timeMs,
    }),
  );
}

/** @throws WireError */
export function parseAuth(bytes: Uint8Array): AuthStatement {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_BYTES }));
  assertKeys(map, [1, 2, 3, 4, 5]);
  return {
    origin: asText(map.get(1), MAX_ORIGIN),
    nonce: asBytes(map.get(2), AUTH_NONCE_BYTES),
    mailboxId: mailboxIdFrom(asBytes(map.get(3))),
    deviceId: deviceIdFrom(asBytes(map.get(4))),
    timeMs: asUint(map.get(5)),
  };
}
