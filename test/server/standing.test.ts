import { assert } from 'chai';
import { sealAudit } from '../../server/audit/seal.js';
import { type Administration, openAdministration } from '../../server/main.js';
import { closePractices } from '../../server/standing/administer.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, startTestRelay, trySignIn } from '../support/relay.js';
import { createPayload, messageTo, post } from '../support/sealed-payload.js';

const [kind] = databases();

describe('server/standing', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let operator: Administration;
  let [alice, bob] = [] as unknown as [Actor, Actor];

  before(async () => {
    t = await startTestRelay(kind ?? assert.fail());
    [alice, bob] = [await t.enrol('alice@nord.example', 'Nord'), await t.enrol('bob@sued.example', 'Süd')];
    operator = await openAdministration({ dataDir: t.dataDir });
  });
  after(async () => {
    await operator.close();
    await t.close();
  });

  const codeOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
  const signIn = (actor: Actor) => trySignIn(t.ask, t.relay.origin, actor.mailbox);
  const kinds = async (): Promise<unknown[]> => {
    await sealAudit({ db: t.db });
    const rows = await t.db('audit_entries').orderBy('seq').select<{ entry: string }[]>('entry');
    return rows.map(({ entry }) => (JSON.parse(entry) as { kind: unknown }).kind);
  };

  it('lists practices and mailboxes with what they may do', async () => {
    const practices = await operator.listPractices();
    assert.deepEqual(
      practices.map(({ name, state, mailboxes, devices }) => ({ name, state, mailboxes, devices })),
      [
        { name: 'Nord', state: 'active', mailboxes: 1, devices: 1 },
        { name: 'Süd', state: 'active', mailboxes: 1, devices: 1 },
      ],
    );
    const [mailbox, ...others] = await operator.listMailboxes('alice@nord.example');
    assert.deepEqual(others, []);
    assert.deepInclude(mailbox, { mailboxId: alice.mailboxId, isSuspended: false });
    assert.deepEqual(mailbox?.devices, [{ deviceId: alice.deviceId, isRevoked: false, isSuspended: false }]);
  });

  const suspensions: readonly [string, () => Promise<void>, () => Promise<void>][] = [
    ['practice', () => operator.suspendPractice('Nord'), () => operator.resumePractice('Nord')],
    [
      'mailbox',
      () => operator.changeMailbox({ address: 'alice@nord.example', deviceId: null, to: 'suspended' }),
      () => operator.changeMailbox({ address: 'alice@nord.example', deviceId: null, to: 'active' }),
    ],
    [
      'device',
      () => operator.changeMailbox({ address: 'alice@nord.example', deviceId: alice.deviceId, to: 'suspended' }),
      () => operator.changeMailbox({ address: 'alice@nord.example', deviceId: alice.deviceId, to: 'active' }),
    ],
  ];
  for (const [what, suspend, resume] of suspensions) {
    it(`a suspended ${what} gets a clear 403, others write to it, and nothing is lost`, async () => {
      await suspend();
      const answer = await alice.ask('GET', '/api/deliveries');
      assert.deepEqual([answer.status, answer.code], [403, 'suspended']);
      assert.equal((await signIn(alice)).code, 'suspended');
      assert.equal((await bob.ask('GET', '/api/deliveries')).status, 200);
      assert.equal((await post(bob, messageTo([alice.mailboxId]))).status, 201);
      await resume();
      const { deliveries } = (await alice.ask('GET', '/api/deliveries')).json as { deliveries: unknown[] };
      assert.isNotEmpty(deliveries);
      assert.equal((await signIn(alice)).status, 201);
    });
  }

  it('tells nobody else that a device is suspended', async () => {
    await operator.suspendPractice('Nord');
    const forged = { ...alice, mailbox: bob.mailbox };
    const nonce = await t.ask('POST', '/api/sessions/challenges', {
      json: { mailboxId: alice.mailboxId, deviceId: alice.deviceId },
    });
    assert.equal(nonce.status, 201);
    assert.equal((await signIn(forged)).status, 201, 'bob is bob');
    await operator.resumePractice('Nord');
    assert.includeMembers(await kinds(), [
      'practice-suspended',
      'practice-resumed',
      'mailbox-suspended',
      'device-resumed',
    ]);
  });

  it('a practice that closes reads, writes nothing, and is written to by nobody; then all it had is gone', async () => {
    const payload = createPayload({ segments: 1 });
    await post(bob, messageTo([alice.mailboxId, bob.mailboxId], { payloads: [payload] }));
    const alone = createPayload({ segments: 1 });
    await post(alice, messageTo([alice.mailboxId], { payloads: [alone] }));
    await operator.closePractice('Nord', 30);
    const { last } = (await alice.ask('GET', '/api/deliveries')).json as { last: number };
    assert.equal((await alice.ask('GET', `/api/deliveries/${last}/envelope`)).status, 200);
    assert.equal((await alice.ask('POST', `/api/deliveries/${last}/acknowledgement`)).status, 204);
    assert.equal((await post(alice, messageTo([bob.mailboxId]))).code, 'closing');
    assert.equal((await post(bob, messageTo([alice.mailboxId]))).code, 'recipient-unknown');
    const { entries } = (await bob.ask('GET', '/api/directory?query=nord')).json as { entries: unknown[] };
    assert.deepEqual(entries, []);
    assert.equal(await closePractices(t.db), 0, 'not before its time');

    await t
      .db('practices')
      .where({ name: 'Nord' })
      .update({ closes_at: new Date(0) });
    assert.equal((await alice.ask('GET', '/api/deliveries')).code, 'suspended');
    assert.equal(await closePractices(t.db), 1);
    assert.equal(await closePractices(t.db), 0);
    const kept = await t
      .db('deliveries')
      .where({ mailbox_id: Buffer.from(alice.mailboxId, 'hex') })
      .whereNotNull('envelope');
    assert.deepEqual(kept, []);
    const isOver = async (payloadId: string): Promise<boolean> => {
      const row = await t
        .db('payloads')
        .where({ payload_id: Buffer.from(payloadId, 'hex') })
        .first<{ expires_at: Date }>();
      return row.expires_at.getTime() <= Date.now() + 1_000;
    };
    assert.deepEqual([await isOver(alone.payloadId), await isOver(payload.payloadId)], [true, false], 'bob keeps his');
    assert.equal((await alice.ask('GET', '/api/deliveries')).code, 'session-required');
    assert.equal((await signIn(alice)).code, 'suspended');
    assert.equal(await codeOf(operator.resumePractice('Nord')), 'practice-closed');
    const chain = await bob.ask('GET', `/api/mailboxes/${alice.mailboxId}/statements?after=0`);
    assert.equal(chain.status, 200, 'what she has signed can still be verified');
    assert.includeMembers(await kinds(), ['practice-closing', 'practice-closed']);
  });

  it('refuses what does not exist', async () => {
    assert.equal(await codeOf(operator.suspendPractice('West')), 'practice-unknown');
    const change = { deviceId: null, to: 'suspended' } as const;
    assert.equal(await codeOf(operator.changeMailbox({ ...change, address: 'x@y.example' })), 'mailbox-unknown');
    const device = { ...change, address: 'bob@sued.example', deviceId: '0'.repeat(32) };
    assert.equal(await codeOf(operator.changeMailbox(device)), 'mailbox-unknown');
    assert.equal(await codeOf(operator.changeMailbox({ ...device, deviceId: 'x' })), 'mailbox-unknown');
  });
});
