import { type CborMap, type CborValue, cborRecord } from './cbor.js';
import { WireError } from './error.js';
import {
  type Address,
  type MailboxId,
  type MessageId,
  type RegistrarId,
  idBytes,
  mailboxIdFrom,
  messageIdFrom,
  parseAddress,
  registrarIdFrom,
} from './ids.js';
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
  | { readonly op: 'unverified-contact'; readonly mailboxId: MailboxId }
  /** Mailboxes that the device has met for the first time, as far as it has verified their chains. */
  | { readonly op: 'pinned'; readonly contacts: readonly PinnedContact[] }
  /** The member has made sure of another mailbox behind an address than the one that was pinned. */
  | { readonly op: 'accepted-address'; readonly address: Address; readonly mailboxId: MailboxId }
  /** Whose word for a name counts from now on, all of them. */
  | { readonly op: 'registrars'; readonly registrars: readonly RegistrarId[] }
  /** In which PACS of the practice the device that signs stores a message when a member asks for it: all of them, by name. */
  | { readonly op: 'pacs'; readonly names: readonly string[] }
  /** The member asks for it. */
  | { readonly op: 'import'; readonly target: MessageTarget; readonly pacs: string }
  /** How many instances of how many that PACS has confirmed. */
  | {
      readonly op: 'imported';
      readonly target: MessageTarget;
      readonly pacs: string;
      readonly instances: number;
      readonly total: number;
    }
  /** The member, at a device that administrates, has decided which of two histories of the log counts. */
  | SettledAlarmOp;

export interface SettledAlarmOp {
  readonly op: 'settled-alarm';
  /** A checkpoint of the history that counts, with the log's signature. */
  readonly note: Uint8Array;
  /** What does not. */
  readonly abandoned: { readonly size: number; readonly root: Uint8Array };
  readonly reason: string;
}

export interface PinnedContact {
  readonly address: Address;
  readonly mailboxId: MailboxId;
  readonly seq: number;
  readonly head: Uint8Array;
}

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
/** 64 contacts are about 20 KB. */
export const MAX_PINNED = 64;
export const MAX_TRUSTED = 100;
/** As many as a gateway's configuration may name. */
export const MAX_PACS = 16;
export const MAX_PACS_NAME = 64;
export const MAX_ALARM_REASON = 500;
/** A signed note is no longer (docs/spec/directory.md §2). */
const MAX_CHECKPOINT_NOTE = 65_536;
const HASH_BYTES = 32;

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
    case 'pinned':
      return cborRecord({ 1: op.op, 6: op.contacts.map(encodePinned) });
    case 'accepted-address':
      return cborRecord({ 1: op.op, 5: idBytes(op.mailboxId), 7: op.address });
    case 'registrars':
      return cborRecord({ 1: op.op, 8: op.registrars.map(idBytes) });
    case 'pacs':
      return cborRecord({ 1: op.op, 9: op.names });
    case 'import':
      return cborRecord({ 1: op.op, 2: encodeTarget(op.target), 10: op.pacs });
    case 'imported':
      return cborRecord({ 1: op.op, 2: encodeTarget(op.target), 10: op.pacs, 11: op.instances, 12: op.total });
    case 'settled-alarm':
      return cborRecord({ 1: op.op, 13: op.note, 14: [op.abandoned.size, op.abandoned.root], 15: op.reason });
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
    case 'pinned':
      assertKeys(map, [1, 6]);
      return { op, contacts: someOf(map.get(6), 1, MAX_PINNED).map(parsePinned) };
    case 'accepted-address':
      assertKeys(map, [1, 5, 7]);
      return { op, mailboxId: mailboxIdFrom(asBytes(map.get(5))), address: parseAddress(asText(map.get(7), 254)) };
    case 'registrars':
      assertKeys(map, [1, 8]);
      return { op, registrars: distinct(someOf(map.get(8), 0, MAX_TRUSTED).map((id) => registrarIdFrom(asBytes(id)))) };
    case 'pacs':
      assertKeys(map, [1, 9]);
      return { op, names: distinct(someOf(map.get(9), 0, MAX_PACS).map((name) => asFilled(name, MAX_PACS_NAME))) };
    case 'import':
      assertKeys(map, [1, 2, 10]);
      return { op, target: parseTarget(map.get(2)), pacs: asFilled(map.get(10), MAX_PACS_NAME) };
    case 'imported':
      assertKeys(map, [1, 2, 10, 11, 12]);
      return { op, target: parseTarget(map.get(2)), pacs: asFilled(map.get(10), MAX_PACS_NAME), ...countsIn(map) };
    case 'settled-alarm':
      return parseSettledAlarm(map);
    default:
      throw new WireError('shape', 'unknown operation');
  }
}

function countsIn(map: CborMap): { readonly instances: number; readonly total: number } {
  const [instances, total] = [asUint(map.get(11)), asUint(map.get(12))];
  if (instances > total) throw new WireError('shape', 'more than there are');
  return { instances, total };
}

function parseSettledAlarm(map: CborMap): StateOp {
  assertKeys(map, [1, 13, 14, 15]);
  const note = asBytes(map.get(13));
  const [size, root] = asArray(map.get(14), 2);
  if (note.length === 0 || note.length > MAX_CHECKPOINT_NOTE) throw new WireError('shape', 'no checkpoint');
  const abandoned = { size: asUint(size), root: asBytes(root, HASH_BYTES) };
  return { op: 'settled-alarm', note, abandoned, reason: asFilled(map.get(15), MAX_ALARM_REASON) };
}

function asFilled(value: CborValue | undefined, maxLength: number): string {
  const text = asText(value, maxLength);
  if (text === '') throw new WireError('shape', 'a text that says nothing');
  return text;
}

function someOf(value: CborValue | undefined, least: number, most: number): readonly CborValue[] {
  const items = asArray(value);
  if (items.length < least || items.length > most) throw new WireError('shape', 'too few or too many');
  return items;
}

function distinct<T>(items: readonly T[]): readonly T[] {
  if (new Set(items).size !== items.length) throw new WireError('shape', 'named twice');
  return items;
}

function encodePinned({ address, mailboxId, seq, head }: PinnedContact): CborValue {
  return [address, idBytes(mailboxId), seq, head];
}

function parsePinned(value: CborValue): PinnedContact {
  const [address, mailboxId, seq, head] = asArray(value, 4);
  return {
    address: parseAddress(asText(address, 254)),
    mailboxId: mailboxIdFrom(asBytes(mailboxId)),
    seq: asUint(seq),
    head: asBytes(head, HASH_BYTES),
  };
}

function encodeTarget({ sender, messageId }: MessageTarget): CborValue {
  return [idBytes(sender), idBytes(messageId)];
}

function parseTarget(value: CborValue | undefined): MessageTarget {
  const [sender, messageId] = asArray(value, 2);
  return { sender: mailboxIdFrom(asBytes(sender)), messageId: messageIdFrom(asBytes(messageId)) };
}
