import { randomBytes } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import { type BlobKey, type BlobStore, blobKeyFrom } from '../../server/blobs/store.js';
import { LOCKS, withLock } from '../../server/db/advisory-lock.js';
import { openDatabase } from '../../server/db/open.js';
import { housekeeping } from '../../server/housekeeping.js';
import { startJobs } from '../../server/jobs/jobs.js';
import { createLog } from '../../server/log.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, fetchNonce, startTestRelay } from '../support/relay.js';
import { createPayload, messageTo, post, putPart, putTally } from '../support/sealed-payload.js';

const HOUR_MS = 3_600_000;

for (const kind of databases()) {
  describe(`server/housekeeping on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let alice: Actor;
    let blobs: BlobStore;

    before(async () => {
      t = await startTestRelay(kind);
      alice = await t.enrol('alice@nord.example');
      blobs = await openDiskBlobs(t.blobsDir);
    });
    after(() => t.close());

    const run = async (aloneSinceMs: number | null = null): Promise<void> => {
      for (const job of housekeeping({ db: t.db, blobs, orphanGraceMs: HOUR_MS, aloneSinceMs })) await job.run();
    };
    const store = async (ageMs: number): Promise<BlobKey> => {
      const key = blobKeyFrom(randomBytes(16));
      await blobs.write(
        key,
        (async function* () {
          yield randomBytes(10);
        })(),
      );
      const at = new Date(Date.now() - ageMs);
      await utimes(join(t.blobsDir, key.slice(0, 2), key), at, at);
      return key;
    };
    const stored = async (): Promise<BlobKey[]> => {
      const keys: BlobKey[] = [];
      for await (const key of blobs.list(new Date(Date.now() + HOUR_MS))) keys.push(key);
      return keys;
    };

    it('removes expired challenges and sessions, and no others', async () => {
      await fetchNonce(t.ask, alice.mailbox);
      const expired = await fetchNonce(t.ask, alice.mailbox);
      await t
        .db('challenges')
        .where({ nonce: expired })
        .update({ expires_at: new Date(0) });
      const token_digest = randomBytes(32);
      const [session] = await t.db('sessions').select<Record<string, unknown>[]>('*');
      await t.db('sessions').insert({ ...session, token_digest, created_at: new Date(0), expires_at: new Date(1) });
      await run();
      assert.isUndefined(await t.db('challenges').where({ nonce: expired }).first());
      assert.isDefined(await t.db('challenges').first());
      assert.isUndefined(await t.db('sessions').where({ token_digest }).first());
      assert.equal((await alice.ask('GET', '/api/deliveries')).status, 200);
    });

    it('removes blobs that no part names, once they are old, and never a part', async () => {
      const payload = createPayload({ segments: 2 });
      await post(alice, messageTo([alice.mailboxId], { payloads: [payload] }));
      await putPart(alice, payload, 0, 1);
      await putTally(alice, payload.payloadId, 1, 1);
      for (const key of await stored()) {
        await utimes(join(t.blobsDir, key.slice(0, 2), key), new Date(0), new Date(0));
      }
      const [young, old] = [await store(HOUR_MS - 60_000), await store(HOUR_MS + 60_000)];
      await run();
      const left = await stored();
      assert.include(left, young);
      assert.notInclude(left, old);
      assert.equal((await alice.ask('GET', `/api/payloads/${payload.payloadId}/segments/0`)).status, 200);
      await run(Date.now() + 1_000);
      assert.notInclude(await stored(), young, 'alone on the store, what is older than the process is old enough');
      assert.equal((await alice.ask('GET', `/api/payloads/${payload.payloadId}/segments/0`)).status, 200);
    });

    it('jobs run at once, one node at a time, and a failing one does not stop the others', async () => {
      const ran: string[] = [];
      const jobs = ['first', 'failing', 'last'].map((name) => ({
        name,
        everyMs: HOUR_MS,
        run: () => {
          ran.push(name);
          return name === 'failing' ? Promise.reject(new Error('no')) : Promise.resolve(1);
        },
      }));
      const log = createLog('silent');
      const other = openDatabase({ url: t.databaseUrl });
      await withLock(other, LOCKS.housekeeping, async () => {
        await startJobs(t.db, log, jobs).close();
        assert.deepEqual(ran, []);
      });
      await other.destroy();
      await startJobs(t.db, log, jobs).close();
      assert.deepEqual(ran, ['first', 'failing', 'last']);
    });
  });
}
