import { assert } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDirectory } from '../../../client/core/dicom/directory.js';
import { folderTarget, zipTarget } from '../../../client/node/medium-target.js';
import { collect, instanceBytes, locatedSource, pathsOf } from '../../support/collecting.js';
import { corpusSource, withCorpus } from '../../support/corpus.js';
import { element } from '../../support/dicom-bytes.js';
import { filesBelow } from '../../support/files.js';
import { withFolder } from '../../support/folder.js';
import { memoryMedium, writeTo } from '../../support/media.js';
import { mediumInstance, reportInstance } from '../../support/media-instances.js';
import { memorySource } from '../../support/memory-source.js';
import { hasProgram, pythonWithPydicom } from '../../support/programs.js';

describe('media on disk', function () {
  this.timeout(60_000);
  const study = [1, 2, 3]
    .map((n) => mediumInstance(n))
    .concat(
      reportInstance(4),
      mediumInstance(5, {
        sopClass: '104.1',
        extra: [element(0x00420010, 'ST', 'Brief'), element(0x00420012, 'LO', 'application/pdf')],
      }),
    );

  it('are accepted by DCMTK and dicom3tools', async function () {
    if (!hasProgram('dcmdump') || !hasProgram('dciodvfy') || !hasProgram('dcentvfy')) return this.skip();
    await withFolder(async (folder) => {
      const target = await folderTarget(join(folder, 'cd'));
      await writeTo(target.sink, study);
      await target.finish();
      const run = (program: string, ...args: string[]): string => {
        const { stdout, stderr } = spawnSync(program, args, { cwd: join(folder, 'cd'), encoding: 'utf8' });
        return stdout + stderr;
      };
      const dump = run('dcmdump', 'DICOMDIR');
      assert.notMatch(dump, /^[EW]:/m);
      for (const type of ['PATIENT', 'STUDY', 'SERIES', 'IMAGE', 'SR DOCUMENT', 'ENCAP DOC'])
        assert.include(dump, `"Directory Record" ${type}`);
      assert.deepEqual(
        run('dciodvfy', 'DICOMDIR')
          .split('\n')
          .filter((line) => line.includes('Error')),
        [],
      );
      const files = (await filesBelow(join(folder, 'cd', 'DICOM'))).map((path) => join('DICOM', path));
      assert.lengthOf(files, 5);
      assert.notMatch(run('dcentvfy', ...files), /Error/);
      assert.notMatch(run('sha256sum', '--quiet', '-c', 'DIGESTS.TXT'), /FAILED/);
    });
  });

  it('are accepted by pydicom, Python and Info-ZIP as a zip', async function () {
    const python = pythonWithPydicom();
    if (python === null || !hasProgram('unzip')) return this.skip();
    await withFolder(async (folder) => {
      const path = join(folder, 'cd.zip');
      const target = await zipTarget(path, Date.UTC(2026, 10, 25));
      await writeTo(target.sink, study);
      await target.finish();
      execFileSync('unzip', ['-tqq', path]);
      await writeFile(join(folder, 'check.py'), CHECK);
      const out = execFileSync(python, [join(folder, 'check.py'), path, join(folder, 'out')], { encoding: 'utf8' });
      assert.equal(out.trim(), 'None 5');
      const found = await collect([locatedSource('cd.zip', await readFile(path))]);
      assert.lengthOf(pathsOf(found), 5);
      assert.equal(found.media[0]?.missing, 0);
    });
  });

  it('appear as a whole or not at all, and never over something', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'cd');
      const target = await folderTarget(path);
      await writeTo(target.sink, [memorySource('x', instanceBytes(1))]);
      assert.deepEqual(
        (await filesBelow(folder)).filter((one) => !one.startsWith('.')),
        [],
      );
      await target.discard();
      assert.deepEqual(await filesBelow(folder), []);
      await writeFile(path, '');
      for (const open of [() => folderTarget(path), () => zipTarget(path, 0)]) {
        const refusal = await open().then(
          () => '',
          (error: { code?: string }) => error.code,
        );
        assert.equal(refusal, 'target-exists');
      }
    });
  });

  withCorpus((files) => {
    it('hold the corpus, every instance with a record of its own', async () => {
      const readable = files.filter(({ collection }) => collection.startsWith('pydicom') || collection === 'highdicom');
      const medium = memoryMedium();
      const written = await writeTo(medium.sink, readable.map(corpusSource));
      const read = await readDirectory(memorySource('d', medium.files.get('DICOMDIR') ?? new Uint8Array(0)));
      const listed = read.kind === 'directory' ? read.references.map(({ claimedParts }) => claimedParts.join('/')) : [];
      assert.lengthOf(listed, written.instances);
      assert.isAbove(listed.length, 100);
      assert.isTrue(listed.every((path) => medium.files.has(path)));
    });
  });
});

const CHECK = `
import sys, zipfile, warnings
warnings.simplefilter('ignore')
from pydicom.fileset import FileSet
z = zipfile.ZipFile(sys.argv[1])
bad = z.testzip()
z.extractall(sys.argv[2])
n = 0
for one in FileSet(sys.argv[2] + '/DICOMDIR'):
    assert one.load().SOPInstanceUID == one.ReferencedSOPInstanceUIDInFile
    n += 1
print(bad, n)
`;
