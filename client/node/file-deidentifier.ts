import { createDeidentifier } from '../core/deidentification/deidentify.js';
import type { Profile } from '../core/deidentification/profile.js';
import { createWayBack } from '../core/deidentification/reversible.js';
import { createPseudonyms } from '../core/deidentification/secret.js';
import { deidentifyFile, type DeidentifyJob, type Turns, type WrittenInstance } from './deidentify-folder.js';
import { endPixelThreads, nodePixelCleaner } from './pixels/pixel-cleaner.js';

/** What a thread needs to make a deidentifier: plain data. */
export interface DeidentifySetup {
  readonly profile: Profile;
  readonly secret: Uint8Array;
}

/** De-identifies files in the thread it is made in. */
export interface FileDeidentifier extends AsyncDisposable {
  run(jobs: readonly DeidentifyJob[]): Promise<readonly WrittenInstance[]>;
}

/** Files under way in a thread: one waits for the disk while others compute. Each holds what it reads and what it writes. */
const AT_ONCE = 8;

/** @param pixelThreads of its own, to look at pictures; as many as there are processors when not given */
export function createFileDeidentifier(setup: DeidentifySetup, pixelThreads?: number): FileDeidentifier {
  const deidentifier = createDeidentifier({
    profile: setup.profile,
    pseudonyms: createPseudonyms(setup.secret),
    cleaner: nodePixelCleaner(pixelThreads),
    wayBack: createWayBack(setup.secret),
  });
  const [together, alone] = [turns(AT_ONCE), turns(1)];
  return {
    run: (jobs) => Promise.all(jobs.map((job) => together(() => deidentifyFile(deidentifier, job, alone)))),
    [Symbol.asyncDispose]: endPixelThreads,
  };
}

/** Lets so many run at a time; the others wait in their order. */
function turns(most: number): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running === most) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
