import { parentPort } from 'node:worker_threads';
import { createScratch } from '../core/coding/codecs.js';
import { type CodingJob, buffersOf, performCodingJob } from '../core/coding/worker-pool.js';
import { nodeCharls } from './node-charls.js';
import { nodeDeflate } from './node-deflate.js';

/** What runs in the threads of ./coding-threads.ts: a job, an answer. */
const port = parentPort;
const codecs = { deflate: nodeDeflate, jpegLs: nodeCharls(), scratch: createScratch() };
// One job at a time, by the pool: the scratch memory is of one task.
port?.on('message', (job: CodingJob) => {
  void performCodingJob(job, codecs).then((answer) => port.postMessage(answer, buffersOf(answer)));
});
