import { messageKey } from '../../core/account/state.js';
import { CoreError } from '../../core/error.js';
import { type Address, type MessageId, parseAddress } from '../../core/ids.js';
import { planCounts } from '../../core/package/plan.js';
import { type ByteSource } from '../../core/ports.js';
import { forwardMessage } from '../../core/receive/forward.js';
import { sentLetters } from '../../core/receive/inbox.js';
import { giveUpMessage } from '../../core/send/give-up.js';
import { loadOutgoing } from '../../core/send/outbox.js';
import {
  type Letter,
  type SendOptions,
  type SendProgress,
  type Sent,
  interruptedMessages,
  resumeMessage,
  sendMessage,
} from '../../core/send/send.js';
import { type Chosen, type SendInput } from '../desk/api.js';
import { type LookedAt, type SendingView } from '../desk/view.js';
import { WebError } from '../ports/error.js';
import { chosenTree, createReopener, handleIds, handleOf } from '../ports/file-source.js';
import { reopening } from './deidentifying.js';
import { codeOf } from './codes.js';
import { type Collections } from './collecting.js';
import { letterOf } from './rows.js';
import { type Session } from './session.js';

/** Messages on their way out: how far they are, and what goes on after a reload, a dead line, a machine that slept. */
export interface Sendings {
  /** Settles when the message is journaled. */
  send(input: SendInput): Promise<MessageId>;
  /** Until somebody goes on with it. */
  stop(messageId: string): void;
  /** For good. */
  giveUp(messageId: string): Promise<void>;
  resume(messageId: string, chosen: readonly Chosen[]): Promise<void>;
  handlesOf(messageId: string): Promise<readonly FileSystemHandle[]>;
  /** Messages that an earlier visit left: goes on with those whose files can be read without asking. */
  takeUp(): Promise<void>;
  /** The line is there: goes on with what a dead line has stopped, and asks again for what waits for consent. */
  goOn(): void;
}

interface Sending {
  view: SendingView;
  abort: AbortController | null;
  /** What was chosen in this visit. */
  sources: readonly ByteSource[];
  looked: LookedAt | null;
  /** Files were chosen while an attempt was under way: another one follows. */
  isAgain: boolean;
  isPaused: boolean;
  askedMs: number;
}

interface Outbound {
  readonly session: Session;
  readonly collections: Collections;
  readonly sendings: Map<string, Sending>;
}

const DAY_MS = 86_400_000;
const TELL_EVERY_MS = 250;
/** The rate is that of the last seconds, not of the whole. */
const RATE_OVER_MS = 5000;
/** How often a recipient's consent is asked for. */
const ASK_EVERY_MS = 5 * 60_000;

export function createSendings(session: Session, collections: Collections): Sendings {
  const out: Outbound = { session, collections, sendings: new Map() };
  return {
    send: (input) => send(out, input),
    stop(messageId) {
      const sending = out.sendings.get(messageId);
      if (sending === undefined) return;
      sending.isPaused = true;
      sending.abort?.abort();
    },
    giveUp: (messageId) => giveUp(out, messageId as MessageId),
    resume: (messageId, chosen) => resume(out, messageId as MessageId, chosen),
    handlesOf: (messageId) => handlesFor(session, messageId as MessageId),
    takeUp: () => takeUp(out),
    goOn: () => goOn(out),
  };
}

function announce({ session, sendings }: Outbound): void {
  session.tell({ kind: 'sendings', sendings: [...sendings.values()].map(({ view }) => view) });
}

function update(out: Outbound, messageId: string, state: SendingView['state']): void {
  const sending = out.sendings.get(messageId);
  if (sending === undefined) return;
  sending.view = { ...sending.view, state };
  announce(out);
}

function begin(out: Outbound, view: SendingView, sources: readonly ByteSource[], abort: AbortController | null): void {
  out.sendings.set(view.messageId, { view, abort, sources, looked: null, isAgain: false, isPaused: false, askedMs: 0 });
  announce(out);
}

interface Job {
  readonly totalBytes: number;
  readonly sources: readonly ByteSource[];
  readonly run: (options: SendOptions) => Promise<Sent>;
  /** Once it has an id. */
  readonly remember: (key: string) => Promise<void>;
}

async function send(out: Outbound, input: SendInput): Promise<MessageId> {
  const { session, collections } = out;
  const job = input.forwardOf === null ? await newJob(out, input) : forwardJob(out, input, input.forwardOf);
  const abort = new AbortController();
  let id = '';
  return new Promise<MessageId>((resolve, reject) => {
    const work = job.run({
      reopen: reopening(session.account, createReopener(session.database, job.sources).reopen),
      signal: abort.signal,
      onProgress: progressOf(out, () => id),
      onPrepared: (messageId) => {
        id = messageId;
        const { totalBytes } = job;
        const state = { kind: 'sending' as const, bytes: 0, totalBytes, bytesPerSecond: 0 };
        begin(out, { messageId, subject: input.subject, to: input.to, state }, job.sources, abort);
        if (input.collectionId !== null) collections.drop(input.collectionId);
        void job.remember(messageKey(session.account.content.mailboxId, messageId));
        resolve(messageId);
      },
    });
    work.catch(reject);
    void follow(out, () => id, work);
  });
}

async function newJob({ session, collections }: Outbound, input: SendInput): Promise<Job> {
  const letter = letterFrom(session, input);
  const { planned, sources } = await collections.planOf(input);
  return {
    totalBytes: planned === null ? 0 : planCounts(planned.plan).bytes,
    sources,
    run: (options) => sendMessage(session.desk, letter, planned, options),
    remember: (key) => (planned === null ? Promise.resolve() : session.index.learn(key, [planned.plan])),
  };
}

/** Not one byte of it is sent again (docs/spec/envelope.md §7). */
function forwardJob({ session }: Outbound, input: SendInput, key: string): Job {
  const original = letterOf(session.account, key);
  if (original === null) throw new WebError('not-here', 'no such message');
  return {
    totalBytes: 0,
    sources: [],
    run: (options) => forwardMessage(session.desk, original, letterFrom(session, input), options),
    remember: (to) => session.index.copy(original.key, to),
  };
}

/** What comes after journaling: it ends, fails, waits for consent, or to be taken up again. */
async function follow(out: Outbound, messageId: () => string, work: Promise<Sent>): Promise<void> {
  try {
    const { state } = await work;
    if (state === 'held') settle(out, messageId(), { kind: 'held' });
    else end(out, messageId());
  } catch (error) {
    const id = messageId() as MessageId;
    const isPrepared = out.session.account.state.outgoing.get(id) === 'prepared';
    const looked = out.sendings.get(id)?.looked ?? null;
    settle(out, id, stateOfFailure(codeOf(error), isPrepared, looked));
  }
}

function settle(out: Outbound, messageId: string, state: SendingView['state']): void {
  const sending = out.sendings.get(messageId);
  if (sending !== undefined) sending.abort = null;
  update(out, messageId, state);
}

function end(out: Outbound, messageId: string): void {
  out.sendings.delete(messageId);
  announce(out);
}

async function giveUp(out: Outbound, messageId: MessageId): Promise<void> {
  const { abort = null } = out.sendings.get(messageId) ?? {};
  if (abort !== null) throw new CoreError('aborted', 'pause it first');
  const isPrepared = out.session.account.state.outgoing.get(messageId) === 'prepared';
  if (isPrepared) await giveUpMessage(out.session.desk, messageId);
  end(out, messageId);
}

function progressOf(out: Outbound, messageId: () => string): (progress: SendProgress) => void {
  const marks: { atMs: number; bytes: number }[] = [];
  let toldMs = 0;
  return ({ bytes, totalBytes }) => {
    const atMs = performance.now();
    if (atMs - toldMs < TELL_EVERY_MS && bytes < totalBytes) return;
    toldMs = atMs;
    marks.push({ atMs, bytes });
    while (marks.length > 2 && atMs - (marks[0]?.atMs ?? 0) > RATE_OVER_MS) marks.shift();
    const first = marks[0] ?? { atMs, bytes };
    const bytesPerSecond = atMs > first.atMs ? (1000 * (bytes - first.bytes)) / (atMs - first.atMs) : 0;
    update(out, messageId(), { kind: 'sending', bytes, totalBytes, bytesPerSecond });
  };
}

async function resume(out: Outbound, messageId: MessageId, chosen: readonly Chosen[]): Promise<void> {
  const sending = out.sendings.get(messageId);
  if (sending === undefined) return;
  if (chosen.length > 0 && sending.abort === null) update(out, messageId, { kind: 'looking' });
  try {
    if (chosen.length > 0) await lookAt(out.session, messageId, sending, chosen);
  } catch (error) {
    const isPrepared = out.session.account.state.outgoing.get(messageId) === 'prepared';
    if (sending.abort === null) settle(out, messageId, stateOfFailure('files-needed', isPrepared, sending.looked));
    throw error;
  }
  sending.isPaused = false;
  if (sending.abort !== null) sending.isAgain = true;
  else void resumeOne(out, messageId, sending);
}

/** What of the chosen files the message was begun with stays beside what was chosen before: nobody has to find all in one go. */
async function lookAt(
  session: Session,
  messageId: MessageId,
  sending: Sending,
  chosen: readonly Chosen[],
): Promise<void> {
  const sources: ByteSource[] = [];
  for await (const source of chosenTree(session.database, chosen)) sources.push(source);
  const { same, needed } = await unchanged(session, messageId, sources);
  sending.sources = [...sending.sources, ...same];
  const found = new Set(sending.sources.map(({ locator }) => locator)).size;
  sending.looked = { found: Math.min(found, needed), needed, strange: sources.length - same.length };
}

async function resumeOne(out: Outbound, messageId: MessageId, sending: Sending): Promise<void> {
  const { desk, database } = out.session;
  sending.abort = new AbortController();
  sending.askedMs = Date.now();
  const { signal } = sending.abort;
  const begun = { kind: 'sending', bytes: 0, totalBytes: 0, bytesPerSecond: 0 } as const;
  // Until it is known that nothing is missing, nobody is told that it goes on.
  update(out, messageId, sending.view.state.kind === 'looking' ? { kind: 'looking' } : begun);
  const { reopen } = createReopener(database, sending.sources);
  const again = reopening(out.session.account, reopen);
  const options = { reopen: again, signal, onProgress: progressOf(out, () => messageId) };
  await follow(out, () => messageId, resumeMessage(desk, messageId, options));
  const { isAgain } = sending;
  sending.isAgain = false;
  if (isAgain && out.sendings.has(messageId)) await resumeOne(out, messageId, sending);
}

async function takeUp(out: Outbound): Promise<void> {
  const { account } = out.session;
  for (const messageId of interruptedMessages(account)) {
    if (out.sendings.has(messageId)) continue;
    const letter = sentLetters(account).find(({ stored }) => stored.header.messageId === messageId);
    const state = { kind: 'interrupted' as const, needs: 'nothing' as const };
    begin(out, { messageId, subject: letter?.body.subject ?? '', to: [], state }, [], null);
    const sending = out.sendings.get(messageId);
    if (sending !== undefined) await resumeOne(out, messageId, sending);
  }
}

function goOn(out: Outbound): void {
  for (const [messageId, sending] of out.sendings) {
    if (sending.abort !== null || sending.isPaused) continue;
    const { state } = sending.view;
    const isStopped = state.kind === 'interrupted' && state.needs === 'nothing';
    const isWaiting = state.kind === 'held' && Date.now() - sending.askedMs > ASK_EVERY_MS;
    if (isStopped || isWaiting) void resumeOne(out, messageId as MessageId, sending);
  }
}

/** Another file of the same name is not the one that was begun: it is asked for again, and the message is not given up. */
async function unchanged(
  { account }: Session,
  messageId: MessageId,
  sources: readonly ByteSource[],
): Promise<{ readonly same: readonly ByteSource[]; readonly needed: number }> {
  const outgoing = await loadOutgoing(account, messageId);
  await outgoing.log.close();
  const known = new Map([...(outgoing.payload?.sources.values() ?? [])].map((one) => [one.locator, one]));
  const same = sources.filter(({ locator = '', size, modifiedMs }) => {
    const before = known.get(locator);
    return before?.size === size && before.modifiedMs === modifiedMs;
  });
  return { same, needed: known.size };
}

async function handlesFor({ account, database }: Session, messageId: MessageId): Promise<FileSystemHandle[]> {
  const outgoing = await loadOutgoing(account, messageId);
  await outgoing.log.close();
  const locators = [...(outgoing.payload?.sources.values() ?? [])].map(({ locator }) => locator);
  return Promise.all(handleIds(locators).map((id) => handleOf(database, id)));
}

function stateOfFailure(code: string, isPrepared: boolean, looked: LookedAt | null): SendingView['state'] {
  if (!isPrepared) return { kind: 'failed', code };
  if (code === 'files-needed') return { kind: 'interrupted', needs: 'files', looked };
  if (code === 'permission-needed') return { kind: 'interrupted', needs: 'permission' };
  return { kind: 'interrupted', needs: 'nothing' };
}

function letterFrom({ account, desk }: Session, input: SendInput): Letter {
  const nowMs = desk.clock.now();
  const replied = input.replyTo === null ? null : letterOf(account, input.replyTo);
  const parse = (list: readonly string[]): Address[] => list.map((text) => parseAddress(text));
  return {
    to: parse(input.to),
    cc: parse(input.cc),
    bcc: [],
    subject: input.subject,
    text: input.text,
    replyTo: replied === null ? null : { messageId: replied.stored.header.messageId, threadId: replied.body.threadId },
    urgency: input.urgentMs === null ? null : { deadlineMs: nowMs + input.urgentMs, reason: '' },
    expiresMs: nowMs + input.expiresDays * DAY_MS,
  };
}
