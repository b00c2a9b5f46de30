import { parentPort } from 'node:worker_threads';
import { PixelRefused, type PixelRefusal } from '../../core/pixels/raster/refusal.js';
import { performPixelTask, type PixelTask } from '../../core/pixels/work.js';
import { createCodecModules } from './codec-modules.js';
import { createTextReader } from './text-reader.js';

/** What runs in the threads of ./pixel-thread.ts: one task after the other. */
export type ThreadAnswer =
  { readonly kind: 'done'; readonly answer: unknown } | { readonly kind: 'refused'; readonly reason: PixelRefusal };

const tools = { modules: createCodecModules(), reader: createTextReader() };
const port = parentPort;

port?.on('message', (task: PixelTask) => {
  void performPixelTask(tools, task)
    .then((answer): ThreadAnswer => ({ kind: 'done', answer }))
    // What is no refusal is a fault of a decoder: the frame is not decoded.
    .catch((error: unknown): ThreadAnswer => ({
      kind: 'refused',
      reason: error instanceof PixelRefused ? error.reason : 'code-stream',
    }))
    .then((answer) => port.postMessage(answer));
});
