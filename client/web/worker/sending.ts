import { type Address, type MessageId, parseAddress, toHex } from '../../core/ids.js';
import { CoreError } from '../../core/error.js';
import { type ByteSource } from '../../core/ports.js';
import { loadOutgoing } from '../../core/send/outbox.js';
import { type Collection, collectStudies } from '../../core/send/collect.js';
import { type DocumentSource, type PlannedPackage, planPackage } from '../../core/send/plan-package.js';
import {
  type Letter,
  type SendProgress,
  interruptedMessages,
  newFileId,
  resumeMessage,
  sendMessage,
} from '../../core/send/send.js';
import { sentLetters } from '../../core/receive/inbox.js';
import { planCounts } from '../../core/package/plan.js';
import { type Chosen, type CollectProgress, type SendInput } from '../desk/api.js';
import { type CollectionView, type SendingView } from '../desk/view.js';
import { WebError } from '../ports/error.js';
import { chosenTree, createReopener, fileSource, handleIds, handleOf } from '../ports/file-source.js';
import { codeOf } from './codes.js';
import { letterOf } from './rows.js';
import { type Session } from './session.js';
import { studyView } from './study-view.js';

/** Messages on their way out: what was chosen for them, how far they are, and what goes on after a reload. */
export interface Sendings {
  collect(
    chosen: readonly Chosen[],
    signal: AbortSignal,
    report: (p: CollectProgress) => void,
  ): Promise<CollectionView>;
  drop(id: string): void;
  /** Settles when the message is journaled. */
  send(input: SendInput): Promise<MessageId>;
  stop(messageId: string): void;
  resume(messageId: string, chosen: readonly Chosen[]): Promise<void>;
  handlesOf(messageId: string): Promise<readonly FileSystemHandle[]>;
  list(): SendingView[];
  /** Messages that an earlier visit left: goes on with those whose files can be read without asking. */
  takeUp(): Promise<void>;
}

interface Gathered {
  readonly collection: Collection;
  readonly sources: readonly ByteSource[];
}

interface Sending {
  view: SendingView;
  abort: AbortController | null;
  /** Chosen while an attempt was under way: the next one begins with them. */
  next?: readonly ByteSource[] | null;
}

interface Outbound {
  readonly session: Session;
  readonly gathered: Map<string, Gathered>;
  readonly sendings: Map<string, Sending>;
}

const DAY_MS = 86_400_000;
const TELL_EVERY_MS = 250;
/** The rate is that of the last seconds, not of the whole. */
const RATE_OVER_MS = 5000;
const PDF_MAGIC = '255044462d';

export function createSendings(session: Session): Sendings {
  const out: Outbound = { session, gathered: new Map(), sendings: new Map() };
  return {
    collect: (chosen, signal, report) => collect(out, chosen, signal, report),
    drop: (id) => void out.gathered.delete(id),
    send: (input) => send(out, input),
    stop: (messageId) => out.sendings.get(messageId)?.abort?.abort(),
    async resume(messageId, chosen) {
      const sources: ByteSource[] = [];
      for await (const source of chosenTree(session.database, chosen)) sources.push(source);
      void resumeOne(out, messageId as MessageId, await unchanged(session, messageId as MessageId, sources));
    },
    handlesOf: (messageId) => handlesFor(session, messageId as MessageId),
    list: () => viewsOf(out),
    takeUp: () => takeUp(out),
  };
}

function viewsOf({ sendings }: Outbound): SendingView[] {
  return [...sendings.values()].map(({ view }) => view);
}

function announce(out: Outbound): void {
  out.session.tell({ kind: 'sendings', sendings: viewsOf(out) });
}

function update(out: Outbound, messageId: string, state: SendingView['state']): void {
  const sending = out.sendings.get(messageId);
  if (sending === undefined) return;
  sending.view = { ...sending.view, state };
  announce(out);
}

async function collect(
  { session, gathered }: Outbound,
  chosen: readonly Chosen[],
  signal: AbortSignal,
  onProgress: (progress: CollectProgress) => void,
): Promise<CollectionView> {
  const sources: ByteSource[] = [];
  const remember = async function* (): AsyncGenerator<ByteSource, void, undefined> {
    for await (const source of chosenTree(session.database, chosen)) {
      sources.push(source);
      yield source;
    }
  };
  const { createSha256 } = session.desk;
  const collection = await collectStudies({ tree: remember(), createSha256, signal, onProgress });
  const id = crypto.randomUUID();
  gathered.set(id, { collection, sources });
  return collectionView(id, collection);
}

async function send(out: Outbound, input: SendInput): Promise<MessageId> {
  const { session, gathered } = out;
  const letter = letterFrom(session, input);
  const { planned, sources } = await planOf(out, input);
  const abort = new AbortController();
  let id = '';
  return new Promise<MessageId>((resolve, reject) => {
    const work = sendMessage(session.desk, letter, planned, {
      reopen: createReopener(session.database, sources).reopen,
      signal: abort.signal,
      onProgress: progressOf(out, () => id),
      onPrepared: (messageId) => {
        id = messageId;
        const totalBytes = planned === null ? 0 : planCounts(planned.plan).bytes;
        const state = { kind: 'sending' as const, bytes: 0, totalBytes, bytesPerSecond: 0 };
        const view = { messageId, subject: input.subject, to: input.to, state };
        out.sendings.set(messageId, { view, abort });
        announce(out);
        if (input.collectionId !== null) gathered.delete(input.collectionId);
        resolve(messageId);
      },
    });
    work.catch(reject);
    void follow(out, () => id, work);
  });
}

/** What comes after journaling: it ends, fails, or waits to be taken up again. */
async function follow(out: Outbound, messageId: () => string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
    out.sendings.delete(messageId());
    announce(out);
  } catch (error) {
    const id = messageId() as MessageId;
    const sending = out.sendings.get(id);
    if (sending !== undefined) sending.abort = null;
    const isPrepared = out.session.account.state.outgoing.get(id) === 'prepared';
    update(out, id, stateOfFailure(codeOf(error), isPrepared));
  }
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

async function planOf(
  { gathered }: Outbound,
  input: SendInput,
): Promise<{ planned: PlannedPackage | null; sources: readonly ByteSource[] }> {
  const chosen = input.collectionId === null ? undefined : gathered.get(input.collectionId);
  const leftOut = new Set(input.leftOut);
  const studies = (chosen?.collection.studies ?? [])
    .map((study) => ({ ...study, series: study.series.filter((one) => !leftOut.has(one.seriesInstanceUid)) }))
    .filter((study) => study.series.length > 0);
  const { documents, sources } = await documentsOf(input, chosen);
  const isEmpty = studies.length === 0 && documents.length === 0;
  if (isEmpty && input.text === '') throw new CoreError('nothing-to-send', 'nothing to send');
  const planned = isEmpty ? null : planPackage(studies, documents, newFileId);
  return { planned, sources: [...(chosen?.sources ?? []), ...sources] };
}

async function resumeOne(out: Outbound, messageId: MessageId, sources: readonly ByteSource[]): Promise<void> {
  const { desk, database } = out.session;
  const sending = out.sendings.get(messageId);
  if (sending === undefined) return;
  if (sending.abort !== null) {
    sending.next = sources;
    return;
  }
  sending.abort = new AbortController();
  const { signal } = sending.abort;
  update(out, messageId, { kind: 'sending', bytes: 0, totalBytes: 0, bytesPerSecond: 0 });
  const { reopen } = createReopener(database, sources);
  const options = { reopen, signal, onProgress: progressOf(out, () => messageId) };
  await follow(out, () => messageId, resumeMessage(desk, messageId, options));
  const { next = null } = sending;
  sending.next = null;
  if (next !== null && out.sendings.has(messageId)) await resumeOne(out, messageId, next);
}

async function takeUp(out: Outbound): Promise<void> {
  const { account } = out.session;
  for (const messageId of interruptedMessages(account)) {
    if (out.sendings.has(messageId)) continue;
    const letter = sentLetters(account).find(({ stored }) => stored.header.messageId === messageId);
    const state = { kind: 'interrupted' as const, needs: 'nothing' as const };
    const view = { messageId, subject: letter?.body.subject ?? '', to: [], state };
    out.sendings.set(messageId, { view, abort: null });
    await resumeOne(out, messageId, []);
  }
}

/** Another file of the same name is not the one that was begun: it is asked for again, and the message is not given up. */
async function unchanged({ account }: Session, messageId: MessageId, sources: ByteSource[]): Promise<ByteSource[]> {
  const outgoing = await loadOutgoing(account, messageId);
  await outgoing.log.close();
  const known = new Map([...(outgoing.payload?.sources.values() ?? [])].map((one) => [one.locator, one]));
  return sources.filter(({ locator = '', size, modifiedMs }) => {
    const before = known.get(locator);
    return before?.size === size && before.modifiedMs === modifiedMs;
  });
}

async function handlesFor({ account, database }: Session, messageId: MessageId): Promise<FileSystemHandle[]> {
  const outgoing = await loadOutgoing(account, messageId);
  await outgoing.log.close();
  const locators = [...(outgoing.payload?.sources.values() ?? [])].map(({ locator }) => locator);
  return Promise.all(handleIds(locators).map((id) => handleOf(database, id)));
}

function stateOfFailure(code: string, isPrepared: boolean): SendingView['state'] {
  if (!isPrepared) return { kind: 'failed', code };
  if (code === 'files-needed') return { kind: 'interrupted', needs: 'files' };
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

async function documentsOf(input: SendInput, chosen: Gathered | undefined) {
  const documents: DocumentSource[] = [];
  const sources: ByteSource[] = [];
  if (input.report !== null) {
    const source = fileSource(input.report, input.report.name, `f/${encodeURIComponent(input.report.name)}`);
    if (toHex(await source.read(0, 5)) !== PDF_MAGIC) throw new WebError('report-unreadable', 'not a PDF');
    documents.push({ kind: 'report', source, mediaType: 'application/pdf' });
    sources.push(source);
  }
  const wanted = new Set(input.attachments);
  for (const { source } of (chosen?.collection.others ?? []).filter(({ path }) => wanted.has(path))) {
    const isPdf = toHex(await source.read(0, 5)) === PDF_MAGIC;
    documents.push({ kind: 'attachment', source, mediaType: isPdf ? 'application/pdf' : 'application/octet-stream' });
  }
  return { documents, sources };
}

function collectionView(id: string, collection: Collection): CollectionView {
  const named = (one: Collection['skipped'][number]) => ({ name: one.path, reason: one.reason });
  const all = collection.studies.flatMap((study) => study.series.flatMap((series) => series.instances));
  return {
    id,
    isMixed: collection.mixedPatients,
    others: collection.others.map((one) => ({ ...named(one), size: one.source.size })),
    skipped: collection.skipped.map(named),
    duplicates: collection.duplicates.length,
    bytes: all.reduce((sum, { size }) => sum + size, 0),
    studies: collection.studies.map((study) =>
      studyView(study, ({ scan, size }) => {
        const { instanceNumber, numberOfFrames, sopInstanceUid, sopClassUid } = scan;
        return { fileId: '', size, number: instanceNumber, frames: numberOfFrames, sopInstanceUid, sopClassUid };
      }),
    ),
  };
}
