import createModule from '@cornerstonejs/codec-charls/wasmjs';
import wasmBinary from '@cornerstonejs/codec-charls/wasm';
import { type CharlsModule, createCharls } from '../../core/coding/charls.js';
import { createScratch } from '../../core/coding/codecs.js';
import { webDeflate } from '../../core/coding/web-deflate.js';
import { type CodingJob, buffersOf, performCodingJob } from '../../core/coding/worker-pool.js';

/** What runs in the workers of ../ports/coding-workers.ts: a job, an answer. */
const jpegLs = createCharls(async () => (await createModule({ wasmBinary })) as CharlsModule);
const codecs = { deflate: webDeflate, jpegLs, scratch: createScratch() };
const scope = self as unknown as DedicatedWorkerGlobalScope;
// One job at a time, by the pool: the scratch memory is of one task.
scope.addEventListener('message', ({ data }: MessageEvent<CodingJob>) => {
  void performCodingJob(data, codecs).then((answer) => scope.postMessage(answer, buffersOf(answer)));
});
