import { createHash } from 'node:crypto';
import { WireError } from '../../crypto/wire/error.js';
import { parseEnvelope } from '../../crypto/wire/envelope.js';
import { type MailboxId, type MessageId, type PayloadId, mailboxIdFrom } from '../../crypto/wire/ids.js';
import { type PayloadHeader, parsePayloadHeader } from '../../crypto/wire/payload.js';
import { CLOCK_SLACK_MS, DAY_MS, type RelayLimits } from '../config.js';
import { recordAudit } from '../audit/record.js';
import type { Database, Transaction } from '../db/open.js';
import { inTransaction } from '../db/transaction.js';
import { publishDelivery } from '../hints/events.js';
import { Problem } from '../http/problem.js';
import type { Session } from '../sessions/session.js';
import { listClosing } from '../sessions/standing.js';
import type { Consent } from '../tables.js';
import {
  type Placed,
  findPlaces,
  findMessage,
  holdDevice,
  insertDeliveries,
  insertMessage,
  lockMailboxes,
  takeDeliverySeqs,
} from './message-store.js';

export interface PostRequest {
  readonly messageId: MessageId;
  readonly envelopes: readonly { readonly mailboxId: MailboxId; readonly envelope: Uint8Array }[];
  readonly payloads: readonly { readonly header: Uint8Array; readonly sizeBound: number }[];
  readonly reuse: readonly PayloadId[];
  readonly expiresAt: Date;
  readonly deadlineAt: Date | null;
}

export interface PostAnswer {
  readonly acceptedAt: Date;
  readonly deliveries: readonly {
    readonly mailboxId: MailboxId;
    readonly seq: number;
    readonly consent: Consent;
  }[];
}

/** What a message asks of uploads, in the message's transaction. */
export interface PayloadRequest {
  readonly senderMailboxId: MailboxId;
  readonly messageId: MessageId;
  readonly recipients: readonly MailboxId[];
  readonly payloads: readonly { readonly header: PayloadHeader; readonly sizeBound: number }[];
  readonly reuse: readonly PayloadId[];
  readonly expiresAt: Date;
}

export interface PostDeps {
  readonly db: Database;
  readonly limits: RelayLimits;
  /** @throws Problem `quota-exceeded` */
  readonly assertWithinQuota: (trx: Transaction, sender: MailboxId, sizeBounds: readonly number[]) => Promise<void>;
  readonly attachPayloads: (trx: Transaction, request: PayloadRequest) => Promise<void>;
  /** What each recipient says to a message of the sender. */
  readonly decideConsent: (
    trx: Transaction,
    sender: MailboxId,
    recipients: readonly MailboxId[],
  ) => Promise<ReadonlyMap<MailboxId, Consent>>;
}

/** docs/spec/relay-api.md §5: all envelopes and uploads, or none. @throws Problem */
export async function postMessage(deps: PostDeps, session: Session, request: PostRequest): Promise<PostAnswer> {
  const { db } = deps;
  const requestDigest = digestOf(request);
  let payloads: PayloadRequest['payloads'];
  try {
    payloads = checked(request, deps.limits);
  } catch (error) {
    // What was taken once is answered as it was, also when it would not be taken any more.
    const earlier = await findAnswer(db, session, request, requestDigest);
    if (earlier !== null) return earlier;
    throw error;
  }

  return inTransaction(db, async (trx) => {
    const { mailboxId: senderMailboxId, deviceId: senderDeviceId } = session;
    const { messageId, reuse, expiresAt, deadlineAt } = request;
    const message = { senderMailboxId, senderDeviceId, messageId, requestDigest, expiresAt, deadlineAt };
    const acceptedAt = await insertMessage(trx, message);
    if (acceptedAt === null) return answerOf(trx, session, request, requestDigest);
    const recipients = request.envelopes.map(({ mailboxId }) => mailboxId);
    await lockRecipients(trx, recipients);
    const sizeBounds = payloads.map(({ sizeBound }) => sizeBound);
    await deps.assertWithinQuota(trx, senderMailboxId, sizeBounds);
    if (!(await holdDevice(trx, senderMailboxId, senderDeviceId))) throw new Problem('session-required');
    const consents = await deps.decideConsent(trx, senderMailboxId, recipients);
    assertNobodyRefuses(recipients, consents);
    // Who has not agreed reads the envelope only.
    const readers = recipients.filter((mailboxId) => consents.get(mailboxId) === 'given');
    await deps.attachPayloads(trx, { senderMailboxId, messageId, recipients: readers, payloads, reuse, expiresAt });
    const deliveries = await deliver(trx, session, request, consents);
    const about = { messageId, recipients, payloads: payloads.length, isUrgent: deadlineAt !== null };
    await recordAudit(trx, {
      kind: 'message-accepted',
      mailboxId: senderMailboxId,
      deviceId: senderDeviceId,
      ...about,
    });
    return { acceptedAt, deliveries };
  });
}

function checked(request: PostRequest, limits: RelayLimits): PayloadRequest['payloads'] {
  const payloads = request.payloads.map(({ header, sizeBound }) => ({ header: checkedHeader(header), sizeBound }));
  checkEnvelopes(request);
  checkTimes(request, limits);
  checkSizes(request, limits);
  return payloads;
}

async function lockRecipients(trx: Transaction, recipients: readonly MailboxId[]): Promise<void> {
  const known = await lockMailboxes(trx, recipients);
  // To whom nothing new is sent there is no mailbox any more.
  for (const closing of await listClosing(trx, recipients)) known.delete(mailboxIdFrom(closing));
  const fields = recipients.flatMap((mailboxId, i) => (known.has(mailboxId) ? [] : [`envelopes.${i}.mailboxId`]));
  if (fields.length > 0) throw new Problem('recipient-unknown', { fields });
}

type Consents = ReadonlyMap<MailboxId, Consent>;

function assertNobodyRefuses(recipients: readonly MailboxId[], consents: Consents): void {
  const fields = recipients.flatMap((mailboxId, i) =>
    consents.get(mailboxId) === 'refused' ? [`envelopes.${i}.mailboxId`] : [],
  );
  if (fields.length > 0) throw new Problem('contact-denied', { fields });
}

async function deliver(
  trx: Transaction,
  session: Session,
  request: PostRequest,
  consents: Consents,
): Promise<PostAnswer['deliveries']> {
  const seqs = await takeDeliverySeqs(
    trx,
    request.envelopes.map(({ mailboxId }) => mailboxId),
  );
  const deliveries = request.envelopes.map(({ mailboxId, envelope }) => ({
    mailboxId,
    seq: seqs.get(mailboxId) ?? 0,
    envelope,
    envelopeDigest: sha256(envelope),
    consent: consents.get(mailboxId) ?? 'held',
  }));
  const message = { senderMailboxId: session.mailboxId, messageId: request.messageId };
  await insertDeliveries(trx, message, deliveries);
  for (const { mailboxId, seq } of deliveries) await publishDelivery(trx, { mailboxId, seq });
  return deliveries.map(({ mailboxId, seq, consent }) => ({ mailboxId, seq, consent }));
}

/** The answer that this very request got before; null when the id is free. */
async function findAnswer(
  db: Database | Transaction,
  session: Session,
  request: PostRequest,
  requestDigest: Buffer,
): Promise<PostAnswer | null> {
  const message = await findMessage(db, session.mailboxId, request.messageId);
  if (message === null) return null;
  if (!message.request_digest.equals(requestDigest)) throw new Problem('message-id-taken');
  const places = await findPlaces(db, session.mailboxId, request.messageId);
  const deliveries = request.envelopes.map(({ mailboxId }) => ({ mailboxId, ...placeOf(places, mailboxId) }));
  return { acceptedAt: message.accepted_at, deliveries };
}

function placeOf(places: ReadonlyMap<MailboxId, Placed>, mailboxId: MailboxId): Placed {
  return places.get(mailboxId) ?? { seq: 0, consent: 'given' };
}

async function answerOf(...args: Parameters<typeof findAnswer>): Promise<PostAnswer> {
  const answer = await findAnswer(...args);
  if (answer === null) throw new Error('a message is and is not there');
  return answer;
}

function sha256(bytes: Uint8Array | string): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Over what the request says, not how it is written: a retry may order its JSON otherwise. */
function digestOf(request: PostRequest): Buffer {
  const canonical = [
    request.messageId,
    request.envelopes.map(({ mailboxId, envelope }) => [mailboxId, sha256(envelope).toString('hex')]),
    request.payloads.map(({ header, sizeBound }) => [sha256(header).toString('hex'), sizeBound]),
    request.reuse,
    request.expiresAt.getTime(),
    request.deadlineAt?.getTime() ?? null,
  ];
  return sha256(JSON.stringify(canonical));
}

function checkedHeader(bytes: Uint8Array): PayloadHeader {
  try {
    return parsePayloadHeader(bytes);
  } catch (error) {
    throw error instanceof WireError ? new Problem('payload-invalid', { cause: error }) : error;
  }
}

function checkEnvelopes({ envelopes }: PostRequest): void {
  for (const { envelope } of envelopes) {
    try {
      parseEnvelope(envelope);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const isLong = error.code === 'limits';
      throw isLong ? new Problem('too-large', { detail: 'an envelope' }) : new Problem('envelope-invalid');
    }
  }
}

function checkTimes({ expiresAt, deadlineAt }: PostRequest, limits: RelayLimits): void {
  const lifetimeMs = expiresAt.getTime() - Date.now();
  if (
    lifetimeMs < limits.expiresDaysMin * DAY_MS - CLOCK_SLACK_MS ||
    lifetimeMs > limits.expiresDaysMax * DAY_MS + CLOCK_SLACK_MS
  ) {
    throw new Problem('request-invalid', { fields: ['expiresAt'], detail: 'outside the limits of GET /api/relay' });
  }
  if (deadlineAt !== null && deadlineAt > expiresAt) throw new Problem('request-invalid', { fields: ['deadlineAt'] });
}

function checkSizes({ payloads }: PostRequest, limits: RelayLimits): void {
  if (payloads.some(({ sizeBound }) => sizeBound > limits.payloadBytes)) {
    throw new Problem('too-large', { detail: 'sizeBound' });
  }
}
