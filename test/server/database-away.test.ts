import { assert } from 'chai';
import { connectHints } from '../../client/core/relay/hints.js';
import { type Relay as ClientRelay } from '../../client/core/relay/relay.js';
import { type Balancer, startBalancer } from '../support/balancer.js';
import { type TestDatabase, databases } from '../support/database.js';
import { type Actor, type TestRelay, expectStatus, startTestRelay } from '../support/relay.js';
import { createPayload, messageTo, post, putPart } from '../support/sealed-payload.js';

/** The database is away for a while: a cut in front of it. The relay says so, claims nothing, and goes on by itself. */
describe('a database that goes away and comes back', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let cut: Balancer;
  let database: TestDatabase;
  let [alice, bob]: [Actor, Actor] = [] as never;

  before(async () => {
    const [kind] = databases('every');
    database = await (kind ?? assert.fail()).create('migrated');
    cut = await startBalancer();
    cut.use([database.url]);
    const url = new URL(database.url);
    url.port = new URL(cut.url).port;
    const create = () => Promise.resolve({ url: url.href, drop: () => Promise.resolve() });
    t = await startTestRelay({ label: 'behind a cut', create });
    [alice, bob] = [await t.enrol('alice@nord.example'), await t.enrol('bob@sued.example')];
  });
  after(async () => {
    await t.close();
    await cut.close();
    await database.drop();
  });

  const readiness = async (): Promise<number> => (await t.ask('GET', '/readyz')).status;

  it('is answered with 503 and nothing else, and everything goes on afterwards without a restart', async () => {
    using hints = connectHints({
      origin: t.url,
      sessionToken: () => Promise.resolve(bob.token),
    } as unknown as ClientRelay);
    await hints.next(10_000);
    const payload = createPayload({ segments: 2 });
    await expectStatus(201, post(alice, messageTo([bob.mailboxId], { payloads: [payload] })));
    assert.equal(await readiness(), 200);
    cut.cut();
    const message = messageTo([bob.mailboxId]);
    for (const ask of [
      () => post(alice, message),
      () => putPart(alice, payload, 0, 1),
      () => bob.ask('GET', '/api/deliveries'),
      () => alice.ask('POST', `/api/messages/${message.messageId}/withdrawal`),
      () => bob.ask('GET', '/api/urgent'),
    ]) {
      const answer = await ask();
      assert.deepEqual([answer.status, answer.code], [503, 'unavailable']);
    }
    assert.equal(await readiness(), 503);
    assert.equal((await t.ask('GET', '/healthz')).status, 200, 'it lives');
    cut.use([database.url]);
    // Nothing of what was refused is there; the same request is taken once.
    await expectStatus(201, post(alice, message));
    await expectStatus(201, putPart(alice, payload, 0, 1));
    assert.equal(await readiness(), 200);
    const { deliveries } = (await bob.ask('GET', '/api/deliveries')).json as { deliveries: unknown[] };
    assert.lengthOf(deliveries, 2);
    // Hints may have been missed: devices are sent away to ask again, and hear of what comes then.
    const begun = performance.now();
    let heardMs: number | null = null;
    const hint = hints.next(30_000).then(() => (heardMs = performance.now() - begun));
    while (heardMs === null) await expectStatus(201, post(alice, messageTo([bob.mailboxId])));
    assert.isBelow(await hint, 29_000, 'a hint, and not the end of waiting for one');
  });
});
