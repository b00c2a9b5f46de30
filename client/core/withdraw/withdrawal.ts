import { LogError } from '../../../crypto/log/error.js';
import { type Testimony, readVerifiedTestimony, verifyTestimony } from '../../../crypto/log/testimony.js';
import { type VerifierKey } from '../../../crypto/log/verifier-key.js';
import { WireError } from '../../../crypto/wire/error.js';
import { type Address, type MailboxId, type MessageId } from '../../../crypto/wire/ids.js';
import { readVerifiedReceipt } from '../../../crypto/wire/receipt.js';
import { type Account } from '../account/account.js';
import { type OutcomeState, type WithdrawalOutcome } from '../account/life-events.js';
import { loadPolicy } from '../account/policy.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { type Letter, addressOf } from '../receive/inbox.js';
import { type WithdrawalAnswer } from '../relay/life-routes.js';
import { nullIfNotFound } from '../relay/not-found.js';
import { outgoingLog } from '../send/outbox.js';

/** What became of taking a message back, for each of its recipients (docs/spec/withdrawal.md). */
export interface Withdrawal {
  readonly messageId: MessageId;
  readonly withdrawnMs: number;
  readonly recipients: readonly WithdrawnRecipient[];
}

export interface WithdrawnRecipient {
  readonly mailboxId: MailboxId;
  readonly address: Address | null;
  /** `withdrawn`: he was never given it. `fetched`: he has it. `expired`: its time was over before. */
  readonly state: OutcomeState;
  /** When a device of his was first given it. */
  readonly fetchedMs: number | null;
  /** The relay's signed word, verified, to be shown to others; null while the relay has not signed it yet. */
  readonly testimony: Uint8Array | null;
  /** The relay says he never had it, and he has signed that he did: the relay has lied. */
  readonly isContradicted: boolean;
}

/**
 * Takes a message of the own mailbox back from everybody who has not fetched it yet. Again, it says what is known.
 * @throws CoreError `forbidden` for a message of somebody else, `gone` when its time is over, `relay-answer` for testimonies that are
 * not about exactly this message's recipients or not signed with the log's key
 */
export async function withdrawMessage(desk: Desk, letter: Letter): Promise<Withdrawal> {
  if (!letter.isOwn) throw new CoreError('forbidden', 'only its sender takes a message back');
  const { messageId } = letter.stored.header;
  const known = withdrawalOf(desk.account, letter);
  if (known !== null && known.recipients.every(({ testimony }) => testimony !== null)) return known;
  const answer = await desk.relay.withdraw(messageId);
  await keep(desk, letter, answer);
  await abandonUpload(desk.account, messageId);
  return resultOf(desk.account, letter);
}

/**
 * Gives a message up that this device has begun and whose copy has not come back: if the relay has it, it is taken back there.
 * @throws CoreError `message-unknown` when nothing was begun under this id
 */
export async function abandonMessage({ account, relay }: Desk, messageId: MessageId): Promise<void> {
  if (account.state.outgoing.get(messageId) !== 'prepared') throw new CoreError('message-unknown', 'not begun here');
  await nullIfNotFound(() => relay.withdraw(messageId));
  await abandonUpload(account, messageId);
}

/** Asks whether another device of the mailbox has taken it back. @returns null when nobody has @throws CoreError `relay-answer` */
export async function fetchWithdrawal(desk: Desk, letter: Letter): Promise<Withdrawal | null> {
  if (!letter.isOwn) return null;
  const answer = await desk.relay.withdrawal(letter.stored.header.messageId);
  if (answer === null) return null;
  await keep(desk, letter, answer);
  return resultOf(desk.account, letter);
}

/** What this device knows; null when it knows of no withdrawal. */
export function withdrawalOf(account: Account, letter: Letter): Withdrawal | null {
  const isKnown = letter.isOwn && account.state.withdrawals.has(letter.stored.header.messageId);
  return isKnown ? resultOf(account, letter) : null;
}

async function keep(desk: Desk, letter: Letter, answer: WithdrawalAnswer): Promise<void> {
  const { messageId } = letter.stored.header;
  const { policy } = await loadPolicy(desk.account, desk.relay);
  assertWhole(letter, answer);
  const outcomes = answer.recipients.map((one): WithdrawalOutcome => {
    if (one.testimony !== null) verify(desk.account, letter, one, policy.log);
    return { mailboxId: one.mailboxId, state: one.state, testimony: one.testimony };
  });
  await desk.account.record({ kind: 'withdrawn', messageId, timeMs: answer.withdrawnAt, outcomes });
}

/** Each recipient once, and nobody left out whom the header names; a blind copy is known to the relay alone. */
function assertWhole({ stored }: Letter, { recipients }: WithdrawalAnswer): void {
  const { sender, recipients: named } = stored.header;
  const told = new Set(recipients.map(({ mailboxId }) => mailboxId));
  const isWhole = named.every(({ mailboxId }) => mailboxId === sender.mailboxId || told.has(mailboxId));
  if (!isWhole || told.size !== recipients.length || told.has(sender.mailboxId)) {
    throw new CoreError('relay-answer', 'a withdrawal that is not about exactly the recipients');
  }
}

type Told = WithdrawalAnswer['recipients'][number];

function verify(account: Account, { stored }: Letter, told: Told, log: VerifierKey): void {
  const testimony = read(told.testimony ?? new Uint8Array(0), log);
  const isAbout =
    testimony.sender === account.content.mailboxId &&
    testimony.messageId === stored.header.messageId &&
    testimony.recipient === told.mailboxId;
  if (!isAbout) throw new CoreError('relay-answer', 'a testimony about something else');
  const isSame = told.state === 'expired' || (testimony.kind === 'fetched') === (told.state === 'fetched');
  if (!isSame) throw new CoreError('relay-answer', 'a testimony that contradicts the answer');
}

function read(bytes: Uint8Array, log: VerifierKey): Testimony {
  try {
    return verifyTestimony(bytes, log);
  } catch (cause) {
    if (!(cause instanceof WireError || cause instanceof LogError)) throw cause;
    throw new CoreError('relay-answer', 'not a testimony of this relay', { cause });
  }
}

function resultOf(account: Account, letter: Letter): Withdrawal {
  const { messageId } = letter.stored.header;
  const withdrawn = account.state.withdrawals.get(messageId);
  if (withdrawn === undefined) throw new CoreError('message-unknown', 'not withdrawn');
  const witnesses = receivers(account, messageId);
  const recipients = withdrawn.outcomes.map(({ mailboxId, state, testimony }) => ({
    mailboxId,
    address: addressOf(account, mailboxId),
    state,
    fetchedMs: testimony === null ? null : readVerifiedTestimony(testimony).fetchedMs,
    testimony,
    isContradicted: state === 'withdrawn' && witnesses.has(mailboxId),
  }));
  return { messageId, withdrawnMs: withdrawn.timeMs, recipients };
}

/** Mailboxes that have signed a receipt for the message. */
function receivers(account: Account, messageId: MessageId): ReadonlySet<MailboxId> {
  const receipts = account.state.receipts.get(messageId) ?? [];
  return new Set(receipts.map(({ receipt }) => readVerifiedReceipt(receipt).mailboxId));
}

/** What this device was still uploading goes no further. */
async function abandonUpload(account: Account, messageId: MessageId): Promise<void> {
  if (account.state.outgoing.get(messageId) !== 'prepared') return;
  await account.record({ kind: 'outgoing', messageId, phase: 'aborted' });
  await account.store.removeLog(outgoingLog(messageId));
}
