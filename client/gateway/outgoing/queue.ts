import { type Desk } from '../../core/desk.js';
import { type GearWish } from '../../core/send/gear.js';
import { newMessageId } from '../../core/send/send.js';
import { type Log, loggable } from '../log.js';
import { type Listeners, type PartStatus } from '../part.js';
import { JobRefused, attemptJob, jobFailureOf } from './attempt.js';
import { type FetchAddition, PRIORS, addMissing } from './additions.js';
import { type Job, type JobFailure, type JobState, isEnded } from './job.js';
import { type JobStore } from './job-store.js';

/** How jobs go from accepted to ended: what is due is tried, what failed waits, and every step is durable before the next. */

export type OutgoingEvent =
  /** The job is as it says, durably. */
  | { readonly kind: 'job'; readonly job: Job }
  /** Of a job under way; may be lost. */
  | { readonly kind: 'progress'; readonly id: string; readonly bytes: number; readonly totalBytes: number };

export interface QueueOptions {
  readonly desk: Desk;
  readonly log: Log;
  /** Jobs that are sent at once. */
  readonly parallel: number;
  readonly coding: GearWish;
  /** From acceptance on, a job is tried for so long. */
  readonly patienceMs: number;
  /** An ended job is remembered for so long. */
  readonly keepMs: number;
  /** How what a job wants from a PACS is had; absent where there is none: then such a job fails. */
  readonly fetchAddition?: FetchAddition | undefined;
}

export interface Queue {
  readonly options: QueueOptions;
  readonly store: JobStore;
  readonly jobs: Map<string, Job>;
  /** What stands behind an idempotency key, also while it is being written. */
  readonly keys: Map<string, Promise<Job>>;
  readonly running: Map<string, Promise<void>>;
  readonly stop: AbortController;
  readonly events: Listeners<OutgoingEvent>;
  nextSeq: number;
  timer: NodeJS.Timeout | null;
  lastFailure: string | null;
  wokenMs: number;
}

const FIRST_DELAY_MS = 5000;
const MAX_DELAY_MS = 15 * 60_000;
/** Somebody may agree at any time; a hint says so, and may be lost. */
const HELD_DELAY_MS = 5 * 60_000;
/** Hints come in swarms. */
const MIN_WAKE_MS = 15_000;
/** What a timer of Node can hold is 24 days; nothing here waits so long. */
const MAX_TIMER_MS = 3_600_000;

export function bySeq({ jobs }: Queue): Job[] {
  return [...jobs.values()].sort((a, b) => a.seq - b.seq);
}

export function keyOf({
  request: { idempotency },
}: {
  readonly request: Pick<Job['request'], 'idempotency'>;
}): string[] {
  return idempotency === null ? [] : [JSON.stringify([idempotency.scope, idempotency.key])];
}

/** Durable first, then known. */
export async function change(queue: Queue, job: Job, next: Partial<Job>): Promise<Job> {
  const changed: Job = { ...job, ...next };
  await queue.store.save(changed);
  queue.jobs.set(changed.id, changed);
  queue.events.publish({ kind: 'job', job: changed });
  return changed;
}

/** A failed job keeps its files: somebody may have it tried again. */
export async function end(queue: Queue, job: Job, state: JobState): Promise<Job> {
  const ended = await change(queue, job, { state, ...(state.kind === 'failed' ? {} : { files: [] }) });
  if (state.kind !== 'failed') await queue.store.removeFiles(ended);
  return ended;
}

/** A crash between the last word of a job and the removal of its files: done now. */
export async function removeLeftFiles({ jobs, store }: Queue): Promise<void> {
  for (const job of jobs.values()) if (isEnded(job) && job.state.kind !== 'failed') await store.removeFiles(job);
}

/** When a job is tried next; null for one that has ended. */
function nextMsOf({ state }: Job): number | null {
  switch (state.kind) {
    case 'accepted':
      return 0;
    case 'sending':
    case 'held':
      return state.nextMs;
    case 'sent':
    case 'failed':
    case 'cancelled':
      return null;
  }
}

/** Starts what is due, oldest first, and sets the clock for what is next. */
export function pump(queue: Queue): void {
  const { options, running, stop } = queue;
  if (stop.signal.aborted) return;
  const nowMs = Date.now();
  const waiting = bySeq(queue).flatMap((job) => {
    const nextMs = running.has(job.id) ? null : nextMsOf(job);
    return nextMs === null ? [] : [{ job, nextMs }];
  });
  const due = waiting.filter(({ nextMs }) => nextMs <= nowMs).slice(0, Math.max(0, options.parallel - running.size));
  for (const { job } of due) start(queue, job);
  if (queue.timer !== null) clearTimeout(queue.timer);
  const later = waiting.flatMap(({ nextMs }) => (nextMs > nowMs ? [nextMs - nowMs + 1] : []));
  queue.timer = later.length === 0 ? null : setTimeout(() => pump(queue), Math.min(MAX_TIMER_MS, ...later));
}

function start(queue: Queue, job: Job): void {
  const { running, options } = queue;
  const run = runJob(queue, job)
    .catch((error: unknown) => {
      // The spool itself cannot be written: the job stays what it was on disk, and is tried again after a while.
      queue.lastFailure = 'spool-full';
      options.log.error({ job: job.id, ...loggable(error) }, 'a job could not be written');
      queue.jobs.set(job.id, { ...job, state: waitingState(job, null) });
    })
    .finally(() => {
      running.delete(job.id);
      pump(queue);
    });
  running.set(job.id, run);
}

async function runJob(queue: Queue, first: Job): Promise<void> {
  const { options, store, stop, events } = queue;
  let job = await change(queue, first, {
    state: { kind: 'sending', nextMs: 0, failure: null },
    attempts: first.attempts + 1,
    messageId: first.messageId ?? newMessageId(),
  });
  const { id, messageId } = job;
  if (messageId === null) return;
  try {
    const save = async (next: Partial<Job>): Promise<Job> => {
      job = await change(queue, job, next);
      return job;
    };
    await addMissing(job, { fetch: options.fetchAddition, store, save, signal: stop.signal });
    const notes = job.skipped.filter(({ path }) => path === PRIORS);
    const state = await attemptJob(job, messageId, {
      desk: options.desk,
      folder: store.folderOf(job),
      coding: options.coding,
      signal: stop.signal,
      onProgress: (progress) => events.publish({ kind: 'progress', id, ...progress }),
      onCollected: async (counts, skipped) => void (await save({ counts, skipped: [...notes, ...skipped] })),
    });
    queue.lastFailure = null;
    if (state === 'held') await change(queue, job, { state: { kind: 'held', nextMs: Date.now() + HELD_DELAY_MS } });
    else await end(queue, job, { kind: 'sent', atMs: options.desk.clock.now() });
    options.log.info({ job: id, state, attempts: job.attempts }, 'job');
  } catch (error) {
    await failed(queue, job, error);
  }
}

async function failed(queue: Queue, job: Job, error: unknown): Promise<void> {
  const { options } = queue;
  const { kind, code } = jobFailureOf(error);
  if (kind === 'aborted') return void (await change(queue, job, { state: { kind: 'accepted' } }));
  queue.lastFailure = code;
  const nowMs = options.desk.clock.now();
  const failure: JobFailure = { kind, code, atMs: nowMs };
  const skipped = error instanceof JobRefused ? error.skipped : job.skipped;
  options.log.warn({ job: job.id, failure: kind, code, attempts: job.attempts }, 'job');
  if (kind === 'permanent' || nowMs - job.acceptedMs > options.patienceMs) {
    await end(queue, { ...job, skipped }, { kind: 'failed', failure });
  } else await change(queue, job, { state: waitingState(job, failure) });
}

/** Twice as long after each failure. */
function waitingState({ attempts }: Job, failure: JobFailure | null): JobState {
  const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(20, attempts - 1));
  return { kind: 'sending', nextMs: Date.now() + delayMs, failure };
}

/** What waits for a line or for consent is due now; nothing of it is written: it is the same after a restart. */
export function wake(queue: Queue): void {
  if (Date.now() - queue.wokenMs < MIN_WAKE_MS) return;
  queue.wokenMs = Date.now();
  for (const job of queue.jobs.values()) {
    const { state } = job;
    if (queue.running.has(job.id) || (state.kind !== 'sending' && state.kind !== 'held')) continue;
    queue.jobs.set(job.id, { ...job, state: { ...state, nextMs: 0 } });
  }
  pump(queue);
}

/** Ended jobs are forgotten after a while, and with them their idempotency keys. */
export async function forgetOld(queue: Queue): Promise<void> {
  const { desk, keepMs } = queue.options;
  for (const job of [...queue.jobs.values()]) {
    if (!isEnded(job) || desk.clock.now() - job.acceptedMs < keepMs) continue;
    await queue.store.remove(job);
    queue.jobs.delete(job.id);
    for (const key of keyOf(job)) queue.keys.delete(key);
  }
}

export function statusOf(queue: Queue): PartStatus {
  const counts: Record<string, number> = { accepted: 0, sending: 0, held: 0, sent: 0, failed: 0, cancelled: 0 };
  for (const { state } of queue.jobs.values()) counts[state.kind] = (counts[state.kind] ?? 0) + 1;
  return {
    state: queue.stop.signal.aborted ? 'stopped' : queue.lastFailure === null ? 'working' : 'degraded',
    counts,
    lastFailure: queue.lastFailure,
  };
}
