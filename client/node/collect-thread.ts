import { Worker } from 'node:worker_threads';
import { CoreError, type CoreErrorCode } from '../core/error.js';
import { type ReopenSource } from '../core/ports.js';
import { type Collection } from '../core/send/collect.js';
import { fromPortable, type PortableCollection } from '../core/send/portable.js';
import { NodeError, type NodeErrorCode } from './error.js';

/** What the thread is told and what it answers. */
export interface CollectTask {
  readonly paths: readonly string[];
}

export type CollectAnswer =
  | { readonly kind: 'progress'; readonly files: number; readonly bytes: number }
  | { readonly kind: 'collected'; readonly collection: PortableCollection }
  | { readonly kind: 'failed'; readonly zone: 'core'; readonly code: CoreErrorCode }
  | { readonly kind: 'failed'; readonly zone: 'node'; readonly code: NodeErrorCode };

export interface CollectOptions {
  readonly reopen: ReopenSource;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { readonly files: number; readonly bytes: number }) => void) | undefined;
}

/** Room for half a million instances; one file needs less than 1 MB, an archive at most 100 MB. */
const MAX_HEAP_MB = 1024;

/** A thread that has done its work well and waits for more: making one takes longer than collecting a few files. It keeps no process alive. */
let spare: Worker | null = null;

function newThread(): Worker {
  const url = new URL(import.meta.url.replace(/collect-thread/, 'collect-thread-main'));
  return new Worker(url, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
}

/** Makes the thread before there is anything to collect: for those who run all along. */
export function readyCollectThread(): void {
  if (spare === null) rest(newThread());
}

function rest(worker: Worker): void {
  spare = worker;
  worker.unref();
  const forget = (): void => void (spare === worker && (spare = null));
  worker.once('error', forget);
  worker.once('exit', forget);
}

function takeThread(): Worker {
  const worker = spare ?? newThread();
  spare = null;
  worker.removeAllListeners();
  worker.ref();
  return worker;
}

/**
 * Collects in a thread of its own: files from outside can neither hold up the main thread nor take its memory, and stopping ends
 * the thread at once. @throws CoreError `aborted`; NodeError `path-unreadable`, `collect-failed` when the thread ends by itself
 */
export async function collectPaths(paths: readonly string[], options: CollectOptions): Promise<Collection> {
  const { reopen, signal, onProgress } = options;
  if (signal?.aborted === true) throw new CoreError('aborted', 'aborted by the caller');
  const worker = takeThread();
  let isWell = false;
  let stop = (): void => undefined;
  try {
    const portable = await new Promise<PortableCollection>((resolve, reject) => {
      stop = () => reject(new CoreError('aborted', 'aborted by the caller'));
      signal?.addEventListener('abort', stop, { once: true });
      worker.on('message', (answer: CollectAnswer) => {
        if (answer.kind === 'progress') onProgress?.(answer);
        else if (answer.kind === 'collected') resolve(answer.collection);
        else reject(failureOf(answer));
      });
      worker.once('error', (cause) => reject(new NodeError('collect-failed', 'the thread failed', { cause })));
      worker.once('exit', () => reject(new NodeError('collect-failed', 'the thread ended')));
      worker.postMessage({ paths } satisfies CollectTask);
    });
    isWell = true;
    return fromPortable(portable, reopen);
  } finally {
    signal?.removeEventListener('abort', stop);
    worker.removeAllListeners();
    if (isWell && spare === null) rest(worker);
    else await worker.terminate();
  }
}

function failureOf(answer: Extract<CollectAnswer, { kind: 'failed' }>): Error {
  return answer.zone === 'core'
    ? new CoreError(answer.code, 'collecting failed')
    : new NodeError(answer.code, 'collecting failed');
}
