import { mkdir } from 'node:fs/promises';
import { firstMissing, runScript } from '../ground/programs.js';
import { type Way } from '../ground/way.js';

/** The limit of the disk: nothing is carried, nothing is sealed. */
export const COPY_WAY: Way = {
  name: 'copy',
  title: 'cp on one disk, synced',
  isSealed: false,
  keepsBytes: true,
  missing: () => firstMissing(['cp', 'sync']),
  open: () =>
    Promise.resolve({
      servers: [],
      async go({ study, out }) {
        await mkdir(out, { recursive: true });
        await runScript('cp -r "$STUDY/." "$OUT/" && sync -f "$OUT"', { STUDY: study, OUT: out });
        return { wireBytes: null, firstAtMs: null };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};
