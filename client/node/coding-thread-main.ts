import { parentPort } from 'node:worker_threads';
import { type CodingJob, buffersOf, performCodingJob } from '../core/coding/worker-pool.js';
import { nodeCharls } from './node-charls.js';
import { nodeDeflate } from './node-deflate.js';

/** What runs in the threads of ./coding-threads.ts: a job, an answer. */
const port = parentPort;
const codecs = { deflate: nodeDeflate, jpegLs: nodeCharls() };
port?.on('message', (job: CodingJob) => {
  void performCodingJob(job, codecs).then((answer) => port.postMessage(answer, buffersOf(answer)));
});
