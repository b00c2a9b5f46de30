import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { databases } from '../support/database.js';
import { TestMailbox, createDevice } from '../support/mailbox.js';
import {
  type Actor,
  type TestRelay,
  base64Url,
  fetchNonce,
  randomHex,
  signIn,
  startTestRelay,
  trySignIn,
  wireAuth,
} from '../support/relay.js';

for (const kind of databases()) {
  describe(`server/sessions on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let alice: Actor;

    before(async () => {
      t = await startTestRelay(kind);
      alice = await t.enrol('alice@nord.example');
    });
    after(() => t.close());

    const post = (auth: { auth: Uint8Array; signature: Uint8Array }) =>
      t.ask('POST', '/api/sessions', { json: wireAuth(auth) });

    it('a device that signs its challenge gets a session of 15 minutes', async () => {
      const answer = await trySignIn(t.ask, t.relay.origin, alice.mailbox);
      assert.equal(answer.status, 201);
      const { token, expiresAt } = answer.json as { token: string; expiresAt: string };
      assert.match(token, /^[\w-]{43}$/);
      assert.closeTo(Date.parse(expiresAt) - Date.now(), 15 * 60_000, 30_000);
      assert.match(expiresAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    it('the database holds no token, only its hash', async () => {
      const rows = await t.db('sessions').select('token_digest');
      const token = Buffer.from(alice.token, 'base64url');
      assert.isFalse(rows.some((row: { token_digest: Buffer }) => row.token_digest.equals(token)));
    });

    it('a nonce is accepted once', async () => {
      const nonce = await fetchNonce(t.ask, alice.mailbox);
      const signed = alice.mailbox.auth(t.relay.origin, nonce);
      assert.equal((await post(signed)).status, 201);
      assert.equal((await post(signed)).code, 'challenge-refused');
    });

    it('a nonce that was tried with a wrong signature is used up', async () => {
      const nonce = await fetchNonce(t.ask, alice.mailbox);
      const signed = alice.mailbox.auth(t.relay.origin, nonce);
      const signature = Uint8Array.from(signed.signature);
      signature[100] = (signature[100] ?? 0) ^ 1;
      assert.equal((await post({ ...signed, signature })).code, 'challenge-refused');
      assert.equal((await post(signed)).code, 'challenge-refused');
    });

    it('a nonce ends after 60 seconds', async () => {
      const nonce = await fetchNonce(t.ask, alice.mailbox);
      await t
        .db('challenges')
        .where({ nonce })
        .update({ expires_at: t.db.raw("now() - interval '1 second'") });
      assert.equal((await post(alice.mailbox.auth(t.relay.origin, nonce))).code, 'challenge-refused');
    });

    it('a nonce that the relay never gave is refused', async () => {
      const signed = alice.mailbox.auth(t.relay.origin, randomBytes(32));
      assert.equal((await post(signed)).code, 'challenge-refused');
    });

    it('a signature for another origin is refused: a relay in between cannot use it', async () => {
      const nonce = await fetchNonce(t.ask, alice.mailbox);
      const signed = alice.mailbox.auth('https://other.example', nonce);
      assert.equal((await post(signed)).code, 'challenge-refused');
    });

    for (const minutes of [-11, 11]) {
      it(`a time ${minutes} minutes off is refused`, async () => {
        const nonce = await fetchNonce(t.ask, alice.mailbox);
        const timeMs = Date.now() + minutes * 60_000;
        const signed = alice.mailbox.auth(t.relay.origin, nonce, alice.mailbox.device, timeMs);
        assert.equal((await post(signed)).code, 'challenge-refused');
      });
    }

    it('a nonce given to one device is not for another', async () => {
      const nonce = await fetchNonce(t.ask, alice.mailbox, createDevice());
      assert.equal((await post(alice.mailbox.auth(t.relay.origin, nonce))).code, 'challenge-refused');
    });

    it('an unknown mailbox gets a nonce as well and is refused with the same answer', async () => {
      const stranger = await TestMailbox.create('nobody@nowhere.example');
      const unknown = await trySignIn(t.ask, t.relay.origin, stranger);
      const wrongDevice = await trySignIn(t.ask, t.relay.origin, alice.mailbox, createDevice());
      assert.equal(unknown.code, 'challenge-refused');
      assert.deepEqual(unknown.json, wrongDevice.json);
      assert.equal(unknown.status, wrongDevice.status);
    });

    it('without a session, with a wrong and with an expired one, there is 401', async () => {
      assert.equal((await t.ask('GET', '/api/deliveries')).code, 'session-required');
      const headers = { Authorization: `Bearer ${randomBytes(32).toString('base64url')}` };
      assert.equal((await t.ask('GET', '/api/deliveries', { headers })).code, 'session-required');
      const actor = await signIn(t.url, t.relay.origin, alice.mailbox);
      assert.equal((await actor.ask('GET', '/api/deliveries')).status, 200);
      await t.db('sessions').update({ created_at: new Date(0), expires_at: t.db.raw("now() - interval '1 ms'") });
      assert.equal((await actor.ask('GET', '/api/deliveries')).code, 'session-required');
      alice = await signIn(t.url, t.relay.origin, alice.mailbox);
    });

    it('a device that renews its keys signs in again, with the new key and no other', async () => {
      const { mailbox } = alice;
      const old = createDevice();
      const append = (...statements: Uint8Array[]) =>
        alice.ask('POST', `/api/mailboxes/${alice.mailboxId}/statements`, {
          json: { statements: statements.map(base64Url) },
        });
      assert.equal((await append(mailbox.commit(mailbox.addDevice(old)))).status, 201);
      const before = await signIn(t.url, t.relay.origin, mailbox, old);
      const renewed = { ...createDevice(), deviceId: old.deviceId };
      const borrowed = { ...renewed, kemKey: mailbox.device.kemKey };
      assert.equal((await append(mailbox.rekey(old, borrowed))).code, 'statement-invalid');
      assert.equal((await before.ask('GET', '/api/deliveries')).status, 200, 'a refused renewal changes nothing');
      assert.equal((await append(mailbox.commit(mailbox.rekey(old, renewed)))).status, 201);
      assert.equal((await before.ask('GET', '/api/deliveries')).code, 'session-required');
      assert.equal((await trySignIn(t.ask, t.relay.origin, mailbox, old)).code, 'challenge-refused');
      assert.equal((await trySignIn(t.ask, t.relay.origin, mailbox, renewed)).status, 201);
    });

    it('a revoked device has no session from that moment on, and gets none', async () => {
      const lost = createDevice();
      const { mailbox } = alice;
      const append = (statement: Uint8Array) =>
        alice.ask('POST', `/api/mailboxes/${alice.mailboxId}/statements`, {
          json: { statements: [Buffer.from(statement).toString('base64url')] },
        });
      assert.equal((await append(mailbox.commit(mailbox.addDevice(lost)))).status, 201);
      const session = await signIn(t.url, t.relay.origin, mailbox, lost);
      const nonce = await fetchNonce(t.ask, mailbox, lost);
      assert.equal((await session.ask('GET', '/api/deliveries')).status, 200);
      assert.equal((await append(mailbox.commit(mailbox.revokeDevice(lost.deviceId)))).status, 201);
      assert.equal((await session.ask('GET', '/api/deliveries')).code, 'session-required');
      assert.equal((await post(mailbox.auth(t.relay.origin, nonce, lost))).code, 'challenge-refused');
      assert.equal((await alice.ask('GET', '/api/deliveries')).status, 200);
    });

    it('requests of another form are told which fields are wrong', async () => {
      const answer = await t.ask('POST', '/api/sessions/challenges', {
        json: { mailboxId: 'A'.repeat(64), deviceId: randomHex(16), more: 1 },
      });
      assert.equal(answer.status, 400);
      assert.include((answer.json as { fields: string[] }).fields, 'mailboxId');
    });
  });
}
