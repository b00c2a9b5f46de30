import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DeidentifyJob, WrittenInstance } from './deidentify-folder.js';

/** What a thread needs to make a deidentifier: plain data. */
export interface DeidentifySetup {
  /** As `encodeProfile` writes it. */
  readonly profile: string;
  readonly secret: Uint8Array;
}

export interface NumberedJob {
  readonly number: number;
  readonly job: DeidentifyJob;
}

export type NumberedResult =
  { readonly number: number; readonly result: WrittenInstance } | { readonly number: number; readonly error: unknown };

export interface DeidentifyThreads extends AsyncDisposable {
  run(job: DeidentifyJob): Promise<WrittenInstance>;
  /** Jobs that can be under way at a time. */
  readonly atOnce: number;
}

const MAX_THREADS = 8;
const JOBS_PER_THREAD = 4;

/** A thread per processor. A file that crashes its thread fails its own job and the run, not silently. */
export function openDeidentifyThreads(setup: DeidentifySetup): DeidentifyThreads {
  const count = Math.min(MAX_THREADS, Math.max(1, availableParallelism()));
  const threads = Array.from({ length: count }, () => openThread(setup));
  return {
    atOnce: count * JOBS_PER_THREAD,
    run(job) {
      const idlest = threads.reduce((best, one) => (one.pending() < best.pending() ? one : best));
      return idlest.run(job);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((one) => one.end()));
    },
  };
}

interface Thread {
  run(job: DeidentifyJob): Promise<WrittenInstance>;
  pending(): number;
  end(): Promise<void>;
}

function openThread(setup: DeidentifySetup): Thread {
  const worker = new Worker(new URL(import.meta.url.replace(/deidentify-thread/, 'deidentify-thread-main')), {
    workerData: setup,
  });
  const waiting = new Map<number, { done: (result: WrittenInstance) => void; fail: (error: unknown) => void }>();
  let number = 0;
  worker.on('message', (message: NumberedResult) => {
    const one = waiting.get(message.number);
    waiting.delete(message.number);
    if ('result' in message) one?.done(message.result);
    else one?.fail(message.error);
  });
  worker.on('error', (error) => {
    for (const one of waiting.values()) one.fail(error);
    waiting.clear();
  });
  return {
    run: (job) =>
      new Promise((done, fail) => {
        number++;
        waiting.set(number, { done, fail });
        const message: NumberedJob = { number, job };
        worker.postMessage(message);
      }),
    pending: () => waiting.size,
    end: async () => void (await worker.terminate()),
  };
}
