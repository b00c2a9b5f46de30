import { setTimeout as pause } from 'node:timers/promises';
import { encodeTestimony, encodeTestimonyBody } from '../../crypto/log/testimony.js';
import type { MailboxId, MessageId } from '../../crypto/wire/ids.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { publishDelivery } from '../hints/events.js';
import { Problem, notFound } from '../http/problem.js';
import type { Session } from '../sessions/session.js';
import { type TestimonySigner, announceUnsigned, signPending } from './sign.js';
import {
  type MessageName,
  type SentDelivery,
  findSentMessage,
  findWithdrawal,
  insertTestimony,
  insertWithdrawal,
  listTestimonies,
  lockDeliveries,
  lockMessage,
  markWithdrawn,
} from './store.js';

/** What withdrawing asks of uploads, in the withdrawal's transaction. */
export interface EndedAccess {
  readonly sender: MailboxId;
  readonly messageId: MessageId;
  /** To whom the message gives access no more. */
  readonly mailboxIds: readonly MailboxId[];
}

export interface WithdrawDeps {
  readonly db: Database;
  readonly endAccess: (trx: Transaction, ended: EndedAccess) => Promise<void>;
  /** The name of the relay's log; null before it has one. */
  readonly logName: () => Promise<string | null>;
  /** Null on a node that does not hold the log's key. */
  readonly signer: () => TestimonySigner | null;
}

export interface Withdrawal {
  readonly withdrawnAt: Date;
  readonly recipients: readonly {
    readonly mailboxId: MailboxId;
    readonly state: 'withdrawn' | 'fetched' | 'expired';
    /** Null as long as no node with the log's key has signed it. */
    readonly testimony: Uint8Array | null;
  }[];
}

/** A node without the key waits this long for one with it; then the sender asks again. */
const SIGNED_WITHIN_MS = 3_000;
const ASK_AGAIN_MS = 50;

/**
 * Takes a message back from whoever has not been given its envelope yet, in one transaction (docs/spec/withdrawal.md §1).
 * The same again gets the same answer. @throws Problem `not-found`, `gone` when its time is over, `unavailable`
 */
export async function withdraw(deps: WithdrawDeps, session: Session, messageId: MessageId): Promise<Withdrawal> {
  const name = { sender: session.mailboxId, messageId };
  const origin = await deps.logName();
  if (origin === null) throw new Problem('unavailable', { detail: 'the relay has no log yet' });
  await inTransaction(deps.db, async (trx) => {
    await lockMessage(trx, name);
    const message = await findSentMessage(trx, name);
    if (message === null) throw notFound();
    if ((await findWithdrawal(trx, name)) !== null) return;
    if (message.hasExpired) throw new Problem('gone');
    const deliveries = await lockDeliveries(trx, name);
    const withdrawnAt = await insertWithdrawal(trx, name, session.deviceId);
    const ended = endedBy(name.sender, deliveries);
    for (const delivery of deliveries) {
      if (delivery.mailboxId !== name.sender) {
        await insertTestimony(trx, delivery, bodyOf({ origin, name, delivery, message, withdrawnAt }));
      }
      if (ended.includes(delivery)) {
        await markWithdrawn(trx, delivery);
        await publishDelivery(trx, delivery);
      }
    }
    // The sender is a party also where he has no copy.
    const isOver = deliveries.every((delivery) => delivery.mailboxId === name.sender || ended.includes(delivery));
    const mailboxIds = new Set([...(isOver ? [name.sender] : []), ...ended.map(({ mailboxId }) => mailboxId)]);
    await deps.endAccess(trx, { ...name, mailboxIds: [...mailboxIds] });
    await announceUnsigned(trx);
  });
  return signed(deps, name);
}

/** @throws Problem `not-found` for a message that is not withdrawn, or not the own mailbox's */
export async function withdrawalOf(deps: WithdrawDeps, session: Session, messageId: MessageId): Promise<Withdrawal> {
  return signed(deps, { sender: session.mailboxId, messageId });
}

/** Whoever was not given the envelope never will be; the sender's own copy goes when nobody has the message. */
function endedBy(sender: MailboxId, deliveries: readonly SentDelivery[]): SentDelivery[] {
  const others = deliveries.filter(({ mailboxId }) => mailboxId !== sender);
  const isThere = others.filter(({ state }) => state !== 'expired');
  const ended = isThere.filter(({ fetchedAt }) => fetchedAt === null);
  const isWithSomebody = ended.length < isThere.length;
  const own = deliveries.filter(({ mailboxId, state }) => mailboxId === sender && state !== 'expired');
  return isWithSomebody ? ended : [...ended, ...own];
}

interface Said {
  readonly origin: string;
  readonly name: MessageName;
  readonly delivery: SentDelivery;
  readonly message: { readonly acceptedAt: Date };
  readonly withdrawnAt: Date;
}

function bodyOf({ origin, name, delivery, message, withdrawnAt }: Said): Uint8Array {
  const { mailboxId, envelopeDigest, fetchedAt } = delivery;
  const acceptedMs = message.acceptedAt.getTime();
  const fetchedMs = fetchedAt?.getTime() ?? null;
  return encodeTestimonyBody({
    ...name,
    origin,
    kind: fetchedAt === null ? 'never-fetched' : 'fetched',
    recipient: mailboxId,
    envelopeDigest,
    acceptedMs,
    fetchedMs,
    // A clock that was set back in between must not make a testimony that contradicts itself.
    timeMs: Math.max(withdrawnAt.getTime(), acceptedMs, fetchedMs ?? 0),
  });
}

async function signed(deps: WithdrawDeps, name: MessageName): Promise<Withdrawal> {
  const withdrawnAt = await findWithdrawal(deps.db, name);
  if (withdrawnAt === null) throw notFound();
  const signer = deps.signer();
  if (signer !== null) await signPending(deps.db, signer);
  const until = performance.now() + (signer === null ? SIGNED_WITHIN_MS : 0);
  for (;;) {
    const testimonies = await listTestimonies(deps.db, name);
    const isWhole = testimonies.every(({ signature }) => signature !== null);
    if (!isWhole && performance.now() < until) {
      await pause(ASK_AGAIN_MS);
      continue;
    }
    const recipients = testimonies.map(({ mailboxId, state, body, signature }) => ({
      mailboxId,
      state: state === 'withdrawn' || state === 'expired' ? state : ('fetched' as const),
      testimony: signature === null ? null : encodeTestimony(body, signature),
    }));
    return { withdrawnAt, recipients };
  }
}
