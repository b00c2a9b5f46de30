import { concatBytes, readUint32, writeUint32 } from '../../../crypto/wire/bytes.js';
import { cborRecord, encodeCbor, parseCbor } from '../../../crypto/wire/cbor.js';
import {
  type MailboxId,
  idBytes,
  kemKeyIdFrom,
  parseDeviceId,
  parseMailboxId,
  parseMessageId,
} from '../../../crypto/wire/ids.js';
import { encodeHeader, encodeRecipientPart } from '../../../crypto/wire/message.js';
import { type StateOp } from '../../../crypto/wire/own-state.js';
import { asArray, asBytes, asMap, asText, asUint, assertKeys, orNull } from '../../../crypto/wire/shape.js';
import { type EpochSecret } from '../../../crypto/seal/epoch.js';
import { MAX_PAIRING_PLAIN_BYTES } from '../../../crypto/seal/pairing.js';
import { type Secret, asSecret } from '../../../crypto/seal/secret.js';
import { type AccountEvent, encodeEvents, parseEvents } from '../account/events.js';
import { type AccountState, type MessageKey, type StoredMessage } from '../account/state.js';
import { CoreError } from '../error.js';

/** What a device that is added gets to know of the time before it (docs/spec/pairing.md §5). */

/** `all`: what this device has. `none`: from now on only; what is older stays closed to the new one. */
export type History = 'all' | 'none';

export interface HandedSecrets {
  readonly epochs: readonly EpochSecret[];
  /** For a device that is to administrate. */
  readonly identitySeed: Secret | null;
  readonly retentionMs: number;
  /** Whose word for the directory counts; null for an account that was made without one. */
  readonly policy: string | null;
}

/** docs/spec/pairing.md §4: what the relay takes of one side, less the offer and the secrets. */
const MAX_PIECES = 62;
const PIECE_BYTES = MAX_PAIRING_PLAIN_BYTES - 4096;
const MAX_BATCH_BYTES = 256 * 1024;
const MAX_SECRETS_BYTES = 256 * 1024;
const MAX_POLICY = 65_536;
const NEWEST_SHARE = 0.9;

/** The secrets, then the memory cut into pieces. */
export function encodeHandOver(secrets: HandedSecrets, state: AccountState, history: History): Uint8Array[] {
  const memory = concatBytes(...memoryRecords(state, history));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < memory.length; at += PIECE_BYTES) pieces.push(memory.slice(at, at + PIECE_BYTES));
  if (pieces.length > MAX_PIECES) throw new CoreError('too-large', 'more memory than a pairing can hand over');
  return [encodeSecrets(secrets, pieces.length), ...pieces];
}

function encodeSecrets({ epochs, identitySeed, retentionMs, policy }: HandedSecrets, pieces: number): Uint8Array {
  const ring = epochs.map(({ kemKeyId, n, seed }) => [idBytes(kemKeyId), n, seed]);
  return encodeCbor(cborRecord({ 1: ring, 2: identitySeed, 3: retentionMs, 4: pieces, 5: policy }));
}

/** @throws WireError */
export function parseHandedSecrets(bytes: Uint8Array): HandedSecrets & { readonly pieces: number } {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_SECRETS_BYTES }));
  assertKeys(map, [1, 2, 3, 4, 5]);
  return {
    epochs: asArray(map.get(1)).map((item) => {
      const [kemKeyId, n, seed] = asArray(item, 3);
      return { kemKeyId: kemKeyIdFrom(asBytes(kemKeyId)), n: asUint(n), seed: asSecret(asBytes(seed, 32)) };
    }),
    identitySeed: orNull(map.get(2), (value) => asSecret(asBytes(value, 32))),
    retentionMs: asUint(map.get(3)),
    pieces: asUint(map.get(4), MAX_PIECES),
    policy: orNull(map.get(5), (value) => asText(value, MAX_POLICY)),
  };
}

/** Records of events, each with its length before it. */
function memoryRecords(state: AccountState, history: History): Uint8Array[] {
  const records: Uint8Array[] = [];
  let batch: AccountEvent[] = [];
  let size = 0;
  const flush = (): void => {
    if (batch.length === 0) return;
    const record = encodeEvents(batch);
    records.push(writeUint32(record.length), record);
    [batch, size] = [[], 0];
  };
  for (const event of memoryEvents(state, history)) {
    const bytes = event.kind === 'received' ? event.header.length + event.part.length + 8192 : 1024;
    if (size + bytes > MAX_BATCH_BYTES) flush();
    batch.push(event);
    size += bytes;
  }
  flush();
  return records;
}

/** @throws WireError, CoreError `relay-answer` when it is cut off */
export function parseMemory(memory: Uint8Array): AccountEvent[][] {
  const records: AccountEvent[][] = [];
  for (let at = 0; at < memory.length;) {
    const end = at + 4 + readUint32(memory, at);
    if (end > memory.length) throw new CoreError('relay-answer', 'a hand-over is cut off');
    records.push(parseEvents(memory.subarray(at + 4, end)));
    at = end;
  }
  return records;
}

/** In an order that a new state can be folded from. */
function* memoryEvents(state: AccountState, history: History): Generator<AccountEvent, void, undefined> {
  yield* directoryEvents(state);
  for (const [deviceId, named] of state.deviceNames) yield { kind: 'device-named', deviceId, ...named };
  for (const [key, seen] of state.seen) yield seenEvent(key, seen);
  const isWhole = history === 'all' ? newestWithin(state, MAX_PIECES * PIECE_BYTES * NEWEST_SHARE) : () => false;
  for (const [key, stored] of state.messages) {
    if (!isWhole(key) && !isAboutContacts(stored)) yield seenEvent(key, stored);
    else {
      const { header, part } = stored;
      yield { ...stored, kind: 'received', header: encodeHeader(header), part: encodeRecipientPart(part) };
    }
  }
  for (const [key, link] of state.chainsIn) {
    const [mailboxId = '', deviceId = ''] = key.split('/');
    yield { kind: 'chained', mailboxId: parseMailboxId(mailboxId), deviceId: parseDeviceId(deviceId), ...link };
  }
  if (history === 'all') yield* evidenceEvents(state);
  yield { kind: 'cursor', seq: state.cursor };
}

/** What is known of the directory, so that the new device starts where this one stands and not at a first contact. */
function* directoryEvents(state: AccountState): Generator<AccountEvent, void, undefined> {
  yield { kind: 'registrars', registrars: [...state.registrars] };
  // An older message may still name what was abandoned: to the new device it is no news either.
  for (const settled of state.settledAlarms) yield settled;
  yield { kind: 'alarm-told' };
  if (state.checkpoint !== null) yield { kind: 'checkpoint-seen', ...state.checkpoint };
  // Whoever stood behind an address before comes first: the newest owner of an address is the one that counts.
  const former = [...state.pins].filter(([mailboxId]) => state.formerMailboxes.has(mailboxId));
  const current = [...state.pins].filter(([mailboxId]) => !state.formerMailboxes.has(mailboxId));
  for (const [mailboxId, pin] of [...former, ...current]) yield { kind: 'pinned', mailboxId, ...pin };
  for (const [mailboxId] of former) {
    const address = state.pins.get(mailboxId)?.address;
    const owner = address === undefined ? undefined : state.pinnedAddresses.get(address);
    if (address === undefined || owner === undefined) continue;
    yield { kind: 'address-accepted', address, mailboxId };
    yield { kind: 'address-accepted', address, mailboxId: owner };
  }
  for (const [mailboxId, attestations] of state.attestations) yield { kind: 'attested', mailboxId, attestations };
  yield { kind: 'told', mailboxIds: [...state.pins.keys()] };
}

/** Whom a person has made sure of is no message of before: it is handed over in any case. */
function isAboutContacts({ header }: StoredMessage): boolean {
  return header.body.kind === 'state' && CONTACT_OPS.has(header.body.op.op);
}

const CONTACT_OPS: ReadonlySet<string> = new Set<StateOp['op']>(['verified-contact', 'unverified-contact']);

function* evidenceEvents(state: AccountState): Generator<AccountEvent, void, undefined> {
  for (const one of state.quarantine.values()) {
    const { seq, messageId, claimedSender, code, acceptedMs } = one;
    yield { kind: 'quarantined', seq, messageId, mailboxId: claimedSender, code, acceptedMs };
  }
  for (const one of state.waiting.values()) yield { ...one, kind: 'waiting' };
  for (const [key, consent] of state.withheld) yield { kind: 'consent', ...partsOf(key), consent };
  for (const one of state.removed.values()) yield { ...one, kind: 'removed' };
  for (const [messageId, withdrawn] of state.withdrawals) yield { ...withdrawn, kind: 'withdrawn', messageId };
  for (const [payloadId, tally] of state.tallies) yield { kind: 'tallied', payloadId, ...tally };
  for (const [messageId, receipts] of state.receipts) {
    for (const receipt of receipts) yield { ...receipt, kind: 'receipt-received', messageId };
  }
  // What this device has on its disk the other one has not: only what was said for the whole mailbox is said.
  for (const [key, kinds] of state.receiptsSent) {
    const { sender, messageId } = partsOf(key);
    if (kinds.has('delivered')) yield { kind: 'receipt-sent', messageId, sender, receipt: 'delivered' };
  }
}

function seenEvent(
  key: MessageKey,
  { seq, envelopeDigest }: { seq: number; envelopeDigest: Uint8Array },
): AccountEvent {
  return { kind: 'seen', ...partsOf(key), seq, envelopeDigest };
}

function partsOf(key: MessageKey): { sender: MailboxId; messageId: ReturnType<typeof parseMessageId> } {
  const [sender = '', messageId = ''] = key.split('/');
  return { sender: parseMailboxId(sender), messageId: parseMessageId(messageId) };
}

/** The newest messages whose texts fit; older ones are handed over as known, without what they said. */
function newestWithin(state: AccountState, maxBytes: number): (key: MessageKey) => boolean {
  const chosen = new Set<MessageKey>();
  let total = 0;
  for (const [key, { header, part, secrets }] of [...state.messages].sort(([, a], [, b]) => b.seq - a.seq)) {
    total += encodeHeader(header).length + encodeRecipientPart(part).length + 4096 + 80 * secrets.size;
    if (total > maxBytes) break;
    chosen.add(key);
  }
  return (key) => chosen.has(key);
}
