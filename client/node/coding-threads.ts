import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Coding } from '../core/coding/coding.js';
import {
  type CodingAnswer,
  type CodingJob,
  type CodingWorker,
  buffersOf,
  createCodingPool,
} from '../core/coding/worker-pool.js';

/** More threads than this wait for each other's memory. */
const MOST_THREADS = 8;
/** A thread holds a few units and the codecs; by itself it would take what the machine has before it tidies up. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };
/** Of the package that is pinned in package.json. */
const CHARLS_VERSION = '1.2.7';

/** What a thread runs: beside this file, compiled as it is. */
const THREAD_MAIN = new URL(import.meta.url.replace(/coding-threads/, 'coding-thread-main'));

/** Coding in as many threads as the machine has processors; none is started before there is something to do. */
export function createCodingThreads(threadMain: URL = THREAD_MAIN): Coding {
  return createCodingPool({
    version: `zlib ${process.versions.zlib ?? ''}, charls ${CHARLS_VERSION}`,
    size: Math.min(availableParallelism(), MOST_THREADS),
    startWorker: () => startWorker(threadMain),
  });
}

interface Pending {
  readonly resolve: (answer: CodingAnswer) => void;
  readonly reject: (error: Error) => void;
}

function startWorker(threadMain: URL): CodingWorker {
  const worker = new Worker(threadMain, { resourceLimits: LIMITS });
  let pending: Pending | null = null;
  const settle = (how: (waiting: Pending) => void): void => {
    const waiting = pending;
    pending = null;
    if (waiting !== null) how(waiting);
  };
  // An idle thread does not keep the process from ending.
  worker.unref();
  worker.on('message', (answer: CodingAnswer) => settle(({ resolve }) => resolve(answer)));
  worker.on('error', (error) => settle(({ reject }) => reject(error as Error)));
  worker.on('exit', () => settle(({ reject }) => reject(new Error('the thread has ended'))));
  return {
    run: (job: CodingJob) =>
      new Promise<CodingAnswer>((resolve, reject) => {
        pending = { resolve, reject };
        worker.postMessage(job, buffersOf(job));
      }),
    async end() {
      await worker.terminate();
    },
  };
}
