import { CoreError } from '../../core/error.js';
import { type FileId, type HeaderPayload, type PayloadId } from '../../core/ids.js';
import { type Plan } from '../../core/package/plan.js';
import { type ByteSource } from '../../core/ports.js';
import { type Letter, receivedLetters } from '../../core/receive/inbox.js';
import { packagesOf } from '../../core/receive/own-packages.js';
import { type LetterState } from '../desk/view.js';
import { WebError } from '../ports/error.js';
import { type MessageStore, openMessageStore } from '../ports/message-store.js';
import { codeOf } from './codes.js';
import { instanceSource } from './instance-source.js';
import { type SearchIndex } from './search-index.js';
import { type Session } from './session.js';

/**
 * Fetches what has been received, message by message, without being asked: when somebody opens one, it is here. What a person
 * has opened comes first. The sender is told "delivered" by itself, and "opened" only when a person has looked.
 */
export interface Arrivals {
  /** Looks for messages that are not here yet and goes on with them. */
  schedule(): void;
  stateOf(letter: Letter): LetterState;
  plansOf(letter: Letter): readonly Plan[];
  hereOf(letter: Letter): string[];
  /** A person looks at it. */
  look(letter: Letter): Promise<void>;
  /** @throws WebError `not-here` */
  storeOf(letter: Letter, fileId: string): MessageStore;
  readonly index: SearchIndex;
}

interface Arrival {
  /** As it is now: consent may have come. */
  letter: Letter;
  readonly stores: Map<string, MessageStore>;
  state: LetterState;
  isLookedAt: boolean;
  isRunning: boolean;
  isLoaded: boolean;
  /** After this a failed or stalled one is tried again. */
  retryAtMs: number;
}

interface SharedStore {
  readonly store: Promise<MessageStore>;
  readonly arrivals: Set<Arrival>;
}

interface Round {
  readonly session: Session;
  /** By payload. */
  readonly shared: Map<string, SharedStore>;
  /** Payloads that are being received: one message at a time writes into a store. */
  readonly busy: Set<string>;
  readonly arrivals: Map<string, Arrival>;
  /** Keys of what a person has opened, the newest first. */
  readonly preferred: string[];
  running: number;
}

const AT_ONCE = 3;
const POLL_MS = 5000;
/** Without news for this long the sender counts as stalled; the next hint or round goes on. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 30_000;
/** States are told at most this often. */
const TELL_EVERY_MS = 250;
const ENDED: readonly LetterState['kind'][] = ['complete', 'aborted', 'expired', 'quarantined'];

export function createArrivals(session: Session): Arrivals {
  const round: Round = {
    ...{ session, shared: new Map(), busy: new Set() },
    ...{ arrivals: new Map(), preferred: [], running: 0 },
  };
  const storesOf = (letter: Letter): MessageStore[] => [...arrivalOf(round, letter).stores.values()];
  return {
    index: session.index,
    schedule: () => fill(round),
    stateOf(letter) {
      if (letter.isHeld) return { kind: 'held' };
      const { state } = arrivalOf(round, letter);
      if (state.kind !== 'complete' && Date.now() >= letter.stored.expiresMs) return { kind: 'expired' };
      return state;
    },
    plansOf: (letter) => storesOf(letter).flatMap(({ plan }) => (plan === null ? [] : [plan])),
    hereOf: (letter) => storesOf(letter).flatMap((store) => store.verifiedFiles()),
    look: (letter) => look(round, letter),
    storeOf(letter, fileId) {
      const store = storesOf(letter).find((one) => one.sizeOf(fileId as FileId) !== null);
      if (store === undefined) throw new WebError('not-here', 'no such file');
      return store;
    },
  };
}

function arrivalOf({ arrivals }: Round, letter: Letter): Arrival {
  const known = arrivals.get(letter.key);
  if (known !== undefined) {
    known.letter = letter;
    return known;
  }
  const flags = { isLookedAt: false, isRunning: false, isLoaded: false, retryAtMs: 0 };
  const made: Arrival = { letter, stores: new Map(), state: { kind: 'waiting' }, ...flags };
  arrivals.set(letter.key, made);
  return made;
}

function setState({ session }: Round, arrival: Arrival, state: LetterState): void {
  arrival.state = state;
  session.tell({ kind: 'letter-state', key: arrival.letter.key, state });
}

/** A person looks: this one is fetched first, and what is owed to its sender is said. */
async function look(round: Round, letter: Letter): Promise<void> {
  const arrival = arrivalOf(round, letter);
  await load(round, arrival);
  if (letter.isHeld || (letter.isOwn && letter.stored.part.role === 'bcc')) return;
  arrival.isLookedAt = true;
  if (!round.preferred.includes(letter.key)) round.preferred.unshift(letter.key);
  fill(round);
  await tellPersonLooked(round.session, letter, arrival.state);
}

/** Starts what is wanted, as far as there is room: what a person has opened, else the newest. */
function fill(round: Round): void {
  while (round.running < AT_ONCE) {
    const wanted = receivedLetters(round.session.account)
      .map((letter) => arrivalOf(round, letter))
      .filter((arrival) => isWanted(round, arrival));
    const next = wanted.find(({ letter }) => round.preferred.includes(letter.key)) ?? wanted.at(-1);
    if (next === undefined) return;
    void run(round, next);
  }
}

function isWanted({ busy }: Round, arrival: Arrival): boolean {
  if (payloadsOf(arrival).some((payloadId) => busy.has(payloadId))) return false;
  if (arrival.isRunning || arrival.letter.isHeld || ENDED.includes(arrival.state.kind)) return false;
  if (!arrival.isLoaded) return true;
  return Date.now() >= arrival.retryAtMs && Date.now() < arrival.letter.stored.expiresMs;
}

function payloadsOf({ letter }: Arrival): readonly string[] {
  return letter.stored.header.payloads.map(({ payloadId }) => payloadId);
}

async function run(round: Round, arrival: Arrival): Promise<void> {
  round.running += 1;
  const payloads = payloadsOf(arrival);
  for (const payloadId of payloads) round.busy.add(payloadId);
  arrival.isRunning = true;
  try {
    await load(round, arrival);
    if (arrival.state.kind !== 'complete') await receive(round, arrival);
  } catch (error) {
    setState(round, arrival, stateOfFailure(codeOf(error)));
    arrival.retryAtMs = Date.now() + RETRY_MS;
  } finally {
    arrival.isRunning = false;
    for (const payloadId of payloads) round.busy.delete(payloadId);
    round.running -= 1;
    fill(round);
  }
}

/** What an earlier visit has kept. */
async function load(round: Round, arrival: Arrival): Promise<void> {
  if (arrival.isLoaded) return;
  arrival.isLoaded = true;
  const { key } = arrival.letter;
  const stores: MessageStore[] = [];
  for (const payload of packagesOf(arrival.letter)) stores.push(await storeFor(round, arrival, payload));
  const isHere = stores.every((store) => store.isComplete);
  if (isHere && round.session.account.state.completed.has(key)) setState(round, arrival, { kind: 'complete' });
  if (stores.some((store) => store.plan !== null)) planCame(round, arrival);
}

/** Searching and the list know of it before the page does. */
function planCame({ session }: Round, { letter, stores }: Arrival): void {
  const plans = [...stores.values()].flatMap(({ plan }) => (plan === null ? [] : [plan]));
  void session.index.learn(letter.key, plans).then(() => session.tell({ kind: 'plan', key: letter.key }));
}

/** Passed on, one payload belongs to several messages: it lies here once, and all of them hear of it. */
async function storeFor(round: Round, arrival: Arrival, payload: HeaderPayload): Promise<MessageStore> {
  const known = arrival.stores.get(payload.payloadId);
  if (known !== undefined) return known;
  const shared = round.shared.get(payload.payloadId) ?? shareStore(round, payload);
  shared.arrivals.add(arrival);
  const store = await shared.store;
  arrival.stores.set(payload.payloadId, store);
  return store;
}

function shareStore(round: Round, { payloadId }: HeaderPayload): SharedStore {
  const { session } = round;
  const arrivals = new Set<Arrival>();
  let news: FileId[] = [];
  const flush = (): void => {
    for (const arrival of arrivals) arrived(round, arrival, news);
    news = [];
  };
  const store = openMessageStore(session.account, session.sealer, payloadId, {
    onPlan: () => {
      for (const arrival of arrivals) planCame(round, arrival);
    },
    onVerified: (fileId) => {
      if (news.length === 0) setTimeout(flush, TELL_EVERY_MS / 2);
      news.push(fileId);
    },
  });
  const shared: SharedStore = { store, arrivals };
  round.shared.set(payloadId, shared);
  // Not opened now: the next one to ask tries again.
  store.catch(() => round.shared.delete(payloadId));
  return shared;
}

function arrived(round: Round, arrival: Arrival, fileIds: readonly FileId[]): void {
  round.session.tell({ kind: 'arrived', key: arrival.letter.key, fileIds: [...fileIds] });
  // Bytes come ahead of what is verified of them: when they pause, the count says all the same what is here.
  if (arrival.state.kind === 'receiving') setState(round, arrival, { ...arrival.state, files: filesOf(arrival) });
}

function filesOf({ stores }: Arrival): number {
  return [...stores.values()].reduce((sum, store) => sum + store.verifiedFiles().length, 0);
}

async function receive(round: Round, arrival: Arrival): Promise<void> {
  const { session } = round;
  const { letter } = arrival;
  setState(round, arrival, { kind: 'receiving', files: 0, bytes: 0, totalBytes: null });
  let [lastNewsMs, toldMs] = [performance.now(), 0];
  const { receiveMessage, confirmAgain } = await receiving();
  await receiveMessage(session.desk, letter, {
    confirmation: arrival.isLookedAt ? 'delivered and opened' : 'delivered',
    openSink: async (payload) => (await storeFor(round, arrival, payload)).sink,
    localFile: (earlier, { payloadId, fileId }) => keptFile(round, earlier, payloadId, fileId),
    onProgress: ({ bytes, totalBytes }) => {
      lastNewsMs = performance.now();
      if (lastNewsMs - toldMs < TELL_EVERY_MS) return;
      toldMs = lastNewsMs;
      setState(round, arrival, { kind: 'receiving', files: filesOf(arrival), bytes, totalBytes });
    },
    waitForMore: async () => {
      if (performance.now() - lastNewsMs > PATIENCE_MS) throw new CoreError('payload-incomplete', 'no news');
      // Who waits for a slow sender does not keep the others waiting.
      round.running -= 1;
      fill(round);
      await session.hints.next(POLL_MS);
      round.running += 1;
    },
  });
  setState(round, arrival, { kind: 'complete' });
  if (arrival.isLookedAt) await confirmAgain(session.desk, letter);
}

/** Of an earlier message that is here: the files need not come again. */
async function keptFile(
  round: Round,
  earlier: Letter,
  payloadId: PayloadId,
  fileId: FileId,
): Promise<ByteSource | null> {
  const arrival = arrivalOf(round, earlier);
  await load(round, arrival);
  const store = arrival.stores.get(payloadId);
  return store?.isComplete === true && store.sizeOf(fileId) !== null ? instanceSource(store, fileId) : null;
}

/** The deadline of an urgent message stops here, by a person; the receipt follows when all is here. */
/** A part of its own, asked for with the first message: the list is there before it. @throws CoreError `relay-unreachable` */
async function receiving() {
  try {
    return await import('./receiving.js');
  } catch (cause) {
    throw new CoreError('relay-unreachable', 'a part of the page did not come', { cause });
  }
}

async function tellPersonLooked({ desk }: Session, letter: Letter, state: LetterState): Promise<void> {
  if (letter.body.urgency !== null) await desk.relay.attend(letter.stored.seq).catch(ignoreOffline);
  if (state.kind === 'complete') await (await receiving()).confirmAgain(desk, letter).catch(ignoreOffline);
}

/** Not told now: the next look says it. */
function ignoreOffline(error: unknown): void {
  if (!(error instanceof CoreError)) throw error;
}

function stateOfFailure(code: string): LetterState {
  switch (code) {
    case 'payload-incomplete':
      return { kind: 'stalled' };
    case 'payload-aborted':
      return { kind: 'aborted' };
    case 'gone':
      return { kind: 'expired' };
    case 'tally-contradiction':
    case 'message-quarantined':
      return { kind: 'quarantined', code };
    default:
      return { kind: 'failed', code };
  }
}
