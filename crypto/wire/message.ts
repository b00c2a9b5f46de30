import { type CborValue, cborRecord, encodeCbor, parseCbor } from './cbor.js';
import { MAX_ENVELOPE_BYTES } from './envelope.js';
import { WireError } from './error.js';
import { taggedHash } from './hash.js';
import {
  type DeviceId,
  type KemKeyId,
  type MailboxId,
  type MessageId,
  type PayloadId,
  deviceIdFrom,
  idBytes,
  kemKeyIdFrom,
  mailboxIdFrom,
  messageIdFrom,
  payloadIdFrom,
} from './ids.js';
import { type MessageBody, encodeMessageBody, parseMessageBody } from './message-body.js';
import { DIGEST_BYTES } from './payload.js';
import { asArray, asBytes, asCount, asMap, asOneOf, asText, asUint, assertKeys, orNull } from './shape.js';
import { ED25519_SIGNATURE_BYTES } from './signature.js';
import { type Suite, SUITE, assertSuite } from './suite.js';

/** The signed inside of an envelope: header H, the same for all recipients, and P, one for each (docs/spec/envelope.md §4). */

export type Role = 'to' | 'cc' | 'bcc';

export interface Sender {
  readonly mailboxId: MailboxId;
  readonly deviceId: DeviceId;
  /** The sender's chain as he knew it: the recipient's view must contain exactly this head at this seq. */
  readonly seq: number;
  readonly head: Uint8Array;
}

export interface HeaderRecipient {
  readonly mailboxId: MailboxId;
  readonly role: 'to' | 'cc';
  readonly kemKeyId: KemKeyId;
}

/** Of what a payload is made; `package` is the one kind there is. */
export type PayloadKind = 'package';

export interface HeaderPayload {
  readonly payloadId: PayloadId;
  readonly kind: PayloadKind;
  /** Who sealed and tallies it, when that is not the sender: a forwarded payload. */
  readonly origin: { readonly mailboxId: MailboxId; readonly deviceId: DeviceId } | null;
}

/** A checkpoint of the directory's log as the sender saw it (gossip), signed by the log: nobody can invent one. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** The log's Ed25519 signature over origin, size and root as a note. */
  readonly signature: Uint8Array;
}

export interface MessageHeader {
  readonly suite: Suite;
  readonly messageId: MessageId;
  readonly createdMs: number;
  readonly sender: Sender;
  readonly recipients: readonly HeaderRecipient[];
  readonly body: MessageBody;
  readonly payloads: readonly HeaderPayload[];
  readonly checkpoint: Checkpoint | null;
}

export interface RecipientPart {
  readonly mailboxId: MailboxId;
  readonly kemKeyId: KemKeyId;
  readonly role: Role;
  /** From 1, per sender device and recipient mailbox. */
  readonly chainN: number;
  /** `TH("link", CBOR [H, P])` of the message before; zeros for the first. */
  readonly chainPrev: Uint8Array;
}

/** One relay request holds them all; more recipients than that is a mailing list. */
export const MAX_RECIPIENTS = 100;
export const MAX_PAYLOADS = 16;
const MAX_ORIGIN = 512;

export function encodeHeader(header: MessageHeader): Uint8Array {
  const { sender, checkpoint } = header;
  return encodeCbor(
    cborRecord({
      1: 'msg',
      2: header.suite,
      3: idBytes(header.messageId),
      4: header.createdMs,
      5: [idBytes(sender.mailboxId), idBytes(sender.deviceId), sender.seq, sender.head],
      6: header.recipients.map((r) => [idBytes(r.mailboxId), r.role, idBytes(r.kemKeyId)]),
      7: encodeMessageBody(header.body),
      8: header.payloads.map(encodeHeaderPayload),
      9: checkpoint === null ? null : [checkpoint.origin, checkpoint.size, checkpoint.root, checkpoint.signature],
      11: [],
    }),
  );
}

/** @throws WireError; critical extensions (field 11) are refused, because none is known */
export function parseHeader(bytes: Uint8Array): MessageHeader {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_ENVELOPE_BYTES }));
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
  asOneOf(map.get(1), ['msg']);
  asArray(map.get(11), 0);
  const header: MessageHeader = {
    suite: assertSuite(asUint(map.get(2))),
    messageId: messageIdFrom(asBytes(map.get(3))),
    createdMs: asUint(map.get(4)),
    sender: parseSender(asArray(map.get(5), 4)),
    recipients: asArray(map.get(6)).map((item) => parseHeaderRecipient(asArray(item, 3))),
    body: parseMessageBody(asMap(map.get(7))),
    payloads: asArray(map.get(8)).map((item) => parseHeaderPayload(asArray(item, 3))),
    checkpoint: orNull(map.get(9), (value) => parseCheckpoint(asArray(value, 4))),
  };
  assertLists(header);
  assertOwnState(header);
  assertKnown(header);
  return header;
}

/** docs/spec/envelope.md §4.3: what devices of a mailbox tell each other goes to that mailbox alone, and carries no payload. */
function assertOwnState({ body, sender, recipients, payloads }: MessageHeader): void {
  if (body.kind !== 'state') return;
  const [only, ...others] = recipients;
  if (only?.mailboxId !== sender.mailboxId || others.length > 0 || payloads.length > 0) {
    throw new WireError('shape', 'own state goes to the own mailbox only');
  }
}

/** docs/spec/envelope.md §4.4: known files lie in payloads of the list, each once, and one payload at least is none of them. */
function assertKnown({ body, payloads }: MessageHeader): void {
  if (body.kind !== 'message' || body.known.length === 0) return;
  const sources = new Set(body.known.map(({ payloadId }) => payloadId));
  const named = payloads.filter(({ payloadId }) => sources.has(payloadId)).length;
  const isEachOnce = new Set(body.known.map(({ fileId }) => fileId)).size === body.known.length;
  if (named !== sources.size || payloads.length !== named + 1 || !isEachOnce) {
    throw new WireError('shape', 'known files of payloads that are not there');
  }
}

/** Lists are bounded, and no mailbox or payload stands in them twice. */
function assertLists(header: MessageHeader): void {
  const mailboxes = new Set(header.recipients.map((recipient) => recipient.mailboxId));
  const payloads = new Set(header.payloads.map((payload) => payload.payloadId));
  if (mailboxes.size > MAX_RECIPIENTS || payloads.size > MAX_PAYLOADS) throw new WireError('limits', 'list too long');
  if (mailboxes.size !== header.recipients.length) throw new WireError('shape', 'a recipient twice');
  if (payloads.size !== header.payloads.length) throw new WireError('shape', 'a payload twice');
}

/** `hdr_hash = TH("hdr", H)` */
export function headerHash(header: Uint8Array): Uint8Array {
  return taggedHash('hdr', header);
}

export function encodeRecipientPart(part: RecipientPart): Uint8Array {
  return encodeCbor(
    cborRecord({
      1: idBytes(part.mailboxId),
      2: idBytes(part.kemKeyId),
      3: part.role,
      4: part.chainN,
      5: part.chainPrev,
    }),
  );
}

/** @throws WireError */
export function parseRecipientPart(bytes: Uint8Array): RecipientPart {
  const map = asMap(parseCbor(bytes, { maxBytes: 1024 }));
  assertKeys(map, [1, 2, 3, 4, 5]);
  return {
    mailboxId: mailboxIdFrom(asBytes(map.get(1))),
    kemKeyId: kemKeyIdFrom(asBytes(map.get(2))),
    role: asOneOf(map.get(3), ['to', 'cc', 'bcc']),
    chainN: asCount(map.get(4)),
    chainPrev: asBytes(map.get(5), DIGEST_BYTES),
  };
}

/** What the sender signs with label `msg`: both encodings as byte strings. */
export function messageSignatureInput(header: Uint8Array, part: Uint8Array): Uint8Array {
  return encodeCbor([header, part]);
}

/** The link that the next message of the same chain names as `chain_prev`. */
export function linkHash(header: Uint8Array, part: Uint8Array): Uint8Array {
  return taggedHash('link', messageSignatureInput(header, part));
}

export function newHeader(fields: Omit<MessageHeader, 'suite'>): MessageHeader {
  return { suite: SUITE, ...fields };
}

function encodeHeaderPayload(payload: HeaderPayload): CborValue {
  const { origin } = payload;
  const from = origin === null ? null : [idBytes(origin.mailboxId), idBytes(origin.deviceId)];
  return [idBytes(payload.payloadId), payload.kind, from];
}

function parseHeaderPayload([payloadId, kind, origin]: readonly CborValue[]): HeaderPayload {
  return {
    payloadId: payloadIdFrom(asBytes(payloadId)),
    kind: asOneOf(kind, ['package']),
    origin: orNull(origin, (value) => {
      const [mailboxId, deviceId] = asArray(value, 2);
      return { mailboxId: mailboxIdFrom(asBytes(mailboxId)), deviceId: deviceIdFrom(asBytes(deviceId)) };
    }),
  };
}

function parseSender([mailboxId, deviceId, seq, head]: readonly CborValue[]): Sender {
  return {
    mailboxId: mailboxIdFrom(asBytes(mailboxId)),
    deviceId: deviceIdFrom(asBytes(deviceId)),
    seq: asUint(seq),
    head: asBytes(head, DIGEST_BYTES),
  };
}

function parseHeaderRecipient([mailboxId, role, kemKeyId]: readonly CborValue[]): HeaderRecipient {
  return {
    mailboxId: mailboxIdFrom(asBytes(mailboxId)),
    role: asOneOf(role, ['to', 'cc']),
    kemKeyId: kemKeyIdFrom(asBytes(kemKeyId)),
  };
}

function parseCheckpoint([origin, size, root, signature]: readonly CborValue[]): Checkpoint {
  return {
    origin: asText(origin, MAX_ORIGIN),
    size: asUint(size),
    root: asBytes(root, DIGEST_BYTES),
    signature: asBytes(signature, ED25519_SIGNATURE_BYTES),
  };
}
