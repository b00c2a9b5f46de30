import { LOCKS, withLockIfFree } from '../db/advisory-lock.js';
import type { Database } from '../db/open.js';
import { type Log, loggable } from '../log.js';

/** Work that nobody asks for. On several nodes one at a time does it. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** @returns how many things it did */
  run(): Promise<number>;
}

export interface Jobs {
  /** Ends after the run that is under way. */
  close(): Promise<void>;
}

const TICK_MS = 30_000;

export interface JobOptions {
  /** One process at a time works under it. What must not wait for long work has a lock of its own. */
  readonly lock?: number;
  /** How often to look what is due. */
  readonly tickMs?: number;
}

/** Runs every job once now, and then in its time. */
export function startJobs(db: Database, log: Log, jobs: readonly Job[], options: JobOptions = {}): Jobs {
  const { lock = LOCKS.housekeeping, tickMs = TICK_MS } = options;
  const dueMs = new Map(jobs.map((job) => [job, 0]));
  let isBusy = false;
  let current: Promise<unknown> = Promise.resolve();
  const tick = (): void => {
    if (isBusy) return;
    isBusy = true;
    current = runDue({ db, log, lock }, dueMs).finally(() => (isBusy = false));
  };
  const timer = setInterval(tick, tickMs);
  timer.unref();
  tick();
  return {
    async close() {
      clearInterval(timer);
      await current;
    },
  };
}

interface JobDeps {
  readonly db: Database;
  readonly log: Log;
  readonly lock: number;
}

async function runDue(deps: JobDeps, dueMs: Map<Job, number>): Promise<void> {
  for (const [job, due] of dueMs) {
    if (performance.now() < due) continue;
    dueMs.set(job, performance.now() + job.everyMs);
    await runJob(deps, job);
  }
}

/** A failure is logged and the job comes round again. */
async function runJob({ db, log, lock }: JobDeps, job: Job): Promise<void> {
  try {
    const count = await withLockIfFree(db, lock, () => job.run());
    if (count !== null && count > 0) log.info({ job: job.name, count }, 'job');
  } catch (error) {
    log.error({ job: job.name, ...loggable(error) }, 'job failed');
  }
}
