import { type Coding } from '../../core/coding/coding.js';
import {
  type CodingAnswer,
  type CodingJob,
  type CodingWorker,
  buffersOf,
  createCodingPool,
} from '../../core/coding/worker-pool.js';
import { startHelper } from './worker-scripts.js';

/** More at once would take a practice's machine from those who work at it. */
const MOST_WORKERS = 4;

/** Of the package that is pinned in package.json. */
const CHARLS_VERSION = '1.2.7';
/** What a journal takes of a version. */
const MAX_VERSION = 180;

/**
 * Coding and restoring in workers, which hold no key; none is started before there is something to do (docs/spec/coding.md §8).
 * They end with the desk.
 */
export function createCodingWorkers(): Coding {
  return createCodingPool({
    // DEFLATE is the browser's own: another browser, or a later one, may make other bytes of the same file.
    version: `charls ${CHARLS_VERSION}, ${navigator.userAgent}`.slice(0, MAX_VERSION),
    size: Math.min(navigator.hardwareConcurrency, MOST_WORKERS),
    startWorker,
  });
}

function startWorker(): CodingWorker {
  const worker = startHelper(BILDBOTE_CODING, 'coding');
  return {
    run: (job: CodingJob) =>
      new Promise<CodingAnswer>((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<CodingAnswer>) => resolve(data);
        worker.onerror = (event) => reject(new Error('the coding worker failed', { cause: event.message }));
        worker.postMessage(job, buffersOf(job));
      }),
    end() {
      worker.terminate();
      return Promise.resolve();
    },
  };
}
