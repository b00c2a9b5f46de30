import { createDeidentifier } from '../core/deidentification/deidentify.js';
import { createWayBack } from '../core/deidentification/reversible.js';
import { createPseudonyms } from '../core/deidentification/secret.js';
import { deidentifyFile, type DeidentifyJob, type WrittenInstance } from './deidentify-folder.js';
import type { DeidentifySetup } from './deidentify-thread.js';
import { endPixelThreads, nodePixelCleaner } from './pixels/pixel-cleaner.js';

/** De-identifies files in the thread it is made in. */
export interface FileDeidentifier extends AsyncDisposable {
  run(jobs: readonly DeidentifyJob[]): Promise<readonly WrittenInstance[]>;
}

/** @param pixelThreads of its own, to look at pictures; as many as there are processors when not given */
export function createFileDeidentifier(setup: DeidentifySetup, pixelThreads?: number): FileDeidentifier {
  const deidentifier = createDeidentifier({
    profile: setup.profile,
    pseudonyms: createPseudonyms(setup.secret),
    cleaner: nodePixelCleaner(pixelThreads),
    wayBack: createWayBack(setup.secret),
  });
  return {
    run: (jobs) => Promise.all(jobs.map((job) => deidentifyFile(deidentifier, job))),
    [Symbol.asyncDispose]: endPixelThreads,
  };
}
