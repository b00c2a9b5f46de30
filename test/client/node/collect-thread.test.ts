import { assert } from 'chai';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reopenWithArchives } from '../../../client/core/archive/reopen.js';
import type { collectPaths as CollectPaths } from '../../../client/node/collect-thread.js';
import { diskTree, reopenDiskSource } from '../../../client/node/disk-source.js';
import { bytesOfSource, collect, instanceBytes, instancesOf, leftOut, pathsOf } from '../../support/collecting.js';
import { withFolder } from '../../support/folder.js';
import { zipBytes } from '../../support/zip-bytes.js';

/** The thread runs what is built: `npm run build` comes first, as for the stories. */
const built = pathToFileURL(resolve(import.meta.dirname, '../../../dist/client/node/collect-thread.js')).href;

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => 'nothing was thrown',
    (error: { readonly code?: string }) => error.code,
  );
}

describe('collecting in a thread', () => {
  let collectPaths: typeof CollectPaths;
  before(async () => {
    ({ collectPaths } = (await import(built)) as { collectPaths: typeof CollectPaths });
  });
  const reopen = reopenWithArchives(reopenDiskSource);

  it('finds what collecting here finds, with sources that can be read', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'in', 'deep'), { recursive: true });
      await writeFile(join(folder, 'in', 'deep', '1.dcm'), instanceBytes(1));
      await writeFile(
        join(folder, 'in', 'a.zip'),
        zipBytes({ entries: [{ name: '2.dcm', content: instanceBytes(2) }] }),
      );
      await writeFile(join(folder, 'in', 'brief.txt'), 'Brief');
      const path = join(folder, 'in');
      let last = 0;
      const found = await collectPaths([path], { reopen, onProgress: ({ files }) => void (last = files) });
      const here: Awaited<ReturnType<typeof reopenDiskSource>>[] = [];
      for await (const source of diskTree([path])) here.push(source);
      const expected = await collect(here);
      assert.deepEqual(pathsOf(found), pathsOf(expected));
      assert.deepEqual(leftOut(found), ['in/brief.txt: not-dicom']);
      assert.deepEqual(found.patients, expected.patients);
      for (const [i, source] of instancesOf(found).entries()) {
        assert.deepEqual(await bytesOfSource(source), instanceBytes(i + 1));
        assert.deepEqual(await source.read(130, 10), instanceBytes(i + 1).subarray(130, 140));
      }
      assert.isAtLeast(last, 1);
    });
  });

  it('stops when it is told to, and says why it cannot begin', async () => {
    assert.equal(await codeOf(collectPaths(['/'], { reopen, signal: AbortSignal.abort() })), 'aborted');
    const controller = new AbortController();
    const running = collectPaths([resolve(import.meta.dirname, '../../../node_modules')], {
      reopen,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    assert.equal(await codeOf(running), 'aborted');
    assert.equal(await codeOf(collectPaths(['/no/such/folder'], { reopen })), 'path-unreadable');
  });
});

describe('files on disk', () => {
  it('that cannot be read are named, and the others go on', async function () {
    if (process.getuid?.() === 0 || process.platform === 'win32') return this.skip();
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'locked'));
      await writeFile(join(folder, '1.dcm'), instanceBytes(1));
      await writeFile(join(folder, '2.dcm'), instanceBytes(2));
      await chmod(join(folder, '2.dcm'), 0);
      await chmod(join(folder, 'locked'), 0);
      const sources: Awaited<ReturnType<typeof reopenDiskSource>>[] = [];
      for await (const source of diskTree([folder])) sources.push(source);
      const found = await collect(sources);
      assert.lengthOf(pathsOf(found), 1);
      assert.deepEqual(
        found.skipped.map(({ reason }) => reason),
        ['unreadable', 'unreadable'],
      );
      await chmod(join(folder, 'locked'), 0o700);
    });
  });
});
