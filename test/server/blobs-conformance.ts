import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { BlobError, type BlobKey, type BlobStore, blobKeyFrom } from '../../server/blobs/store.js';

/** A store of its own for one test, and a second view of it as after a restart. */
export interface StoreUnderTest {
  open(): Promise<BlobStore>;
  remove(): Promise<void>;
}

const newKey = (): BlobKey => blobKeyFrom(randomBytes(16));
const soon = (): Date => new Date(Date.now() + 60_000);
const longAgo = new Date(0);

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

async function readAll(store: BlobStore, key: BlobKey, start: number, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key, start, end)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function listAll(store: BlobStore, before = soon()): Promise<BlobKey[]> {
  const keys: BlobKey[] = [];
  for await (const key of store.list(before)) keys.push(key);
  return keys;
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof BlobError ? error.code : String(error);
}

/** What every blob store keeps to. */
export function describeBlobStore(label: string, create: () => Promise<StoreUnderTest>): void {
  describe(`${label} as a blob store`, function () {
    this.timeout(30_000);
    let under: StoreUnderTest;
    let store: BlobStore;

    beforeEach(async () => {
      under = await create();
      store = await under.open();
    });
    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await under.remove();
    });

    for (const length of [0, 1, 262_143, 262_144, 262_145, 1_000_000]) {
      it(`gives back ${length} bytes, also after a restart`, async () => {
        const bytes = randomBytes(length);
        const key = newKey();
        await store.write(key, chunksOf(bytes, 65_537));
        assert.isTrue((await readAll(store, key, 0, length)).equals(bytes));
        await store[Symbol.asyncDispose]();
        store = await under.open();
        assert.isTrue((await readAll(store, key, 0, length)).equals(bytes));
      });
    }

    it('gives any range, and nothing for an empty one', async () => {
      const bytes = randomBytes(300_000);
      const key = newKey();
      await store.write(key, chunksOf(bytes, 10_000));
      for (const [start, end] of [
        [0, 1],
        [299_999, 300_000],
        [1, 262_146],
        [150_000, 150_000],
      ] as const) {
        assert.isTrue((await readAll(store, key, start, end)).equals(bytes.subarray(start, end)));
      }
    });

    it('says so when bytes are asked for that are not there', async () => {
      const key = newKey();
      assert.equal(await codeOf(readAll(store, key, 0, 1)), 'blob-missing');
      await store.write(key, chunksOf(randomBytes(10), 10));
      assert.equal(await codeOf(readAll(store, key, 0, 11)), 'blob-missing');
    });

    it('writes a key once', async () => {
      const key = newKey();
      const bytes = randomBytes(1_000);
      await store.write(key, chunksOf(bytes, 100));
      assert.equal(await codeOf(store.write(key, chunksOf(randomBytes(1_000), 100))), 'blob-exists');
      assert.isTrue((await readAll(store, key, 0, 1_000)).equals(bytes));
    });

    it('one of several writes of a key at the same moment wins, whole', async () => {
      const key = newKey();
      const rivals = [1, 2, 3, 4].map(() => randomBytes(200_000));
      const outcomes = await Promise.allSettled(rivals.map((bytes) => store.write(key, chunksOf(bytes, 999))));
      assert.lengthOf(
        outcomes.filter(({ status }) => status === 'fulfilled'),
        1,
      );
      const stored = await readAll(store, key, 0, 200_000);
      assert.isTrue(rivals.some((bytes) => bytes.equals(stored)));
    });

    it('passes on what its source throws, and nothing is there', async () => {
      const key = newKey();
      const failing = async function* () {
        yield randomBytes(300_000);
        throw new BlobError('storage-full', 'the source failed');
      };
      assert.equal(await codeOf(store.write(key, failing())), 'storage-full');
      assert.equal(await codeOf(readAll(store, key, 0, 1)), 'blob-missing');
      assert.deepEqual(await listAll(store), []);
      assert.equal(await store.discardUnfinished(soon()), 0);
      await store.write(key, chunksOf(randomBytes(5), 5));
    });

    it('a blob is not there before it is whole', async () => {
      const key = newKey();
      let seen = 'never asked';
      const watched = async function* () {
        yield randomBytes(300_000);
        seen = await codeOf(readAll(store, key, 0, 1));
        yield randomBytes(10);
      };
      await store.write(key, watched());
      assert.equal(seen, 'blob-missing');
    });

    it('deletes, and deletes again', async () => {
      const key = newKey();
      await store.write(key, chunksOf(randomBytes(10), 10));
      await store.delete(key);
      await store.delete(key);
      assert.equal(await codeOf(readAll(store, key, 0, 1)), 'blob-missing');
    });

    it('lists what is older than a moment', async () => {
      const keys = [newKey(), newKey(), newKey()];
      for (const key of keys) await store.write(key, chunksOf(randomBytes(10), 10));
      assert.sameMembers(await listAll(store), keys);
      assert.deepEqual(await listAll(store, longAgo), []);
    });

    it('a reader who leaves early does not keep the blob from being deleted', async () => {
      const key = newKey();
      await store.write(key, chunksOf(randomBytes(1_000_000), 100_000));
      for await (const chunk of store.read(key, 0, 1_000_000)) {
        assert.isAbove(chunk.length, 0);
        break;
      }
      await store.delete(key);
      assert.deepEqual(await listAll(store), []);
    });

    it('takes no key but its own kind: no client names a path (attack A28)', async () => {
      for (const text of ['../../etc/passwd', '/etc/passwd', 'A'.repeat(32), 'ab', `${'a'.repeat(32)}/..`, '']) {
        const key = text as BlobKey;
        assert.equal(await codeOf(store.write(key, chunksOf(randomBytes(1), 1))), 'key-invalid');
        assert.equal(await codeOf((async () => readAll(store, key, 0, 1))()), 'key-invalid');
        assert.equal(await codeOf((async () => store.delete(key))()), 'key-invalid');
      }
    });

    it('says that it can be used', async () => {
      await store.check();
    });
  });
}
