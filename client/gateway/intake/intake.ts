import { BlockList } from 'node:net';
import { join } from 'node:path';
import { scanSource } from '../../core/dicom/scan.js';
import { diskFile } from '../../node/disk-source.js';
import { type Log, loggable } from '../log.js';
import { type Outgoing } from '../outgoing/outgoing.js';
import { type Addition, type JobRequest } from '../outgoing/job.js';
import { type Part, type PartStatus } from '../part.js';
import { type Rule, chooseRule, routedStudy } from '../rules/rules.js';
import { type DataSetSink, type StoreRequest } from '../dimse/acceptor.js';
import { type Collection, type Titles, createCollection, loadCollections } from './collection.js';

/** Studies come instance by instance over one or several associations; quiet for a while, they become jobs, one a study. */
export interface Intake extends Part {
  /** An association has begun; the result is to be called when it has ended. */
  opened(titles: Titles): () => void;
  /** Where the next instance of this peer goes. */
  sink(titles: Titles, request: StoreRequest): DataSetSink;
  /** Settles when everything that is quiet now has become jobs, or waits for a rule. */
  settle(): Promise<void>;
}

export interface IntakeOptions {
  readonly folder: string;
  readonly log: Log;
  readonly outgoing: Outgoing;
  readonly rules: readonly Rule[];
  /** Nothing came for so long, and no association of the peer is open: the study is whole. */
  readonly quietMs: number;
  readonly maxInstanceBytes: number;
  readonly expiresMs: number;
}

interface Gathering {
  readonly titles: Titles;
  collection: Promise<Collection>;
  open: number;
  writing: number;
  timer: NodeJS.Timeout | null;
}

interface State {
  readonly options: IntakeOptions;
  readonly parent: string;
  readonly gathering: Map<string, Gathering>;
  /** Closed ones that are not handed over yet. */
  readonly waiting: Set<Collection>;
  /** Of these, the ones that hold a study which no rule fits: looked at again at the next start, when the rules may be others. */
  readonly unruled: Set<Collection>;
  closing: Promise<void>;
  /** Why a collection could not be handed over that should have been; null when all went well. */
  lastFailure: string | null;
  /** Runs while something has failed that may go well later. */
  again: NodeJS.Timeout | null;
}

/** A full disk is not mended at once. */
const AGAIN_MS = 60_000;

export async function openIntake(options: IntakeOptions): Promise<Intake> {
  const parent = join(options.folder, 'studies');
  const state: State = {
    ...{ options, parent, gathering: new Map(), waiting: new Set(await loadCollections(parent)) },
    ...{ unruled: new Set(), closing: Promise.resolve(), lastFailure: null, again: null },
  };
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
    settle: () => {
      for (const one of [...state.gathering.values()]) if (one.open === 0 && one.writing === 0) close(state, one);
      closeAll(state);
      return state.closing;
    },
    status: () => statusOf(state),
    async [Symbol.asyncDispose]() {
      // What is gathered lies on disk: the next run goes on with it.
      for (const { timer } of state.gathering.values()) if (timer !== null) clearTimeout(timer);
      await state.closing;
      if (state.again !== null) clearTimeout(state.again);
    },
  };
}

/** A study that nobody gets is said as long as it lies there, whatever went well since. */
function statusOf({ gathering, waiting, unruled, lastFailure }: State): PartStatus {
  const failure = lastFailure ?? (unruled.size > 0 ? 'recipient-missing' : null);
  return {
    state: failure === null ? 'working' : 'degraded',
    counts: { gathering: gathering.size, waiting: waiting.size, unruled: unruled.size },
    lastFailure: failure,
  };
}

function gatheringOf(state: State, titles: Titles): Gathering {
  const { callingAe, calledAe } = titles;
  const key = JSON.stringify([callingAe, calledAe]);
  const known = state.gathering.get(key);
  if (known !== undefined) return known;
  const collection = createCollection(state.parent, { callingAe, calledAe });
  const one: Gathering = { titles: { callingAe, calledAe }, collection, open: 0, writing: 0, timer: null };
  state.gathering.set(key, one);
  // A folder that could not be made is tried anew with the next instance.
  collection.catch(() => void (state.gathering.get(key) === one && state.gathering.delete(key)));
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
  return {
    write: async (bytes) => (await inner).write(bytes),
    end: () => inner.then((sink) => sink.end()).finally(over),
    abandon: () => inner.then((sink) => sink.abandon()).finally(over),
  };
}

function arm(state: State, one: Gathering): void {
  if (one.timer !== null) clearTimeout(one.timer);
  one.timer = null;
  if (one.open === 0 && one.writing === 0) one.timer = setTimeout(() => close(state, one), state.options.quietMs);
}

/** From here on a new instance of the peer begins another collection. */
function close(state: State, one: Gathering): void {
  if (one.timer !== null) clearTimeout(one.timer);
  const key = JSON.stringify([one.titles.callingAe, one.titles.calledAe]);
  if (state.gathering.get(key) !== one) return;
  state.gathering.delete(key);
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
  const missing = await route(state.options, collection);
  if (missing === 0) {
    await collection.remove();
    state.waiting.delete(collection);
    return;
  }
  // Said once: the rules stay what they are as long as this process runs.
  state.unruled.add(collection);
  state.options.log.warn({ collection: collection.id, code: 'recipient-missing', studies: missing }, 'no rule fits');
}

/** A job for each study, the same ones when it is done again after a crash. @returns how many studies no rule fits */
async function route(options: IntakeOptions, collection: Collection): Promise<number> {
  const { titles, id, files } = collection;
  let missing = 0;
  for (const [studyUid, study] of await byStudy(files)) {
    const from = { source: 'dicom' as const, ...titles };
    const rule = chooseRule(options.rules, study.first ?? { ...NOTHING, ...from });
    if (rule === null) {
      missing += 1;
      continue;
    }
    const draft = await options.outgoing.draft();
    const file = { kind: 'instance', name: '', mediaType: 'application/dicom' } as const;
    for (const path of study.paths) await draft.link(file, path);
    // A crash while files are taken out leaves fewer of them: the key alone says that it is the same study.
    const idempotency = { scope: 'dicom', key: `${id}/${studyUid}`, digest: 'study' };
    const request = requestOf(rule, { kind: 'dicom', ...titles }, idempotency, options.expiresMs);
    const { job } = await options.outgoing.accept(draft, request).catch(async (error: unknown) => {
      await draft.discard();
      throw error;
    });
    options.log.info({ collection: id, job: job.id, instances: study.paths.length, rule: rule.name }, 'study taken');
    // Not left beside a study without a rule: it may lie there longer than the queue remembers keys, and would be sent again.
    await collection.takeOut(study.paths);
  }
  return missing;

  async function byStudy(paths: readonly string[]) {
    const studies = new Map<string, { first: ReturnType<typeof routedStudy> | null; paths: string[] }>();
    for (const path of paths) {
      const scan = await scanSource(await diskFile(path));
      const isInstance = scan.kind === 'instance';
      // What is no readable instance goes with nothing else: its job fails, and names it.
      const key = isInstance ? scan.studyInstanceUid : 'unreadable';
      const known = studies.get(key);
      const first = isInstance ? routedStudy(scan, { source: 'dicom', ...titles }) : null;
      if (known === undefined) studies.set(key, { first, paths: [path] });
      else known.paths.push(path);
    }
    return studies;
  }
}

const NOTHING = { modality: '', referringPhysician: '', studyDescription: '' };

/** What a rule makes of a study. */
export function requestOf(
  rule: Rule,
  source: JobRequest['source'],
  idempotency: JobRequest['idempotency'],
  expiresMs: number,
): JobRequest {
  const { to, cc, subject, text, deidentify, urgent, expires, priors } = rule;
  return {
    ...{ source, idempotency, to, cc, bcc: [], subject, text, replyTo: null, forwards: null },
    urgency: urgent === undefined ? null : { withinMs: urgent, reason: '' },
    expiresInMs: expires ?? expiresMs,
    deidentification: deidentify === undefined ? null : { ...deidentify, confirmRisk: false },
    ...{ mixedPatients: 'refuse', unreadable: 'refuse' },
    ...(priors === undefined ? {} : { additions: [additionOf(priors)] }),
  };
}

/** Priors as a rule wants them. */
export function additionOf({ pacs, most, modality, within, patience }: NonNullable<Rule['priors']>): Addition {
  const limits = { modalities: modality ?? null, withinMs: within ?? null, patienceMs: patience };
  return { kind: 'priors', pacs, most, ...limits };
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
