import { assert } from 'chai';
import fc from 'fast-check';
import { symlink, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { safeEntryPath } from '../../client/core/archive/entry-name.js';
import { documentPath, instanceFileId } from '../../client/core/media/file-ids.js';
import { safeReference } from '../../client/core/send/medium.js';
import { diskTree } from '../../client/node/disk-source.js';
import { collect, instanceBytes, leftOut, locatedSource, pathsOf } from '../support/collecting.js';
import { directoryBytes } from '../support/directory-bytes.js';
import { withFolder } from '../support/folder.js';
import { zipBytes } from '../support/zip-bytes.js';

/** Attack A20: names in archives and on media that lead out of their folder. */

const HOSTILE = [
  '../evil.dcm',
  'a/../../evil.dcm',
  '/etc/passwd',
  '\\\\server\\share\\x',
  '//server/share/x',
  'C:\\Windows\\x.dcm',
  'c:x.dcm',
  'a\u0000b',
  'a\nb',
  'CON',
  'a/nul.dcm',
  'AUX.txt',
  'com1',
  'x/LPT9.dcm',
  '..\\..\\x',
  '..',
  '.',
  '',
];

describe('A20: names from outside', () => {
  it('in a zip are named and left out, and the others go on', async () => {
    const entries = HOSTILE.filter((name) => name !== '').map((name, i) => ({ name, content: instanceBytes(i + 1) }));
    const found = await collect([
      locatedSource('a.zip', zipBytes({ entries: [...entries, { name: 'good.dcm', content: instanceBytes(99) }] })),
    ]);
    assert.deepEqual(pathsOf(found), ['a.zip/good.dcm']);
    assert.lengthOf(leftOut(found), entries.length);
    assert.isTrue(leftOut(found).every((line) => line.endsWith(': entry-name')));
    assert.isTrue(found.skipped.every(({ path }) => !/[\p{Cc}\p{Cf}]/u.test(path)));
  });

  it('of links in a zip are left out', async () => {
    const entries = [{ name: 'link', content: new TextEncoder().encode('/etc/passwd'), unixMode: 0o120777 }];
    assert.deepEqual(leftOut(await collect([locatedSource('a.zip', zipBytes({ entries }))])), [
      'a.zip/link: entry-name',
    ]);
  });

  it('that pass have no way out on any system', () => {
    for (const name of HOSTILE) assert.isNull(safeEntryPath(name), name);
    const part = fc.oneof(
      fc.constantFrom('..', '.', 'a', '', 'con', ' nul ', 'C:', '~', 'x.dcm'),
      fc.string({ maxLength: 8 }),
    );
    const name = fc.array(part, { maxLength: 6 }).chain((parts) => fc.constantFrom(parts.join('/'), parts.join('\\')));
    fc.assert(
      fc.property(name, (text) => {
        const path = safeEntryPath(text);
        if (path === null) return;
        assert.isFalse(path.startsWith('/') || path.includes('\\') || /^[a-z]:/i.test(path));
        assert.isFalse(path.split('/').some((one) => one === '..' || one === '.' || one === ''));
        // eslint-disable-next-line no-control-regex -- naming them is the purpose
        assert.notMatch(path, /[\u0000-\u001f]/);
      }),
      { numRuns: 1000 },
    );
  });

  it('in a DICOMDIR are not followed, and named; missing files are named; case does not matter', async () => {
    const references = [
      'DICOM\\IM1',
      'dicom\\im2',
      'DICOM\\IM3',
      '..\\..\\ETC\\PASSWD',
      '\\ETC\\PASSWD',
      'C:\\X',
      '/etc/passwd',
      'DICOM\\..\\IM1',
    ];
    const found = await collect([
      locatedSource('cd/DICOMDIR', directoryBytes(references)),
      locatedSource('cd/DICOM/IM1', instanceBytes(1)),
      locatedSource('cd/DICOM/IM2', instanceBytes(2)),
      locatedSource('cd/DICOM/IM9', instanceBytes(9)),
    ]);
    assert.deepEqual(pathsOf(found), ['cd/DICOM/IM1', 'cd/DICOM/IM2', 'cd/DICOM/IM9']);
    assert.sameMembers(leftOut(found), [
      'cd/DICOMDIR: directory',
      'cd/DICOM/IM3: reference-missing',
      'cd/../../ETC/PASSWD: reference-unsafe',
      'cd//ETC/PASSWD: reference-unsafe',
      'cd/C:/X: reference-unsafe',
      'cd/DICOM/../IM1: reference-unsafe',
    ]);
    assert.deepEqual(found.media, [{ path: 'cd/DICOMDIR', listed: 7, missing: 1, unlisted: 1 }]);
  });

  it('in a DICOMDIR given by itself lead to files below it, in any case, and never through a link', async () => {
    await withFolder(async (folder) => {
      const outside = join(folder, 'outside');
      const medium = join(folder, 'cd');
      await mkdir(outside);
      await mkdir(join(medium, 'dicom'), { recursive: true });
      await writeFile(join(outside, 'SECRET'), instanceBytes(7));
      await writeFile(join(medium, 'dicom', 'im1.'), instanceBytes(1));
      await writeFile(join(medium, 'NOTLISTED'), instanceBytes(2));
      await symlink(outside, join(medium, 'LINK'));
      await symlink(join(outside, 'SECRET'), join(medium, 'FILELINK'));
      const references = ['DICOM\\IM1', '..\\outside\\SECRET', 'LINK\\SECRET', 'FILELINK', 'NOTHERE'];
      await writeFile(join(medium, 'DICOMDIR'), directoryBytes(references));
      const names: string[] = [];
      for await (const { name } of diskTree([join(medium, 'DICOMDIR')])) names.push(name);
      assert.deepEqual(names, ['DICOMDIR', 'dicom/im1.']);
    });
  });

  it('never become a name on a medium: those are counted', () => {
    assert.deepEqual(instanceFileId([0, 35, 36, 1295], 'IM'), [
      'DICOM',
      'PT000000',
      'ST00000Z',
      'SE000010',
      'IM0000ZZ',
    ]);
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(99_998), (name, mediaType, number) => {
        const path = documentPath(number, name, mediaType);
        assert.match(path, /^DOCUMENT\/DOC[0-9]{5}\.[A-Z]{3,4}$/);
        assert.notMatch(path, /\.(EXE|COM|BAT|CMD|SCR|HTM|HTML|JS|VBS|LNK|INF|HTA|SVG)$/);
      }),
    );
    for (const name of ['x.exe', 'x.html', 'x.js', 'autorun.inf', 'x.svg', 'x.scr']) {
      assert.equal(documentPath(0, name, 'application/octet-stream'), 'DOCUMENT/DOC00001.BIN');
    }
    assert.isNull(safeReference(['a', '']));
    assert.equal(safeReference(['DICOM', 'A']), 'DICOM/A');
  });
});
