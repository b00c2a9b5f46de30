import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { DeidentifyJob, WrittenInstance } from './deidentify-folder.js';
import type { DeidentifySetup } from './file-deidentifier.js';

export interface NumberedJobs {
  readonly number: number;
  readonly jobs: readonly DeidentifyJob[];
}

export type NumberedResults =
  | { readonly number: number; readonly results: readonly WrittenInstance[] }
  | { readonly number: number; readonly error: unknown };

export interface DeidentifyThreads extends AsyncDisposable {
  /** Several at a time: for small files a message costs as much as the work. */
  run(jobs: readonly DeidentifyJob[]): Promise<readonly WrittenInstance[]>;
  /** Lists of jobs that can be under way at a time. */
  readonly atOnce: number;
}

/** This one and seven more. */
const MAX_THREADS = 8;
/** One is worked on, the next waits for it. */
const LISTS_PER_THREAD = 2;

/**
 * How much work V8 sees in a function before it compiles it again, better, five times its own figure: each thread compiles for itself, and for a study
 * of some hundred files that took a quarter of all processor time, most of it for functions that hardly matter.
 */
const PATIENT_COMPILER = '--interrupt-budget=600000';
/** Of V8: those that are known to know the flag (Node 20 to 24); others would complain on standard error. */
const PATIENT_VERSIONS = ['11', '12', '13'];

/**
 * A thread per processor, this one included: it would have nothing else to do, and each one more takes as long to start as a hundred slices.
 * A file that crashes its thread fails its own job and the run, not silently.
 */
export function openDeidentifyThreads(setup: DeidentifySetup): DeidentifyThreads {
  if (PATIENT_VERSIONS.includes(process.versions.v8.split('.')[0] ?? '')) setFlagsFromString(PATIENT_COMPILER);
  const count = Math.min(MAX_THREADS, Math.max(1, availableParallelism()));
  const threads = [...Array.from({ length: count - 1 }, () => openThread(setup)), openHere(setup)];
  return {
    atOnce: count * LISTS_PER_THREAD,
    run(jobs) {
      const idlest = threads.reduce((best, one) => (one.pending() < best.pending() ? one : best));
      return idlest.run(jobs);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((one) => one.end()));
    },
  };
}

interface Thread {
  run(jobs: readonly DeidentifyJob[]): Promise<readonly WrittenInstance[]>;
  pending(): number;
  end(): Promise<void>;
}

/** In this thread. What it takes is loaded while the others start. */
function openHere(setup: DeidentifySetup): Thread {
  const opening = import('./file-deidentifier.js').then((module) => module.createFileDeidentifier(setup, 1));
  // Told to the first job; until then its failure must not count as unhandled.
  opening.catch(() => undefined);
  let pending = 0;
  return {
    async run(jobs) {
      pending++;
      try {
        return await (await opening).run(jobs);
      } finally {
        pending--;
      }
    },
    pending: () => pending,
    end: async () => (await opening)[Symbol.asyncDispose](),
  };
}

function openThread(setup: DeidentifySetup): Thread {
  const worker = new Worker(new URL(import.meta.url.replace(/deidentify-thread/, 'deidentify-thread-main')), {
    workerData: setup,
  });
  const waiting = new Map<
    number,
    { done: (results: readonly WrittenInstance[]) => void; fail: (error: unknown) => void }
  >();
  let number = 0;
  worker.on('message', (message: NumberedResults) => {
    const one = waiting.get(message.number);
    waiting.delete(message.number);
    if ('results' in message) one?.done(message.results);
    else one?.fail(message.error);
  });
  worker.on('error', (error) => {
    for (const one of waiting.values()) one.fail(error);
    waiting.clear();
  });
  return {
    run: (jobs) =>
      new Promise((done, fail) => {
        number++;
        waiting.set(number, { done, fail });
        const message: NumberedJobs = { number, jobs };
        worker.postMessage(message);
      }),
    pending: () => waiting.size,
    end: async () => void (await worker.terminate()),
  };
}
