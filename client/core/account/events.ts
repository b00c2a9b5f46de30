import { type CborValue, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import {
  type Address,
  type DeviceId,
  type MailboxId,
  type MessageId,
  type PayloadId,
  deviceIdFrom,
  idBytes,
  mailboxIdFrom,
  messageIdFrom,
  parseAddress,
  payloadIdFrom,
} from '../../../crypto/wire/ids.js';
import { type Member, encodeMember, parseMember } from '../../../crypto/wire/member.js';
import { MAX_DEVICE_NAME } from '../../../crypto/wire/roster.js';
import { type ReceiptKind, type ReceiptPayload } from '../../../crypto/wire/receipt.js';
import { asArray, asBytes, asOneOf, asText, asUint } from '../../../crypto/wire/shape.js';
import { type Secret, asSecret } from '../../../crypto/seal/secret.js';
import { type ContactEvent, encodeContactEvent, isContactKind, parseContactEvent } from './contact-events.js';
import { type LifeEvent, encodeLifeEvent, isLifeKind, parseLifeEvent } from './life-events.js';
import { type LogEvent, encodeLogEvent, parseLogEvent } from './log-events.js';

/** What happened to a mailbox, as one device remembers it (docs/spec/keystore.md §6). One record holds the events of one transaction. */
export type AccountEvent =
  /** A mailbox's chain was verified up to this point; it may only grow from here (invariant 12). */
  | {
      readonly kind: 'pinned';
      readonly mailboxId: MailboxId;
      readonly address: Address;
      readonly seq: number;
      readonly head: Uint8Array;
    }
  /** A message to this mailbox took number `n` of the chain. */
  | { readonly kind: 'linked'; readonly mailboxId: MailboxId; readonly n: number; readonly link: Uint8Array }
  | ReceivedEvent
  | ContactEvent
  | LifeEvent
  /** An envelope that does not open or must not be believed. */
  | {
      readonly kind: 'quarantined';
      readonly seq: number;
      readonly messageId: MessageId;
      readonly mailboxId: MailboxId;
      readonly code: string;
      readonly acceptedMs: number;
    }
  /** A message that another device of the mailbox has opened: known against replays, without what it said. */
  | {
      readonly kind: 'seen';
      readonly sender: MailboxId;
      readonly messageId: MessageId;
      readonly seq: number;
      readonly envelopeDigest: Uint8Array;
    }
  /** How far the chain of a sender's device has come, as another device of the mailbox has seen it. */
  | {
      readonly kind: 'chained';
      readonly mailboxId: MailboxId;
      readonly deviceId: DeviceId;
      readonly n: number;
      readonly link: Uint8Array;
    }
  /** What a device of the own mailbox is called, and whose it is. */
  | { readonly kind: 'device-named'; readonly deviceId: DeviceId; readonly name: string; readonly member: Member }
  /** The keystore was written in this version: an older file is a copy put back. */
  | { readonly kind: 'keystore'; readonly version: number }
  | LogEvent
  /** Every delivery up to here has been looked at. */
  | { readonly kind: 'cursor'; readonly seq: number }
  | { readonly kind: 'outgoing'; readonly messageId: MessageId; readonly phase: 'prepared' | 'sent' | 'aborted' }
  /** The final tally this device signed. */
  | { readonly kind: 'tallied'; readonly payloadId: PayloadId; readonly segments: number; readonly root: Uint8Array }
  | {
      readonly kind: 'receipt-received';
      readonly messageId: MessageId;
      readonly receipt: Uint8Array;
      readonly seq: number;
      readonly agrees: boolean;
    }
  | {
      readonly kind: 'receipt-sent';
      readonly messageId: MessageId;
      readonly sender: MailboxId;
      readonly receipt: ReceiptKind;
    }
  /** All its files are on disk, verified. */
  | {
      readonly kind: 'completed';
      readonly messageId: MessageId;
      readonly sender: MailboxId;
      readonly instances: number;
      /** What its receipts say of each payload. */
      readonly payloads: readonly ReceiptPayload[];
    };

export interface ReceivedEvent {
  readonly kind: 'received';
  readonly seq: number;
  readonly envelopeDigest: Uint8Array;
  /** H and P as they were signed. */
  readonly header: Uint8Array;
  readonly part: Uint8Array;
  readonly signature: Uint8Array;
  readonly secrets: ReadonlyMap<PayloadId, Secret>;
  readonly isWitnessed: boolean;
  /** Messages of the same chain that have not come. */
  readonly missing: number;
  readonly acceptedMs: number;
  readonly expiresMs: number;
}

const MAX_RECORD_BYTES = 16 * 1024 * 1024;
const MAX_CODE = 64;
const RECEIPT_KINDS = ['delivered', 'opened', 'imported', 'refused'] as const;

export function encodeEvents(events: readonly AccountEvent[]): Uint8Array {
  return encodeCbor(events.map(encodeEvent));
}

/** @throws WireError for events of a newer version */
export function parseEvents(bytes: Uint8Array): AccountEvent[] {
  return asArray(parseCbor(bytes, { maxBytes: MAX_RECORD_BYTES })).map((item) => {
    const [kind, ...fields] = asArray(item);
    return parseEvent(asText(kind, 32), fields);
  });
}

function encodeEvent(event: AccountEvent): CborValue {
  switch (event.kind) {
    case 'pinned':
      return [event.kind, idBytes(event.mailboxId), event.address, event.seq, event.head];
    case 'linked':
      return [event.kind, idBytes(event.mailboxId), event.n, event.link];
    case 'received':
      return encodeReceived(event);
    case 'quarantined':
      return [event.kind, event.seq, idBytes(event.messageId), idBytes(event.mailboxId), event.code, event.acceptedMs];
    case 'seen':
      return [event.kind, idBytes(event.sender), idBytes(event.messageId), event.seq, event.envelopeDigest];
    case 'chained':
      return [event.kind, idBytes(event.mailboxId), idBytes(event.deviceId), event.n, event.link];
    case 'device-named':
      return [event.kind, idBytes(event.deviceId), event.name, encodeMember(event.member)];
    case 'checkpoint-seen':
    case 'log-alarm':
    case 'log-alarm-settled':
    case 'alarm-told':
    case 'own-checked':
    case 'waiting':
    case 'settled':
      return encodeLogEvent(event);
    case 'withdrawn':
    case 'removed':
      return encodeLifeEvent(event);
    case 'cursor':
      return [event.kind, event.seq];
    case 'keystore':
      return [event.kind, event.version];
    case 'outgoing':
      return [event.kind, idBytes(event.messageId), event.phase];
    case 'tallied':
      return [event.kind, idBytes(event.payloadId), event.segments, event.root];
    case 'receipt-received':
      return [event.kind, idBytes(event.messageId), event.receipt, event.seq, event.agrees];
    case 'receipt-sent':
      return [event.kind, idBytes(event.messageId), idBytes(event.sender), event.receipt];
    case 'completed':
      return [
        event.kind,
        idBytes(event.messageId),
        idBytes(event.sender),
        event.instances,
        event.payloads.map((p) => [idBytes(p.payloadId), p.segments, p.root, p.isFinal]),
      ];
    default:
      return encodeContactEvent(event);
  }
}

function encodeReceived(event: ReceivedEvent): CborValue {
  const secrets = [...event.secrets].map(([payloadId, secret]) => [idBytes(payloadId), secret]);
  const { seq, envelopeDigest, header, part, signature, isWitnessed, missing, acceptedMs, expiresMs } = event;
  return [
    event.kind,
    seq,
    envelopeDigest,
    header,
    part,
    secrets,
    isWitnessed,
    missing,
    acceptedMs,
    expiresMs,
    signature,
  ];
}

function parseEvent(kind: string, f: readonly CborValue[]): AccountEvent {
  if (isContactKind(kind)) return parseContactEvent(kind, f);
  const message = (): MessageId => messageIdFrom(asBytes(f[0]));
  switch (kind) {
    case 'pinned':
      return {
        kind,
        mailboxId: mailboxIdFrom(asBytes(f[0])),
        address: parseAddress(asText(f[1], 254)),
        seq: asUint(f[2]),
        head: asBytes(f[3], 32),
      };
    case 'linked':
      return { kind, mailboxId: mailboxIdFrom(asBytes(f[0])), n: asUint(f[1]), link: asBytes(f[2], 32) };
    case 'received':
      return parseReceived(f);
    case 'quarantined':
      return {
        kind,
        seq: asUint(f[0]),
        messageId: messageIdFrom(asBytes(f[1])),
        mailboxId: mailboxIdFrom(asBytes(f[2])),
        code: asText(f[3], MAX_CODE),
        acceptedMs: asUint(f[4]),
      };
    case 'cursor':
      return { kind, seq: asUint(f[0]) };
    case 'keystore':
      return { kind, version: asUint(f[0]) };
    case 'outgoing':
      return { kind, messageId: message(), phase: asOneOf(f[1], ['prepared', 'sent', 'aborted']) };
    case 'tallied':
      return { kind, payloadId: payloadIdFrom(asBytes(f[0])), segments: asUint(f[1]), root: asBytes(f[2], 32) };
    case 'receipt-received':
      return {
        kind,
        messageId: message(),
        receipt: asBytes(f[1]),
        seq: asUint(f[2]),
        agrees: asOneOf(f[3], [true, false]),
      };
    case 'receipt-sent':
      return {
        kind,
        messageId: message(),
        sender: mailboxIdFrom(asBytes(f[1])),
        receipt: asOneOf(f[2], RECEIPT_KINDS),
      };
    case 'completed':
      return {
        kind,
        messageId: message(),
        sender: mailboxIdFrom(asBytes(f[1])),
        instances: asUint(f[2]),
        payloads: parsePayloads(f[3]),
      };
    default:
      return isLifeKind(kind) ? parseLifeEvent(kind, f) : parseHanded(kind, f);
  }
}

/** What one device of the mailbox tells another. */
function parseHanded(kind: string, f: readonly CborValue[]): AccountEvent {
  switch (kind) {
    case 'seen':
      return {
        kind,
        sender: mailboxIdFrom(asBytes(f[0])),
        messageId: messageIdFrom(asBytes(f[1])),
        seq: asUint(f[2]),
        envelopeDigest: asBytes(f[3], 32),
      };
    case 'chained':
      return {
        kind,
        mailboxId: mailboxIdFrom(asBytes(f[0])),
        deviceId: deviceIdFrom(asBytes(f[1])),
        n: asUint(f[2]),
        link: asBytes(f[3], 32),
      };
    case 'device-named':
      return {
        kind,
        deviceId: deviceIdFrom(asBytes(f[0])),
        name: asText(f[1], MAX_DEVICE_NAME),
        member: parseMember(f[2]),
      };
    default:
      return parseLogEvent(kind, f);
  }
}

function parsePayloads(value: CborValue | undefined): ReceiptPayload[] {
  return asArray(value).map((item) => {
    const [payloadId, segments, root, isFinal] = asArray(item, 4);
    return {
      payloadId: payloadIdFrom(asBytes(payloadId)),
      segments: asUint(segments),
      root: asBytes(root, 32),
      isFinal: asOneOf(isFinal, [true, false]),
    };
  });
}

function parseReceived(f: readonly CborValue[]): ReceivedEvent {
  const secrets = asArray(f[4]).map((item): [PayloadId, Secret] => {
    const [payloadId, secret] = asArray(item, 2);
    return [payloadIdFrom(asBytes(payloadId)), asSecret(asBytes(secret, 32))];
  });
  return {
    kind: 'received',
    seq: asUint(f[0]),
    envelopeDigest: asBytes(f[1], 32),
    header: asBytes(f[2]),
    part: asBytes(f[3]),
    secrets: new Map(secrets),
    isWitnessed: asOneOf(f[5], [true, false]),
    missing: asUint(f[6]),
    acceptedMs: asUint(f[7]),
    expiresMs: asUint(f[8]),
    signature: asBytes(f[9]),
  };
}
