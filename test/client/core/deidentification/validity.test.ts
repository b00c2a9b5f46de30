import { expect } from 'chai';
import { withCorpus } from '../../../support/corpus.js';
import { withFolder } from '../../../support/folder.js';
import { hasProgram, pythonWithPydicom } from '../../../support/programs.js';
import { askOthers } from '../../../support/second-opinion.js';

/** Every so many files of the corpus: all of them take minutes, and are `npm run campaign:valid`. */
const EVERY = 23;

describe('de-identified instances are valid', function () {
  this.timeout(120_000);
  withCorpus((files) => {
    it('DCMTK and pydicom read them, and dciodvfy finds no error that the original did not have', async function () {
      const sample = files.filter(({ collection }, index) => index % EVERY === 0 && collection !== 'malformed');
      await withFolder(async (folder) => {
        const { asked, complaints } = await askOthers(sample, folder);
        expect(complaints).to.deep.equal([]);
        if (hasProgram('dciodvfy')) expect(asked.dciodvfy).to.be.greaterThan(15);
        if (hasProgram('dcmdump')) expect(asked.dcmtk).to.be.greaterThan(15);
        if (pythonWithPydicom() === null) process.stdout.write('    pydicom is not installed: not asked\n');
        else expect(asked.pydicom).to.be.greaterThan(15);
      });
    });
  });
});
