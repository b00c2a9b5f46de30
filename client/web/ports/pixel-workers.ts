import { PixelRefused } from '../../core/pixels/raster/refusal.js';
import type { PixelAnswers, PixelTask, PixelTaskOf, PixelWorker } from '../../core/pixels/work.js';
import { startHelper } from './worker-scripts.js';

/** More at once would take a practice's machine from those who work at it. */
const MOST_WORKERS = 2;
/** The slowest honest frame takes seconds on an old machine. */
const TIMEOUT_MS = 60_000;
/** A worker that has worked this often is replaced: WebAssembly's memory grows and never shrinks. */
const TASKS_A_WORKER = 500;

type Answer =
  | { readonly kind: 'done'; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly reason: PixelRefused['reason'] };

interface Hand {
  readonly worker: Worker;
  tasks: number;
}

/** Looks at pixels and masks them in workers; one that hangs or falls takes its frame with it and nothing else. */
export function createPixelWorkers(): PixelWorker {
  const idle: Hand[] = [];
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async <K extends PixelTask['kind']>(task: PixelTaskOf<K>, signal?: AbortSignal): Promise<PixelAnswers[K]> => {
    signal?.throwIfAborted();
    while (busy >= MOST_WORKERS) await new Promise<void>((resolve) => waiting.push(resolve));
    busy += 1;
    const hand = idle.pop() ?? { worker: startHelper(BILDBOTE_PIXELS, 'pixels'), tasks: 0 };
    let isHealthy = false;
    try {
      const answer = await ask(hand.worker, task);
      isHealthy = ++hand.tasks < TASKS_A_WORKER;
      if (answer.kind === 'refused') throw new PixelRefused(answer.reason);
      return answer.answer as PixelAnswers[K];
    } finally {
      busy -= 1;
      if (isHealthy) idle.push(hand);
      else hand.worker.terminate();
      waiting.shift()?.();
    }
  };
}

function ask(worker: Worker, task: PixelTask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new PixelRefused('timeout')), TIMEOUT_MS);
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      clearTimeout(timer);
      resolve(data);
    };
    worker.onerror = () => {
      clearTimeout(timer);
      reject(new PixelRefused('crashed'));
    };
    worker.postMessage(task);
  });
}
