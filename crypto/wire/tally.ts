import { type CborMap, cborRecord, encodeCbor, parseCbor } from './cbor.js';
import { WireError } from './error.js';
import {
  type DeviceId,
  type MailboxId,
  type PayloadId,
  deviceIdFrom,
  idBytes,
  mailboxIdFrom,
  payloadIdFrom,
} from './ids.js';
import { DIGEST_BYTES } from './payload.js';
import { asArray, asBytes, asCount, asMap, asOneOf, asUint, assertKeys, orNull } from './shape.js';
import { SIGNATURE_BYTES, verifySignature } from './signature.js';

/** The sender's signed count and root of a payload's segments (docs/spec/payload.md §5). */

/** Every tally has this size on the wire, whatever it says. */
export const TALLY_WIRE_BYTES = 8192;

export type TallyStatus = 'open' | 'final' | 'aborted';

/** Where something stands in the package, and its SHA-256. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
  readonly sha256: Uint8Array;
}

export interface TallyBody {
  readonly payloadId: PayloadId;
  /** From 1, without going back. */
  readonly seq: number;
  readonly segments: number;
  readonly root: Uint8Array;
  readonly status: TallyStatus;
  /** Padded plaintext length; only when final. */
  readonly totalBytes: number | null;
  readonly newestManifest: Extent | null;
  readonly timeMs: number;
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
}

const STATUSES = ['open', 'final', 'aborted'] as const;

export function encodeTallyBody(tally: TallyBody): Uint8Array {
  const manifest = tally.newestManifest;
  return encodeCbor(
    cborRecord({
      1: idBytes(tally.payloadId),
      2: tally.seq,
      3: tally.segments,
      4: tally.root,
      5: STATUSES.indexOf(tally.status),
      6: tally.totalBytes,
      7: manifest === null ? null : [manifest.offset, manifest.length, manifest.sha256],
      8: tally.timeMs,
      9: idBytes(tally.mailboxId),
      10: idBytes(tally.deviceId),
    }),
  );
}

export function encodeTallyRecord(body: Uint8Array, signature: Uint8Array): Uint8Array {
  return encodeCbor([body, signature]);
}

export interface TallySigner {
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
  readonly sigKey: Uint8Array;
  /** Others that the same device has had since the message: it may have renewed its keys while it was sending. */
  readonly otherKeys?: readonly Uint8Array[] | undefined;
}

/**
 * @param record CBOR [body, signature]
 * @param payloadId the payload it must speak of
 * @param signer the one device whose tallies count: a co-recipient holds the payload secret and could sign as itself
 * @throws WireError `signature`, `shape`, `length`, `not-canonical`, `limits`
 */
export function verifyTallyRecord(record: Uint8Array, payloadId: PayloadId, signer: TallySigner): TallyBody {
  const [claimedBody, signature] = asArray(parseCbor(record, { maxBytes: TALLY_WIRE_BYTES }), 2);
  const body = asBytes(claimedBody);
  verifyByAnyKey(signer, body, asBytes(signature, SIGNATURE_BYTES));
  const tally = parseTallyBody(asMap(parseCbor(body, { maxBytes: TALLY_WIRE_BYTES })));
  if (tally.payloadId !== payloadId || tally.mailboxId !== signer.mailboxId || tally.deviceId !== signer.deviceId) {
    throw new WireError('shape', 'a tally of another payload or signer');
  }
  return tally;
}

function verifyByAnyKey({ sigKey, otherKeys = [] }: TallySigner, body: Uint8Array, signature: Uint8Array): void {
  const keys = [sigKey, ...otherKeys];
  for (const [at, key] of keys.entries()) {
    try {
      return verifySignature('tally', key, body, signature);
    } catch (error) {
      if (at === keys.length - 1) throw error;
    }
  }
}

function parseTallyBody(map: CborMap): TallyBody {
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const status = STATUSES[asOneOf(map.get(5), [0, 1, 2])] ?? 'open';
  const totalBytes = orNull(map.get(6), (value) => asUint(value));
  if ((status === 'final') !== (totalBytes !== null)) throw new WireError('shape', 'only a final tally has a total');
  return {
    payloadId: payloadIdFrom(asBytes(map.get(1))),
    seq: asCount(map.get(2)),
    segments: asUint(map.get(3)),
    root: asBytes(map.get(4), DIGEST_BYTES),
    status,
    totalBytes,
    newestManifest: orNull(map.get(7), (value) => parseExtent(asArray(value, 3))),
    timeMs: asUint(map.get(8)),
    mailboxId: mailboxIdFrom(asBytes(map.get(9))),
    deviceId: deviceIdFrom(asBytes(map.get(10))),
  };
}

function parseExtent([offset, length, sha256]: ReturnType<typeof asArray>): Extent {
  return { offset: asUint(offset), length: asUint(length), sha256: asBytes(sha256, DIGEST_BYTES) };
}
