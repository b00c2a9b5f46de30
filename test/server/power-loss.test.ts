import { createHash } from 'node:crypto';
import { assert } from 'chai';
import fc from 'fast-check';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import type { BlobFiles } from '../../server/blobs/files.js';
import { type BlobKey, type BlobStore, blobKeyFrom } from '../../server/blobs/store.js';
import { type FallibleFiles, PowerLoss, fallibleFiles } from '../support/power-loss.js';

/** What the disk store has said is stored, is there after a power failure at any moment, whatever of the unsynced rest survives. */

const ROOT = '/';
const FOLDER = '/data/relay/blobs';
const BLOBS = 3;

function keyOf(i: number): BlobKey {
  // All in one folder: what one of them leaves unsynced must not hurt another.
  const digest = createHash('sha256').update(String(i)).digest().subarray(0, 16);
  digest[0] = 7;
  return blobKeyFrom(digest);
}

function chunksOf(i: number): Uint8Array[] {
  return [0, 1].map((n) => createHash('sha512').update(`${i} ${n}`).digest());
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield* chunks;
}

/** Stores blobs at the same time until the power fails. @returns those that were acknowledged */
async function storeUntilFailure(files: FallibleFiles, from = 0): Promise<number[]> {
  const done: number[] = [];
  const ignore = (error: unknown): void => {
    if (!(error instanceof PowerLoss)) throw error;
  };
  const store = await openDiskBlobs(FOLDER, files).catch(ignore);
  if (store === undefined) return done;
  const one = async (i: number): Promise<void> => {
    await store.write(keyOf(i), stream(chunksOf(i)));
    done.push(i);
  };
  await Promise.all(Array.from({ length: BLOBS }, (_, i) => one(from + i).catch(ignore)));
  return done;
}

async function readAll(store: BlobStore, i: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of store.read(keyOf(i), 0, 128)) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

async function assertThere(files: BlobFiles, acknowledged: readonly number[], when: string): Promise<BlobStore> {
  const store = await openDiskBlobs(FOLDER, files);
  for (const i of acknowledged) {
    const bytes = await readAll(store, i).catch((error: unknown) => assert.fail(`blob ${i} lost ${when}: ${error}`));
    assert.isTrue(bytes.equals(Buffer.concat(chunksOf(i))), `blob ${i} altered ${when}`);
  }
  return store;
}

describe('a power failure', function () {
  this.timeout(60_000);

  /** How many steps a run without failures has. */
  async function countSteps(): Promise<{ readonly prepared: number; readonly total: number }> {
    const files = fallibleFiles(ROOT);
    await openDiskBlobs(FOLDER, files);
    const prepared = files.steps();
    const again = fallibleFiles(ROOT);
    await storeUntilFailure(again);
    return { prepared, total: again.steps() };
  }

  it('at every single step loses nothing that was acknowledged, when everything unsynced is lost or survives', async () => {
    const { prepared, total } = await countSteps();
    let acknowledged = 0;
    for (let at = prepared; at <= total; at++) {
      const files = fallibleFiles(ROOT);
      files.failAt(at);
      const done = await storeUntilFailure(files);
      acknowledged += done.length;
      await assertThere(
        files.recovered(() => false),
        done,
        `at step ${at}, all unsynced lost`,
      );
      await assertThere(
        files.recovered(() => true),
        done,
        `at step ${at}, all unsynced kept`,
      );
    }
    assert.isAtLeast(acknowledged, BLOBS, 'the test has looked at blobs that were acknowledged');
  });

  it('loses nothing in any order and combination of what survives, also after a second failure', async () => {
    const { prepared, total } = await countSteps();
    const moments = fc.record({
      at: fc.integer({ min: prepared, max: total }),
      then: fc.integer({ min: 0, max: total - prepared }),
      kept: fc.infiniteStream(fc.boolean()),
    });
    await fc.assert(
      fc.asyncProperty(moments, async ({ at, then, kept }) => {
        const keeps = (): boolean => kept.next().value === true;
        const files = fallibleFiles(ROOT);
        files.failAt(at);
        const done = await storeUntilFailure(files);
        const second = files.recovered(keeps);
        await assertThere(second, done, `at step ${at}`);
        second.failAt(second.steps() + then);
        const more = await storeUntilFailure(second, BLOBS);
        await assertThere(second.recovered(keeps), [...done, ...more], `at step ${at}, then ${then}`);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('while the folders are made leaves a store that can be opened', async () => {
    const { prepared } = await countSteps();
    for (const at of [0, 1, 2, 3, 5, 100, prepared - 1]) {
      const files = fallibleFiles(ROOT);
      files.failAt(at);
      assert.deepEqual(await storeUntilFailure(files), []);
      for (const keeps of [true, false]) {
        const after = files.recovered(() => keeps);
        assert.lengthOf(await storeUntilFailure(after), BLOBS);
        await assertThere(
          after.recovered(() => false),
          [0, 1, 2],
          `after a failure at step ${at}`,
        );
      }
    }
  });

  for (const [name, change] of Object.entries({
    'without a sync of the bytes': (files: FallibleFiles): BlobFiles => ({
      ...files,
      create: async (path) => ({ ...(await files.create(path)), sync: () => Promise.resolve() }),
    }),
    'without a sync of the folder': (files: FallibleFiles): BlobFiles => ({
      ...files,
      syncFolder: (path) => (path.length > FOLDER.length ? Promise.resolve() : files.syncFolder(path)),
    }),
    'without a sync of the folders above': (files: FallibleFiles): BlobFiles => ({
      ...files,
      syncFolder: (path) => (path.length < FOLDER.length ? Promise.resolve() : files.syncFolder(path)),
    }),
  })) {
    it(`is noticed by this test in a store ${name}`, async () => {
      const files = fallibleFiles(ROOT);
      const done = await storeUntilFailure({ ...files, ...change(files) });
      assert.lengthOf(done, BLOBS);
      const outcome = await assertThere(
        files.recovered(() => false),
        done,
        'x',
      ).then(
        () => 'there',
        () => 'lost',
      );
      assert.equal(outcome, 'lost');
    });
  }
});
