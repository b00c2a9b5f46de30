import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDeidentifier } from '../../../../client/core/deidentification/deidentify.js';
import { readyProfile } from '../../../../client/core/deidentification/profile.js';
import { createPseudonyms } from '../../../../client/core/deidentification/secret.js';
import { CORPUS_FOLDER, corpusSource, withCorpus } from '../../../support/corpus.js';
import { withFolder } from '../../../support/folder.js';

/** Errors of dciodvfy without the values in them; null where it is not there or crashed. */
function errorsOf(path: string): Set<string> | null {
  const ran = spawnSync('dciodvfy', [path], { encoding: 'latin1' });
  if (ran.error !== undefined || ran.status === null) return null;
  const lines = `${ran.stderr}${ran.stdout}`.split('\n').filter((line) => line.startsWith('Error'));
  return new Set(lines.map((line) => line.replaceAll(/<[^>]*>|\[[^\]]*\]|=.*$|\d+/g, '')));
}

const SETS: readonly (readonly string[])[] = [
  [],
  ['retainLongModifiedDates', 'cleanDescriptors', 'cleanStructuredContent', 'cleanGraphics'],
];
/** Every so many files of the corpus: all of them take minutes. */
const EVERY = 23;
const DEFLATED = /defl|dfl/i;

describe('de-identified instances are valid', function () {
  this.timeout(120_000);
  withCorpus((files) => {
    it('DCMTK reads them, and dciodvfy finds no error that the original did not have', async function () {
      if (spawnSync('dciodvfy', []).error !== undefined) this.skip();
      let compared = 0;
      await withFolder(async (folder) => {
        const sample = files.filter(
          ({ path, collection }, index) => index % EVERY === 0 && collection !== 'malformed' && !DEFLATED.test(path),
        );
        for (const [index, one] of sample.entries()) {
          const profile = readyProfile('basic', SETS[index % SETS.length] ?? []);
          const deidentifier = createDeidentifier({
            profile,
            pseudonyms: createPseudonyms(new Uint8Array(32)),
            cleaner: null,
            wayBack: null,
          });
          const result = await deidentifier.prepare(corpusSource(one));
          if (result.kind === 'refused') continue;
          const path = join(folder, 'out.dcm');
          writeFileSync(path, await result.output.read(0, result.output.size));
          const [before, after] = [errorsOf(join(CORPUS_FOLDER, one.path)), errorsOf(path)];
          if (before === null || after === null) continue;
          expect(
            [...after].filter((error) => !before.has(error)),
            one.path,
          ).to.deep.equal([]);
          const dump = (name: string): number | null => spawnSync('dcmdump', ['-q', name]).status;
          if (dump(join(CORPUS_FOLDER, one.path)) === 0) expect(dump(path), one.path).to.equal(0);
          compared++;
        }
      });
      expect(compared).to.be.greaterThan(15);
    });
  });
});
