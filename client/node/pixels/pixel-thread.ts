import { Worker } from 'node:worker_threads';
import { PixelRefused } from '../../core/pixels/raster/refusal.js';
import type { PixelAnswers, PixelTask, PixelTaskOf, PixelWorker } from '../../core/pixels/work.js';
import type { ThreadAnswer } from './pixel-thread-main.js';

/** Of a thread: JavaScript's part of its memory. What WebAssembly takes is bounded by the size of a frame. */
const MEMORY_MIB = 1024;
/** The slowest honest frame (a mammogram in JPEG 2000, 60 MB) takes 4 seconds on an old machine. */
const TIMEOUT_MS = 60_000;
/** A thread that has worked this often is replaced: WebAssembly's memory grows and never shrinks. */
const TASKS_A_THREAD = 2_000;

export interface PixelThreads extends AsyncDisposable {
  readonly work: PixelWorker;
}

interface Thread {
  readonly worker: Worker;
  tasks: number;
}

/** Works in threads, at most `count` at once; one that hangs or falls takes its frame with it and nothing else. */
export function startPixelThreads(count: number, timeoutMs = TIMEOUT_MS): PixelThreads {
  const idle: Thread[] = [];
  const busy = new Set<Thread>();
  const waiting: (() => void)[] = [];

  async function take(): Promise<Thread> {
    while (busy.size >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    const thread = idle.pop() ?? { worker: startWorker(), tasks: 0 };
    busy.add(thread);
    return thread;
  }

  function release(thread: Thread, isHealthy: boolean): void {
    busy.delete(thread);
    if (isHealthy && ++thread.tasks < TASKS_A_THREAD) {
      thread.worker.unref();
      idle.push(thread);
    } else void thread.worker.terminate();
    waiting.shift()?.();
  }

  const work = async <K extends PixelTask['kind']>(
    task: PixelTaskOf<K>,
    signal?: AbortSignal,
  ): Promise<PixelAnswers[K]> => {
    signal?.throwIfAborted();
    const thread = await take();
    let isHealthy = false;
    try {
      const answer = await ask(thread.worker, task, timeoutMs, signal);
      isHealthy = true;
      if (answer.kind === 'refused') throw new PixelRefused(answer.reason);
      return answer.answer as PixelAnswers[K];
    } finally {
      release(thread, isHealthy);
    }
  };

  return {
    work,
    async [Symbol.asyncDispose]() {
      await Promise.all([...idle, ...busy].map(({ worker }) => worker.terminate()));
    },
  };
}

function startWorker(): Worker {
  const url = new URL(import.meta.url.replace(/pixel-thread/, 'pixel-thread-main'));
  return new Worker(url, {
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
    stderr: true,
    stdout: true,
  });
}

function ask(
  worker: Worker,
  task: PixelTask,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new PixelRefused('timeout'))), timeoutMs);
    const onAnswer = (answer: ThreadAnswer): void => finish(() => resolve(answer));
    const onError = (cause: Error): void => finish(() => reject(new PixelRefused('crashed', { cause })));
    const onExit = (): void => finish(() => reject(new PixelRefused('crashed')));
    const onAbort = (): void =>
      finish(() => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted')));
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    worker.ref();
    worker.once('message', onAnswer).once('error', onError).once('exit', onExit);
    signal?.addEventListener('abort', onAbort, { once: true });
    worker.postMessage(task);
  });
}
