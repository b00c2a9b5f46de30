import { type Policy, isQuorum } from '../../crypto/log/policy.js';
import { LOCKS, withLockIfFree } from '../db/advisory-lock.js';
import { type Listener, startListener } from '../db/listener.js';
import type { Database } from '../db/open.js';
import { type Log, loggable } from '../log.js';
import { LOG_CHANNEL } from './enqueue.js';
import type { NoteSigner } from './log-key.js';
import { isHeartbeatDue, sequence } from './sequence.js';
import {
  type StoredCheckpoint,
  deleteOldCheckpoints,
  findNewestCheckpoint,
  insertCosignature,
  isQueueEmpty,
  listCosignatures,
  publishCheckpoint,
} from './store.js';
import { type WitnessClient, createWitnessClient } from './witness-client.js';

/** Publishes the log: soon after each statement, and never later than a minute (docs/spec/directory.md §8). */
export interface Publisher extends AsyncDisposable {
  /** Publishes what is queued, now. @returns whether this node did anything */
  publish(): Promise<boolean>;
}

export interface PublisherDeps {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly log: Log;
  readonly signer: NoteSigner;
  readonly policy: Policy;
  readonly nowMs?: () => number;
}

/** Statements that come together go together. */
const GATHER_MS = 20;
const MIN_INTERVAL_MS = 250;
/** What another node's notice did not reach us with; cosignatures that are missing; heartbeats. */
const PATROL_MS = 10_000;
/** When there are enough cosignatures, the others have this long to be in the first answer, too. */
const GRACE_MS = 200;
const KEPT_DAYS = 30;

export async function startPublisher(deps: PublisherDeps): Promise<Publisher> {
  const witnesses = deps.policy.witnesses.map((witness) => ({
    name: witness.name,
    client: createWitnessClient(deps.db, witness),
  }));
  const state: State = { deps, witnesses, asking: new Set(), running: null, again: false, lastMs: 0, isClosed: false };
  const wake = (): void => schedule(state, Math.max(GATHER_MS, state.lastMs + MIN_INTERVAL_MS - performance.now()));
  const listener = await startListener({
    url: deps.databaseUrl,
    channel: LOG_CHANNEL,
    onNotification: wake,
    onReconnect: wake,
  });
  const patrol = setInterval(wake, PATROL_MS);
  patrol.unref();
  wake();
  return {
    publish: () => run(state),
    [Symbol.asyncDispose]: () => close(state, patrol, listener),
  };
}

interface State {
  readonly deps: PublisherDeps;
  readonly witnesses: readonly { readonly name: string; readonly client: WitnessClient }[];
  /** Questions that go on after their checkpoint was published. */
  readonly asking: Set<Promise<void>>;
  running: Promise<boolean> | null;
  timer?: NodeJS.Timeout | undefined;
  again: boolean;
  lastMs: number;
  isClosed: boolean;
}

async function close(state: State, patrol: NodeJS.Timeout, listener: Listener): Promise<void> {
  state.isClosed = true;
  clearInterval(patrol);
  clearTimeout(state.timer);
  await listener[Symbol.asyncDispose]();
  await state.running;
  await Promise.all(state.asking);
}

function schedule(state: State, delayMs: number): void {
  if (state.isClosed) return;
  if (state.running !== null) {
    state.again = true;
    return;
  }
  state.timer ??= setTimeout(() => {
    state.timer = undefined;
    void run(state);
  }, delayMs);
}

/** One run at a time in this process; one at a time on the database. */
async function run(state: State): Promise<boolean> {
  if (state.running !== null) return state.running;
  state.running = work(state).finally(() => {
    state.running = null;
    state.lastMs = performance.now();
    if (state.again) {
      state.again = false;
      schedule(state, MIN_INTERVAL_MS);
    }
  });
  return state.running;
}

async function work(state: State): Promise<boolean> {
  const { db, log } = state.deps;
  try {
    const done = await withLockIfFree(db, LOCKS.directoryLog, () => publishAll(state));
    // Another node is at it, perhaps since before our statement was there.
    if (done === null && !(await isQueueEmpty(db))) state.again = true;
    return done === true;
  } catch (error) {
    log.error(loggable(error), 'the log could not be published');
    state.again ||= !state.isClosed;
    return false;
  }
}

async function publishAll(state: State): Promise<boolean> {
  const { db, signer, nowMs = Date.now } = state.deps;
  let isDone = false;
  await finishPending(state);
  while (!state.isClosed && (await sequence(db, signer, nowMs())) !== null) {
    await finishPending(state);
    isDone = true;
  }
  if (!isDone) await askMissing(state);
  return isDone;
}

/** Shows the pending checkpoint to the witnesses, then to everybody. Witnesses that do not answer do not hold it up. */
async function finishPending(state: State): Promise<void> {
  const { db, log } = state.deps;
  const pending = await findNewestCheckpoint(db);
  if (pending === null || pending.isPublished) return;
  await cosign(state, pending);
  await publishCheckpoint(db, pending.size);
  await deleteOldCheckpoints(db, KEPT_DAYS);
  log.debug({ size: pending.size }, 'log published');
}

/** Returns when all have answered, or enough of them and a little later, or none in time. */
async function cosign(state: State, checkpoint: StoredCheckpoint): Promise<void> {
  const { policy } = state.deps;
  const cosigned = new Set<string>();
  let enough: () => void = () => undefined;
  const quorum = new Promise<void>((resolve) => (enough = resolve));
  const all = state.witnesses.map(async (witness) => {
    if (await askOne(state, witness, checkpoint)) cosigned.add(witness.name);
    if (policy.quorum.kind !== 'none' && isQuorum(policy.quorum, cosigned)) enough();
  });
  const everyone = Promise.all(all).then(() => undefined);
  track(state, everyone);
  await Promise.race([everyone, quorum.then(() => pause(GRACE_MS))]);
}

function track(state: State, question: Promise<void>): void {
  state.asking.add(question);
  void question.finally(() => state.asking.delete(question));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function askOne(
  state: State,
  { name, client }: State['witnesses'][number],
  checkpoint: StoredCheckpoint,
): Promise<boolean> {
  const { db, log } = state.deps;
  try {
    const answer = await client.ask(checkpoint);
    if (answer.kind === 'cosigned') {
      await insertCosignature(db, checkpoint.size, name, answer.line);
      return true;
    }
    // A witness that knows another log than this one: a restored backup, or two logs under one key.
    if (answer.kind === 'conflict')
      log.error({ audit: 'log-conflict', size: checkpoint.size }, 'a witness contradicts');
    else log.warn({ witness: answer.kind }, 'a witness did not cosign');
  } catch (error) {
    log.error(loggable(error), 'a cosignature could not be stored');
  }
  return false;
}

/** A witness that was away sees the newest checkpoint when it is back. */
async function askMissing(state: State): Promise<void> {
  const { db, nowMs = Date.now } = state.deps;
  const newest = await findNewestCheckpoint(db);
  if (newest === null || isHeartbeatDue(newest, nowMs())) return;
  const there = await listCosignatures(db, newest.size);
  const missing = state.witnesses.filter(({ name }) => !there.has(name));
  await Promise.all(missing.map((witness) => askOne(state, witness, newest)));
}
