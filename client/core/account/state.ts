import {
  type Address,
  type DeviceId,
  type MailboxId,
  type MessageId,
  type PayloadId,
  type RegistrarId,
} from '../../../crypto/wire/ids.js';
import {
  type MessageHeader,
  type RecipientPart,
  headerHash,
  linkHash,
  parseHeader,
  parseRecipientPart,
} from '../../../crypto/wire/message.js';
import { type Member } from '../../../crypto/wire/member.js';
import { type PinnedContact, type StateOp } from '../../../crypto/wire/own-state.js';
import { type ReceiptKind, type ReceiptPayload } from '../../../crypto/wire/receipt.js';
import { type SignedAttestation } from '../../../crypto/wire/attestation.js';
import { type ContactEvent } from './contact-events.js';
import { type AccountEvent, type ReceivedEvent } from './events.js';
import { type LifeEvent } from './life-events.js';
import { type LogEvent } from './log-events.js';
import { type OwnState, applyState, emptyOwnState } from './own-state.js';

/** What all events together say: the fold of the account's log. */
export interface AccountState {
  readonly pins: Map<MailboxId, Pin>;
  readonly pinnedAddresses: Map<Address, MailboxId>;
  readonly chainsOut: Map<MailboxId, Link>;
  /** What `chainsOut` said before its newest message. */
  readonly linksBefore: Map<MailboxId, Link>;
  /** By sender mailbox and device. */
  readonly chainsIn: Map<string, Link>;
  readonly messages: Map<MessageKey, StoredMessage>;
  /** Of messages that only another device of the mailbox has opened. */
  readonly seen: Map<MessageKey, Seen>;
  /** Devices of the own mailbox by what they call themselves. */
  readonly deviceNames: Map<DeviceId, DeviceName>;
  readonly quarantine: Map<number, Quarantined>;
  /** Messages that wait for the directory, by delivery. */
  readonly waiting: Map<number, Waiting>;
  /** The longest log seen. */
  checkpoint: SeenCheckpoint | null;
  alarm: { readonly first: Uint8Array; readonly second: Uint8Array; readonly evidence: string | null } | null;
  /** What a person has decided about earlier alarms, oldest first. */
  readonly settledAlarms: SettledAlarm[];
  /** The newest decision is this device's own, and the others do not know of it. */
  isSettlementUntold: boolean;
  /** When the own mailbox was last found in the log as it should be. */
  ownCheckedMs: number;
  cursor: number;
  /** The highest version of the keystore that was written. */
  keystoreVersion: number;
  readonly outgoing: Map<MessageId, 'prepared' | 'sent' | 'aborted'>;
  readonly tallies: Map<PayloadId, { readonly segments: number; readonly root: Uint8Array }>;
  /** For messages of the own mailbox. */
  readonly receipts: Map<MessageId, readonly StoredReceipt[]>;
  readonly receiptsSent: Map<MessageKey, ReadonlySet<ReceiptKind>>;
  readonly completed: Map<MessageKey, Completed>;
  /** What registrars say in the chains that are pinned. */
  readonly attestations: Map<MailboxId, readonly SignedAttestation[]>;
  /** Whose word for a name counts. */
  registrars: ReadonlySet<RegistrarId>;
  /** Messages that this mailbox has not agreed to get, by what it last said. */
  readonly withheld: Map<MessageKey, 'held' | 'refused'>;
  /** Messages of the own mailbox that were taken back. */
  readonly withdrawals: Map<MessageId, Withdrawn>;
  /** Deliveries that went before this device opened them, by seq. */
  readonly removed: Map<number, Removed>;
  /** Mailboxes behind whose address a person has accepted another one. */
  readonly formerMailboxes: Set<MailboxId>;
  readonly own: OwnState;
  /** Mailboxes met for the first time, of which the other devices have not been told. */
  readonly untold: Set<MailboxId>;
}

export type Withdrawn = Pick<Extract<LifeEvent, { readonly kind: 'withdrawn' }>, 'timeMs' | 'outcomes'>;
export type Removed = Omit<Extract<LifeEvent, { readonly kind: 'removed' }>, 'kind'>;

export interface Seen {
  readonly seq: number;
  readonly envelopeDigest: Uint8Array;
}

export interface DeviceName {
  readonly name: string;
  readonly member: Member;
}

export interface Completed {
  readonly instances: number;
  readonly payloads: readonly ReceiptPayload[];
}

export interface Pin {
  readonly address: Address;
  readonly seq: number;
  readonly head: Uint8Array;
}

export interface Link {
  readonly n: number;
  readonly link: Uint8Array;
}

export interface StoredMessage extends Omit<ReceivedEvent, 'kind' | 'header' | 'part'> {
  readonly header: MessageHeader;
  readonly headerHash: Uint8Array;
  readonly part: RecipientPart;
  readonly link: Uint8Array;
}

export interface Quarantined {
  readonly seq: number;
  readonly messageId: MessageId;
  /** As the relay names him; nothing is verified. */
  readonly claimedSender: MailboxId;
  readonly code: string;
  readonly acceptedMs: number;
}

export interface Waiting {
  readonly seq: number;
  readonly messageId: MessageId;
  readonly code: string;
  readonly acceptedMs: number;
}

export interface SeenCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** The log's. */
  readonly signature: Uint8Array;
  /** The whole note. */
  readonly note: Uint8Array;
}

export type SettledAlarm = Extract<LogEvent, { readonly kind: 'log-alarm-settled' }>;

export interface StoredReceipt {
  /** CBOR [receipt, signature], verified when it came. */
  readonly receipt: Uint8Array;
  readonly seq: number;
  /** The receiver counted what the sender tallied. */
  readonly agrees: boolean;
}

const NO_LINK: Link = { n: 0, link: new Uint8Array(32) };

export function emptyState(): AccountState {
  return {
    pins: new Map(),
    pinnedAddresses: new Map(),
    chainsOut: new Map(),
    linksBefore: new Map(),
    chainsIn: new Map(),
    messages: new Map(),
    seen: new Map(),
    deviceNames: new Map(),
    quarantine: new Map(),
    waiting: new Map(),
    checkpoint: null,
    alarm: null,
    settledAlarms: [],
    isSettlementUntold: false,
    ownCheckedMs: 0,
    cursor: 0,
    keystoreVersion: 0,
    outgoing: new Map(),
    tallies: new Map(),
    receipts: new Map(),
    receiptsSent: new Map(),
    completed: new Map(),
    attestations: new Map(),
    registrars: new Set(),
    withheld: new Map(),
    withdrawals: new Map(),
    removed: new Map(),
    formerMailboxes: new Set(),
    own: emptyOwnState(),
    untold: new Set(),
  };
}

/** A message id is its sender's choice: another sender may choose the same. */
export type MessageKey = `${MailboxId}/${MessageId}`;

export function messageKey(sender: MailboxId, messageId: MessageId): MessageKey {
  return `${sender}/${messageId}`;
}

export function chainKey(mailboxId: MailboxId, deviceId: DeviceId): string {
  return `${mailboxId}/${deviceId}`;
}

export function applyEvent(state: AccountState, event: AccountEvent): void {
  switch (event.kind) {
    case 'pinned':
      if (!state.pins.has(event.mailboxId)) state.untold.add(event.mailboxId);
      state.pins.set(event.mailboxId, { address: event.address, seq: event.seq, head: event.head });
      // A former mailbox's chain may grow, too, but the address is no longer its own.
      if (!state.formerMailboxes.has(event.mailboxId)) state.pinnedAddresses.set(event.address, event.mailboxId);
      return;
    case 'linked':
      state.linksBefore.set(event.mailboxId, state.chainsOut.get(event.mailboxId) ?? NO_LINK);
      state.chainsOut.set(event.mailboxId, { n: event.n, link: event.link });
      return;
    case 'received':
      applyReceived(state, event);
      return;
    case 'checkpoint-seen':
    case 'log-alarm':
    case 'log-alarm-settled':
    case 'alarm-told':
    case 'own-checked':
    case 'waiting':
    case 'settled':
      applyLogEvent(state, event);
      return;
    case 'quarantined':
      state.waiting.delete(event.seq);
      state.quarantine.set(event.seq, { ...event, claimedSender: event.mailboxId });
      return;
    case 'withdrawn':
      state.withdrawals.set(event.messageId, event);
      return;
    case 'removed':
      state.waiting.delete(event.seq);
      state.removed.set(event.seq, event);
      return;
    case 'cursor':
      state.cursor = event.seq;
      return;
    case 'keystore':
      state.keystoreVersion = event.version;
      return;
    case 'outgoing':
      state.outgoing.set(event.messageId, event.phase);
      return;
    case 'tallied':
      state.tallies.set(event.payloadId, { segments: event.segments, root: event.root });
      return;
    case 'receipt-received':
      applyReceipt(state, event.messageId, event);
      return;
    case 'receipt-sent':
      applyReceiptSent(state, messageKey(event.sender, event.messageId), event.receipt);
      return;
    case 'completed':
      state.completed.set(messageKey(event.sender, event.messageId), event);
      return;
    default:
      applyContactEvent(state, event);
      return;
  }
}

function applyLogEvent(state: AccountState, event: LogEvent): void {
  switch (event.kind) {
    case 'checkpoint-seen':
      state.checkpoint = event;
      return;
    case 'log-alarm':
      state.alarm = event;
      return;
    case 'log-alarm-settled':
      state.alarm = null;
      state.settledAlarms.push(event);
      state.isSettlementUntold = true;
      return;
    case 'alarm-told':
      state.isSettlementUntold = false;
      return;
    case 'own-checked':
      state.ownCheckedMs = event.timeMs;
      return;
    case 'waiting':
      state.waiting.set(event.seq, event);
      return;
    case 'settled':
      state.waiting.delete(event.seq);
      return;
  }
}

/** What another device of the mailbox has told. */
type HandedEvent = Extract<AccountEvent, { readonly kind: 'seen' | 'chained' | 'device-named' }>;

function applyHanded(state: AccountState, event: HandedEvent): void {
  switch (event.kind) {
    case 'seen':
      state.seen.set(messageKey(event.sender, event.messageId), event);
      return;
    case 'chained':
      applyLink(state, chainKey(event.mailboxId, event.deviceId), { n: event.n, link: event.link });
      return;
    case 'device-named':
      state.deviceNames.set(event.deviceId, { name: event.name, member: event.member });
      return;
  }
}

function applyContactEvent(state: AccountState, event: ContactEvent | HandedEvent): void {
  switch (event.kind) {
    case 'attested':
      state.attestations.set(event.mailboxId, event.attestations);
      return;
    case 'registrars':
      state.registrars = new Set(event.registrars);
      return;
    case 'consent': {
      const key = messageKey(event.sender, event.messageId);
      if (event.consent === 'given') state.withheld.delete(key);
      else state.withheld.set(key, event.consent);
      return;
    }
    case 'address-accepted':
      acceptAddress(state, event.address, event.mailboxId);
      return;
    case 'told':
      for (const mailboxId of event.mailboxIds) state.untold.delete(mailboxId);
      return;
    case 'released':
      state.quarantine.delete(event.seq);
      return;
    default:
      applyHanded(state, event);
      return;
  }
}

function acceptAddress(state: AccountState, address: Address, mailboxId: MailboxId): void {
  const former = state.pinnedAddresses.get(address);
  if (former !== undefined && former !== mailboxId) state.formerMailboxes.add(former);
  state.formerMailboxes.delete(mailboxId);
  state.pinnedAddresses.set(address, mailboxId);
}

/** What another device of the mailbox has met or decided; what this one knows by itself is not overruled by a first contact. */
function applyTold(state: AccountState, op: StateOp): void {
  switch (op.op) {
    case 'pinned':
      for (const contact of op.contacts) takePin(state, contact);
      return;
    case 'accepted-address':
      acceptAddress(state, op.address, op.mailboxId);
      return;
    case 'registrars':
      state.registrars = new Set(op.registrars);
      return;
    default:
      return;
  }
}

function takePin(state: AccountState, { address, mailboxId, seq, head }: PinnedContact): void {
  if (state.pins.has(mailboxId)) return;
  state.pins.set(mailboxId, { address, seq, head });
  if (!state.pinnedAddresses.has(address)) state.pinnedAddresses.set(address, mailboxId);
}

function applyReceived(state: AccountState, event: ReceivedEvent): void {
  const header = parseHeader(event.header);
  const part = parseRecipientPart(event.part);
  const link = linkHash(event.header, event.part);
  const id = messageKey(header.sender.mailboxId, header.messageId);
  if (header.body.kind === 'state' && !state.messages.has(id)) {
    applyState(state.own, header.sender.deviceId, header.body);
    applyTold(state, header.body.op);
  }
  state.waiting.delete(event.seq);
  state.messages.set(id, { ...event, header, part, link, headerHash: headerHash(event.header) });
  applyLink(state, chainKey(header.sender.mailboxId, header.sender.deviceId), { n: part.chainN, link });
}

function applyLink(state: AccountState, key: string, link: Link): void {
  const last = state.chainsIn.get(key);
  if (last === undefined || link.n > last.n) state.chainsIn.set(key, link);
}

/** A hand-over that is repeated after a crash brings the same receipts again. */
function applyReceipt(state: AccountState, messageId: MessageId, receipt: StoredReceipt): void {
  const known = state.receipts.get(messageId) ?? [];
  if (!known.some(({ seq }) => seq === receipt.seq)) state.receipts.set(messageId, [...known, receipt]);
}

function applyReceiptSent(state: AccountState, key: MessageKey, kind: ReceiptKind): void {
  state.receiptsSent.set(key, new Set(state.receiptsSent.get(key)).add(kind));
}
