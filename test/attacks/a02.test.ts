import { assert } from 'chai';
import { receivedLetters } from '../../client/core/receive/inbox.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { type Delivery } from '../../client/core/relay/answer.js';
import { databases } from '../support/database.js';
import { type TestDesk, enrolDesk } from '../support/practice-desk.js';
import { type TestRelay, startTestRelay } from '../support/relay.js';
import { sendText } from './letters.js';

/** In KIM 1.5 the sender was a line that anybody could write (39C3). */
describe('A2: the relay changes the sender, or delivers under another one', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let [alice, bob, eve]: [TestDesk, TestDesk, TestDesk] = [] as never;

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    t = await startTestRelay(kind);
    alice = await enrolDesk(t, 'alice@nord.example', 'Radiologie Nord');
    bob = await enrolDesk(t, 'bob@sued.example', 'Hausarzt Süd');
    eve = await enrolDesk(t, 'eve@west.example', 'Praxis West');
  });
  after(async () => {
    await Promise.all([alice, bob, eve].map((desk) => desk.close()));
    await t.close();
  });

  const idOf = (desk: TestDesk) => desk.account.content.mailboxId;
  const letters = () => receivedLetters(bob.account).map(({ from, body }) => [from, body.text]);
  const quarantine = () => [...bob.account.state.quarantine.values()].map(({ code }) => code);
  /** Bob syncs with a relay that shows his next delivery as `change` says. */
  const syncLied = async (change: (delivery: Delivery) => Partial<Delivery>) => {
    const lying = bob.through({
      listDeliveries: async (after, limit) => {
        const page = await bob.relay.listDeliveries(after, limit);
        return { ...page, deliveries: page.deliveries.map((one) => ({ ...one, ...change(one) })) };
      },
    });
    await syncInbox(lying);
  };

  const LIES: readonly (readonly [string, (delivery: Delivery) => Partial<Delivery>])[] = [
    ['another mailbox as the sender', () => ({ senderMailboxId: idOf(alice) })],
    [
      'another mailbox and its device',
      () => ({ senderMailboxId: idOf(alice), senderDeviceId: alice.account.content.device.deviceId }),
    ],
    ['another device of the sender', () => ({ senderDeviceId: alice.account.content.device.deviceId })],
    ['the recipient himself as the sender', () => ({ senderMailboxId: idOf(bob) })],
    ['another message id', ({ messageId }) => ({ messageId: `${messageId.slice(0, -2)}00` as typeof messageId })],
    ['another expiry', ({ expiresAt }) => ({ expiresAt: expiresAt + 1 })],
    ['a deadline that nobody set', ({ expiresAt }) => ({ deadlineAt: expiresAt - 1 })],
  ];

  for (const [what, lie] of LIES) {
    it(`${what} is believed by nobody`, async () => {
      const before = [letters(), quarantine().length];
      await sendText(eve, { to: [bob.address], text: `lie: ${what}` });
      await syncLied(lie);
      assert.deepEqual([letters(), quarantine().length], [before[0], (before[1] as number) + 1]);
      assert.equal(quarantine().at(-1), 'message-quarantined');
    });
  }

  it("an envelope of Eve's in the place of Alice's is not Alice's", async () => {
    await sendText(alice, { to: [bob.address], text: 'from Alice' });
    const { last } = await bob.relay.listDeliveries(bob.account.state.cursor);
    await sendText(eve, { to: [bob.address], text: 'from Eve' });
    const lying = bob.through({ envelope: (seq) => bob.relay.envelope(seq === last ? last + 1 : seq) });
    const before = letters();
    await syncInbox(lying);
    assert.notDeepInclude(letters(), [alice.address, 'from Eve']);
    assert.equal(quarantine().at(-1), 'message-quarantined');
    assert.deepEqual(letters().slice(before.length), [[eve.address, 'from Eve']], 'Eve’s own place shows Eve');
  });

  it('without a lie the sender is the one that signed, by the address of his chain', async () => {
    await sendText(eve, { to: [bob.address], text: 'honest' });
    await syncInbox(bob);
    assert.deepEqual(letters().at(-1), [eve.address, 'honest']);
  });
});
