import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { housekeeping } from '../../server/housekeeping.js';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import { databases } from '../support/database.js';
import { createDevice } from '../support/mailbox.js';
import { type Actor, type TestRelay, base64Url, signIn, startTestRelay } from '../support/relay.js';

for (const kind of databases()) {
  describe(`server/pairings on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let alice: Actor;
    let bob: Actor;
    let id: string;

    before(async () => {
      t = await startTestRelay(kind);
      alice = await t.enrol('alice@nord.example');
      bob = await t.enrol('bob@sued.example');
    });
    after(() => t.close());
    beforeEach(async () => {
      id = base64Url(randomBytes(32));
      assert.equal((await open(alice)).status, 201);
    });

    const open = (actor: Actor, pairingId = id) => actor.ask('POST', '/api/pairings', { json: { pairingId } });
    const offer = (actor: Actor, n: number, blob: Uint8Array, pairingId = id) =>
      actor.ask('POST', '/api/pairings/offers', { json: { pairingId, n, blob: base64Url(blob) } });
    const answer = (n: number, blob: Uint8Array, pairingId = id) =>
      t.ask('POST', '/api/pairings/answers', { json: { pairingId, n, blob: base64Url(blob) } });
    const read = (sender: string, n: number, pairingId = id) =>
      t.ask('POST', '/api/pairings/read', { json: { pairingId, sender, n } });

    it('both sides leave blobs and read them, and the table does not hold the id', async () => {
      const [a, d] = [randomBytes(5000), randomBytes(6000)];
      assert.equal((await offer(alice, 0, a)).status, 201);
      assert.equal((await answer(0, d)).status, 201);
      assert.deepEqual((await read('admin', 0)).json, { blob: base64Url(a) });
      assert.deepEqual((await read('device', 0)).json, { blob: base64Url(d) });
      const rows = await t.db('pairings').where({ pairing_digest: Buffer.from(id, 'base64url') });
      assert.lengthOf(rows, 0);
    });

    it('the same blob again is the same answer, other bytes at its place are refused', async () => {
      const blob = randomBytes(50);
      assert.equal((await answer(0, blob)).status, 201);
      assert.equal((await answer(0, blob)).status, 201);
      assert.equal((await answer(0, randomBytes(50))).code, 'conflict');
      assert.equal((await offer(alice, 3, blob)).status, 201);
      assert.equal((await offer(alice, 3, randomBytes(50))).code, 'conflict');
      assert.deepEqual((await read('device', 0)).json, { blob: base64Url(blob) });
    });

    it('who does not know the id finds nothing; nothing yet and nothing ever are the same answer', async () => {
      const other = base64Url(randomBytes(32));
      const [unknown, notYet] = [await read('admin', 0, other), await read('admin', 0)];
      assert.equal(unknown.code, 'not-found');
      assert.deepEqual(unknown.json, notYet.json);
      assert.equal((await answer(0, randomBytes(5), other)).code, 'not-found');
    });

    it('only the device that opened it offers and ends; others get the answer for an unknown one', async () => {
      const { mailbox } = alice;
      const second = createDevice();
      const statements = [base64Url(mailbox.commit(mailbox.addDevice(second)))];
      await alice.ask('POST', `/api/mailboxes/${alice.mailboxId}/statements`, { json: { statements } });
      const colleague = await signIn(t.url, t.relay.origin, mailbox, second);
      for (const actor of [bob, colleague]) {
        assert.equal((await offer(actor, 0, randomBytes(5))).code, 'not-found');
        assert.equal((await actor.ask('POST', '/api/pairings/end', { json: { pairingId: id } })).code, 'not-found');
        assert.equal((await open(actor)).code, 'conflict');
      }
      const anonymous = await t.ask('POST', '/api/pairings/offers', { json: { pairingId: id, n: 0, blob: 'AAAA' } });
      assert.equal(anonymous.code, 'session-required');
      assert.equal((await t.ask('POST', '/api/pairings', { json: { pairingId: id } })).code, 'session-required');
    });

    it('has limits of number and size on both sides', async () => {
      assert.equal((await answer(0, randomBytes(64 * 1024))).status, 201);
      assert.equal((await answer(1, randomBytes(64 * 1024 + 1))).code, 'request-invalid');
      assert.equal((await answer(2, randomBytes(5))).code, 'request-invalid');
      assert.equal((await answer(1, randomBytes(200 * 1024))).code, 'too-large');
      assert.equal((await answer(1, new Uint8Array(0))).code, 'request-invalid');
      assert.equal((await offer(alice, 63, randomBytes(1024 * 1024))).status, 201);
      assert.equal((await offer(alice, 62, randomBytes(1024 * 1024 + 1))).code, 'request-invalid');
      assert.equal((await offer(alice, 64, randomBytes(5))).code, 'request-invalid');
      for (const pairingId of ['', 'AAAA', base64Url(randomBytes(33))]) {
        assert.equal((await read('admin', 0, pairingId)).code, 'request-invalid');
      }
      assert.equal((await read('eve', 0)).code, 'request-invalid');
    });

    it('a device has one; opening it again is the same answer, another one ends it with its blobs', async () => {
      await offer(alice, 0, randomBytes(5));
      assert.equal((await open(alice)).status, 201);
      assert.equal((await read('admin', 0)).status, 200);
      assert.equal((await open(alice, base64Url(randomBytes(32)))).status, 201);
      assert.equal((await read('admin', 0)).code, 'not-found');
      assert.equal((await answer(0, randomBytes(5))).code, 'not-found');
    });

    it('ends when it is ended, and after ten minutes; housekeeping frees its room', async () => {
      await offer(alice, 0, randomBytes(5));
      await t.db('pairings').update({ created_at: new Date(0), expires_at: t.db.raw("now() - interval '1 ms'") });
      assert.equal((await read('admin', 0)).code, 'not-found');
      assert.equal((await answer(0, randomBytes(5))).code, 'not-found');
      assert.equal((await offer(alice, 1, randomBytes(5))).code, 'not-found');
      const blobs = await openDiskBlobs(t.blobsDir);
      const jobs = housekeeping({ db: t.db, blobs, orphanGraceMs: 3_600_000, aloneSinceMs: null });
      await jobs.find(({ name }) => name === 'expired-pairings')?.run();
      assert.lengthOf(await t.db('pairings'), 0);
      assert.lengthOf(await t.db('pairing_blobs'), 0);
      assert.equal((await open(alice)).status, 201);
      const lifetime = await t
        .db('pairings')
        .first<{ s: number }>(t.db.raw('extract(epoch from expires_at - now())::int as s'));
      assert.isAtMost(lifetime?.s ?? 0, 600);
      assert.isAbove(lifetime?.s ?? 0, 590);
      assert.equal((await alice.ask('POST', '/api/pairings/end', { json: { pairingId: id } })).status, 204);
      assert.lengthOf(await t.db('pairings'), 0);
    });

    it('asking for a chain without a session is for once in years', async () => {
      const limited = await startTestRelay(kind, { rateLimit: 'on' });
      try {
        const lookups = await Promise.all(
          Array.from({ length: 30 }, () => limited.ask('POST', '/api/recoveries/lookup', { json: {} })),
        );
        assert.isAtLeast(lookups.filter(({ code }) => code === 'rate-limited').length, 8);
        assert.equal((await limited.ask('POST', '/api/pairings/read', { json: {} })).code, 'request-invalid');
      } finally {
        await limited.close();
      }
    });
  });
}
