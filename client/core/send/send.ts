import { type ChainState } from '../../../crypto/wire/chain.js';
import {
  type Address,
  type FileId,
  type MailboxId,
  type MessageId,
  fileIdFrom,
  messageIdFrom,
} from '../../../crypto/wire/ids.js';
import { type LetterBody, type Summary, type Urgency } from '../../../crypto/wire/message-body.js';
import { chooseSegmentBytes, parsePayloadHeader } from '../../../crypto/wire/payload.js';
import { createPayload, resumePayload } from '../../../crypto/seal/payload.js';
import { randomBytes } from '../../../crypto/seal/suite.js';
import { type Account } from '../account/account.js';
import { type AccountEvent } from '../account/events.js';
import { type Desk } from '../desk.js';
import { findRecipient } from '../directory/recipient.js';
import { maintainOwnChain } from '../directory/own-chain.js';
import { CoreError } from '../error.js';
import { packageBound, packageLength } from '../package/layout.js';
import { planCounts } from '../package/plan.js';
import { type ByteSource, type ReopenSource } from '../ports.js';
import { type MessageRequest } from '../relay/relay.js';
import { type Recipient, composeMessage } from './compose.js';
import { type OpenOutgoing, type OutgoingPayload, loadOutgoing, outgoingLog, saveOutgoing } from './outbox.js';
import { codingOf } from './send-coding.js';
import { type GearWish } from './gear.js';
import { createLineMeter } from './line-meter.js';
import { packPackage } from './pack.js';
import { type PlannedPackage } from './plan-package.js';
import { openUploadJournal } from './upload-journal.js';
import { type UploadResult, abortPayload, uploadPayload } from './upload.js';

/** The pipeline of sending: look up → compose → journal → post → pack → seal → upload (docs/walkthrough.md). */

export interface Letter {
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string;
  readonly text: string;
  readonly replyTo: { readonly messageId: MessageId; readonly threadId: MessageId } | null;
  readonly urgency: Urgency | null;
  readonly expiresMs: number;
}

export interface SendProgress {
  /** Bytes of files that are durable at the relay as a whole. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface SendOptions {
  readonly reopen: ReopenSource;
  /** How much to code before sealing; `auto` when not given. What an earlier run has decided stands. */
  readonly coding?: GearWish | undefined;
  /** Of a new message, from `newMessageId`, when the caller has to know it before anything is journaled. Never used twice. */
  readonly messageId?: MessageId | undefined;
  /** The message is journaled: from here on it goes on by `resumeMessage`, whatever happens. */
  readonly onPrepared?: ((messageId: MessageId) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SendProgress) => void) | undefined;
}

/** A recipient as the relay answered for him. */
export interface SentRecipient {
  readonly mailboxId: MailboxId;
  /** `held`: he reads the envelope, and the files when he agrees. */
  readonly consent: 'given' | 'held' | 'refused';
}

export interface Sent {
  /** `held`: nobody has agreed yet to get it; `resumeMessage` goes on when somebody has. */
  readonly state: 'sent' | 'held';
  /** Without the own mailbox. */
  readonly recipients: readonly SentRecipient[];
  readonly messageId: MessageId;
  readonly payloadIds: readonly string[];
  readonly studies: number;
  readonly instances: number;
  /** Original bytes of all files. */
  readonly bytes: number;
  /** Bytes of segments sent in this run. */
  readonly wireBytes: number;
}

/**
 * Sends a message with everything in `planned`, or without files when it is null. Interrupted, it goes on by `resumeMessage`.
 * @throws CoreError: before anything is sent for a recipient that cannot be sealed to
 */
export async function sendMessage(
  desk: Desk,
  letter: Letter,
  planned: PlannedPackage | null,
  options: SendOptions,
): Promise<Sent> {
  const prepared = await desk.account.exclusive(() => prepareMessage(desk, letter, planned, options));
  return deliver(desk, prepared, options, 'new');
}

/** Goes on with a message that was journaled. @throws CoreError `message-unknown`, `source-changed` */
export async function resumeMessage(desk: Desk, messageId: MessageId, options: SendOptions): Promise<Sent> {
  if (desk.account.state.outgoing.get(messageId) !== 'prepared') {
    throw new CoreError('message-unknown', 'no interrupted message of this id');
  }
  return deliver(desk, await loadOutgoing(desk.account, messageId), options, 'resumed');
}

/** Messages that were begun and neither sent nor given up, oldest first. */
export function interruptedMessages(account: Account): MessageId[] {
  return [...account.state.outgoing].flatMap(([messageId, phase]) => (phase === 'prepared' ? [messageId] : []));
}

async function prepareMessage(
  desk: Desk,
  letter: Letter,
  planned: PlannedPackage | null,
  options: SendOptions,
): Promise<OpenOutgoing> {
  const { account } = desk;
  const nowMs = desk.clock.now();
  const own = await maintainOwnChain(account, desk.relay, desk.directory, nowMs);
  const recipients = await findRecipients(desk, letter, own, nowMs);
  const messageId = options.messageId ?? newMessageId();
  const payload = planned === null ? null : await preparePayload(planned);
  // The relay learns the most that may come; how much it is, it sees.
  const bound = desk.coding === undefined ? packageLength : packageBound;
  const sizeBound = planned === null ? 0 : bound(planned.plan);
  const composed = await composeMessage(account, {
    messageId,
    createdMs: nowMs,
    body: letterBody(account, letter, summaryOf(planned), messageId),
    payloads: payload === null ? [] : [{ payloadId: payload.payloadId, kind: 'package', origin: null }],
    secrets: new Map(payload === null ? [] : [[payload.payloadId, payload.outgoing.secret]]),
    recipients,
    own,
  });
  const request: MessageRequest = {
    messageId,
    envelopes: composed.envelopes,
    payloads: payload === null ? [] : [{ header: payload.outgoing.header, sizeBound }],
    reuse: [],
    expiresMs: letter.expiresMs,
    deadlineMs: letter.urgency?.deadlineMs ?? null,
  };
  const open = await saveOutgoing(account, { request, payload: payload?.outgoing ?? null });
  await account.record({ kind: 'outgoing', messageId, phase: 'prepared' }, ...composed.links);
  return open;
}

/** To, cc and bcc, each mailbox once, and the own mailbox for the sender's copy. */
export async function findRecipients(desk: Desk, letter: Letter, own: ChainState, nowMs: number): Promise<Recipient[]> {
  const wanted = (['to', 'cc', 'bcc'] as const).flatMap((role) => letter[role].map((address) => ({ role, address })));
  const recipients = new Map<Address, Recipient>();
  for (const { role, address } of wanted) {
    if (recipients.has(address)) continue;
    const chain = await findRecipient(desk.account, desk.relay, desk.directory, address, nowMs);
    recipients.set(address, { chain, role });
  }
  if (!recipients.has(own.address)) recipients.set(own.address, { chain: own, role: 'bcc' });
  return [...recipients.values()];
}

async function preparePayload({ plan, sources }: PlannedPackage) {
  const { secret, header } = await createPayload(chooseSegmentBytes(planCounts(plan).bytes));
  const records = [...sources].map(([fileId, source]) => [fileId, sourceRecord(source)] as const);
  const outgoing: OutgoingPayload = {
    header: header.bytes,
    secret,
    plan,
    sources: new Map(records),
  };
  return { payloadId: header.payloadId, outgoing };
}

function sourceRecord(source: ByteSource): { locator: string; size: number; modifiedMs: number | null } {
  return { locator: source.locator ?? '', size: source.size, modifiedMs: source.modifiedMs ?? null };
}

function summaryOf(planned: PlannedPackage | null): Summary {
  const counts = planned === null ? { instances: 0, bytes: 0 } : planCounts(planned.plan);
  return { studies: planned?.plan.studies.length ?? 0, instances: counts.instances, bytes: counts.bytes };
}

export function letterBody(account: Account, letter: Letter, summary: Summary, messageId: MessageId): LetterBody {
  return {
    kind: 'message',
    subject: letter.subject.normalize('NFC'),
    text: letter.text.normalize('NFC'),
    threadId: letter.replyTo?.threadId ?? messageId,
    replyTo: letter.replyTo?.messageId ?? null,
    urgency: letter.urgency,
    expiresMs: letter.expiresMs,
    summary,
    known: [],
    member: account.content.device.member,
  };
}

type Attempt = 'new' | 'resumed';

/** Posts what has been journaled, uploads what is to be uploaded, and writes down that it is done. */
export async function deliver(
  desk: Desk,
  outgoing: OpenOutgoing,
  options: SendOptions,
  attempt: Attempt,
): Promise<Sent> {
  const { messageId } = outgoing.request;
  options.onPrepared?.(messageId);
  try {
    const recipients = await post(desk, outgoing, attempt);
    if (outgoing.payload !== null && isHeldByAll(recipients)) return sentOf(outgoing, recipients, 'held', 0);
    const uploaded = outgoing.payload === null ? null : await upload(desk, outgoing, outgoing.payload, options);
    await finish(desk, outgoing, uploaded);
    return sentOf(outgoing, recipients, 'sent', uploaded?.wireBytes ?? 0);
  } catch (error) {
    if (isLost(error)) {
      await desk.account.record({ kind: 'outgoing', messageId, phase: 'aborted' });
      await desk.account.store.removeLog(outgoingLog(messageId));
    }
    throw error;
  } finally {
    await outgoing.log.close();
  }
}

function isHeldByAll(recipients: readonly SentRecipient[]): boolean {
  return recipients.length > 0 && recipients.every(({ consent }) => consent !== 'given');
}

/** The package that was begun cannot be made again. */
function isLost(error: unknown): boolean {
  return error instanceof CoreError && (error.code === 'source-changed' || error.code === 'coding-changed');
}

/** A refusal for good leaves nothing half-done: the message never was, and its chain numbers are free again. */
async function post({ account, relay }: Desk, { request }: OpenOutgoing, attempt: Attempt): Promise<SentRecipient[]> {
  const { messageId } = request;
  try {
    const { deliveries } = await relay.postMessage(request);
    const others = deliveries.filter(({ mailboxId }) => mailboxId !== account.content.mailboxId);
    if (others.length > 0 && others.every(({ consent }) => consent === 'refused')) {
      throw new CoreError('contact-denied', 'every recipient has refused it meanwhile');
    }
    return others.map(({ mailboxId, consent }) => ({ mailboxId, consent }));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Later messages may have taken later numbers since a message was begun: then the gap stays, and says so.
    const links = attempt === 'new' ? linksBefore(account, request) : [];
    await account.record({ kind: 'outgoing', messageId, phase: 'aborted' }, ...links);
    await account.store.removeLog(outgoingLog(messageId));
    throw error;
  }
}

/** Answers by which the relay has provably not taken the message, now or in an attempt whose answer was lost. */
const REFUSALS: readonly string[] = [
  'request-invalid',
  'recipient-unknown',
  'envelope-invalid',
  'payload-invalid',
  'too-large',
  'quota-exceeded',
  'message-id-taken',
  'not-found',
  'contact-denied',
];

function isRefusal(error: unknown): boolean {
  return error instanceof CoreError && REFUSALS.includes(error.code);
}

function linksBefore(account: Account, request: MessageRequest): AccountEvent[] {
  return request.envelopes.flatMap(({ mailboxId }) => {
    const before = account.state.linksBefore.get(mailboxId);
    return before === undefined ? [] : [{ kind: 'linked' as const, mailboxId, ...before }];
  });
}

async function upload(
  desk: Desk,
  outgoing: OpenOutgoing,
  payload: OutgoingPayload,
  options: SendOptions,
): Promise<UploadResult> {
  const { account, relay, clock, createSha256 } = desk;
  const { plan, secret } = payload;
  const { onProgress, signal } = options;
  const totalBytes = planCounts(plan).bytes;
  const { mailboxId, device } = account.content;
  const channel = {
    relay,
    sealer: await resumePayload(secret, parsePayloadHeader(payload.header)),
    secret,
    journal: await openUploadJournal(outgoing.log, outgoing.rest),
    signer: { key: account.key, mailboxId, deviceId: device.deviceId },
    clock,
  };
  try {
    const sources = await reopenSources(payload, options.reopen);
    const line = createLineMeter();
    const coding = codingOf(desk.coding, plan, channel.journal, line, options.coding ?? 'auto');
    const packed = packPackage({ plan, sources, createSha256, signal, coding });
    const report = (bytes: number): void => onProgress?.({ bytes, totalBytes });
    return await uploadPayload({ ...channel, packed, line, signal, onProgress: report });
  } catch (error) {
    if (isLost(error)) await abortPayload(channel);
    throw error;
  }
}

async function reopenSources(
  { sources }: OutgoingPayload,
  reopen: ReopenSource,
): Promise<ReadonlyMap<FileId, ByteSource>> {
  const opened = new Map<FileId, ByteSource>();
  for (const [fileId, record] of sources) {
    const source = await reopen(record.locator);
    if (source.size !== record.size || (source.modifiedMs ?? null) !== record.modifiedMs) {
      throw new CoreError('source-changed', 'a file is not the one that was collected');
    }
    opened.set(fileId, source);
  }
  return opened;
}

async function finish(desk: Desk, outgoing: OpenOutgoing, uploaded: UploadResult | null): Promise<void> {
  const { messageId } = outgoing.request;
  const sent: AccountEvent = { kind: 'outgoing', messageId, phase: 'sent' };
  if (outgoing.payload === null || uploaded === null) await desk.account.record(sent);
  else {
    const { payloadId } = parsePayloadHeader(outgoing.payload.header);
    const { segments, root } = uploaded;
    await desk.account.record(sent, { kind: 'tallied', payloadId, segments, root });
  }
  await desk.account.store.removeLog(outgoingLog(messageId));
}

function sentOf(
  { request, payload }: OpenOutgoing,
  recipients: readonly SentRecipient[],
  state: Sent['state'],
  wireBytes: number,
): Sent {
  const counts = payload === null ? { instances: 0, bytes: 0 } : planCounts(payload.plan);
  return {
    state,
    recipients,
    messageId: request.messageId,
    payloadIds: payload === null ? [] : [parsePayloadHeader(payload.header).payloadId],
    studies: payload?.plan.studies.length ?? 0,
    instances: counts.instances,
    bytes: counts.bytes,
    wireBytes,
  };
}

export function newMessageId(): MessageId {
  return messageIdFrom(randomBytes(16));
}

/** For `planPackage`. */
export function newFileId(): FileId {
  return fileIdFrom(randomBytes(16));
}
