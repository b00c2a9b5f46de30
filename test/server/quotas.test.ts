import { assert } from 'chai';
import { createTurnstile } from '../../server/quotas/quota.js';
import type { Problem } from '../../server/http/problem.js';
import { DEVICE_RATES, ENROL_RATES, createLimiter } from '../../server/http/rate-limit.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, expectStatus, randomHex, startTestRelay } from '../support/relay.js';
import { type SealedPayload, createPayload, messageTo, post, putPart } from '../support/sealed-payload.js';

const PRACTICE = 'Radiologie Nord';

for (const kind of databases()) {
  describe(`server/quotas on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let [alice, anna, bob]: [Actor, Actor, Actor] = [] as never;
    const whole = createPayload({ segments: 3 });
    const quotaBytes = whole.sizeBound * 3;

    before(async () => {
      t = await startTestRelay(kind, { quotaBytes, messagesPerDay: 6 });
      alice = await t.enrol('alice@nord.example', PRACTICE);
      anna = await t.enrol('anna@nord.example', PRACTICE);
      bob = await t.enrol('bob@sued.example');
    });
    after(() => t.close());
    beforeEach(async () => {
      // The time of what earlier tests have sent is over.
      await t.db('messages').update({ accepted_at: t.db.raw("now() - interval '2 days'") });
      await t.db('payloads').update({ removed_at: new Date() });
    });

    const send = (who: Actor, payloads: readonly SealedPayload[] = []) =>
      post(who, messageTo([bob.mailboxId], { payloads }));
    const limits = async (who: Actor) =>
      (await expectStatus(200, who.ask('GET', '/api/limits'))).json as Record<string, number>;

    it('tells the sender before he sends what he may send', async () => {
      assert.deepInclude(await limits(alice), { quotaBytes, messagesPerDay: 6, storedBytes: 0, messagesToday: 0 });
      const payload = createPayload({ segments: 3 });
      await expectStatus(201, send(alice, [payload]));
      assert.deepInclude(await limits(anna), { storedBytes: payload.sizeBound, messagesToday: 1 });
      assert.deepInclude(await limits(bob), { storedBytes: 0, messagesToday: 0 });
      await expectStatus(201, putPart(alice, payload, 0, 3));
      const stored = payload.segments.reduce((sum, segment) => sum + segment.length, 0);
      assert.equal((await limits(alice))['storedBytes'], stored, 'what is whole reserves nothing beyond its bytes');
    });

    it('refuses what is over the practice’s room, from whichever of its mailboxes, and stores nothing of it', async () => {
      for (const who of [alice, anna]) await expectStatus(201, send(who, [createPayload({ segments: 3 })]));
      const [fits, over] = [createPayload({ segments: 3 }), createPayload({ segments: 1 })];
      await expectStatus(201, send(alice, [fits]));
      const refused = await send(anna, [over]);
      assert.deepEqual([refused.status, refused.code], [429, 'quota-exceeded']);
      assert.match(refused.headers.get('Retry-After') ?? '', /^\d+$/);
      assert.isUndefined(
        await t
          .db('payloads')
          .where({ payload_id: Buffer.from(over.payloadId, 'hex') })
          .first(),
      );
      await expectStatus(201, send(anna));
      await expectStatus(201, send(bob, [createPayload({ segments: 3 })]));
    });

    it('two uploads at one moment do not both take the last room', async () => {
      for (const who of [alice, anna]) await expectStatus(201, send(who, [createPayload({ segments: 3 })]));
      const both = await Promise.all([alice, anna].map((who) => send(who, [createPayload({ segments: 3 })])));
      assert.deepEqual(both.map(({ status }) => status).sort(), [201, 429]);
    });

    it('an upload that was never finished reserves its room for a day, and then no more (attack A29)', async () => {
      const unfinished = [1, 2, 3].map(() => createPayload({ segments: 3 }));
      await expectStatus(201, send(alice, unfinished));
      assert.equal((await send(alice, [createPayload({ segments: 3 })])).code, 'quota-exceeded');
      await t.db('payloads').update({ touched_at: t.db.raw("now() - interval '25 hours'") });
      await expectStatus(201, send(alice, [createPayload({ segments: 3 })]));
    });

    it('lets so many messages a day through and no more', async () => {
      const answers = [];
      for (let i = 0; i < 7; i++) answers.push((await send(i % 2 === 0 ? alice : anna)).status);
      assert.deepEqual(answers, [201, 201, 201, 201, 201, 201, 429]);
      assert.equal((await limits(alice))['messagesToday'], 6);
      await expectStatus(201, send(bob));
      // A repetition of what was taken is no further message.
      await t.db('messages').update({ accepted_at: t.db.raw("now() - interval '25 hours'") });
      const again = messageTo([bob.mailboxId], { messageId: randomHex(16) });
      await expectStatus(201, post(alice, again));
      for (let i = 0; i < 5; i++) await expectStatus(201, send(anna));
      await expectStatus(201, post(alice, again));
    });

    it('lets so many uploads of a practice go on at one time, and the next as soon as one ends', async () => {
      const inTurn = createTurnstile(t.db, () => 2);
      const ends: (() => void)[] = [];
      const long = (who: Actor) => inTurn(who.mailboxId, () => new Promise<void>((end) => void ends.push(end)));
      const running = [long(alice), long(anna)];
      await inTurn(bob.mailboxId, () => Promise.resolve());
      while (ends.length < 2) await new Promise((resolve) => setImmediate(resolve));
      const refused: unknown = await inTurn(alice.mailboxId, () => Promise.resolve()).catch((error: unknown) => error);
      assert.equal((refused as Problem).code, 'rate-limited');
      ends[0]?.();
      await running[0];
      await inTurn(alice.mailboxId, () => Promise.resolve());
      ends[1]?.();
      await running[1];
      const failed: unknown = await inTurn(alice.mailboxId, () => Promise.reject(new Error('no'))).catch(
        () => 'failed',
      );
      assert.equal(failed, 'failed');
      await Promise.all([1, 2].map(() => inTurn(alice.mailboxId, () => Promise.resolve())));
    });
  });
}

describe('rates of devices and of invitations', () => {
  it('stop a device that asks without end, and no other one', () => {
    let now = 0;
    const isAllowed = createLimiter(DEVICE_RATES, () => now);
    const [one, other] = [randomHex(16), randomHex(16)];
    for (let i = 0; i < DEVICE_RATES.perClient.burst; i++) assert.isTrue(isAllowed(one));
    assert.isFalse(isAllowed(one));
    assert.isTrue(isAllowed(other));
    now += 1_000;
    for (let i = 0; i < DEVICE_RATES.perClient.perSecond; i++) assert.isTrue(isAllowed(one));
    assert.isFalse(isAllowed(one));
  });

  it('stop a relay’s guesser of invitations after a few', async () => {
    const [kind] = databases();
    const t = await startTestRelay(kind ?? assert.fail(), { rateLimit: 'on' });
    const guess = () =>
      t.ask('POST', '/api/invitations/lookup', { json: { invitation: Buffer.alloc(32).toString('base64url') } });
    const answers = await Promise.all(Array.from({ length: ENROL_RATES.perClient.burst + 10 }, guess));
    const limited = answers.filter(({ code }) => code === 'rate-limited');
    assert.isAtLeast(limited.length, 8);
    assert.match(limited[0]?.headers.get('Retry-After') ?? '', /^\d+$/);
    // Signing in is another matter.
    assert.equal((await t.ask('POST', '/api/sessions/challenges', { json: {} })).code, 'request-invalid');
    await t.close();
  });
});
