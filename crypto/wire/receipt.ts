import { type CborMap, type CborValue, cborRecord, encodeCbor, parseCbor } from './cbor.js';
import {
  type DeviceId,
  type MailboxId,
  type MessageId,
  type PayloadId,
  deviceIdFrom,
  idBytes,
  mailboxIdFrom,
  messageIdFrom,
  payloadIdFrom,
} from './ids.js';
import { type Member, encodeMember, parseMember } from './member.js';
import { WireError } from './error.js';
import { DIGEST_BYTES } from './payload.js';
import { asArray, asBytes, asMap, asOneOf, asText, asUint, assertKeys, orNull } from './shape.js';
import { SIGNATURE_BYTES, verifySignature } from './signature.js';

/** Signed evidence that a message arrived, was opened, imported or refused (docs/spec/receipt.md). */

export type ReceiptKind = 'delivered' | 'opened' | 'imported' | 'refused';

export interface ReceiptPayload {
  readonly payloadId: PayloadId;
  /** Segments and root of the tally that the receiver verified last; the sender compares them with his own. */
  readonly segments: number;
  readonly root: Uint8Array;
  readonly isFinal: boolean;
}

export interface Receipt {
  readonly kind: ReceiptKind;
  readonly messageId: MessageId;
  /** `TH("hdr", H)` of the message. */
  readonly headerHash: Uint8Array;
  readonly payloads: readonly ReceiptPayload[];
  /** Instances verified, displayed or imported, of how many. */
  readonly instances: number;
  readonly total: number;
  /** PACS AE title or `file`; only when imported. */
  readonly target: string | null;
  readonly timeMs: number;
  /** Why refused. */
  readonly reason: string | null;
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
  readonly member: Member;
}

const KINDS = ['delivered', 'opened', 'imported', 'refused'] as const;
const MAX_RECEIPT_BYTES = 65_536;
const MAX_TARGET = 64;
const MAX_REASON = 500;

export function encodeReceiptBody(receipt: Receipt): Uint8Array {
  return encodeCbor(
    cborRecord({
      1: 'rcpt',
      2: receipt.kind,
      3: idBytes(receipt.messageId),
      4: receipt.headerHash,
      5: receipt.payloads.map((p) => [idBytes(p.payloadId), p.segments, p.root, p.isFinal]),
      6: [receipt.instances, receipt.total],
      7: receipt.target,
      8: receipt.timeMs,
      9: receipt.reason,
      10: idBytes(receipt.mailboxId),
      11: idBytes(receipt.deviceId),
      12: encodeMember(receipt.member),
    }),
  );
}

export function encodeSignedReceipt(body: Uint8Array, signature: Uint8Array): Uint8Array {
  return encodeCbor([body, signature]);
}

export interface ReceiptSigner {
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
  readonly sigKey: Uint8Array;
}

/** @throws WireError `signature`, `shape`, … unless `signer` signed exactly this receipt */
export function verifyReceipt(bytes: Uint8Array, signer: ReceiptSigner): Receipt {
  const { body, signature } = split(bytes);
  verifySignature('receipt', signer.sigKey, body, signature);
  const receipt = parseReceiptBody(body);
  if (receipt.mailboxId !== signer.mailboxId || receipt.deviceId !== signer.deviceId) {
    throw new WireError('shape', 'a receipt of somebody else');
  }
  return receipt;
}

/** Reads a receipt again that `verifyReceipt` has passed and that has been kept sealed since. @throws WireError */
export function readVerifiedReceipt(bytes: Uint8Array): Receipt {
  return parseReceiptBody(split(bytes).body);
}

function split(bytes: Uint8Array): { readonly body: Uint8Array; readonly signature: Uint8Array } {
  const [body, signature] = asArray(parseCbor(bytes, { maxBytes: MAX_RECEIPT_BYTES }), 2);
  return { body: asBytes(body), signature: asBytes(signature, SIGNATURE_BYTES) };
}

function parseReceiptBody(body: Uint8Array): Receipt {
  const map = asMap(parseCbor(body, { maxBytes: MAX_RECEIPT_BYTES }));
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  asOneOf(map.get(1), ['rcpt']);
  return parseReceipt(map);
}

function parseReceipt(map: CborMap): Receipt {
  const [instances, total] = asArray(map.get(6), 2);
  return {
    kind: asOneOf(map.get(2), KINDS),
    messageId: messageIdFrom(asBytes(map.get(3))),
    headerHash: asBytes(map.get(4), DIGEST_BYTES),
    payloads: asArray(map.get(5)).map((item) => parseReceiptPayload(asArray(item, 4))),
    instances: asUint(instances),
    total: asUint(total),
    target: orNull(map.get(7), (value) => asText(value, MAX_TARGET)),
    timeMs: asUint(map.get(8)),
    reason: orNull(map.get(9), (value) => asText(value, MAX_REASON)),
    mailboxId: mailboxIdFrom(asBytes(map.get(10))),
    deviceId: deviceIdFrom(asBytes(map.get(11))),
    member: parseMember(map.get(12)),
  };
}

function parseReceiptPayload([payloadId, segments, root, isFinal]: readonly CborValue[]): ReceiptPayload {
  return {
    payloadId: payloadIdFrom(asBytes(payloadId)),
    segments: asUint(segments),
    root: asBytes(root, DIGEST_BYTES),
    isFinal: asOneOf(isFinal, [true, false]),
  };
}
