import { assert } from 'chai';
import { connectHints } from '../../client/core/relay/hints.js';
import { type Relay as ClientRelay } from '../../client/core/relay/relay.js';
import { remind } from '../../server/urgency/remind.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, expectStatus, startTestRelay } from '../support/relay.js';
import { messageTo, post } from '../support/sealed-payload.js';

const HOUR_MS = 3_600_000;

interface Urgent {
  received: { seq: number; deadlineAt: string; step: string }[];
  deputy: { mailboxId: string; deadlineAt: string }[];
  sent: { messageId: string; mailboxId: string; attendedAt: string | null; step: string }[];
}

for (const kind of databases()) {
  describe(`server/urgency on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let [alice, bob, carol, eve]: [Actor, Actor, Actor, Actor] = [] as never;

    before(async () => {
      t = await startTestRelay(kind);
      [alice, bob, carol, eve] = [
        await t.enrol('alice@nord.example'),
        await t.enrol('bob@sued.example'),
        await t.enrol('carol@ost.example'),
        await t.enrol('eve@west.example'),
      ];
      await setDeputies(bob, [carol]);
    });
    after(() => t.close());
    afterEach(async () => {
      // What one test leaves open is not the next one's.
      await t.db('deliveries').update({ reminded: 3 });
      await t.db('messages').update({ deadline_at: null });
    });

    const setDeputies = (who: Actor, deputies: readonly Actor[]) =>
      expectStatus(204, who.ask('PUT', '/api/deputies', { json: { deputies: deputies.map((d) => d.mailboxId) } }));
    const urgent = async (who: Actor) => (await expectStatus(200, who.ask('GET', '/api/urgent'))).json as Urgent;
    /** From Alice to Bob and herself, to be attended within four hours. */
    const send = async (): Promise<{ messageId: string; seq: number; at: (share: number) => Date }> => {
      const now = Date.now();
      const deadlineAt = new Date(now + 4 * HOUR_MS).toISOString();
      const json = messageTo([bob.mailboxId, alice.mailboxId], { deadlineAt });
      const { deliveries } = (await expectStatus(201, post(alice, json))).json as { deliveries: { seq: number }[] };
      const at = (share: number) => new Date(now + share * 4 * HOUR_MS + 1_000);
      return { messageId: json.messageId, seq: deliveries[0]?.seq ?? 0, at };
    };
    const attend = (who: Actor, seq: number) => who.ask('POST', `/api/deliveries/${seq}/attended`);

    it('goes from the recipient to his deputies and back to the sender, a step at a time, each once', async () => {
      const { messageId, seq, at } = await send();
      assert.equal(await remind(t.db, at(0.49)), 0);
      assert.deepInclude((await urgent(bob)).received, { ...(await urgent(bob)).received[0], seq, step: 'open' });
      assert.equal(await remind(t.db, at(0.5)), 1);
      assert.equal(await remind(t.db, at(0.74)), 0, 'no step is taken twice');
      assert.equal((await urgent(bob)).received[0]?.step, 'reminded');
      assert.deepEqual((await urgent(carol)).deputy, []);
      assert.equal(await remind(t.db, at(0.75)), 1);
      const [seen] = (await urgent(carol)).deputy;
      assert.deepEqual(Object.keys(seen ?? {}).sort(), ['deadlineAt', 'mailboxId'], 'a deputy learns nothing else');
      assert.equal(seen?.mailboxId, bob.mailboxId);
      assert.equal((await urgent(alice)).sent[0]?.step, 'deputies');
      assert.equal(await remind(t.db, at(1)), 1);
      const [sent] = (await urgent(alice)).sent;
      assert.deepInclude(sent, { messageId, mailboxId: bob.mailboxId, step: 'returned', attendedAt: null });
      assert.deepEqual((await urgent(alice)).received, [], 'her own copy waits for nobody');
      assert.deepEqual(await urgent(eve), { received: [], deputy: [], sent: [] });
    });

    it('is stopped by the mark of a person alone: not by a fetch, not by an acknowledgement', async () => {
      const { messageId, seq, at } = await send();
      await expectStatus(200, bob.ask('GET', `/api/deliveries/${seq}/envelope`));
      await expectStatus(204, bob.ask('POST', `/api/deliveries/${seq}/acknowledgement`));
      assert.equal(await remind(t.db, at(0.75)), 1);
      assert.equal((await urgent(carol)).deputy.length, 1);
      await expectStatus(204, attend(bob, seq));
      assert.equal(await remind(t.db, at(1)), 0);
      assert.deepEqual((await urgent(carol)).deputy, []);
      assert.deepEqual((await urgent(bob)).received, []);
      const [sent] = (await urgent(alice)).sent;
      assert.equal(sent?.messageId, messageId);
      assert.isString(sent?.attendedAt);
      assert.equal(sent?.step, 'deputies');
    });

    it('nobody else attends to it: not the deputy, not the sender, not a stranger', async () => {
      const { seq, at } = await send();
      await remind(t.db, at(0.75));
      for (const who of [carol, eve]) assert.equal((await attend(who, seq)).status, 404);
      await attend(alice, (await send()).seq);
      assert.equal((await urgent(bob)).received.length, 2);
    });

    it('what was taken back reminds nobody', async () => {
      const { messageId, at } = await send();
      await expectStatus(200, alice.ask('POST', `/api/messages/${messageId}/withdrawal`));
      assert.equal(await remind(t.db, at(1)), 0);
      assert.deepEqual(await urgent(bob), { received: [], deputy: [], sent: [] });
      assert.deepEqual((await urgent(alice)).sent, []);
    });

    it('of several that look at the same moment one takes the step', async () => {
      const sent = [await send(), await send(), await send()];
      const at = sent[0]?.at(1) ?? new Date();
      const counts = await Promise.all([1, 2, 3].map(() => remind(t.db, new Date(at.getTime() + HOUR_MS))));
      assert.equal(
        counts.reduce((sum, n) => sum + n, 0),
        3,
      );
    });

    it('a deputy who has denied the mailbox is told nothing; deputies are at most five others that exist', async () => {
      const { at } = await send();
      await remind(t.db, at(0.75));
      await carol.ask('PUT', `/api/contacts/${bob.mailboxId}`, { json: { permission: 'denied' } });
      assert.deepEqual((await urgent(carol)).deputy, []);
      await carol.ask('PUT', `/api/contacts/${bob.mailboxId}`, { json: { permission: 'none' } });
      assert.equal((await urgent(carol)).deputy.length, 1);
      const put = (deputies: readonly string[]) => bob.ask('PUT', '/api/deputies', { json: { deputies } });
      assert.equal((await put([bob.mailboxId])).code, 'request-invalid');
      assert.equal((await put(['0'.repeat(64)])).code, 'not-found');
      assert.equal((await put([carol.mailboxId, carol.mailboxId])).code, 'request-invalid');
      assert.equal((await put(Array.from({ length: 6 }, (_, i) => String(i).repeat(64)))).code, 'request-invalid');
      const listed = (await bob.ask('GET', '/api/deputies')).json;
      assert.deepEqual(listed, { deputies: [carol.mailboxId] });
      await setDeputies(bob, []);
      assert.deepEqual((await urgent(carol)).deputy, []);
      await setDeputies(bob, [carol]);
    });

    it('each step, and its end, is a hint to whom it concerns', async () => {
      const { seq, at } = await send();
      const listen = (who: Actor) =>
        connectHints({ origin: t.url, sessionToken: () => Promise.resolve(who.token) } as unknown as ClientRelay);
      using deputy = listen(carol);
      using sender = listen(alice);
      // The connection itself counts as a hint: ask for what was missed.
      await Promise.all([deputy.next(10_000), sender.next(10_000)]);
      const hints = Promise.all([deputy.next(30_000), sender.next(30_000)]);
      await remind(t.db, at(1));
      await hints;
      assert.equal((await urgent(alice)).sent[0]?.step, 'returned');
      const over = deputy.next(30_000);
      await attend(bob, seq);
      await over;
      assert.deepEqual((await urgent(carol)).deputy, []);
    });
  });
}
