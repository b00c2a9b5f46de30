import { parentPort, workerData } from 'node:worker_threads';
import type { DeidentifyJob, WrittenInstance } from './deidentify-folder.js';
import type { NumberedJobs } from './deidentify-thread.js';
import { createFileDeidentifier, type DeidentifySetup } from './file-deidentifier.js';

/** What runs in the threads of ./deidentify-thread.ts: several jobs at a time, so that one waits for the disk while the other computes. */
const port = parentPort;
// One thread of its own for pictures: so many of these run already.
const deidentifier = createFileDeidentifier(workerData as DeidentifySetup, 1);

port?.on('message', ({ number, jobs }: NumberedJobs) => {
  deidentifier.run(jobs).then(
    (results) => port.postMessage({ number, results: results.map((result, index) => shortened(result, jobs[index])) }),
    (error: unknown) => port.postMessage({ number, error }),
  );
});

/** Without a report nobody reads what was done to which attribute, and it takes longer to hand over than to find out. */
function shortened(result: WrittenInstance, job: DeidentifyJob | undefined): WrittenInstance {
  if (result.kind === 'refused' || job?.digests !== 'none') return result;
  return { ...result, facts: { ...result.facts, actions: new Map() } };
}
