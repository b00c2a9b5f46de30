import { BlockList } from 'node:net';
import { join } from 'node:path';
import { STATUS } from '../dimse/command.js';
import { type DataSetSink, type Notification, type StoreRequest } from '../dimse/acceptor.js';
import { loggable } from '../log.js';
import { type Outgoing } from '../outgoing/outgoing.js';
import { type Part, type PartStatus } from '../part.js';
import { type Announcements, openAnnouncements } from './announcements.js';
import { type Collection, type Titles, createCollection, loadCollections } from './collection.js';
import { parseNotification } from './notification.js';
import {
  type GatheredStudy,
  type OnTaken,
  type StudyJobsOptions,
  finishJobs,
  makeJobs,
  studiesOf,
} from './study-jobs.js';
import { type Awaited, type ExpectedInstances, awaitedIn } from './whole.js';

/**
 * Studies come instance by instance over one or several associations. They become jobs, one a study: when everything is here that the peer has announced, else when
 * it is quiet for a while and nothing is known to be missing.
 */
export interface Intake extends Part {
  /** An association has begun; the result is to be called when it has ended. */
  opened(titles: Titles): () => void;
  /** Where the next instance of this peer goes. */
  sink(titles: Titles, request: StoreRequest): DataSetSink;
  /** An Instance Availability Notification. Durable, when it returns `success`. @returns a status */
  announce(notification: Notification, titles: Titles): Promise<number>;
  /** Settles when everything that is quiet now has become jobs, or waits for instances or for a rule. */
  settle(): Promise<void>;
}

export interface IntakeOptions extends StudyJobsOptions {
  readonly folder: string;
  readonly outgoing: Outgoing;
  /** Nothing came for so long, and no association of the peer is open: the study is whole, unless something is known to be missing. */
  readonly quietMs: number;
  /** What is missing is waited for this long after the last instance of the study came. */
  readonly waitMs: number;
  /** How many instances a study of this peer has; absent where nobody can be asked. */
  readonly expected?: ExpectedInstances;
  readonly maxInstanceBytes: number;
  readonly now?: () => number;
}

interface Gathering {
  readonly titles: Titles;
  collection: Promise<Collection>;
  /** The same, once it is there. */
  ready: Collection | null;
  open: number;
  writing: number;
  readonly startedMs: number;
  /** By SOP Instance UID, when it came; what an earlier run has left came when this one started. */
  readonly arrivedMs: Map<string, number>;
  timer: NodeJS.Timeout | null;
}

interface State {
  readonly options: IntakeOptions;
  readonly now: () => number;
  readonly parent: string;
  readonly announcements: Announcements;
  readonly gathering: Map<string, Gathering>;
  /** Closed ones that are not handed over yet. */
  readonly waiting: Set<Collection>;
  /** Of these, the ones that hold a study which no rule fits: looked at again at the next start, when the rules may be others. */
  readonly unruled: Set<Collection>;
  closing: Promise<void>;
  readonly looking: Set<Promise<void>>;
  /** Studies that went although something was missing. */
  incomplete: number;
  /** Studies of which something is missing, by the last look. */
  readonly awaited: Map<Gathering, number>;
  /** Why a collection could not be handed over that should have been; null when all went well. */
  lastFailure: string | null;
  /** Runs while something has failed that may go well later. */
  again: NodeJS.Timeout | null;
}

/** A full disk is not mended at once. */
const AGAIN_MS = 60_000;
/** What is missing is not asked for more often. */
const LOOK_MS = 1000;

export async function openIntake(options: IntakeOptions): Promise<Intake> {
  const { folder, now = Date.now } = options;
  const parent = join(folder, 'studies');
  const announcements = await openAnnouncements(join(folder, 'announced'), now);
  const state: State = {
    ...{ options, now, parent, announcements, gathering: new Map(), waiting: new Set(), unruled: new Set() },
    ...{ closing: Promise.resolve(), looking: new Set(), incomplete: 0, awaited: new Map() },
    ...{ lastFailure: null, again: null },
  };
  for (const collection of await loadCollections(parent)) await goOn(state, collection);
  for (const one of state.gathering.values()) arm(state, one);
  closeAll(state);
  return {
    name: 'intake',
    opened(titles) {
      const one = gatheringOf(state, titles);
      one.open += 1;
      return () => {
        one.open -= 1;
        arm(state, one);
      };
    },
    sink: (titles, request) => counted(state, gatheringOf(state, titles), request),
    announce: (notification, titles) => announce(state, notification, titles),
    async settle() {
      const idle = [...state.gathering.values()].filter(({ open, writing }) => open === 0 && writing === 0);
      await Promise.all(idle.map((one) => look(state, one)));
      closeAll(state);
      await state.closing;
    },
    status: () => statusOf(state),
    async [Symbol.asyncDispose]() {
      // What is gathered lies on disk: the next run goes on with it.
      for (const { timer } of state.gathering.values()) if (timer !== null) clearTimeout(timer);
      await Promise.all(state.looking);
      for (const { timer } of state.gathering.values()) if (timer !== null) clearTimeout(timer);
      await state.closing;
      if (state.again !== null) clearTimeout(state.again);
    },
  };
}

/** The peer may not be done: the last collection of each goes on where it was. */
async function goOn(state: State, collection: Collection): Promise<void> {
  await finishJobs(collection, state.options.outgoing, takenBy(state, collection));
  const { titles } = collection;
  state.announcements.found(titles.callingAe, collection.instances.values());
  const before = await state.gathering.get(keyOf(titles))?.collection;
  if (before !== undefined) state.waiting.add(before);
  state.gathering.set(keyOf(titles), newGathering(state, titles, Promise.resolve(collection)));
}

/** A study that nobody gets is said as long as it lies there, whatever went well since. */
function statusOf(state: State): PartStatus {
  const { gathering, waiting, unruled, lastFailure, incomplete } = state;
  const failure = lastFailure ?? (unruled.size > 0 ? 'recipient-missing' : null);
  const awaited = [...state.awaited.values()].reduce((a, b) => a + b, 0);
  return {
    state: failure === null ? 'working' : 'degraded',
    counts: { gathering: gathering.size, waiting: waiting.size, unruled: unruled.size, awaited, incomplete },
    lastFailure: failure,
  };
}

function keyOf({ callingAe, calledAe }: Titles): string {
  return JSON.stringify([callingAe, calledAe]);
}

function newGathering({ now }: State, titles: Titles, collection: Promise<Collection>): Gathering {
  const one: Gathering = {
    ...{ titles, collection, ready: null, open: 0, writing: 0, timer: null },
    ...{ startedMs: now(), arrivedMs: new Map() },
  };
  collection.then((ready) => (one.ready = ready)).catch(() => undefined);
  return one;
}

function gatheringOf(state: State, { callingAe, calledAe }: Titles): Gathering {
  const titles = { callingAe, calledAe };
  const key = keyOf(titles);
  const known = state.gathering.get(key);
  if (known !== undefined) return known;
  const one = newGathering(state, titles, createCollection(state.parent, titles));
  state.gathering.set(key, one);
  // A folder that could not be made is tried anew with the next instance.
  one.collection.catch(() => void (state.gathering.get(key) === one && state.gathering.delete(key)));
  return one;
}

/** A study is not over while an instance of it is written. */
function counted(state: State, one: Gathering, request: StoreRequest): DataSetSink {
  one.writing += 1;
  const inner = one.collection.then((collection) => collection.sink(request, state.options.maxInstanceBytes));
  inner.catch(() => undefined);
  const over = (): void => {
    one.writing -= 1;
    arm(state, one);
  };
  const end = async (): Promise<number> => {
    const status = await (await inner).end();
    if (status !== STATUS.success) return status;
    one.arrivedMs.set(request.sopInstanceUid, state.now());
    const { callingAe } = one.titles;
    for (const study of state.announcements.arrived(callingAe, request.sopInstanceUid))
      release(state, callingAe, study);
    return status;
  };
  return {
    write: async (bytes) => (await inner).write(bytes),
    end: () => end().finally(over),
    abandon: () => inner.then((sink) => sink.abandon()).finally(over),
  };
}

/** PS3.4 §R.3.1: what the peer says of its own studies; another's it cannot hold up. */
async function announce(state: State, notification: Notification, { callingAe }: Titles): Promise<number> {
  const announced = await parseNotification(notification);
  if (announced === null) return STATUS.missingAttribute;
  const here = (): string[] =>
    gatheringsOf(state, callingAe).flatMap(({ ready }) => (ready === null ? [] : [...ready.instances.values()]));
  try {
    if (!(await state.announcements.announce(callingAe, announced, here))) return STATUS.resourceLimitation;
  } catch (error) {
    state.options.log.error(loggable(error), 'an announcement could not be kept');
    return STATUS.processingFailure;
  }
  const { studyInstanceUid } = announced;
  if (state.announcements.state(callingAe, studyInstanceUid)?.missing === 0)
    release(state, callingAe, studyInstanceUid);
  return STATUS.success;
}

function gatheringsOf({ gathering }: State, callingAe: string): Gathering[] {
  return [...gathering.values()].filter(({ titles }) => titles.callingAe === callingAe);
}

/** Everything is here that was announced: it goes, whatever else its peer is sending. */
function release(state: State, callingAe: string, study: string): void {
  for (const { collection } of gatheringsOf(state, callingAe)) handOverSome(state, collection, new Set([study]));
}

/** Of a collection that goes on. What fails stays in it, and is tried again when it is quiet. */
function handOverSome(state: State, gathered: Promise<Collection>, studies: ReadonlySet<string>): void {
  state.closing = state.closing.then(async () => {
    try {
      const collection = await gathered;
      await makeJobs(collection, state.options, takenBy(state, collection), studies);
    } catch (error) {
      state.lastFailure = loggable(error).code ?? 'internal-error';
      state.options.log.error(loggable(error), 'a study could not be handed over');
    }
  });
}

function takenBy(state: State, { titles: { callingAe } }: Collection): OnTaken {
  return ({ studyInstanceUid, sopInstanceUids }) => {
    for (const { arrivedMs } of gatheringsOf(state, callingAe))
      for (const uid of sopInstanceUids) arrivedMs.delete(uid);
    return state.announcements.taken(callingAe, studyInstanceUid, sopInstanceUids);
  };
}

function arm(state: State, one: Gathering, afterMs = state.options.quietMs): void {
  if (one.timer !== null) clearTimeout(one.timer);
  one.timer = null;
  if (one.open === 0 && one.writing === 0) one.timer = setTimeout(() => void look(state, one), afterMs);
}

/** It is quiet: what is whole goes, and what is known to be missing something waits, but not for ever. */
function look(state: State, one: Gathering): Promise<void> {
  const looking = lookAt(state, one)
    .catch((error: unknown) => {
      state.options.log.error(loggable(error), 'a study could not be looked at');
      arm(state, one, AGAIN_MS);
    })
    .finally(() => void state.looking.delete(looking));
  state.looking.add(looking);
  return looking;
}

async function lookAt(state: State, one: Gathering): Promise<void> {
  const { announcements, options } = state;
  const { callingAe } = one.titles;
  // Nobody has said what there is to be.
  if (options.expected === undefined && !announcements.isWaiting(callingAe)) return close(state, one);
  const collection = await one.collection.catch(() => null);
  if (collection === null) return;
  const studies = await studiesOf(collection);
  const missing = await awaitedIn(collection, studies, announcements, options.expected);
  // Meanwhile something may have begun to come; and another look may have been faster.
  if (one.open > 0 || one.writing > 0 || state.gathering.get(keyOf(one.titles)) !== one) return;
  // Each study for itself: a peer that always sends something must not hold up what it has begun.
  const leftMs = (study: string): number => lastOf(one, collection, studies.get(study)) + options.waitMs - state.now();
  const awaited = [...missing.keys()].filter((study) => leftMs(study) > 0);
  for (const [study, about] of missing) if (!awaited.includes(study)) tellIncomplete(state, collection, about);
  if (awaited.length === 0) return close(state, one);
  state.awaited.set(one, awaited.length);
  const others = [...studies.keys()].filter((study) => !awaited.includes(study));
  if (others.length > 0) handOverSome(state, one.collection, new Set(others));
  arm(state, one, Math.min(Math.max(options.quietMs, LOOK_MS), ...awaited.map(leftMs)));
}

/** When the last instance of a study came. */
function lastOf({ arrivedMs, startedMs }: Gathering, { instances }: Collection, study?: GatheredStudy): number {
  const times = (study?.paths ?? []).map((path) => arrivedMs.get(instances.get(path) ?? '') ?? startedMs);
  return times.reduce((a, b) => Math.max(a, b), 0);
}

function tellIncomplete(state: State, { id }: Collection, { expected, missing }: Awaited): void {
  state.incomplete += 1;
  state.options.log.warn({ collection: id, code: 'study-incomplete', expected, missing }, 'a study goes as it is');
}

/** From here on a new instance of the peer begins another collection. */
function close(state: State, one: Gathering): void {
  if (one.timer !== null) clearTimeout(one.timer);
  const key = keyOf(one.titles);
  if (state.gathering.get(key) !== one) return;
  state.gathering.delete(key);
  state.awaited.delete(one);
  state.closing = state.closing.then(async () => {
    const collection = await one.collection.catch(() => null);
    if (collection !== null) state.waiting.add(collection);
  });
  closeAll(state);
}

function closeAll(state: State): void {
  state.closing = state.closing.then(async () => {
    let failure: string | null = null;
    for (const collection of [...state.waiting]) {
      if (state.unruled.has(collection)) continue;
      try {
        await handOver(state, collection);
      } catch (error) {
        failure = loggable(error).code ?? 'internal-error';
        state.options.log.error({ collection: collection.id, ...loggable(error) }, 'a study could not be handed over');
      }
    }
    state.lastFailure = failure;
    if (state.again !== null) clearTimeout(state.again);
    state.again = failure === null ? null : setTimeout(() => closeAll(state), AGAIN_MS);
  });
}

async function handOver(state: State, collection: Collection): Promise<void> {
  const missing = await makeJobs(collection, state.options, takenBy(state, collection));
  if (missing === 0) {
    await collection.remove();
    state.waiting.delete(collection);
    return;
  }
  // Said once: the rules stay what they are as long as this process runs.
  state.unruled.add(collection);
  state.options.log.warn({ collection: collection.id, code: 'recipient-missing', studies: missing }, 'no rule fits');
}

/** Addresses and networks that a peer may come from. */
export function networkList(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const one of networks) {
    const [address = '', bits] = one.split('/');
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    // A socket that listens on both shows IPv4 peers like this.
    const plain = address.replace(/^::ffff:/, '');
    return list.check(plain, plain.includes(':') ? 'ipv6' : 'ipv4');
  };
}
