import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assert } from 'chai';
import { withFolder } from '../support/folder.js';

const root = resolve(import.meta.dirname, '../..');
const NEEDED = ['client', 'crypto', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** What a browser is given can be made again by anybody: the same sources, somewhere else, give the same bytes (attack A30). */
describe('the web client', function () {
  this.timeout(180_000);

  function digestOf(folder: string): string {
    const said = execFileSync(process.execPath, [join(folder, 'client/web/build.mjs')], {
      cwd: folder,
      encoding: 'utf8',
    });
    return /^Digest of the web client: ([0-9a-f]{64})$/m.exec(said)?.[1] ?? assert.fail(said);
  }

  it('built in another folder has the same digest, file by file', async () => {
    const here = digestOf(root);
    await withFolder((folder) => {
      const elsewhere = join(folder, 'a', 'longer path than', 'the first');
      mkdirSync(elsewhere, { recursive: true });
      for (const name of NEEDED) cpSync(join(root, name), join(elsewhere, name), { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(elsewhere, 'node_modules'));
      const there = digestOf(elsewhere);
      const list = (place: string): string => readFileSync(join(place, 'dist/web/bundle.json'), 'utf8');
      assert.equal(list(elsewhere), list(root));
      assert.equal(there, here);
      return Promise.resolve();
    });
  });
});
