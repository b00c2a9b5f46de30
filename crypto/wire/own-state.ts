import { type CborMap, type CborValue, cborRecord } from './cbor.js';
import { WireError } from './error.js';
import { type MailboxId, type MessageId, idBytes, mailboxIdFrom, messageIdFrom } from './ids.js';
import { type Member, encodeMember, parseMember } from './member.js';
import { asArray, asBytes, asMap, asText, asUint, assertKeys } from './shape.js';

/**
 * What the devices of one mailbox tell each other about their common work (docs/spec/envelope.md §4.3). The list of
 * operations is closed: who does not know one refuses the message, so that no device silently leaves out a step.
 */

/** A message id is its sender's choice, so the sender belongs to the name of a message. */
export interface MessageTarget {
  readonly sender: MailboxId;
  readonly messageId: MessageId;
}

export type StateOp =
  /** The member who signs takes the message on. */
  | { readonly op: 'claim'; readonly target: MessageTarget }
  | { readonly op: 'hand-over'; readonly target: MessageTarget; readonly to: string }
  | { readonly op: 'done'; readonly target: MessageTarget }
  | { readonly op: 'note'; readonly target: MessageTarget; readonly text: string }
  /** The member has compared safety numbers with somebody of that mailbox. */
  | { readonly op: 'verified-contact'; readonly mailboxId: MailboxId }
  | { readonly op: 'unverified-contact'; readonly mailboxId: MailboxId };

export interface StateBody {
  readonly kind: 'state';
  readonly expiresMs: number;
  /** Who did it, on the device that signs. */
  readonly member: Member;
  readonly timeMs: number;
  readonly op: StateOp;
}

export const MAX_NOTE = 10_000;
export const MAX_MEMBER_LABEL = 100;

export function encodeStateBody(body: StateBody): CborMap {
  return cborRecord({
    1: body.kind,
    7: body.expiresMs,
    11: encodeMember(body.member),
    12: body.timeMs,
    13: encodeOp(body.op),
  });
}

/** @throws WireError `shape` also for operations this version does not know */
export function parseStateBody(map: CborMap): StateBody {
  assertKeys(map, [1, 7, 11, 12, 13]);
  return {
    kind: 'state',
    expiresMs: asUint(map.get(7)),
    member: parseMember(map.get(11)),
    timeMs: asUint(map.get(12)),
    op: parseOp(asMap(map.get(13))),
  };
}

function encodeOp(op: StateOp): CborMap {
  switch (op.op) {
    case 'claim':
    case 'done':
      return cborRecord({ 1: op.op, 2: encodeTarget(op.target) });
    case 'hand-over':
      return cborRecord({ 1: op.op, 2: encodeTarget(op.target), 3: op.to });
    case 'note':
      return cborRecord({ 1: op.op, 2: encodeTarget(op.target), 4: op.text });
    case 'verified-contact':
    case 'unverified-contact':
      return cborRecord({ 1: op.op, 5: idBytes(op.mailboxId) });
  }
}

function parseOp(map: CborMap): StateOp {
  const op = asText(map.get(1), 32);
  switch (op) {
    case 'claim':
    case 'done':
      assertKeys(map, [1, 2]);
      return { op, target: parseTarget(map.get(2)) };
    case 'hand-over':
      assertKeys(map, [1, 2, 3]);
      return { op, target: parseTarget(map.get(2)), to: asFilled(map.get(3), MAX_MEMBER_LABEL) };
    case 'note':
      assertKeys(map, [1, 2, 4]);
      return { op, target: parseTarget(map.get(2)), text: asFilled(map.get(4), MAX_NOTE) };
    case 'verified-contact':
    case 'unverified-contact':
      assertKeys(map, [1, 5]);
      return { op, mailboxId: mailboxIdFrom(asBytes(map.get(5))) };
    default:
      throw new WireError('shape', 'unknown operation');
  }
}

function asFilled(value: CborValue | undefined, maxLength: number): string {
  const text = asText(value, maxLength);
  if (text === '') throw new WireError('shape', 'a text that says nothing');
  return text;
}

function encodeTarget({ sender, messageId }: MessageTarget): CborValue {
  return [idBytes(sender), idBytes(messageId)];
}

function parseTarget(value: CborValue | undefined): MessageTarget {
  const [sender, messageId] = asArray(value, 2);
  return { sender: mailboxIdFrom(asBytes(sender)), messageId: messageIdFrom(asBytes(messageId)) };
}
