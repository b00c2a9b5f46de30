import { type Address, type FileId, type MessageId, fileIdFrom, messageIdFrom } from '../../../crypto/wire/ids.js';
import { type LetterBody, type Summary, type Urgency } from '../../../crypto/wire/message-body.js';
import { chooseSegmentBytes, parsePayloadHeader } from '../../../crypto/wire/payload.js';
import { createPayload, resumePayload } from '../../../crypto/seal/payload.js';
import { randomBytes } from '../../../crypto/seal/suite.js';
import { type Account } from '../account/account.js';
import { type AccountEvent } from '../account/events.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { assertRoom, fetchLimits } from '../limits/limits.js';
import { packageBound, packageLength, travelCounts } from '../package/layout.js';
import { type KnownIds, type PlanFile, planCounts, planFiles } from '../package/plan.js';
import { type ByteSource, type ReopenSource } from '../ports.js';
import { type MessageRequest } from '../relay/relay.js';
import { composeMessage } from './compose.js';
import { type OpenOutgoing, type OutgoingPayload, loadOutgoing, outgoingLog, saveOutgoing } from './outbox.js';
import { codingOf } from './send-coding.js';
import { type GearWish } from './gear.js';
import { type Known, findKnown } from './known.js';
import { noteOutgoing } from './known-notes.js';
import { createLineMeter } from './line-meter.js';
import { type LookedUp, isStillNew, lookUp } from './look-up.js';
import { packPackage } from './pack.js';
import { type PlannedPackage } from './plan-package.js';
import { type Attempt, type SentRecipient, isHeldByAll, post } from './post.js';
import { reopenSources } from './reopen-sources.js';
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
  /** `send-again`: also what all recipients have confirmed to have from an earlier message. */
  readonly known?: 'name' | 'send-again' | undefined;
  /** The message is journaled: from here on it goes on by `resumeMessage`, whatever happens. */
  readonly onPrepared?: ((messageId: MessageId) => void) | undefined;
  /** From `lookUpAhead`: what the directory says of the recipients, asked for while the files were being collected. */
  readonly ahead?: Promise<LookedUp | null> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: SendProgress) => void) | undefined;
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
  /** Files among them that the recipients have already: named, not sent. */
  readonly knownFiles: number;
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
  const known = await findKnownFiles(desk, letter, planned, options);
  const prepare = (what: Known | null): Promise<OpenOutgoing> =>
    desk.account.exclusive(() =>
      prepareMessage(desk, letter, { planned: what?.planned ?? planned, known: what }, options),
    );
  if (known === null) return deliver(desk, await prepare(null), options, 'new');
  let isPosted = false;
  try {
    return await deliver(desk, await prepare(known), options, 'new', () => (isPosted = true));
  } catch (error) {
    // The relay has forgotten a payload since it was asked: then everything is sent.
    const isForgotten = error instanceof CoreError && (error.code === 'gone' || error.code === 'not-found');
    if (isPosted || !isForgotten) throw error;
  }
  return deliver(desk, await prepare(null), options, 'new');
}

/** Who was never written to has nothing yet. */
async function findKnownFiles(
  desk: Desk,
  { to, cc, bcc }: Letter,
  planned: PlannedPackage | null,
  { known = 'name', signal }: SendOptions,
): Promise<Known | null> {
  if (planned === null || known === 'send-again') return null;
  const { content, state } = desk.account;
  const mailboxes = new Set([...to, ...cc, ...bcc].map((address) => state.pinnedAddresses.get(address)));
  mailboxes.delete(content.mailboxId);
  const recipients = [...mailboxes].filter((one) => one !== undefined);
  return recipients.length < mailboxes.size ? null : findKnown(desk, recipients, planned, signal);
}

/** What is sent, and what is only named. */
interface Content {
  readonly planned: PlannedPackage | null;
  readonly known: Known | null;
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
  { planned, known }: Content,
  options: SendOptions,
): Promise<OpenOutgoing> {
  const { account } = desk;
  // Asked for beside the rest: nothing depends on it before everything else is known.
  const limits = planned === null ? undefined : fetchLimits(desk);
  limits?.catch(() => undefined);
  const ahead = await options.ahead;
  const nowMs = desk.clock.now();
  const isNew = ahead !== null && ahead !== undefined && isStillNew(desk, ahead, nowMs);
  const { own, recipients } = isNew ? ahead : await lookUp(desk, letter);
  const messageId = options.messageId ?? newMessageId();
  const payload = planned === null ? null : await preparePayload(planned);
  // The relay learns the most that may come; how much it is, it sees.
  const bound = desk.coding === undefined ? packageLength : packageBound;
  const sizeBound = planned === null ? 0 : bound(planned.plan, knownIdsOf(planned));
  await assertRoom(desk, sizeBound, limits);
  const composed = await composeMessage(account, {
    messageId,
    createdMs: nowMs,
    body: { ...letterBody(account, letter, summaryOf(planned), messageId), known: known?.files ?? [] },
    ...withKnown(payload, known),
    recipients,
    own,
  });
  const request: MessageRequest = {
    messageId,
    envelopes: composed.envelopes,
    payloads: payload === null ? [] : [{ header: payload.outgoing.header, sizeBound }],
    reuse: known?.payloads.map(({ payloadId }) => payloadId) ?? [],
    expiresMs: letter.expiresMs,
    deadlineMs: letter.urgency?.deadlineMs ?? null,
  };
  const open = await saveOutgoing(account, { request, payload: payload?.outgoing ?? null });
  await account.record({ kind: 'outgoing', messageId, phase: 'prepared' }, ...composed.links);
  return open;
}

function withKnown(payload: Awaited<ReturnType<typeof preparePayload>> | null, known: Known | null) {
  const own = payload === null ? [] : [{ payloadId: payload.payloadId, kind: 'package' as const, origin: null }];
  const secrets = payload === null ? [] : [[payload.payloadId, payload.outgoing.secret] as const];
  return {
    payloads: [...own, ...(known?.payloads ?? [])],
    secrets: new Map([...secrets, ...(known?.secrets ?? [])]),
  };
}

/** Files without a source do not travel: the recipients have them. */
function knownIdsOf({
  plan,
  sources,
}: Pick<OutgoingPayload, 'plan'> & { readonly sources: ReadonlyMap<FileId, unknown> }): KnownIds {
  return new Set(planFiles(plan).flatMap(({ fileId }) => (sources.has(fileId) ? [] : [fileId])));
}

async function preparePayload(planned: PlannedPackage) {
  const { plan, sources } = planned;
  const { secret, header } = await createPayload(chooseSegmentBytes(travelCounts(plan, knownIdsOf(planned)).bytes));
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

/** Posts what has been journaled, uploads what is to be uploaded, and writes down that it is done. */
export async function deliver(
  desk: Desk,
  outgoing: OpenOutgoing,
  options: SendOptions,
  attempt: Attempt,
  onPosted?: () => void,
): Promise<Sent> {
  const { messageId } = outgoing.request;
  options.onPrepared?.(messageId);
  try {
    const recipients = await post(desk, outgoing, attempt);
    onPosted?.();
    if (outgoing.payload !== null && isHeldByAll(recipients)) return sentOf(outgoing, recipients, 'held', 0);
    const digests = new Map<FileId, Uint8Array>();
    const note = ({ fileId }: PlanFile, sha256: Uint8Array): void => void digests.set(fileId, sha256);
    const uploaded = outgoing.payload === null ? null : await upload(desk, outgoing, outgoing.payload, options, note);
    await finish(desk, outgoing, uploaded, digests);
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

/** The package that was begun cannot be made again, or nobody waits for it any more: expired, or taken back by another device. */
function isLost(error: unknown): boolean {
  return error instanceof CoreError && ['source-changed', 'coding-changed', 'gone'].includes(error.code);
}

function isGone(error: unknown): boolean {
  return error instanceof CoreError && error.code === 'gone';
}

async function upload(
  desk: Desk,
  outgoing: OpenOutgoing,
  payload: OutgoingPayload,
  options: SendOptions,
  onFile: (file: PlanFile, sha256: Uint8Array) => void,
): Promise<UploadResult> {
  const { account, relay, clock, createSha256 } = desk;
  const { plan, secret } = payload;
  const { onProgress, signal } = options;
  const known = knownIdsOf(payload);
  const totalBytes = travelCounts(plan, known).bytes;
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
    const packed = packPackage({ plan, sources, createSha256, signal, coding, known, onFile });
    const report = (bytes: number): void => onProgress?.({ bytes, totalBytes });
    return await uploadPayload({ ...channel, packed, line, signal, onProgress: report });
  } catch (error) {
    if (isLost(error) && !isGone(error)) await abortPayload(channel);
    throw error;
  }
}

async function finish(
  desk: Desk,
  outgoing: OpenOutgoing,
  uploaded: UploadResult | null,
  digests: ReadonlyMap<FileId, Uint8Array>,
): Promise<void> {
  const { messageId } = outgoing.request;
  const sent: AccountEvent = { kind: 'outgoing', messageId, phase: 'sent' };
  if (outgoing.payload === null || uploaded === null) await desk.account.record(sent);
  else {
    const { payloadId } = parsePayloadHeader(outgoing.payload.header);
    const { segments, root } = uploaded;
    await noteOutgoing(desk, outgoing, digests);
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
    knownFiles: payload === null ? 0 : knownIdsOf(payload).size,
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
