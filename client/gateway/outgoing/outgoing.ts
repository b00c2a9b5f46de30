import { GatewayError } from '../error.js';
import { type MessageId } from '../../core/ids.js';
import { loggable } from '../log.js';
import { createListeners, type Listeners, type Part } from '../part.js';
import { type Draft, namingFullDisk } from '../spool/draft.js';
import { type Idempotency, type Job, type JobRequest } from './job.js';
import { openJobStore } from './job-store.js';
import {
  type OutgoingEvent,
  type Queue,
  type QueueOptions,
  bySeq,
  change,
  end,
  forgetOld,
  keyOf,
  pump,
  removeLeftFiles,
  statusOf,
  wake,
} from './queue.js';
import { assertRequest } from './request.js';

export type { OutgoingEvent } from './queue.js';

const FORGET_EVERY_MS = 3_600_000;

/** `repeated`: the same request under the same key was accepted before; the draft is discarded. */
export interface Accepted {
  readonly kind: 'accepted' | 'repeated';
  readonly job: Job;
}

/** The queue of what is to be sent: durable before it says so, and it goes on by itself after a crash. */
export interface Outgoing extends Part {
  /** Where the files of a job are put before it is accepted. */
  draft(): Promise<Draft>;
  /** The promise: written and synced when it returns. @throws GatewayError `job-invalid`, `idempotency-conflict`, `draining`, `spool-full` */
  accept(draft: Pick<Draft, 'id' | 'folder' | 'files' | 'sync' | 'discard'>, request: JobRequest): Promise<Accepted>;
  /**
   * What the same request under the same key has become before, also when what else it depends on has changed since; null when it is new.
   * @throws GatewayError `idempotency-conflict`
   */
  repeated(idempotency: Idempotency | null): Promise<Job | null>;
  /** Ended jobs whose time is over go, and with them their idempotency keys; done by itself every hour. */
  forget(): Promise<void>;
  /** By seq, the ones after `afterSeq`. */
  list(options: { readonly afterSeq: number; readonly limit: number }): readonly Job[];
  /** @throws GatewayError `job-unknown` */
  get(id: string): Job;
  /** A failed job once more, perhaps with what a person has decided. @throws GatewayError `job-unknown`, `job-state` */
  retry(id: string, decided?: RetryDecision): Promise<Job>;
  /** What has not been posted yet. @throws GatewayError `job-unknown`, `job-state` */
  cancel(id: string): Promise<Job>;
  /** Tries now what waits for its next attempt: a line or a recipient is back. */
  wake(): void;
  readonly events: Pick<Listeners<OutgoingEvent>, 'subscribe'>;
}

export interface RetryDecision {
  readonly unreadable?: 'leave-out';
  readonly mixedPatients?: 'allow';
  readonly confirmRisk?: true;
}

export interface OutgoingOptions extends QueueOptions {
  /** The gateway's data folder. */
  readonly folder: string;
}

export async function openOutgoing(options: OutgoingOptions): Promise<Outgoing> {
  const store = await openJobStore(options.folder);
  const { jobs, damaged } = await store.load();
  if (damaged > 0) options.log.error({ damaged }, 'jobs that cannot be read are left where they are');
  const queue: Queue = {
    options,
    store,
    jobs: new Map(jobs.map((job) => [job.id, job])),
    keys: new Map(jobs.flatMap((job) => keyOf(job).map((key) => [key, Promise.resolve(job)] as const))),
    running: new Map(),
    stop: new AbortController(),
    events: createListeners(),
    nextSeq: (jobs.at(-1)?.seq ?? 0) + 1,
    timer: null,
    lastFailure: null,
    wokenMs: 0,
  };
  await forgetOld(queue);
  await removeLeftFiles(queue);
  const forgetting = setInterval(() => {
    forgetOld(queue).catch((error: unknown) => options.log.error(loggable(error), 'ended jobs could not be removed'));
  }, FORGET_EVERY_MS);
  forgetting.unref();
  pump(queue);
  return {
    name: 'outgoing',
    events: queue.events,
    draft: () => store.draft(),
    accept: (draft, request) => accept(queue, draft, request),
    repeated: async (idempotency) => (await knownJob(queue, idempotency)) ?? null,
    forget: () => forgetOld(queue),
    list: ({ afterSeq, limit }) =>
      bySeq(queue)
        .filter(({ seq }) => seq > afterSeq)
        .slice(0, limit),
    get: (id) => find(queue, id),
    retry: (id, decided = {}) => retry(queue, id, decided),
    cancel: (id) => cancel(queue, id),
    wake: () => wake(queue),
    status: () => statusOf(queue),
    async [Symbol.asyncDispose]() {
      queue.stop.abort();
      clearInterval(forgetting);
      if (queue.timer !== null) clearTimeout(queue.timer);
      await Promise.all(queue.running.values());
    },
  };
}

/** Two requests with one key at once are one job: the second waits for what becomes of the first. */
async function accept(queue: Queue, draft: Parameters<Outgoing['accept']>[0], request: JobRequest): Promise<Accepted> {
  if (queue.stop.signal.aborted) throw new GatewayError('draining', 'about to end');
  assertRequest(request, draft.files);
  const [key] = keyOf({ request });
  if (key === undefined) return { kind: 'accepted', job: await promise(queue, draft, request) };
  const known = knownJob(queue, request.idempotency);
  if (known !== null) {
    const job = await known;
    await draft.discard();
    return { kind: 'repeated', job };
  }
  const promised = promise(queue, draft, request);
  queue.keys.set(key, promised);
  try {
    return { kind: 'accepted', job: await promised };
  } catch (error) {
    queue.keys.delete(key);
    throw error;
  }
}

/** @returns null at once, before anything else can happen, for a key that nobody has used */
function knownJob(queue: Queue, idempotency: Idempotency | null): Promise<Job> | null {
  const [key] = keyOf({ request: { idempotency } });
  const known = key === undefined ? undefined : queue.keys.get(key);
  if (known === undefined) return null;
  return known.then((job) => {
    if (job.request.idempotency?.digest === idempotency?.digest) return find(queue, job.id);
    throw new GatewayError('idempotency-conflict', 'the key stands for another request');
  });
}

async function promise(queue: Queue, draft: Parameters<Outgoing['accept']>[0], request: JobRequest): Promise<Job> {
  const job: Job = {
    ...{ id: draft.id, seq: queue.nextSeq++, acceptedMs: queue.options.desk.clock.now(), request },
    ...{ files: draft.files, state: { kind: 'accepted' }, attempts: 0, messageId: null, counts: null, skipped: [] },
  };
  try {
    await draft.sync();
    await queue.store.accept(draft, job);
  } catch (error) {
    throw namingFullDisk(error);
  }
  queue.jobs.set(job.id, job);
  queue.events.publish({ kind: 'job', job });
  pump(queue);
  return job;
}

function find(queue: Queue, id: string): Job {
  const job = queue.jobs.get(id);
  if (job === undefined) throw new GatewayError('job-unknown', 'no such job');
  return job;
}

async function retry(queue: Queue, id: string, decided: RetryDecision): Promise<Job> {
  const job = find(queue, id);
  if (job.state.kind !== 'failed') throw new GatewayError('job-state', 'has not failed');
  const { unreadable, mixedPatients, confirmRisk } = decided;
  const { request } = job;
  const deidentification =
    confirmRisk === true && request.deidentification !== null
      ? { ...request.deidentification, confirmRisk }
      : request.deidentification;
  const next = await change(queue, job, {
    state: { kind: 'accepted' },
    attempts: 0,
    // What was given up at the relay stays given up; what was only journaled or never posted keeps its id.
    messageId: isGivenUp(queue, job.messageId) ? null : job.messageId,
    request: {
      ...{ ...request, deidentification },
      ...(unreadable === undefined ? {} : { unreadable }),
      ...(mixedPatients === undefined ? {} : { mixedPatients }),
    },
  });
  pump(queue);
  return next;
}

function isGivenUp({ options }: Queue, messageId: MessageId | null): boolean {
  return messageId !== null && options.desk.account.state.outgoing.get(messageId) === 'aborted';
}

/** A message that may be at the relay already is not cancelled but withdrawn. */
async function cancel(queue: Queue, id: string): Promise<Job> {
  const job = find(queue, id);
  const phase = job.messageId === null ? undefined : queue.options.desk.account.state.outgoing.get(job.messageId);
  const isPosted = phase === 'prepared' || phase === 'sent';
  if (isPosted || queue.running.has(id) || job.state.kind === 'sent' || job.state.kind === 'cancelled') {
    throw new GatewayError('job-state', 'cannot be cancelled any more');
  }
  return end(queue, job, { kind: 'cancelled', atMs: queue.options.desk.clock.now() });
}
