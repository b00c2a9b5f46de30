import { parentPort, workerData } from 'node:worker_threads';
import { createDeidentifier, type Deidentifier } from '../core/deidentification/deidentify.js';
import { parseProfile } from '../core/deidentification/profile.js';
import { createWayBack } from '../core/deidentification/reversible.js';
import { createPseudonyms } from '../core/deidentification/secret.js';
import { deidentifyFile } from './deidentify-folder.js';
import { nodePixelCleaner } from './pixels/pixel-cleaner.js';
import type { DeidentifySetup, NumberedJobs } from './deidentify-thread.js';

/** What runs in the threads of ./deidentify-thread.ts: several jobs at a time, so that one waits for the disk while the other computes. */
const port = parentPort;
const { profile, secret } = workerData as DeidentifySetup;
const deidentifier: Deidentifier = createDeidentifier({
  profile: parseProfile(profile),
  pseudonyms: createPseudonyms(secret),
  // One thread of its own: so many of these run already.
  cleaner: nodePixelCleaner(1),
  wayBack: createWayBack(secret),
});

port?.on('message', ({ number, jobs }: NumberedJobs) => {
  Promise.all(jobs.map((job) => deidentifyFile(deidentifier, job))).then(
    (results) => port.postMessage({ number, results }),
    (error: unknown) => port.postMessage({ number, error }),
  );
});
