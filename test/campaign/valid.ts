import { corpusFiles } from '../support/corpus.js';
import { withFolder } from '../support/folder.js';
import { askOthers } from '../support/second-opinion.js';

/** `npm run campaign:valid`: the whole corpus, de-identified, as DCMTK, dciodvfy and pydicom see it. Ends with 1 if one has a new complaint. */
const files = corpusFiles();
if (files === null) {
  process.stdout.write('needs the corpus beside the repository (or BILDBOTE_SHARED): not present\n');
} else {
  await withFolder(async (folder) => {
    const { written, refused, asked, complaints } = await askOthers(files, folder);
    process.stdout.write(
      `written ${written}, refused ${refused}; compared by dcmdump ${asked.dcmtk}, dciodvfy ${asked.dciodvfy}, pydicom ${asked.pydicom}\n`,
    );
    for (const complaint of complaints) process.stdout.write(`${complaint}\n`);
    process.exitCode = complaints.length === 0 ? 0 : 1;
  });
}
