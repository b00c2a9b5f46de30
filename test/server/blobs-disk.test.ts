import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assert } from 'chai';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import { blobKeyFrom } from '../../server/blobs/store.js';
import { type TestFolder, createFolder } from '../support/folder.js';
import { codeOf, describeBlobStore } from './blobs-conformance.js';

const run = promisify(execFile);

describeBlobStore('a folder', async () => {
  const folder = await createFolder();
  return { open: () => openDiskBlobs(join(folder.path, 'a', 'blobs')), remove: () => folder.remove() };
});

describe('server/blobs/disk', function () {
  this.timeout(30_000);
  let folder: TestFolder;

  beforeEach(async () => {
    folder = await createFolder();
  });
  afterEach(() => folder.remove());

  const one = async function* (bytes: Buffer) {
    yield bytes;
  };

  it('is for its owner only', async () => {
    const path = join(folder.path, 'blobs');
    const store = await openDiskBlobs(path);
    const key = blobKeyFrom(randomBytes(16));
    await store.write(key, one(randomBytes(10)));
    assert.equal((await stat(path)).mode & 0o777, 0o700);
    assert.equal((await stat(join(path, key.slice(0, 2), key))).mode & 0o777, 0o600);
  });

  it('what a crash left unfinished is discarded, when it is old enough', async () => {
    const store = await openDiskBlobs(folder.path);
    const left = join(folder.path, 'unfinished', randomBytes(16).toString('hex'));
    await writeFile(left, 'half a part');
    assert.equal(await store.discardUnfinished(new Date(0)), 0);
    assert.equal(await store.discardUnfinished(new Date(Date.now() + 60_000)), 1);
    assert.deepEqual(await readdir(join(folder.path, 'unfinished')), []);
  });

  it('a foreign file in the folder is no blob', async () => {
    const store = await openDiskBlobs(folder.path);
    await writeFile(join(folder.path, 'ab', 'notes.txt'), 'x');
    for await (const key of store.list(new Date(Date.now() + 60_000))) assert.fail(key);
  });

  it('says that it cannot be used when its folder has gone', async () => {
    const store = await openDiskBlobs(join(folder.path, 'blobs'));
    await rm(join(folder.path, 'blobs'), { recursive: true });
    assert.match(await codeOf(store.check()), /ENOENT/);
  });

  it('says storage-full on a full disk, and leaves nothing', async function () {
    // A disk of 1 MiB, in a mount namespace of its own.
    const script = `
      import { openDiskBlobs } from '${new URL('../../server/blobs/disk.ts', import.meta.url).href}';
      import { readdirSync } from 'node:fs';
      const folder = ${JSON.stringify(folder.path)} + '/disk';
      const store = await openDiskBlobs(folder);
      const key = 'ab'.repeat(16);
      async function* large() { for (let i = 0; i < 64; i++) yield Buffer.alloc(65536, 1); }
      async function* small() { yield Buffer.alloc(65536, 1); }
      const code = await store.write(key, large()).then(() => 'stored', (error) => error.code);
      const left = readdirSync(folder + '/ab').length + readdirSync(folder + '/unfinished').length;
      await store.write(key, small());
      console.log(JSON.stringify({ code, left }));
    `;
    const inner = `mkdir -p "$1" && mount -t tmpfs -o size=3m tmpfs "$1" && exec "$2" --import tsx --input-type=module -e "$3"`;
    const isPossible = await run('unshare', ['--user', '--map-root-user', '--mount', 'true']).then(
      () => true,
      () => false,
    );
    if (!isPossible) this.skip();
    const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', inner, 'sh', join(folder.path, 'disk')];
    const { stdout } = await run('unshare', [...args, process.execPath, script]);
    assert.deepEqual(JSON.parse(stdout), { code: 'storage-full', left: 0 });
  });
});
