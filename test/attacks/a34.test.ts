import { assert } from 'chai';
import { interruptedMessages } from '../../client/core/send/send.js';
import { receivedLetters } from '../../client/core/receive/inbox.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { type Desk } from '../../client/core/desk.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { type TestDesk, enrolDesk } from '../support/practice-desk.js';
import { type Actor, type TestRelay, base64Url, expectStatus, startTestRelay } from '../support/relay.js';
import { sendText } from './letters.js';

/** KIM drops a recipient whose certificate is missing, and sends to the others. */
describe('A34: one of n recipients cannot be sealed to', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let [alice, bob, carol]: [TestDesk, TestDesk, TestDesk] = [] as never;

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    t = await startTestRelay(kind);
    alice = await enrolDesk(t, 'alice@nord.example');
    bob = await enrolDesk(t, 'bob@sued.example');
    carol = await enrolDesk(t, 'carol@west.example');
  });
  after(async () => {
    await Promise.all([alice, bob, carol].map((desk) => desk.close()));
    await t.close();
  });

  const append = async (actor: Actor, statement: Uint8Array) =>
    expectStatus(
      201,
      actor.ask('POST', `/api/mailboxes/${actor.mailboxId}/statements`, {
        json: { statements: [base64Url(actor.mailbox.commit(statement))] },
      }),
    );
  const countMessages = async () => (await t.db('messages').count<{ count: number }[]>('* as count'))[0]?.count;

  /** To Bob and Carol, who can be sealed to, with the one who cannot between them. */
  async function tellsBefore(from: Desk, address: string, code: string): Promise<void> {
    const [messages, chains] = [await countMessages(), new Map(alice.account.state.chainsOut)];
    const sending = () => sendText(from, { to: [bob.address, address], cc: [carol.address], text: address });
    assert.equal(await codeOf(sending), code);
    assert.equal(await countMessages(), messages, 'nothing was sent to anybody');
    assert.deepEqual(interruptedMessages(alice.account), [], 'and nothing is under way');
    assert.deepEqual(new Map(alice.account.state.chainsOut), chains, 'no number of a chain is taken');
  }

  it('whose published key is none at all', async () => {
    const broken = await t.enrol('broken@ost.example');
    await append(broken, broken.mailbox.epoch({ kemKey: new Uint8Array(1216).fill(255) }));
    await tellsBefore(alice, broken.address, 'recipient-unusable');
  });

  it('whose only device has been revoked since', async () => {
    const revoked = await t.enrol('revoked@ost.example');
    await append(revoked, revoked.mailbox.revokeDevice(revoked.deviceId));
    await tellsBefore(alice, revoked.address, 'recipient-unusable');
  });

  it('whose epoch has ended', async () => {
    const away = await t.enrol('away@ost.example');
    const day = 86_400_000;
    const past = { notBeforeMs: Date.now() - 60 * day, notAfterMs: Date.now() - 1 };
    await append(away, away.mailbox.epoch(past));
    await tellsBefore(alice, away.address, 'recipient-unusable');
  });

  it('who does not exist', async () => {
    await tellsBefore(alice, 'nobody@nowhere.example', 'recipient-unknown');
  });

  it('whom the relay hides, or shows with another chain', async () => {
    const { relay } = alice;
    const bobId = bob.account.content.mailboxId;
    const hides = {
      findAddress: async (address: string) => (address === bob.address ? null : relay.findAddress(address as never)),
    };
    await tellsBefore(alice.through(hides), carol.address, 'recipient-unknown');
    const exchanges = {
      excerpt: () => Promise.resolve(null),
      statements: async (mailboxId: string, after: number) =>
        relay.statements(mailboxId === bobId ? carol.account.content.mailboxId : (mailboxId as never), after),
    };
    await tellsBefore(alice.through(exchanges), carol.address, 'chain-invalid');
  });

  it('who takes no messages of the sender', async () => {
    await carol.relay.setContact(alice.account.content.mailboxId, 'denied');
    const messages = await countMessages();
    assert.equal(await codeOf(() => sendText(alice, { to: [bob.address, carol.address] })), 'contact-denied');
    assert.equal(await countMessages(), messages);
    assert.deepEqual(interruptedMessages(alice.account), []);
    await carol.relay.setContact(alice.account.content.mailboxId, 'none');
  });

  it('and when all can be sealed to, all get it', async () => {
    const sent = await sendText(alice, { to: [bob.address], cc: [carol.address], text: 'for both' });
    assert.lengthOf(sent.recipients, 2);
    for (const desk of [bob, carol]) {
      await syncInbox(desk);
      assert.deepEqual(
        receivedLetters(desk.account).map(({ body }) => body.text),
        ['for both'],
      );
    }
  });
});
