import { equalBytes } from '../../../crypto/wire/bytes.js';
import { type ChainState } from '../../../crypto/wire/chain.js';
import { sha256 } from '../../../crypto/wire/hash.js';
import {
  type MessageHeader,
  type RecipientPart,
  encodeHeader,
  encodeRecipientPart,
} from '../../../crypto/wire/message.js';
import { type Receipt, verifyReceipt } from '../../../crypto/wire/receipt.js';
import { verifyMember } from '../../../crypto/wire/member.js';
import { type RosterBody } from '../../../crypto/wire/message-body.js';
import { type OpenedMessage, openEnvelope } from '../../../crypto/seal/open-message.js';
import { SealError } from '../../../crypto/seal/error.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type Account } from '../account/account.js';
import { type AccountEvent, type ReceivedEvent } from '../account/events.js';
import { type Removal } from '../account/life-events.js';
import { type AccountState, type Link, chainKey, messageKey } from '../account/state.js';
import { maintainOwnChain } from '../directory/own-chain.js';
import { isViewFailure } from '../directory/view-failure.js';
import { CoreError } from '../error.js';
import { type Delivery } from '../relay/answer.js';
import { type Desk } from '../desk.js';
import { tellFirstContacts } from '../send/first-contacts.js';
import { adoptSettlement, tellSettlement } from './settlement.js';

/**
 * Looks at every delivery after the last one seen, one by one: what opens and verifies is remembered, what does not is put
 * in quarantine, and neither stops the next one (attack A4). @returns how many deliveries were looked at
 */
export async function syncInbox(desk: Desk): Promise<number> {
  const { account, relay } = desk;
  const own = await account.exclusive(() => maintainSettled(desk));
  await refreshHeld(desk);
  let count = await lookAtWaiting(desk);
  for (;;) {
    const page = await relay.listDeliveries(account.state.cursor);
    for (const delivery of page.deliveries) {
      if (delivery.seq <= account.state.cursor) throw new CoreError('relay-answer', 'deliveries go back');
      await account.record(...(await look(desk, delivery)), { kind: 'cursor', seq: delivery.seq });
      count += 1;
    }
    if (page.deliveries.length === 0) break;
  }
  await lookAtAccepted(desk);
  await tellFirstContacts(desk, own);
  await tellSettlement(desk, own);
  return count;
}

/** A person has accepted a mailbox on another device: what came from it before is in quarantine here, too. */
async function lookAtAccepted(desk: Desk): Promise<void> {
  const { account, directory } = desk;
  const accepted = new Set(account.state.pinnedAddresses.values());
  const freed = [...account.state.quarantine.values()].filter(
    ({ code, claimedSender }) => code === 'address-changed' && accepted.has(claimedSender),
  );
  try {
    for (const { claimedSender } of freed) await directory.refresh(claimedSender);
  } catch (error) {
    if (!isViewFailure(error)) throw error;
    return;
  }
  await lookAgain(
    desk,
    freed.map(({ seq }) => seq),
  );
}

/** Looks once more at deliveries that were put in quarantine: something has been decided that they waited for. */
export async function lookAgain(desk: Desk, seqs: readonly number[]): Promise<void> {
  for (const seq of seqs) {
    const delivery = await deliveryAt(desk, seq);
    if (delivery === null) continue;
    await desk.account.record({ kind: 'released', seq }, ...(await look(desk, delivery)));
  }
}

/** Another device of this mailbox may have let a held message through, or refused it. */
async function refreshHeld(desk: Desk): Promise<void> {
  const { state } = desk.account;
  for (const [key, consent] of [...state.withheld]) {
    const stored = state.messages.get(key);
    if (consent !== 'held' || stored === undefined) continue;
    const delivery = await deliveryAt(desk, stored.seq);
    if (delivery !== null && delivery.consent !== 'held')
      await desk.account.record(consentEvent(stored.header, delivery));
  }
}

async function deliveryAt({ relay }: Desk, seq: number): Promise<Delivery | null> {
  const [delivery] = (await relay.listDeliveries(seq - 1, 1)).deliveries;
  return delivery?.seq === seq ? delivery : null;
}

function consentEvent({ sender, messageId }: MessageHeader, { consent }: Delivery): AccountEvent {
  return { kind: 'consent', sender: sender.mailboxId, messageId, consent };
}

/** An alarm that somebody has settled on another device is over on this one, too. */
async function maintainSettled(desk: Desk): Promise<ChainState | null> {
  const own = await maintainIfPossible(desk);
  return own === null && (await adoptSettlement(desk)) ? maintainIfPossible(desk) : own;
}

/** Without a view of the directory nothing is sealed, and so no epoch is started; messages are still fetched, and wait. */
async function maintainIfPossible({ account, relay, directory, clock }: Desk): Promise<ChainState | null> {
  try {
    return await maintainOwnChain(account, relay, directory, clock.now());
  } catch (error) {
    if (!isViewFailure(error)) throw error;
    return null;
  }
}

/** Messages that have waited for the directory, again. @returns how many of them wait no more */
async function lookAtWaiting(desk: Desk): Promise<number> {
  const { account } = desk;
  const before = account.state.waiting.size;
  for (const { seq } of [...account.state.waiting.values()]) {
    const delivery = await deliveryAt(desk, seq);
    const events: AccountEvent[] = delivery === null ? [] : await look(desk, delivery);
    const isStill = events.some((event) => event.kind === 'waiting');
    if (!isStill) await account.record(...(events.length === 0 ? [{ kind: 'settled' as const, seq }] : events));
  }
  return before - account.state.waiting.size;
}

async function look(desk: Desk, delivery: Delivery): Promise<AccountEvent[]> {
  if (delivery.state === 'expired' || delivery.state === 'withdrawn')
    return removedEvents(desk, delivery, delivery.state);
  const bytes = await envelopeOf(desk, delivery);
  if (bytes === null) return removedSince(desk, delivery);
  const digest = sha256(bytes);
  try {
    const opened = await openEnvelope(bytes, readerOf(desk));
    if (opened.header.checkpoint !== null) await desk.directory.compareGossip(opened.header.checkpoint);
    assertRouting(opened, delivery);
    assertNotFormer(desk.account.state, opened);
    assertNoReplay(desk.account.state, opened, delivery.seq, digest);
    const received = receivedEvent(desk.account.state, opened, delivery, digest);
    const withheld = delivery.consent === 'given' ? [] : [consentEvent(opened.header, delivery)];
    return [...consequences(desk.account, opened, delivery.seq), received, ...withheld];
  } catch (error) {
    const { seq, messageId, senderMailboxId, acceptedAt } = delivery;
    if (isViewFailure(error)) return [{ kind: 'waiting', seq, messageId, code: error.code, acceptedMs: acceptedAt }];
    const code = quarantineCode(error);
    if (code === null) throw error;
    return [{ kind: 'quarantined', seq, messageId, mailboxId: senderMailboxId, code, acceptedMs: acceptedAt }];
  }
}

/** Null when it has gone since the delivery was listed. */
async function envelopeOf({ relay }: Desk, { seq }: Delivery): Promise<Uint8Array | null> {
  try {
    return await relay.envelope(seq);
  } catch (error) {
    if (error instanceof CoreError && error.code === 'gone') return null;
    throw error;
  }
}

async function removedSince(desk: Desk, delivery: Delivery): Promise<AccountEvent[]> {
  const now = await deliveryAt(desk, delivery.seq);
  return removedEvents(desk, delivery, now?.state === 'withdrawn' ? 'withdrawn' : 'expired');
}

/** What was opened before is remembered as it was. Of the rest the relay's word is all there is. */
function removedEvents({ account }: Desk, delivery: Delivery, why: Removal): AccountEvent[] {
  const { seq, messageId, senderMailboxId: mailboxId, acceptedAt: acceptedMs } = delivery;
  const key = messageKey(mailboxId, messageId);
  if (account.state.messages.has(key) || mailboxId === account.content.mailboxId) return [];
  return [{ kind: 'removed', seq, messageId, mailboxId, why, acceptedMs }];
}

function readerOf({ account, directory, clock }: Desk) {
  const { mailboxId, epochs } = account.content;
  return { mailboxId, epochs, directory, nowMs: clock.now() };
}

/** Failures of this message alone; anything else (no connection, full disk) must not mark it. */
function quarantineCode(error: unknown): string | null {
  if (error instanceof SealError || error instanceof WireError) return error.code;
  if (!(error instanceof CoreError)) return null;
  const own = [
    'message-quarantined',
    'chain-invalid',
    'directory-contradiction',
    'address-changed',
    'not-found',
    'gossip-invalid',
  ];
  return own.includes(error.code) ? error.code : null;
}

/** What the relay shows in the clear must be what was signed (docs/spec/envelope.md §6, attack A2). */
function assertRouting({ header }: OpenedMessage, delivery: Delivery): void {
  const { sender, body } = header;
  const deadline = body.kind === 'message' ? (body.urgency?.deadlineMs ?? null) : null;
  const isSame =
    sender.mailboxId === delivery.senderMailboxId &&
    sender.deviceId === delivery.senderDeviceId &&
    header.messageId === delivery.messageId &&
    body.expiresMs === delivery.expiresAt &&
    deadline === delivery.deadlineAt;
  if (!isSame) throw new CoreError('message-quarantined', 'the relay shows other routing data than was signed');
}

/** A person has accepted another mailbox behind the address of this one: it says nothing new any more. */
function assertNotFormer(state: AccountState, { header }: OpenedMessage): void {
  if (!state.formerMailboxes.has(header.sender.mailboxId)) return;
  throw new CoreError('address-changed', 'a former mailbox of the address');
}

/** A known (sender, message id) under another number or in another envelope is a replay; the recorded one again is not. */
function assertNoReplay(state: AccountState, { header }: OpenedMessage, seq: number, digest: Uint8Array): void {
  const key = messageKey(header.sender.mailboxId, header.messageId);
  const known = state.messages.get(key) ?? state.seen.get(key);
  if (known === undefined || (known.seq === seq && equalBytes(known.envelopeDigest, digest))) return;
  throw new SealError('replay', 'the message has been delivered before');
}

function receivedEvent(
  state: AccountState,
  opened: OpenedMessage,
  delivery: Delivery,
  envelopeDigest: Uint8Array,
): ReceivedEvent {
  const { header, part } = opened;
  return {
    kind: 'received',
    seq: delivery.seq,
    envelopeDigest,
    header: encodeHeader(header),
    part: encodeRecipientPart(part),
    signature: opened.signature,
    secrets: opened.secrets,
    isWitnessed: opened.senderStatus === 'witnessed',
    missing: missingBefore(state.chainsIn.get(chainKey(header.sender.mailboxId, header.sender.deviceId)), part),
    acceptedMs: delivery.acceptedAt,
    expiresMs: delivery.expiresAt,
  };
}

/** Messages of the chain that have not come; a link that does not fit counts as one (docs/spec/envelope.md §4). */
function missingBefore(last: Link | undefined, { chainN, chainPrev }: RecipientPart): number {
  const gap = Math.max(0, chainN - (last?.n ?? 0) - 1);
  const isNext = last !== undefined && chainN === last.n + 1;
  return isNext && !equalBytes(chainPrev, last.link) ? 1 : gap;
}

function consequences(account: Account, opened: OpenedMessage, seq: number): AccountEvent[] {
  switch (opened.header.body.kind) {
    // What it says is folded from the message itself, in the order of deliveries.
    case 'state':
    case 'message':
      return [];
    case 'receipt':
      return receiptEvents(account.state, opened, seq);
    case 'roster':
      return rosterEvents(account, opened, opened.header.body);
  }
}

/** Devices of the own mailbox name themselves and each other; of others, it is none of our business. */
function rosterEvents(account: Account, opened: OpenedMessage, { entries }: RosterBody): AccountEvent[] {
  if (opened.header.sender.mailboxId !== account.content.mailboxId) {
    throw new CoreError('message-quarantined', 'a roster of another mailbox');
  }
  return entries.map(({ deviceId, name, member }) => {
    const device = opened.sender.devices.get(deviceId);
    if (device === undefined) throw new CoreError('message-quarantined', 'a roster names an unknown device');
    return { kind: 'device-named', deviceId, name, member: verifyMember(member, device.memberTag) };
  });
}

/** A receipt counts when its signer sent the message that carries it; that he had the message shows its header's hash. */
function receiptEvents(state: AccountState, opened: OpenedMessage, seq: number): AccountEvent[] {
  const { body, sender } = opened.header;
  if (body.kind !== 'receipt') return [];
  const { mailboxId, deviceId } = sender;
  const receipt = verifyReceipt(body.receipt, { mailboxId, deviceId, sigKey: opened.senderDevice.sigKey });
  verifyMember(receipt.member, opened.senderDevice.memberTag);
  const { messageId } = receipt;
  return [{ kind: 'receipt-received', messageId, receipt: body.receipt, seq, agrees: agreesWithTally(state, receipt) }];
}

/** The receiver must have counted what this device tallied, where this device did. */
function agreesWithTally(state: AccountState, receipt: Receipt): boolean {
  return receipt.payloads.every((payload) => {
    const own = state.tallies.get(payload.payloadId);
    return own === undefined || (own.segments === payload.segments && equalBytes(own.root, payload.root));
  });
}
