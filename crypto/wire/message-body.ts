import { type CborMap, type CborValue, cborRecord } from './cbor.js';
import {
  type FileId,
  type MessageId,
  type PayloadId,
  fileIdFrom,
  idBytes,
  messageIdFrom,
  payloadIdFrom,
} from './ids.js';
import { type Member, encodeMember, parseMember } from './member.js';
import { type RosterEntry, encodeRoster, parseRoster } from './roster.js';
import { type StateBody, encodeStateBody, parseStateBody } from './own-state.js';
import { DIGEST_BYTES } from './payload.js';
import { asArray, asBytes, asOneOf, asText, asUint, assertKeys, orNull } from './shape.js';

/** What a message says (docs/spec/envelope.md §4.2). Text is text: nobody renders it as anything else. */

export interface Urgency {
  readonly deadlineMs: number;
  readonly reason: string;
}

export interface Summary {
  readonly studies: number;
  readonly instances: number;
  readonly bytes: number;
}

/** A file of an earlier payload that the recipient has already. */
export interface KnownFile {
  readonly payloadId: PayloadId;
  readonly fileId: FileId;
  readonly sha256: Uint8Array;
}

export interface LetterBody {
  readonly kind: 'message';
  readonly subject: string;
  readonly text: string;
  readonly threadId: MessageId;
  readonly replyTo: MessageId | null;
  readonly urgency: Urgency | null;
  readonly expiresMs: number;
  readonly summary: Summary;
  readonly known: readonly KnownFile[];
  readonly member: Member;
}

export interface ReceiptBody {
  readonly kind: 'receipt';
  readonly expiresMs: number;
  /** CBOR [receipt, signature], docs/spec/receipt.md. */
  readonly receipt: Uint8Array;
}

/** To the own mailbox only: what its devices are called. */
export interface RosterBody {
  readonly kind: 'roster';
  readonly expiresMs: number;
  readonly entries: readonly RosterEntry[];
}

export type MessageBody = LetterBody | ReceiptBody | RosterBody | StateBody;

export const MAX_SUBJECT = 500;
/** Leaves room for everything else in an envelope of 4 MiB, at four bytes a character. */
export const MAX_TEXT = 500_000;
const MAX_REASON = 500;
const MAX_KNOWN = 10_000;

export function encodeMessageBody(body: MessageBody): CborMap {
  switch (body.kind) {
    case 'message':
      return encodeLetter(body);
    case 'receipt':
      return cborRecord({ 1: body.kind, 7: body.expiresMs, 10: body.receipt });
    case 'roster':
      return cborRecord({ 1: body.kind, 7: body.expiresMs, 12: encodeRoster(body.entries) });
    case 'state':
      return encodeStateBody(body);
  }
}

function encodeLetter(body: LetterBody): CborMap {
  const { urgency, summary } = body;
  return cborRecord({
    1: body.kind,
    2: body.subject,
    3: body.text,
    4: idBytes(body.threadId),
    5: body.replyTo === null ? null : idBytes(body.replyTo),
    6: urgency === null ? null : [urgency.deadlineMs, urgency.reason],
    7: body.expiresMs,
    8: [summary.studies, summary.instances, summary.bytes],
    9: body.known.map((file) => [idBytes(file.payloadId), idBytes(file.fileId), file.sha256]),
    11: encodeMember(body.member),
  });
}

/** @throws WireError `shape` also for kinds this version does not know */
export function parseMessageBody(map: CborMap): MessageBody {
  const kind = asOneOf(map.get(1), ['message', 'receipt', 'roster', 'state'] as const);
  switch (kind) {
    case 'message':
      return parseLetter(map);
    case 'receipt':
      assertKeys(map, [1, 7, 10]);
      return { kind, expiresMs: asUint(map.get(7)), receipt: asBytes(map.get(10)) };
    case 'roster':
      assertKeys(map, [1, 7, 12]);
      return { kind, expiresMs: asUint(map.get(7)), entries: parseRoster(map.get(12)) };
    case 'state':
      return parseStateBody(map);
  }
}

function parseLetter(map: CborMap): LetterBody {
  assertKeys(map, [1, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
  const known = asArray(map.get(9));
  asUint(known.length, MAX_KNOWN);
  return {
    kind: 'message',
    subject: asText(map.get(2), MAX_SUBJECT),
    text: asText(map.get(3), MAX_TEXT),
    threadId: messageIdFrom(asBytes(map.get(4))),
    replyTo: orNull(map.get(5), (value) => messageIdFrom(asBytes(value))),
    urgency: orNull(map.get(6), parseUrgency),
    expiresMs: asUint(map.get(7)),
    summary: parseSummary(asArray(map.get(8), 3)),
    known: known.map((item) => parseKnown(asArray(item, 3))),
    member: parseMember(map.get(11)),
  };
}

function parseUrgency(value: CborValue): Urgency {
  const [deadlineMs, reason] = asArray(value, 2);
  return { deadlineMs: asUint(deadlineMs), reason: asText(reason, MAX_REASON) };
}

function parseSummary([studies, instances, bytes]: readonly CborValue[]): Summary {
  return { studies: asUint(studies), instances: asUint(instances), bytes: asUint(bytes) };
}

function parseKnown([payloadId, fileId, sha256]: readonly CborValue[]): KnownFile {
  return {
    payloadId: payloadIdFrom(asBytes(payloadId)),
    fileId: fileIdFrom(asBytes(fileId)),
    sha256: asBytes(sha256, DIGEST_BYTES),
  };
}
