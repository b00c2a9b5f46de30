import { assert } from 'chai';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, base64Url, randomHex, startTestRelay } from '../support/relay.js';
import {
  DAY_MS,
  type MessageJson,
  createEnvelope,
  createPayload,
  messageTo,
  post,
  sha256,
} from '../support/sealed-payload.js';

interface Delivery {
  seq: number;
  senderMailboxId: string;
  senderDeviceId: string;
  messageId: string;
  envelopeBytes: number;
  envelopeDigest: string;
  payloadIds: string[];
  state: string;
  consent: string;
  acceptedAt: string;
  expiresAt: string;
  deadlineAt: string | null;
  attendedAt: string | null;
}
interface Listed {
  deliveries: Delivery[];
  last: number;
}

const fromNow = (ms: number) => new Date(Date.now() + ms).toISOString();

for (const kind of databases('every')) {
  describe(`server/mailboxes on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let alice: Actor;
    let bob: Actor;
    let eve: Actor;

    before(async () => {
      t = await startTestRelay(kind);
      alice = await t.enrol('alice@nord.example');
      bob = await t.enrol('bob@sued.example');
      eve = await t.enrol('eve@west.example');
    });
    after(() => t.close());

    const list = async (actor: Actor, query = '') => (await actor.ask('GET', `/api/deliveries${query}`)).json as Listed;
    const newest = async (actor: Actor): Promise<Delivery> => {
      const { last } = await list(actor);
      const [delivery] = (await list(actor, `?after=${last - 1}`)).deliveries;
      assert.isDefined(delivery);
      return delivery as Delivery;
    };
    const countMessages = async () => {
      const rows = await t.db('messages').count<{ count: number }[]>('* as count');
      return rows[0]?.count;
    };

    it('a message is a delivery for each recipient, the sender’s own copy included', async () => {
      const payload = createPayload({ segments: 2 });
      const deadlineAt = fromNow(DAY_MS);
      const json = messageTo([bob.mailboxId, alice.mailboxId], { payloads: [payload], deadlineAt });
      const answer = await post(alice, json);
      assert.equal(answer.status, 201);
      const { deliveries, acceptedAt } = answer.json as { deliveries: object[]; acceptedAt: string };
      assert.deepEqual(deliveries, [
        { mailboxId: bob.mailboxId, seq: 1, consent: 'given' },
        { mailboxId: alice.mailboxId, seq: 1, consent: 'given' },
      ]);
      const envelope = Buffer.from(json.envelopes[0]?.envelope ?? '', 'base64url');
      assert.deepEqual(await list(bob), {
        deliveries: [
          {
            seq: 1,
            senderMailboxId: alice.mailboxId,
            senderDeviceId: alice.deviceId,
            messageId: json.messageId,
            envelopeBytes: envelope.length,
            envelopeDigest: base64Url(sha256(envelope)),
            payloadIds: [payload.payloadId],
            state: 'pending',
            consent: 'given',
            acceptedAt,
            expiresAt: json.expiresAt,
            deadlineAt,
            attendedAt: null,
          },
        ],
        last: 1,
      });
      const fetched = await bob.ask('GET', '/api/deliveries/1/envelope');
      assert.isTrue(fetched.bytes.equals(envelope));
      assert.equal(fetched.headers.get('Content-Type'), 'application/octet-stream');
      assert.deepEqual((await list(eve)).deliveries, []);
    });

    it('the same request again gets the same answer, however its JSON is ordered', async () => {
      const json = messageTo([bob.mailboxId], { payloads: [createPayload({ segments: 1 })] });
      const first = await post(alice, json);
      const again = await post(alice, Object.fromEntries(Object.entries(json).reverse()));
      assert.deepEqual([again.status, again.json], [201, first.json]);
      const { last } = await list(bob);
      assert.equal(last, (first.json as { deliveries: { seq: number }[] }).deliveries[0]?.seq);
    });

    it('the same request at the same moment is stored once', async () => {
      const json = messageTo([bob.mailboxId, eve.mailboxId], { payloads: [createPayload({ segments: 1 })] });
      const before = await list(bob);
      const answers = await Promise.all([1, 2, 3, 4].map(() => post(alice, json)));
      for (const answer of answers) assert.deepEqual([answer.status, answer.json], [201, answers[0]?.json]);
      assert.equal((await list(bob)).last, before.last + 1);
    });

    it('another message under a known id is refused, and nothing of it is stored', async () => {
      const json = messageTo([bob.mailboxId]);
      assert.equal((await post(alice, json)).status, 201);
      const { last } = await list(bob);
      const envelopes = [{ mailboxId: bob.mailboxId, envelope: base64Url(createEnvelope()) }];
      const changes: Partial<MessageJson>[] = [
        { envelopes },
        { expiresAt: fromNow(20 * DAY_MS) },
        { deadlineAt: fromNow(2 * DAY_MS) },
        { payloads: messageTo([], { payloads: [createPayload({ segments: 1 })] }).payloads },
      ];
      for (const change of changes) {
        assert.equal((await post(alice, { ...json, ...change })).code, 'message-id-taken');
      }
      assert.equal((await list(bob)).last, last);
    });

    it('message ids of two senders do not meet', async () => {
      const messageId = randomHex(16);
      assert.equal((await post(alice, messageTo([eve.mailboxId], { messageId }))).status, 201);
      assert.equal((await post(bob, messageTo([eve.mailboxId], { messageId }))).status, 201);
    });

    it('an unknown recipient is named and nothing is stored for anybody', async () => {
      const before = [await list(bob), await countMessages()];
      const json = messageTo([bob.mailboxId], { payloads: [createPayload({ segments: 1 })] });
      json.envelopes.push({ mailboxId: randomHex(32), envelope: base64Url(createEnvelope()) });
      const answer = await post(alice, json);
      assert.equal(answer.code, 'recipient-unknown');
      assert.deepEqual((answer.json as { fields: string[] }).fields, ['envelopes.1.mailboxId']);
      assert.deepEqual([await list(bob), await countMessages()], before);
      json.envelopes.pop();
      assert.equal((await post(alice, json)).status, 201, 'the id is still free');
    });

    it('the form is kept to: every wrong field is named', async () => {
      const good = messageTo([bob.mailboxId]);
      const [envelope] = good.envelopes;
      const wrong: [string, unknown][] = [
        ['envelopes', { ...good, envelopes: [] }],
        ['envelopes', { ...good, envelopes: [envelope, envelope] }],
        ['messageId', { ...good, messageId: good.messageId.toUpperCase().replace(/^./, 'A') }],
        ['messageId', { ...good, messageId: randomHex(32) }],
        ['expiresAt', { ...good, expiresAt: '2030-01-01' }],
        ['expiresAt', { ...good, expiresAt: fromNow(DAY_MS / 2) }],
        ['expiresAt', { ...good, expiresAt: fromNow(366 * DAY_MS) }],
        ['expiresAt', { ...good, expiresAt: fromNow(-DAY_MS) }],
        ['deadlineAt', { ...good, deadlineAt: fromNow(31 * DAY_MS) }],
        ['reuse.0', { ...good, reuse: ['x'] }],
        ['payloads.0.sizeBound', { ...good, payloads: [{ header: '', sizeBound: 0 }] }],
        ['payloads.0.sizeBound', { ...good, payloads: [{ header: '', sizeBound: 1.5 }] }],
        ['envelopes.0.envelope', { ...good, envelopes: [{ ...envelope, envelope: '=' }] }],
        ['unknown field', { ...good, subject: 'in clear' }],
        ['unknown field', { ...good, ['__proto__x']: 1 }],
      ];
      for (const [field, json] of wrong) {
        const answer = await post(alice, json);
        assert.equal(answer.code, 'request-invalid', field);
        assert.include((answer.json as { fields: string[] }).fields, field);
      }
    });

    it('what is no envelope or payload header of the suite is refused', async () => {
      const withEnvelope = (bytes: Buffer) => ({
        ...messageTo([]),
        envelopes: [{ mailboxId: bob.mailboxId, envelope: base64Url(bytes) }],
      });
      const otherSuite = createEnvelope();
      otherSuite[9] = 2;
      for (const bytes of [Buffer.from('hello'), createEnvelope(5_281), otherSuite, Buffer.alloc(6_000)]) {
        assert.equal((await post(alice, withEnvelope(bytes))).code, 'envelope-invalid');
      }
      assert.equal((await post(alice, withEnvelope(createEnvelope(5_282)))).status, 201, 'the smallest');
      const { header, sizeBound } = createPayload({ segments: 1 });
      const otherSegments = Buffer.from(header);
      otherSegments[13] = 1;
      for (const bytes of [otherSegments, header.subarray(1), Buffer.concat([header, Buffer.alloc(1)])]) {
        const json = { ...messageTo([bob.mailboxId]), payloads: [{ header: base64Url(bytes), sizeBound }] };
        assert.equal((await post(alice, json)).code, 'payload-invalid');
      }
    });

    it('an envelope of 4 MiB passes, one byte more does not', async () => {
      const json = (length: number) => ({
        ...messageTo([]),
        envelopes: [{ mailboxId: eve.mailboxId, envelope: base64Url(createEnvelope(length)) }],
      });
      assert.equal((await post(alice, json(4_194_304))).status, 201);
      assert.equal((await post(alice, json(4_194_305))).code, 'too-large');
    });

    it('a body over 8 MiB and a payload over the limit are too large', async () => {
      const json = { ...messageTo([bob.mailboxId]), more: 'x'.repeat(8 * 1024 * 1024) };
      assert.equal((await post(alice, json)).code, 'too-large');
      const { header } = createPayload({ segments: 1 });
      const payloads = [{ header: base64Url(header), sizeBound: 2 ** 40 + 1 }];
      assert.equal((await post(alice, { ...messageTo([bob.mailboxId]), payloads })).code, 'too-large');
    });

    it('100 recipients are many enough', async () => {
      const ids = Array.from({ length: 101 }, () => randomHex(32));
      const json = messageTo([]);
      json.envelopes.push(...ids.map((mailboxId) => ({ mailboxId, envelope: base64Url(createEnvelope()) })));
      assert.equal((await post(alice, json)).code, 'request-invalid');
      json.envelopes.pop();
      assert.equal((await post(alice, json)).code, 'recipient-unknown');
    });

    it('a payload header is posted once, by anybody (attack A28)', async () => {
      const payload = createPayload({ segments: 1 });
      assert.equal((await post(alice, messageTo([bob.mailboxId], { payloads: [payload] }))).status, 201);
      for (const actor of [alice, bob, eve]) {
        const answer = await post(actor, messageTo([bob.mailboxId], { payloads: [payload] }));
        assert.equal(answer.code, 'conflict');
      }
    });

    it('a payload is passed on by who has access, and by nobody else', async () => {
      const payload = createPayload({ segments: 1 });
      assert.equal((await post(alice, messageTo([bob.mailboxId], { payloads: [payload] }))).status, 201);
      const path = `/api/payloads/${payload.payloadId}`;
      const foreign = await post(eve, messageTo([eve.mailboxId], { reuse: [payload.payloadId] }));
      const unknown = await post(eve, messageTo([eve.mailboxId], { reuse: [randomHex(32)] }));
      assert.equal(foreign.code, 'not-found');
      assert.deepEqual(foreign.json, unknown.json);
      assert.equal((await eve.ask('GET', path)).code, 'not-found');
      const later = fromNow(200 * DAY_MS);
      const forward = messageTo([eve.mailboxId], { reuse: [payload.payloadId], expiresAt: later });
      assert.equal((await post(bob, forward)).status, 201);
      assert.equal((await eve.ask('GET', path)).status, 200);
      assert.deepEqual((await newest(eve)).payloadIds, [payload.payloadId]);
      const expiry = async (actor: Actor) => ((await actor.ask('GET', path)).json as { expiresAt: string }).expiresAt;
      assert.equal(await expiry(eve), later);
      assert.equal(await expiry(bob), later, 'the sender of the forward keeps it as long');
      assert.notEqual(await expiry(alice), later, 'others do not');
    });

    it('deliveries move from pending to fetched to acknowledged', async () => {
      assert.equal((await post(alice, messageTo([bob.mailboxId]))).status, 201);
      const { seq } = await newest(bob);
      assert.equal((await newest(bob)).state, 'pending');
      await bob.ask('GET', `/api/deliveries/${seq}/envelope`);
      assert.equal((await newest(bob)).state, 'fetched');
      for (const _ of [1, 2]) {
        assert.equal((await bob.ask('POST', `/api/deliveries/${seq}/acknowledgement`)).status, 204);
        assert.equal((await newest(bob)).state, 'acknowledged');
      }
      const again = await bob.ask('GET', `/api/deliveries/${seq}/envelope`);
      assert.equal(again.status, 200, 'an acknowledgement removes nothing');
      assert.equal((await newest(bob)).state, 'acknowledged');
    });

    it('attended is marked once, by the first device, whatever else happens', async () => {
      assert.equal((await post(alice, messageTo([bob.mailboxId]))).status, 201);
      const { seq } = await newest(bob);
      assert.equal((await bob.ask('POST', `/api/deliveries/${seq}/attended`)).status, 204);
      const { attendedAt } = await newest(bob);
      assert.isString(attendedAt);
      assert.equal((await bob.ask('POST', `/api/deliveries/${seq}/attended`)).status, 204);
      assert.equal((await newest(bob)).attendedAt, attendedAt);
    });

    it('what has expired says so, keeps its place in the list, and is gone', async () => {
      const payload = createPayload({ segments: 1 });
      const json = messageTo([bob.mailboxId], { payloads: [payload] });
      assert.equal((await post(alice, json)).status, 201);
      const past = t.db.raw("now() - interval '1 ms'");
      await t
        .db('messages')
        .where({ message_id: Buffer.from(json.messageId, 'hex') })
        .update({ accepted_at: new Date(0), expires_at: past });
      await t.db('payload_access').update({ expires_at: past });
      const delivery = await newest(bob);
      assert.equal(delivery.state, 'expired');
      assert.equal((await bob.ask('GET', `/api/deliveries/${delivery.seq}/envelope`)).code, 'gone');
      for (const [actor, code] of [
        [bob, 'gone'],
        [alice, 'gone'],
        [eve, 'not-found'],
      ] as const) {
        assert.equal((await actor.ask('GET', `/api/payloads/${payload.payloadId}`)).code, code);
      }
      const reuse = messageTo([bob.mailboxId], { reuse: [payload.payloadId] });
      assert.equal((await post(alice, reuse)).code, 'gone');
    });

    it('a withdrawn delivery is a tombstone', async () => {
      assert.equal((await post(alice, messageTo([bob.mailboxId]))).status, 201);
      const { seq } = await newest(bob);
      await t
        .db('deliveries')
        .where({ mailbox_id: Buffer.from(bob.mailboxId, 'hex'), seq })
        .update({ state: 'withdrawn', envelope: null });
      assert.equal((await newest(bob)).state, 'withdrawn');
      assert.equal((await bob.ask('GET', `/api/deliveries/${seq}/envelope`)).code, 'gone');
      assert.equal((await bob.ask('POST', `/api/deliveries/${seq}/acknowledgement`)).status, 204);
      assert.equal((await newest(bob)).state, 'withdrawn');
    });

    it('deliveries come in pages, in order', async () => {
      const { last } = await list(bob);
      for (const _ of [1, 2, 3]) await post(alice, messageTo([bob.mailboxId]));
      const page = await list(bob, `?after=${last}&limit=2`);
      assert.deepEqual(
        page.deliveries.map(({ seq }) => seq),
        [last + 1, last + 2],
      );
      assert.equal(page.last, last + 3);
      assert.deepEqual((await list(bob, `?after=${last + 3}`)).deliveries, []);
    });

    it('a device that is revoked while its message is on the way has sent none (attack A38)', async () => {
      const { last } = await list(bob);
      const key = { mailbox_id: Buffer.from(alice.mailboxId, 'hex'), device_id: Buffer.from(alice.deviceId, 'hex') };
      const revocation = await t.db.transaction();
      await revocation('devices').where(key).update({ revoked_seq: 3 });
      const sending = post(alice, messageTo([bob.mailboxId]));
      while ((await countWaiting()) === 0) await new Promise(setImmediate);
      await revocation.commit();
      assert.equal((await sending).code, 'session-required');
      assert.equal((await list(bob)).last, last);
      await t.db('devices').where(key).update({ revoked_seq: null });
    });

    const countWaiting = async (): Promise<number> => {
      const waiting = "wait_event_type = 'Lock' and datname = current_database()";
      const rows = await t.db('pg_stat_activity').whereRaw(waiting).count<{ count: number }[]>('* as count');
      return rows[0]?.count ?? 0;
    };

    it('parallel senders, crossing each other, give every mailbox a seq without gaps', async () => {
      const actors = [alice, bob, eve];
      const before = await Promise.all(actors.map(async (actor) => (await list(actor)).last));
      const rounds = 20;
      const all = actors.map(({ mailboxId }) => mailboxId);
      const sent = Array.from({ length: rounds }, (_, i) => {
        const order = i % 2 === 0 ? all : [...all].reverse();
        return actors.map((actor) => post(actor, messageTo(order)));
      }).flat();
      for (const answer of await Promise.all(sent)) assert.equal(answer.status, 201);
      for (const [i, actor] of actors.entries()) {
        const from = before[i] ?? 0;
        const { deliveries, last } = await list(actor, `?after=${from}&limit=1000`);
        assert.equal(last, from + rounds * actors.length);
        assert.deepEqual(
          deliveries.map(({ seq }) => seq),
          Array.from({ length: rounds * actors.length }, (_, n) => from + n + 1),
        );
      }
    });

    it('no reader ever sees a gap that fills later', async () => {
      const { last: start } = await list(eve);
      const count = 30;
      const sending = Promise.all(
        Array.from({ length: count }, (_, i) => post(i % 2 === 0 ? alice : bob, messageTo([eve.mailboxId]))),
      );
      for (let seen = start; seen < start + count;) {
        const { deliveries } = await list(eve, `?after=${start}&limit=1000`);
        deliveries.forEach(({ seq }, i) => assert.equal(seq, start + i + 1));
        seen = start + deliveries.length;
      }
      await sending;
    });
  });
}
