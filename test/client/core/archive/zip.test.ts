import { assert } from 'chai';
import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from '../../../../client/core/archive/crc32.js';
import { reopenWithArchives } from '../../../../client/core/archive/reopen.js';
import { CoreError } from '../../../../client/core/error.js';
import type { ByteSource } from '../../../../client/core/ports.js';
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
import { hasProgram } from '../../../support/programs.js';
import { zipBytes, type ZipEntryChoices } from '../../../support/zip-bytes.js';

const entry = (number: number, choices: Partial<ZipEntryChoices> = {}): ZipEntryChoices => {
  return { name: `CT/${number}.dcm`, content: instanceBytes(number), ...choices };
};

function archive(...entries: readonly ZipEntryChoices[]): ByteSource {
  return locatedSource('a.zip', zipBytes({ entries }));
}

describe('CRC-32', () => {
  it('is that of the standard, in one go and in pieces', () => {
    assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
    assert.equal(crc32(new Uint8Array(0)), 0);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
        assert.equal(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at))), crc32(bytes));
      }),
    );
  });
});

describe('a zip', () => {
  it('is collected like a folder, deflated and stored, with 64-bit fields, folders and a comment', async () => {
    const source = locatedSource(
      'a.zip',
      zipBytes({
        entries: [
          { name: 'CT/', method: 0 },
          entry(1),
          entry(2, { method: 0 }),
          entry(3, { wide: true }),
          { name: 'brief.txt', content: new Uint8Array(9) },
        ],
        comment: new TextEncoder().encode('PK\u0005\u0006 of the Praxis'),
        wide: true,
      }),
    );
    const found = await collect([source]);
    assert.deepEqual(pathsOf(found), ['a.zip/CT/1.dcm', 'a.zip/CT/2.dcm', 'a.zip/CT/3.dcm']);
    assert.deepEqual(leftOut(found), ['a.zip/brief.txt: not-dicom']);
    for (const [i, one] of instancesOf(found).entries()) {
      assert.deepEqual(await bytesOfSource(one), instanceBytes(i + 1));
      assert.deepEqual(await bytesOfSource(one, 200), instanceBytes(i + 1).subarray(200));
      assert.deepEqual(await one.read(130, 20), instanceBytes(i + 1).subarray(130, 150));
      assert.deepEqual(await one.read(3, 2), instanceBytes(i + 1).subarray(3, 5));
      assert.equal((await one.read(one.size, 5)).length, 0);
    }
  });

  it('is opened when it lies in another one, deflated or stored, and no deeper', async () => {
    const inner = zipBytes({ entries: [entry(1)] });
    for (const method of [0, 8]) {
      const once = zipBytes({ entries: [{ name: 'inner.zip', content: inner, method }, entry(2)] });
      assert.deepEqual(pathsOf(await collect([locatedSource('o.zip', once)])), [
        'o.zip/CT/2.dcm',
        'o.zip/inner.zip/CT/1.dcm',
      ]);
      const twice = zipBytes({ entries: [{ name: 'once.zip', content: once, method }] });
      const found = await collect([locatedSource('t.zip', twice)]);
      assert.deepEqual(pathsOf(found), ['t.zip/once.zip/CT/2.dcm']);
      assert.deepEqual(leftOut(found), ['t.zip/once.zip/inner.zip: archive-depth']);
    }
  });

  it('is known by its bytes: DICOM that begins like one is DICOM, and other archives are named', async () => {
    const disguised = instanceBytes(1);
    disguised.set([0x50, 0x4b, 3, 4]);
    const tar = new Uint8Array(600);
    tar.set(new TextEncoder().encode('ustar\u0000'), 257);
    const found = await collect([
      locatedSource('x.dcm', disguised),
      locatedSource('x.7z', Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 0)),
      locatedSource('x.tgz', Uint8Array.of(0x1f, 0x8b, 8, 0)),
      locatedSource('x.tar', tar),
      locatedSource('cut.zip', zipBytes({ entries: [entry(1)] }).subarray(0, 200)),
    ]);
    assert.deepEqual(pathsOf(found), ['x.dcm']);
    assert.deepEqual(found.warnings, [{ path: 'x.dcm', warning: 'preamble' }]);
    assert.deepEqual(leftOut(found), [
      'cut.zip: archive-damaged',
      'x.7z: archive-unsupported',
      'x.tar: archive-unsupported',
      'x.tgz: archive-unsupported',
    ]);
  });

  it('gives its names in the right letters', async () => {
    const found = await collect([
      archive(
        entry(1, { name: Uint8Array.of(0x4d, 0x81, 0x6c, 0x6c, 0x65, 0x72) }),
        entry(2, { name: 'Größe', flags: 0x0800 }),
        entry(3, { name: 'a\\b\\c' }),
      ),
    ]);
    assert.deepEqual(pathsOf(found), ['a.zip/Größe', 'a.zip/Müller', 'a.zip/a/b/c']);
  });
});

describe('an entry of a zip is found again', () => {
  const reopenOver = (bytes: Uint8Array | null): ((locator: string) => Promise<ByteSource>) =>
    reopenWithArchives((locator) =>
      bytes === null
        ? Promise.reject(new CoreError('source-changed', 'gone'))
        : Promise.resolve({ ...locatedSource('a.zip', bytes), locator }),
    );

  it('by its locator, also in a nested archive, with its bytes', async () => {
    const inner = zipBytes({ entries: [entry(1), entry(2, { method: 0 })] });
    const bytes = zipBytes({ entries: [{ name: 'inner.zip', content: inner }, entry(3)] });
    const reopen = reopenOver(bytes);
    const found = instancesOf(await collect([locatedSource('a.zip', bytes)]));
    assert.lengthOf(found, 3);
    for (const [i, source] of found.entries()) {
      const again = await reopen(source.locator ?? '');
      assert.equal(again.size, source.size);
      assert.equal(again.modifiedMs, source.modifiedMs);
      assert.deepEqual(await bytesOfSource(again), instanceBytes(i + 1));
    }
  });

  it('unless the archive is another one, or gone', async () => {
    const bytes = zipBytes({ entries: [entry(1)] });
    const [source] = instancesOf(await collect([locatedSource('a.zip', bytes)]));
    const locator = source?.locator ?? '';
    const sameLength = zipBytes({ entries: [entry(1, { content: instanceBytes(2) })] });
    assert.equal(sameLength.length, bytes.length);
    for (const other of [sameLength, zipBytes({ entries: [entry(1), entry(2)] }), new Uint8Array(bytes.length), null]) {
      assert.equal(await codeOf(() => reopenOver(other)(locator)), 'source-changed');
    }
  });
});

describe('zips of other writers', () => {
  it('open: Info-ZIP and Python, deflated, stored and streamed', async function () {
    if (!hasProgram('zip') || !hasProgram('python3')) return this.skip();
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'in'));
      for (let i = 1; i <= 3; i++) await writeFile(join(folder, 'in', `Bild ${i} ü.dcm`), instanceBytes(i));
      const run = (program: string, ...args: string[]): void =>
        void execFileSync(program, args, { cwd: folder, stdio: 'pipe' });
      run('zip', '-qr', 'deflated.zip', 'in');
      run('zip', '-qr0', 'stored.zip', 'in');
      run('zip', '-qr', '-fd', 'streamed.zip', 'in');
      run('zip', '-qr', '-fz', 'wide.zip', 'in');
      run('python3', '-c', "import shutil; shutil.make_archive('python', 'zip', '.', 'in')");
      run('zip', '-qr', '-P', 'geheim', 'secret.zip', 'in');
      for (const name of ['deflated', 'stored', 'streamed', 'wide', 'python']) {
        const found = await collect([locatedSource(`${name}.zip`, await readFile(join(folder, `${name}.zip`)))]);
        assert.deepEqual(
          pathsOf(found),
          [1, 2, 3].map((i) => `${name}.zip/in/Bild ${i} ü.dcm`),
        );
        assert.deepEqual(leftOut(found), []);
      }
      const secret = await collect([locatedSource('s.zip', await readFile(join(folder, 'secret.zip')))]);
      assert.deepEqual(
        leftOut(secret),
        [1, 2, 3].map((i) => `s.zip/in/Bild ${i} ü.dcm: entry-encrypted`),
      );
    });
  });
});
