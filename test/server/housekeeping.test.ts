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

    const endTime = async (table: string, column: string, id: string): Promise<void> => {
      await t
        .db(table)
        .where({ [column]: Buffer.from(id, 'hex') })
        .update({ expires_at: t.db.raw("now() - interval '1 second'") });
    };
    const endMessage = async (messageId: string): Promise<void> => {
      const early = { accepted_at: new Date(0) };
      await t
        .db('messages')
        .where({ message_id: Buffer.from(messageId, 'hex') })
        .update(early);
      await endTime('messages', 'message_id', messageId);
    };
    const endPayload = async (payloadId: string): Promise<void> => {
      await endTime('payloads', 'payload_id', payloadId);
      const number = t
        .db('payloads')
        .where({ payload_id: Buffer.from(payloadId, 'hex') })
        .select('payload_number');
      await t
        .db('payload_access')
        .whereIn('payload_number', number)
        .update({ expires_at: new Date(0) });
    };

    it('takes expired envelopes away, keeps their tombstones and everything else (attack A31)', async () => {
      const [over, running] = [messageTo([alice.mailboxId]), messageTo([alice.mailboxId])];
      await post(alice, over);
      await post(alice, running);
      await endMessage(over.messageId);
      await run();
      const rows = await t
        .db('deliveries')
        .whereIn(
          'message_id',
          [over, running].map(({ messageId }) => Buffer.from(messageId, 'hex')),
        )
        .orderBy('seq')
        .select<{ seq: number; state: string; envelope: Buffer | null }[]>('seq', 'state', 'envelope');
      assert.deepEqual(
        rows.map(({ state, envelope }) => [state, envelope === null]),
        [
          ['expired', true],
          ['pending', false],
        ],
      );
      const [gone, there] = rows.map(({ seq }) => `/api/deliveries/${seq}/envelope`);
      assert.equal((await alice.ask('GET', gone ?? '')).status, 410);
      assert.equal((await alice.ask('GET', there ?? '')).status, 200);
    });

    it('takes the bytes of expired payloads away: gone for a party, unknown to everybody else (attack A31)', async () => {
      const eve = await t.enrol('eve@nord.example');
      const [over, running] = [createPayload({ segments: 3 }), createPayload({ segments: 2 })];
      await post(alice, messageTo([alice.mailboxId], { payloads: [over, running] }));
      await putPart(alice, over, 0, 2);
      await putPart(alice, running, 0, 1);
      await putTally(alice, over.payloadId, 1, 2);
      await putTally(alice, running.payloadId, 1, 1);
      const before = (await stored()).length;
      await endPayload(over.payloadId);
      await run();
      assert.equal((await stored()).length, before - 1);
      const path = (id: string): string => `/api/payloads/${id}/segments/0`;
      assert.equal((await alice.ask('GET', path(over.payloadId))).status, 410);
      assert.equal((await eve.ask('GET', path(over.payloadId))).status, 404);
      assert.equal((await alice.ask('GET', path(running.payloadId))).status, 200);
      assert.equal((await putPart(alice, over, 2, 1)).code, 'gone');
      assert.equal((await putTally(alice, over.payloadId, 2, 2)).code, 'gone');
      const again = messageTo([alice.mailboxId], { reuse: [over.payloadId] });
      assert.equal((await post(alice, again)).code, 'gone');
      assert.equal((await stored()).length, before - 1);
    });

    it('removes earlier what every device of every recipient has acknowledged, only where the operator wants it', async () => {
      const bob = await t.enrol('bob@sued.example');
      const payload = createPayload({ segments: 1 });
      const deadlineAt = new Date(Date.now() + HOUR_MS).toISOString();
      const json = messageTo([bob.mailboxId, alice.mailboxId], { payloads: [payload], deadlineAt });
      const { deliveries } = (await post(alice, json)).json as { deliveries: { mailboxId: string; seq: number }[] };
      await putPart(alice, payload, 0, 1);
      await putTally(alice, payload.payloadId, 1, 1);
      const seqOf = (who: Actor): number => deliveries.find((one) => one.mailboxId === who.mailboxId)?.seq ?? 0;
      const path = (who: Actor, what: string): string => `/api/deliveries/${seqOf(who)}/${what}`;
      const jobs = (deleteAcknowledgedDays: number | null) =>
        housekeeping({ db: t.db, blobs, orphanGraceMs: HOUR_MS, aloneSinceMs: null, deleteAcknowledgedDays });
      const runWith = async (days: number | null): Promise<void> => {
        for (const job of jobs(days)) await job.run();
      };
      const statuses = async (): Promise<number[]> =>
        Promise.all(
          [bob, alice].flatMap((who) => [
            who.ask('GET', `/api/payloads/${payload.payloadId}/segments/0`),
            who.ask('GET', path(who, 'envelope')),
          ]),
        ).then((answers) => answers.map(({ status }) => status));
      const steps: readonly (() => Promise<unknown>)[] = [
        () => bob.ask('GET', path(bob, 'envelope')),
        () => bob.ask('POST', path(bob, 'acknowledgement')),
        () => bob.ask('POST', path(bob, 'attended')),
      ];
      await alice.ask('GET', path(alice, 'envelope'));
      for (const step of steps) {
        await runWith(0);
        await step();
      }
      await runWith(null);
      await runWith(1);
      assert.deepEqual(await statuses(), [200, 200, 200, 200]);
      await runWith(0);
      assert.deepEqual(await statuses(), [410, 410, 410, 410]);
      const there = t
        .db('payloads')
        .where({ payload_id: Buffer.from(payload.payloadId, 'hex') })
        .select('payload_number');
      assert.isUndefined(await t.db('parts').whereIn('payload_number', there).first('blob_key'));
    });

    it('keeps a payload that a later message has made to live longer', async () => {
      const payload = createPayload({ segments: 1 });
      const first = messageTo([alice.mailboxId], { payloads: [payload] });
      await post(alice, first);
      await putPart(alice, payload, 0, 1);
      await putTally(alice, payload.payloadId, 1, 1);
      await post(alice, messageTo([alice.mailboxId], { reuse: [payload.payloadId] }));
      await endMessage(first.messageId);
      await run();
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
