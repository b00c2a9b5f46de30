import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { receivedLetters } from '../../client/core/receive/inbox.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { databases } from '../support/database.js';
import { type TestDesk, enrolDesk } from '../support/practice-desk.js';
import { type TestRelay, startTestRelay } from '../support/relay.js';
import { createEnvelope, messageTo } from '../support/sealed-payload.js';
import { sendText } from './letters.js';

/** What the relay's own check of the frame lets through, and what only a relay that plays along delivers. */
const NOISE = 20;
const BEHIND_THE_RELAY: readonly Uint8Array[] = [
  new Uint8Array(0),
  new Uint8Array(1),
  Buffer.from('BBENVL1\n'),
  Buffer.from('From: nobody\r\n\r\nnot an envelope at all'),
  new Uint8Array(6_000),
  randomBytes(6_000),
  // The frame alone, and twice in each other.
  createEnvelope(5_282),
  Buffer.concat([createEnvelope(), createEnvelope()]),
  new Uint8Array(4 * 1024 * 1024),
];

function next(list: Uint8Array[]): Uint8Array {
  return list.shift() ?? assert.fail('nothing left to say');
}

describe('attack A4: a mailbox full of malformed envelopes', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let [alice, bob, eve]: [TestDesk, TestDesk, TestDesk] = [] as never;

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    t = await startTestRelay(kind);
    alice = await enrolDesk(t, 'alice@nord.example');
    bob = await enrolDesk(t, 'bob@sued.example');
    eve = await enrolDesk(t, 'eve@ost.example');
  });
  after(async () => {
    await Promise.all([alice, bob, eve].map((desk) => desk.close()));
    await t.close();
  });

  async function post(): Promise<void> {
    const { messageId } = messageTo([]);
    const envelopes = [{ mailboxId: bob.account.content.mailboxId, envelope: createEnvelope() }];
    const expiresMs = Date.now() + 86_400_000 * 30;
    const message = { messageId: messageId as never, envelopes, payloads: [], reuse: [], expiresMs, deadlineMs: null };
    await eve.relay.postMessage(message);
  }

  it('lets the good one through that came last, and has each of the others in quarantine, once', async () => {
    for (let i = 0; i < NOISE; i++) await post();
    const said: Uint8Array[] = [...BEHIND_THE_RELAY];
    for (let i = 0; i < said.length; i++) await post();
    await sendText(alice, { to: [bob.address], text: 'the last one' });
    const bad = NOISE + BEHIND_THE_RELAY.length;

    // It says something else than it was given, of the first ones; the others are what it holds.
    const lying = bob.through({
      envelope: (seq) => (seq === bad + 1 || said.length === 0 ? bob.relay.envelope(seq) : Promise.resolve(next(said))),
    });
    assert.isAtLeast(await syncInbox(lying), bad + 1);
    assert.isEmpty(said);
    assert.deepEqual(
      receivedLetters(bob.account).map(({ body }) => body.text),
      ['the last one'],
    );
    const quarantined = [...bob.account.state.quarantine.values()];
    assert.equal(new Set(quarantined.map(({ seq }) => seq)).size, bad);
    assert.deepEqual([...new Set(quarantined.map(({ code }) => code))], ['open-failed']);

    assert.equal(await syncInbox(bob), 0, 'they are not looked at again');
    await sendText(alice, { to: [bob.address], text: 'and the next one' });
    await syncInbox(bob);
    assert.lengthOf(receivedLetters(bob.account), 2);
  });
});
