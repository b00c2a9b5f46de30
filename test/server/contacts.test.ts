import { assert } from 'chai';
import { io } from 'socket.io-client';
import { databases } from '../support/database.js';
import { type TestRegistrar, createRegistrar } from '../support/registrar.js';
import { type Actor, type TestRelay, base64Url, randomHex, startTestRelay } from '../support/relay.js';
import { type SealedPayload, createPayload, messageTo, post, putPart, putTally } from '../support/sealed-payload.js';

type Policy = 'all' | 'verified' | 'known';
interface Posted {
  deliveries: { mailboxId: string; seq: number; consent: string }[];
}
interface Contacts {
  policy: Policy;
  contacts: { mailboxId: string; permission: string }[];
  next: string | null;
}

for (const kind of databases()) {
  describe(`server/contacts on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let registrar: TestRegistrar;
    let alice: Actor;
    let bob: Actor;
    let eve: Actor;

    before(async () => {
      registrar = await createRegistrar();
      t = await startTestRelay(kind, { registrars: registrar.registrarId });
      alice = await t.enrol('alice@nord.example', 'Alice');
      bob = await t.enrol('bob@sued.example', 'Bob');
      eve = await t.enrol('eve@west.example', 'Eve');
    });
    after(() => t.close());
    /** Nobody has written to anybody, and nobody has decided anything. */
    beforeEach(async () => {
      await t.db.raw('truncate contacts, attestations, messages, deliveries, payloads cascade');
      await t.db('mailboxes').update({ contact_policy: 'all', last_delivery_seq: 0 });
    });

    const setPolicy = async (actor: Actor, policy: Policy) =>
      assert.equal((await actor.ask('PUT', '/api/contacts/policy', { json: { policy } })).status, 204);
    const permit = async (actor: Actor, contact: Actor, permission: 'allowed' | 'denied' | 'none') =>
      assert.equal(
        (await actor.ask('PUT', `/api/contacts/${contact.mailboxId}`, { json: { permission } })).status,
        204,
      );
    const contactsOf = async (actor: Actor) => (await actor.ask('GET', '/api/contacts')).json as Contacts;
    const consents = async (from: Actor, ...to: Actor[]): Promise<string[]> => {
      const answer = await post(from, messageTo(to.map(({ mailboxId }) => mailboxId)));
      return answer.code === null ? (answer.json as Posted).deliveries.map(({ consent }) => consent) : [answer.code];
    };
    /** Alice's message with a payload to Bob, and what its post answers. */
    const withPayload = async (...to: Actor[]) => {
      const payload = createPayload({ segments: 2 });
      const json = messageTo(
        [...to, alice].map(({ mailboxId }) => mailboxId),
        { payloads: [payload] },
      );
      return { payload, json, post: async () => (await post(alice, json)).json as Posted };
    };
    const read = async (actor: Actor, payload: SealedPayload) =>
      (await actor.ask('GET', `/api/payloads/${payload.payloadId}`)).status;
    const held = async (actor: Actor) => {
      const { deliveries } = (await actor.ask('GET', '/api/deliveries')).json as { deliveries: { consent: string }[] };
      return deliveries.map(({ consent }) => consent);
    };

    it('takes everybody’s messages until a mailbox says otherwise', async () => {
      assert.deepEqual(await contactsOf(bob), { policy: 'all', contacts: [], next: null });
      assert.deepEqual(await consents(alice, bob, alice), ['given', 'given']);
    });

    it('a mailbox that knows its contacts holds the first message of a stranger, and never its own', async () => {
      await setPolicy(bob, 'known');
      assert.deepEqual(await consents(alice, bob, eve), ['held', 'given']);
      assert.deepEqual(await consents(bob, bob), ['given']);
      await permit(bob, alice, 'allowed');
      assert.deepEqual(await consents(alice, bob), ['given']);
      assert.deepEqual(await consents(eve, bob), ['held']);
      await permit(bob, alice, 'none');
      assert.deepEqual(await consents(alice, bob), ['held']);
    });

    it('who was written to may answer, so that receipts pass', async () => {
      await setPolicy(bob, 'known');
      assert.deepEqual(await consents(bob, alice), ['given']);
      assert.deepEqual(await consents(alice, bob), ['given']);
      assert.deepEqual(await consents(eve, bob), ['held']);
    });

    it('a mailbox for verified practices takes those that a configured registrar vouches for now', async () => {
      await setPolicy(bob, 'verified');
      const stranger = await createRegistrar();
      const attest = async (by: TestRegistrar, said: object) => {
        const statement = alice.mailbox.next({ kind: 'attest', ...by.attest(alice.mailbox.state, said) });
        const json = { statements: [base64Url(alice.mailbox.commit(statement))] };
        assert.equal((await alice.ask('POST', `/api/mailboxes/${alice.mailboxId}/statements`, { json })).status, 201);
      };
      assert.deepEqual(await consents(alice, bob), ['held']);
      await attest(stranger, { name: 'Alice' });
      assert.deepEqual(await consents(alice, bob), ['held']);
      await attest(registrar, { name: 'Alice', notBeforeMs: 0, notAfterMs: 1000 });
      assert.deepEqual(await consents(alice, bob), ['held']);
      await attest(registrar, { name: 'Alice' });
      assert.deepEqual(await consents(alice, bob), ['given']);
      assert.deepEqual(await consents(eve, bob), ['held']);
    });

    it('refuses a message to a mailbox that has denied the sender, whole, and says no more than who', async () => {
      await permit(bob, alice, 'denied');
      assert.deepEqual(await consents(bob, alice), ['given'], 'one way only');
      const answer = await post(alice, messageTo([eve.mailboxId, bob.mailboxId]));
      assert.deepEqual([answer.status, answer.code], [403, 'contact-denied']);
      assert.deepEqual((answer.json as { fields: string[] }).fields, ['envelopes.1.mailboxId']);
      assert.deepEqual(await held(eve), []);
      await setPolicy(bob, 'known');
      assert.deepEqual((await post(alice, messageTo([eve.mailboxId, bob.mailboxId]))).json, answer.json);
      await permit(bob, alice, 'none');
      assert.deepEqual(await consents(alice, bob), ['given'], 'Bob has written to Alice');
    });

    it('a held message can be read as an envelope only, and its parts wait', async () => {
      await setPolicy(bob, 'known');
      const message = await withPayload(bob);
      const { deliveries } = await message.post();
      assert.deepEqual(
        deliveries.map(({ consent }) => consent),
        ['held', 'given'],
      );
      const seq = deliveries[0]?.seq ?? 0;
      assert.equal((await bob.ask('GET', `/api/deliveries/${seq}/envelope`)).status, 200);
      assert.equal(await read(bob, message.payload), 404);
      const part = await putPart(alice, message.payload, 0, 2);
      assert.deepEqual([part.status, part.code], [409, 'consent-missing']);

      await permit(bob, alice, 'allowed');
      assert.equal((await putPart(alice, message.payload, 0, 2)).status, 201);
      assert.equal((await putTally(alice, message.payload.payloadId, 1, 2)).status, 201);
      assert.equal(await read(bob, message.payload), 200);
      assert.deepEqual(await held(bob), ['given']);
      const again = await message.post();
      assert.deepEqual(
        again.deliveries.map(({ consent }) => consent),
        ['given', 'given'],
      );
    });

    it('parts flow while one recipient has agreed, and the others gain them when they agree', async () => {
      await setPolicy(bob, 'known');
      const message = await withPayload(bob, eve);
      await message.post();
      assert.equal((await putPart(alice, message.payload, 0, 2)).status, 201);
      assert.deepEqual([await read(eve, message.payload), await read(bob, message.payload)], [200, 404]);
      await setPolicy(bob, 'all');
      assert.equal(await read(bob, message.payload), 200);
    });

    it('a payload that is used again is not the held recipient’s to read either', async () => {
      const first = await withPayload(eve);
      await first.post();
      await setPolicy(bob, 'known');
      const forwarded = messageTo([bob.mailboxId], { reuse: [first.payload.payloadId] });
      assert.equal((await post(alice, forwarded)).status, 201);
      assert.equal(await read(bob, first.payload), 404);
      await permit(bob, alice, 'allowed');
      assert.equal(await read(bob, first.payload), 200);
    });

    it('a message to the own mailbox alone needs nobody’s consent', async () => {
      const message = await withPayload();
      await message.post();
      assert.equal((await putPart(alice, message.payload, 0, 2)).status, 201);
    });

    it('who is denied after a held message is told so when he asks, and nothing is his to read', async () => {
      await setPolicy(bob, 'known');
      const message = await withPayload(bob);
      await message.post();
      await permit(bob, alice, 'denied');
      const again = await message.post();
      assert.deepEqual(
        again.deliveries.map(({ consent }) => consent),
        ['refused', 'given'],
      );
      assert.equal((await putPart(alice, message.payload, 0, 2)).code, 'consent-missing');
      assert.equal(await read(bob, message.payload), 404);
      await permit(bob, alice, 'allowed');
      assert.equal(await read(bob, message.payload), 404, 'what was refused stays so');
    });

    it('another policy releases what it would not hold, and nothing else', async () => {
      await setPolicy(bob, 'known');
      await consents(alice, bob);
      await consents(eve, bob);
      await setPolicy(bob, 'verified');
      assert.deepEqual(await held(bob), ['held', 'held']);
      await setPolicy(bob, 'all');
      assert.deepEqual(await held(bob), ['given', 'given']);
    });

    it('lists the own contacts only, in pages', async () => {
      await permit(bob, alice, 'allowed');
      await permit(bob, eve, 'denied');
      const { contacts } = await contactsOf(bob);
      assert.sameDeepMembers(
        contacts.map(({ mailboxId, permission }) => [mailboxId, permission]),
        [
          [alice.mailboxId, 'allowed'],
          [eve.mailboxId, 'denied'],
        ],
      );
      assert.deepEqual((await contactsOf(alice)).contacts, []);
      const first = (await bob.ask('GET', '/api/contacts?limit=1')).json as Contacts;
      assert.equal(first.next, contacts[0]?.mailboxId);
      const second = (await bob.ask('GET', `/api/contacts?limit=1&after=${first.next}`)).json as Contacts;
      assert.deepEqual([second.contacts[0]?.mailboxId, second.next], [contacts[1]?.mailboxId, null]);
    });

    it('refuses what is no mailbox, the own one, and what is not in the documented form', async () => {
      const put = async (path: string, json: object) => (await bob.ask('PUT', `/api/contacts/${path}`, { json })).code;
      assert.equal(await put(randomHex(32), { permission: 'allowed' }), 'not-found');
      assert.equal(await put(bob.mailboxId, { permission: 'denied' }), 'not-found');
      assert.equal(await put(alice.mailboxId, { permission: 'maybe' }), 'request-invalid');
      assert.equal(await put('policy', { policy: 'nobody' }), 'request-invalid');
      assert.equal(await put('policy', { policy: 'all', names: [] }), 'request-invalid');
    });

    it('a message and a consent at the same moment never leave it held', async () => {
      await setPolicy(bob, 'known');
      await Promise.all([consents(alice, bob), permit(bob, alice, 'allowed'), consents(alice, bob)]);
      assert.deepEqual(await held(bob), ['given', 'given']);
    });

    it('the sender hears that there is something to ask, and nobody else does', async () => {
      await setPolicy(bob, 'known');
      await consents(alice, bob);
      const heard: unknown[] = [];
      const options = { path: '/api/hints', transports: ['websocket'], forceNew: true };
      const sockets = [alice, eve].map(({ token }) => io(t.url, { ...options, auth: { token } }));
      const [aliceSocket, eveSocket] = sockets;
      assert(aliceSocket && eveSocket);
      try {
        await Promise.all(sockets.map((socket) => new Promise<void>((settle) => socket.on('connect', settle))));
        eveSocket.on('consent', (event) => heard.push(event));
        const event = new Promise((settle) => aliceSocket.on('consent', settle));
        await permit(bob, alice, 'allowed');
        assert.deepEqual(await event, { mailboxId: alice.mailboxId });
        assert.deepEqual(heard, []);
      } finally {
        for (const socket of sockets) socket.disconnect();
      }
    });
  });
}
