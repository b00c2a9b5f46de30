import { join } from 'node:path';
import { type Desk } from '../../core/desk.js';
import { CoreError } from '../../core/error.js';
import { type Hints, connectHints } from '../../core/relay/hints.js';
import { type Imported, confirm, confirmImported } from '../../core/receive/confirm.js';
import { type Letter, receivedLetters } from '../../core/receive/inbox.js';
import { receiveMessage } from '../../core/receive/receive.js';
import { syncInbox } from '../../core/receive/sync.js';
import { privateFolder } from '../../node/durable.js';
import { localFilesIn } from '../../node/local-files.js';
import { openMessageFolder } from '../../node/message-folder.js';
import { GatewayError } from '../error.js';
import { type AfterNow, afterNow } from './after-now.js';
import { type Log, loggable } from '../log.js';
import { type Listeners, type Part, type PartStatus, createListeners } from '../part.js';
import { type Deed, type DeedStore, openDeedStore } from './deeds.js';
import { type ReceivedFile, receivedFiles } from './received-files.js';

/** A received message as the gateway has it. */
export interface ReceivedMessage {
  readonly name: string;
  /** Its place in the mailbox; grows. */
  readonly seq: number;
  readonly letter: Letter;
  /** `complete`: every file is here, verified and durable. `failed`: the last attempt; it is tried again. */
  readonly state: 'waiting' | 'receiving' | 'complete' | 'failed' | 'held';
  readonly failure: string | null;
  readonly deeds: readonly Deed[];
}

export type IncomingEvent =
  /** The envelope is open; files may still come. */
  | { readonly kind: 'message'; readonly message: ReceivedMessage }
  | { readonly kind: 'progress'; readonly name: string; readonly bytes: number; readonly totalBytes: number | null }
  | { readonly kind: 'complete'; readonly message: ReceivedMessage }
  | { readonly kind: 'failed'; readonly message: ReceivedMessage }
  | { readonly kind: 'deed'; readonly name: string; readonly deed: Deed }
  /** A sync was done: receipts, consents or own state may be new. */
  | { readonly kind: 'synced' };

/** Fetches what comes into the mailbox, and remembers what has been done with it. */
export interface Incoming extends Part {
  /** By seq, the ones after `afterSeq`. */
  list(options: { readonly afterSeq: number; readonly limit: number }): readonly ReceivedMessage[];
  /** @throws GatewayError `message-unknown` */
  get(name: string): ReceivedMessage;
  /** The verified files of a complete message. @throws GatewayError `message-unknown`, `message-incomplete` */
  files(name: string): Promise<readonly ReceivedFile[]>;
  /** Asks the relay now; settles when everything that was there has been tried. */
  sync(): Promise<void>;
  /** Asks the relay now what there is, and fetches no files for it. */
  look(): Promise<void>;
  /** Durable when it returns. */
  note(name: string, deed: Deed): Promise<void>;
  /** Tells the sender how many instances a PACS has confirmed, once for each number. */
  confirmImported(name: string, imported: Imported): Promise<void>;
  readonly events: Pick<Listeners<IncomingEvent>, 'subscribe'>;
}

export interface IncomingOptions {
  readonly desk: Desk;
  readonly log: Log;
  /** The gateway's data folder. */
  readonly folder: string;
  readonly pollMs: number;
  readonly fetch: 'all' | 'none';
}

interface State {
  readonly options: IncomingOptions;
  readonly received: string;
  readonly store: DeedStore;
  readonly events: Listeners<IncomingEvent>;
  readonly stop: AbortController;
  /** Of letters whose files are not all here. */
  readonly states: Map<string, Pick<ReceivedMessage, 'state' | 'failure'>>;
  lastFailure: string | null;
  readonly looking: AfterNow;
  readonly rounds: AfterNow;
}

export async function openIncoming(options: IncomingOptions): Promise<Incoming> {
  const { desk, folder } = options;
  const received = join(folder, 'received');
  await privateFolder(received);
  const state: State = {
    ...{ options, received, store: await openDeedStore(join(folder, 'deeds')), events: createListeners() },
    ...{ stop: new AbortController(), states: new Map(), lastFailure: null },
    looking: afterNow(() => look(state)),
    rounds: afterNow(() => round(state)),
  };
  const hints = connectHints(desk.relay);
  const looping = loop(state, hints);
  return {
    name: 'incoming',
    events: state.events,
    list: ({ afterSeq, limit }) =>
      receivedLetters(desk.account)
        .filter(({ stored }) => stored.seq > afterSeq)
        .slice(0, limit)
        .map((letter) => messageOf(state, letter)),
    get: (name) => messageOf(state, find(desk, name)),
    async files(name) {
      const message = messageOf(state, find(desk, name));
      if (message.state !== 'complete') throw new GatewayError('message-incomplete', 'not all files are here');
      return receivedFiles(join(received, name));
    },
    sync: () => state.rounds.run(),
    look: () => state.looking.run(),
    async note(name, deed) {
      await state.store.note(name, deed);
      state.events.publish({ kind: 'deed', name, deed });
    },
    confirmImported: (name, imported) => confirmImported(desk, find(desk, name), imported),
    status: () => statusOf(state),
    async [Symbol.asyncDispose]() {
      state.stop.abort();
      // Lets the loop go where it waits for a hint.
      hints[Symbol.dispose]();
      await looping;
      await state.rounds.settled();
      await state.looking.settled();
    },
  };
}

function find({ account }: Desk, name: string): Letter {
  const letter = receivedLetters(account).find((one) => one.name === name);
  if (letter === undefined) throw new GatewayError('message-unknown', 'no such message');
  return letter;
}

function messageOf({ options, states, store }: State, letter: Letter): ReceivedMessage {
  const { name, key, stored, isHeld } = letter;
  const isComplete = options.desk.account.state.completed.has(key);
  const known = isComplete ? { state: 'complete' as const, failure: null } : states.get(name);
  const first = { state: isHeld ? ('held' as const) : ('waiting' as const), failure: null };
  return { name, seq: stored.seq, letter, ...(known ?? first), deeds: store.of(name) };
}

async function loop(state: State, hints: Hints): Promise<void> {
  const { stop, options } = state;
  while (!stop.signal.aborted) {
    try {
      await state.rounds.run();
    } catch (error) {
      if (stop.signal.aborted) return;
      state.lastFailure = loggable(error).code ?? 'internal-error';
      options.log.warn(loggable(error), 'the mailbox could not be asked');
    }
    await hints.next(options.pollMs);
  }
}

async function look(state: State): Promise<void> {
  if (state.stop.signal.aborted) return;
  await syncInbox(state.options.desk);
  state.lastFailure = null;
  state.events.publish({ kind: 'synced' });
}

async function round(state: State): Promise<void> {
  const { options, stop } = state;
  const { desk } = options;
  await state.looking.run();
  for (const letter of receivedLetters(desk.account)) {
    if (stop.signal.aborted) return;
    if (letter.isHeld || options.fetch === 'none') continue;
    const done = desk.account.state.completed.get(letter.key);
    const isTold = desk.account.state.receiptsSent.get(letter.key)?.has('delivered') === true;
    // A crash between the last file and the receipt: said now.
    if (done !== undefined && !isTold && !letter.isOwn) {
      await confirm(desk, letter, done.payloads, done.instances, 'delivered');
    } else if (done === undefined && desk.clock.now() < letter.stored.expiresMs) await fetchLetter(state, letter);
  }
}

async function fetchLetter(state: State, letter: Letter): Promise<void> {
  const { options, events, stop, states } = state;
  const { name } = letter;
  const { messageId } = letter.stored.header;
  const folder = join(state.received, name);
  states.set(name, { state: 'receiving', failure: null });
  events.publish({ kind: 'message', message: messageOf(state, letter) });
  try {
    await receiveMessage(options.desk, letter, {
      openSink: ({ payloadId }) => openMessageFolder({ messageId, folder }, payloadId),
      localFile: localFilesIn(state.received),
      // What the sender has not finished is looked at again in the next round: others wait behind it.
      waitForMore: () => Promise.reject(new CoreError('payload-incomplete', 'not finished yet')),
      signal: stop.signal,
      onProgress: (progress) => events.publish({ kind: 'progress', name, ...progress }),
      confirmation: 'delivered',
    });
    states.delete(name);
    options.log.info({ seq: letter.stored.seq }, 'message complete');
    events.publish({ kind: 'complete', message: messageOf(state, letter) });
  } catch (error) {
    notFetched(state, letter, error);
  }
}

function notFetched(state: State, letter: Letter, error: unknown): void {
  const { options, events, stop, states } = state;
  if (stop.signal.aborted) return void states.delete(letter.name);
  const { code = 'internal-error' } = loggable(error);
  const isUnfinished = code === 'payload-incomplete';
  states.set(letter.name, { state: isUnfinished ? 'receiving' : 'failed', failure: isUnfinished ? null : code });
  if (isUnfinished) return;
  state.lastFailure = code;
  options.log.warn({ seq: letter.stored.seq, code }, 'message');
  events.publish({ kind: 'failed', message: messageOf(state, letter) });
}

function statusOf(state: State): PartStatus {
  const { lastFailure, options } = state;
  const all = receivedLetters(options.desk.account).map((letter) => messageOf(state, letter).state);
  const count = (kind: ReceivedMessage['state']): number => all.filter((one) => one === kind).length;
  const counts = { receiving: count('receiving'), complete: count('complete'), failed: count('failed') };
  return { state: lastFailure === null ? 'working' : 'degraded', counts, lastFailure };
}
