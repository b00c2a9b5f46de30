import { assert } from 'chai';
import { createPinnedView } from '../../client/core/directory/pinned-view.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { type TestClient, enrolClient } from '../support/client.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { type Lie, jsonAnswer, problemAnswer, withJson } from '../support/lying-relay.js';
import { TestMailbox, createDevice } from '../support/mailbox.js';
import { base64Url } from '../support/relay.js';
import { type WitnessedRelay, startWitnessedRelay } from '../support/witnesses.js';

/** A11: the relay adds a recipient, a device or a member. Nothing is sealed to it without the mailbox identity's signature. */
describe('attack A11: the relay adds a device, a member, a recipient', function () {
  this.timeout(120_000);
  let lying: WitnessedRelay;
  let alice: TestClient;
  let bob: TestClient;
  let eve: TestClient;

  before(async () => {
    const [kind] = databases();
    if (kind === undefined) throw new Error('no database');
    lying = await startWitnessedRelay(kind);
    alice = await enrolClient(lying, 'alice@x.example');
    bob = await enrolClient(lying, 'bob@x.example');
    eve = await enrolClient(lying, 'eve@x.example');
  });
  after(async () => {
    for (const client of [alice, bob, eve]) await client.close();
    await lying.close();
  });
  afterEach(() => lying.tellTheTruth());

  interface Statements {
    readonly statements: readonly string[];
    readonly last: number;
  }
  const posted = (): number =>
    lying.requests.filter(({ method, path }) => method === 'POST' && path === '/api/messages').length;

  /** The true chain of a client with one statement more, made by somebody who has none of its keys. */
  async function adding(client: TestClient, make: (mailbox: TestMailbox) => Uint8Array): Promise<Lie> {
    const other = await TestMailbox.create(client.address);
    const statement = base64Url(make(other));
    return withJson<Statements>(({ statements, last }) => ({ statements: [...statements, statement], last: last + 1 }));
  }

  /** A relay that knows no excerpts: chains are read whole. What excerpts can be made to say: test/client/core/directory/excerpt.test.ts. */
  function withoutExcerpts(): void {
    lying.lie('GET /api/mailboxes/:mailboxId/excerpt', () => problemAnswer(404, 'not-found'));
  }

  async function assertNothingSent(lie: Lie, client: TestClient, code: string): Promise<void> {
    withoutExcerpts();
    lying.lie(`GET /api/mailboxes/${client.account.content.mailboxId}/statements`, lie);
    const before = posted();
    assert.equal(await codeOf(() => alice.send(bob.address)), code);
    assert.equal(posted(), before);
    lying.tellTheTruth();
  }

  it('seals nothing to a recipient’s chain with a device that the identity has not signed', async () => {
    const device = createDevice();
    await assertNothingSent(await adding(bob, (mailbox) => mailbox.addDevice(device)), bob, 'chain-invalid');
  });

  it('seals nothing to an epoch that none of the recipient’s devices has signed', async () => {
    await assertNothingSent(await adding(bob, (mailbox) => mailbox.epoch()), bob, 'chain-invalid');
  });

  it('seals nothing after a revocation that the identity has not signed', async () => {
    const revoking = (mailbox: TestMailbox): Uint8Array => mailbox.revokeDevice(bob.account.content.device.deviceId);
    await assertNothingSent(await adding(bob, revoking), bob, 'chain-invalid');
  });

  it('stops when the own chain has a device too many, and when a statement is withheld from it', async () => {
    const device = createDevice();
    await assertNothingSent(await adding(alice, (mailbox) => mailbox.addDevice(device)), alice, 'chain-invalid');
    const withheld = withJson<Statements>(({ statements, last }) => ({
      statements: statements.slice(0, -1),
      last: last - 1,
    }));
    await assertNothingSent(withheld, alice, 'directory-contradiction');
  });

  it('seals nothing to a statement that is signed as it should be and kept from the log', async () => {
    // The relay runs a mailbox of its own, and shows alice a device that nobody else is to see.
    const mallory = await lying.truth.enrol('mallory@x.example');
    withoutExcerpts();
    const hidden = base64Url(mallory.mailbox.commit(mallory.mailbox.addDevice(createDevice())));
    lying.lie(
      `GET /api/mailboxes/${mallory.mailboxId}/statements`,
      withJson<Statements>(({ statements, last }) => ({ statements: [...statements, hidden], last: last + 1 })),
    );
    let nowMs = Date.now();
    const hurried = { patienceMs: 0, now: () => nowMs, sleep: (ms: number) => Promise.resolve(void (nowMs += 8 * ms)) };
    const view = createPinnedView(alice.account, alice.relay, hurried);
    assert.equal(await codeOf(() => view.refresh(mallory.mailboxId)), 'log-behind');
  });

  it('an envelope that the relay gives to another mailbox does not open there', async () => {
    await alice.send(bob.address, 'nur für Bob');
    const [delivery] = (await bob.relay.listDeliveries(0)).deliveries;
    const bytes = await bob.relay.envelope(delivery?.seq ?? 1);
    const { mailboxId } = alice.account.content;
    lying.lie('GET /api/deliveries', (request) => {
      const isFirst = request.query.get('after') === '0';
      const listed = {
        ...{ seq: 1, senderMailboxId: mailboxId, senderDeviceId: alice.account.content.device.deviceId },
        ...{ messageId: delivery?.messageId, envelopeBytes: bytes.length, envelopeDigest: '', payloadIds: [] },
        ...{
          state: 'pending',
          acceptedAt: new Date().toISOString(),
          expiresAt: new Date(Date.now() + 1e9).toISOString(),
        },
        ...{ deadlineAt: null, attendedAt: null },
      };
      return jsonAnswer({ deliveries: isFirst ? [listed] : [], last: 1 });
    });
    lying.lie('GET /api/deliveries/:seq/envelope', () => ({ status: 200, headers: {}, body: Buffer.from(bytes) }));
    await syncInbox(eve.again());
    assert.equal(eve.account.state.messages.size, 0);
    assert.deepEqual(
      [...eve.account.state.quarantine.values()].map(({ code }) => code),
      ['open-failed'],
    );
  });
});
