import { join } from 'node:path';
import { type Desk } from '../../core/desk.js';
import { CoreError } from '../../core/error.js';
import { type Hints, connectHints } from '../../core/relay/hints.js';
import { confirmImported, type Imported } from '../../core/receive/confirm.js';
import { type Letter, receivedLetters } from '../../core/receive/inbox.js';
import { receiveMessage } from '../../core/receive/receive.js';
import { syncInbox } from '../../core/receive/sync.js';
import { privateFolder } from '../../node/durable.js';
import { openMessageFolder } from '../../node/message-folder.js';
import { GatewayError } from '../error.js';
import { type Log, loggable } from '../log.js';
import { type Listeners, type Part, type PartStatus, createListeners } from '../part.js';
import { type Deed, openDeedStore } from './deeds.js';
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

export async function openIncoming(options: IncomingOptions): Promise<Incoming> {
  const { desk, log } = options;
  const received = join(options.folder, 'received');
  await privateFolder(received);
  const store = await openDeedStore(join(options.folder, 'deeds'));
  const events = createListeners<IncomingEvent>();
  const stop = new AbortController();
  const states = new Map<string, Pick<ReceivedMessage, 'state' | 'failure'>>();
  let lastFailure: string | null = null;
  let hints: Hints | null = null;
  const listened = (): Hints => (hints ??= connectHints(desk.relay));

  const messageOf = (letter: Letter): ReceivedMessage => {
    const { name, key, stored } = letter;
    const isComplete = desk.account.state.completed.has(key);
    const known = isComplete ? { state: 'complete' as const, failure: null } : states.get(name);
    const first = { state: letter.isHeld ? ('held' as const) : ('waiting' as const), failure: null };
    return { name, seq: stored.seq, letter, ...(known ?? first), deeds: store.of(name) };
  };
  const find = (name: string): Letter => {
    const letter = receivedLetters(desk.account).find((one) => one.name === name);
    if (letter === undefined) throw new GatewayError('message-unknown', 'no such message');
    return letter;
  };

  async function fetchLetter(letter: Letter): Promise<void> {
    const { name } = letter;
    const { messageId } = letter.stored.header;
    const folder = join(received, name);
    states.set(name, { state: 'receiving', failure: null });
    events.publish({ kind: 'message', message: messageOf(letter) });
    try {
      await receiveMessage(desk, letter, {
        openSink: ({ payloadId }) => openMessageFolder({ messageId, folder }, payloadId),
        // What the sender has not finished is looked at again in the next round: others wait behind it.
        waitForMore: () => Promise.reject(new CoreError('payload-incomplete', 'not finished yet')),
        signal: stop.signal,
        onProgress: (progress) => events.publish({ kind: 'progress', name, ...progress }),
        confirmation: 'delivered',
      });
      states.delete(name);
      events.publish({ kind: 'complete', message: messageOf(letter) });
      log.info({ message: name }, 'message complete');
    } catch (error) {
      if (stop.signal.aborted) return void states.delete(name);
      const { code = 'internal-error' } = loggable(error);
      const isUnfinished = code === 'payload-incomplete';
      states.set(name, { state: isUnfinished ? 'receiving' : 'failed', failure: isUnfinished ? null : code });
      if (isUnfinished) return;
      lastFailure = code;
      log.warn({ message: name, code }, 'message');
      events.publish({ kind: 'failed', message: messageOf(letter) });
    }
  }

  async function round(): Promise<void> {
    await syncInbox(desk);
    lastFailure = null;
    events.publish({ kind: 'synced' });
    for (const letter of receivedLetters(desk.account)) {
      if (stop.signal.aborted) return;
      if (letter.isHeld || options.fetch === 'none' || desk.account.state.completed.has(letter.key)) continue;
      if (desk.clock.now() < letter.stored.expiresMs) await fetchLetter(letter);
    }
  }

  let running: Promise<void> | null = null;
  const sync = (): Promise<void> => {
    running ??= round().finally(() => (running = null));
    return running;
  };

  async function loop(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await sync();
      } catch (error) {
        if (stop.signal.aborted) return;
        lastFailure = loggable(error).code ?? 'internal-error';
        log.warn(loggable(error), 'the mailbox could not be asked');
      }
      await Promise.race([listened().next(options.pollMs), aborted(stop.signal)]);
    }
  }
  const looping = loop();

  return {
    name: 'incoming',
    events,
    list: ({ afterSeq, limit }) =>
      receivedLetters(desk.account)
        .filter(({ stored }) => stored.seq > afterSeq)
        .slice(0, limit)
        .map(messageOf),
    get: (name) => messageOf(find(name)),
    async files(name) {
      const message = messageOf(find(name));
      if (message.state !== 'complete') throw new GatewayError('message-incomplete', 'not all files are here');
      return receivedFiles(join(received, name));
    },
    sync,
    async note(name, deed) {
      await store.note(name, deed);
      events.publish({ kind: 'deed', name, deed });
    },
    confirmImported: (name, imported) => confirmImported(desk, find(name), imported),
    status: (): PartStatus => {
      const all = receivedLetters(desk.account).map((letter) => messageOf(letter).state);
      const count = (state: ReceivedMessage['state']): number => all.filter((one) => one === state).length;
      const counts = { receiving: count('receiving'), complete: count('complete'), failed: count('failed') };
      return { state: lastFailure === null ? 'working' : 'degraded', counts, lastFailure };
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await looping;
      (hints as Hints | null)?.[Symbol.dispose]();
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
