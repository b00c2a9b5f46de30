import { parentPort } from 'node:worker_threads';
import { CoreError } from '../core/error.js';
import { collectStudies } from '../core/send/collect.js';
import { toPortable } from '../core/send/portable.js';
import { type CollectAnswer, type CollectTask } from './collect-thread.js';
import { diskTree } from './disk-source.js';
import { NodeError } from './error.js';
import { nodeSha256 } from './node-sha256.js';
import { setAsideOnDisk } from './set-aside.js';

/** What runs in the thread of ./collect-thread.ts: one task after the other, news while one runs, one answer each. */
const port = parentPort;
/** Between two reports of progress. */
const PROGRESS_MS = 100;

function answer(message: CollectAnswer): void {
  port?.postMessage(message);
}

async function collect({ paths }: CollectTask): Promise<void> {
  let reportedMs = 0;
  try {
    const collection = await collectStudies({
      tree: diskTree(paths),
      createSha256: nodeSha256,
      setAside: setAsideOnDisk,
      onProgress: ({ files, bytes }) => {
        const nowMs = performance.now();
        if (nowMs - reportedMs < PROGRESS_MS) return;
        reportedMs = nowMs;
        answer({ kind: 'progress', files, bytes });
      },
    });
    answer({ kind: 'collected', collection: toPortable(collection) });
  } catch (error) {
    if (error instanceof CoreError) answer({ kind: 'failed', zone: 'core', code: error.code });
    else if (error instanceof NodeError) answer({ kind: 'failed', zone: 'node', code: error.code });
    else throw error;
  }
}

port?.on('message', (task: CollectTask) => void collect(task));
