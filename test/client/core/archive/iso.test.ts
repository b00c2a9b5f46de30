import { assert } from 'chai';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reopenWithArchives } from '../../../../client/core/archive/reopen.js';
import { codeOf } from '../../../support/codes.js';
import {
  bytesOfSource,
  collect,
  instanceBytes,
  instancesOf,
  leftOut,
  locatedSource,
  pathsOf,
} from '../../../support/collecting.js';
import { withFolder } from '../../../support/folder.js';
import { isoBytes } from '../../../support/iso-bytes.js';
import { hasProgram } from '../../../support/programs.js';
import { zipBytes } from '../../../support/zip-bytes.js';

const content = {
  'README.TXT;1': new Uint8Array(5),
  DICOM: { 'IM1.;1': instanceBytes(1), 'IM2.;1': instanceBytes(2) },
};

describe('an ISO 9660 image', () => {
  it('is collected like a folder, with the names that people gave', async () => {
    const found = await collect([locatedSource('cd.iso', isoBytes(content))]);
    assert.deepEqual(pathsOf(found), ['cd.iso/DICOM/IM1', 'cd.iso/DICOM/IM2']);
    assert.deepEqual(leftOut(found), ['cd.iso/README.TXT: not-dicom']);
    for (const [i, source] of instancesOf(found).entries()) {
      assert.deepEqual(await bytesOfSource(source), instanceBytes(i + 1));
      assert.deepEqual(await source.read(130, 20), instanceBytes(i + 1).subarray(130, 150));
      assert.equal((await source.read(source.size - 2, 50)).length, 2);
    }
    const joliet = isoBytes({ 'Bilder von früher': { 'Schädel 1.dcm': instanceBytes(1) } }, { joliet: true });
    assert.deepEqual(pathsOf(await collect([locatedSource('cd.iso', joliet)])), [
      'cd.iso/Bilder von früher/Schädel 1.dcm',
    ]);
  });

  it('is collected from within a zip, and a zip from within it', async () => {
    const inZip = zipBytes({ entries: [{ name: 'cd.iso', content: isoBytes(content) }] });
    assert.lengthOf(pathsOf(await collect([locatedSource('a.zip', inZip)])), 2);
    const inner = zipBytes({ entries: [{ name: '1.dcm', content: instanceBytes(3) }] });
    assert.deepEqual(pathsOf(await collect([locatedSource('cd.iso', isoBytes({ 'A.ZIP;1': inner }))])), [
      'cd.iso/A.ZIP/1.dcm',
    ]);
  });

  it('has files that are found again, unless the image is another one', async () => {
    const bytes = isoBytes(content);
    const [source] = instancesOf(await collect([locatedSource('cd.iso', bytes)]));
    const locator = source?.locator ?? '';
    const over = (image: Uint8Array) => reopenWithArchives(() => Promise.resolve(locatedSource('cd.iso', image)));
    assert.deepEqual(await bytesOfSource(await over(bytes)(locator)), instanceBytes(1));
    assert.equal(await codeOf(() => over(isoBytes({ ...content, MORE: {} }))(locator)), 'source-changed');
    assert.equal(await codeOf(() => over(new Uint8Array(bytes.length))(locator)), 'source-changed');
  });

  it('that is cut off loses the files behind the cut, each by name', async () => {
    const bytes = isoBytes(content);
    const found = await collect([locatedSource('cd.iso', isoBytes(content, { longer: bytes.length }))]);
    assert.deepEqual(leftOut(found), [
      'cd.iso/DICOM/IM1: entry-damaged',
      'cd.iso/DICOM/IM2: entry-damaged',
      'cd.iso/README.TXT: entry-damaged',
    ]);
    for (const length of [2048 * 17, 2048 * 18 + 100]) {
      assert.deepEqual(leftOut(await collect([locatedSource('cd.iso', bytes.subarray(0, length))])), [
        'cd.iso: archive-damaged',
      ]);
    }
  });

  it('that leads in a circle ends', async () => {
    const found = await collect([
      locatedSource('cd.iso', isoBytes({ LOOP: {}, 'A.;1': instanceBytes(1) }, { loop: true })),
    ]);
    assert.deepEqual(pathsOf(found), ['cd.iso/A']);
  });

  it('of other writers opens', async function () {
    if (!hasProgram('genisoimage')) return this.skip();
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'in', 'Ordner mit langem Namen'), { recursive: true });
      await writeFile(join(folder, 'in', 'Ordner mit langem Namen', 'Erstes Bild.dcm'), instanceBytes(1));
      for (const [options, path] of [
        [['-J', '-R'], 'x.iso/Ordner mit langem Namen/Erstes Bild.dcm'],
        [['-iso-level', '1'], 'x.iso/ORDNER_M/ERSTES_B.DCM'],
      ] as const) {
        execFileSync('genisoimage', ['-quiet', ...options, '-o', 'x.iso', 'in'], { cwd: folder, stdio: 'pipe' });
        assert.deepEqual(pathsOf(await collect([locatedSource('x.iso', await readFile(join(folder, 'x.iso')))])), [
          path,
        ]);
      }
    });
  });
});
