import { assert } from 'chai';
import { receivedLetters } from '../../client/core/receive/inbox.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { type Delivery } from '../../client/core/relay/answer.js';
import { encodeHeader, encodeRecipientPart } from '../../crypto/wire/message.js';
import { idBytes } from '../../crypto/wire/ids.js';
import { databases } from '../support/database.js';
import { type TestDesk, enrolDesk } from '../support/practice-desk.js';
import { type TestRelay, startTestRelay } from '../support/relay.js';
import { seal } from '../vectors/envelope/writer.js';
import { fields } from '../vectors/second.js';
import { forgedLetter } from './forged.js';
import { sendText } from './letters.js';

/** Surreptitious forwarding: what Alice wrote to Bob must not look as if she had written it to Carol. */
describe('A27: Bob re-seals Alice’s message to Carol, or the relay replays an old one', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let [alice, bob, carol]: [TestDesk, TestDesk, TestDesk] = [] as never;

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    t = await startTestRelay(kind);
    alice = await enrolDesk(t, 'alice@nord.example');
    bob = await enrolDesk(t, 'bob@sued.example');
    carol = await enrolDesk(t, 'carol@west.example');
    await sendText(alice, { to: [bob.address], text: 'for Bob' });
    await syncInbox(bob);
  });
  after(async () => {
    await Promise.all([alice, bob, carol].map((desk) => desk.close()));
    await t.close();
  });

  const idOf = (desk: TestDesk) => desk.account.content.mailboxId;
  const lettersOf = (desk: TestDesk) => receivedLetters(desk.account).map(({ body }) => body.text);
  const codesOf = (desk: TestDesk) => [...desk.account.state.quarantine.values()].map(({ code }) => code);
  const original = () => {
    const [letter] = receivedLetters(bob.account);
    const { header, part, signature, secrets, expiresMs } = letter?.stored ?? assert.fail('nothing received');
    return { header, part, signature, secrets, expiresMs };
  };

  /** What Bob has of Alice's message, sealed for Carol, and delivered by a relay that plays along. */
  async function resealed(change: 'nothing' | 'part' | 'header'): Promise<string[]> {
    const { header, part, signature, expiresMs } = original();
    const { state } = await bob.directory.refresh(idOf(carol));
    const draft = await forgedLetter({ from: bob, to: state, expiresMs });
    const mine = { mailboxId: idOf(carol), kemKeyId: state.epoch?.kemKeyId ?? assert.fail() };
    const forPart = change === 'nothing' ? part : { ...part, ...mine };
    const forHeader = change === 'header' ? { ...header, recipients: [{ ...mine, role: 'to' as const }] } : header;
    const { bytes } = await seal({
      ...draft,
      rawHeader: encodeHeader(forHeader),
      rawPart: encodeRecipientPart(forPart),
      innerChange: { 3: signature, 4: [] },
    });
    await bob.relay.postMessage({
      messageId: draft.name.padEnd(32, '0') as never,
      envelopes: [{ mailboxId: idOf(carol), envelope: bytes }],
      payloads: [],
      reuse: [],
      expiresMs,
      deadlineMs: null,
    });
    const { sender, messageId } = header;
    const lying = carol.through({
      listDeliveries: async (after, limit) => {
        const page = await carol.relay.listDeliveries(after, limit);
        const routing = { senderMailboxId: sender.mailboxId, senderDeviceId: sender.deviceId, messageId };
        return { ...page, deliveries: page.deliveries.map((one): Delivery => ({ ...one, ...routing })) };
      },
    });
    await syncInbox(lying);
    return codesOf(carol);
  }

  for (const change of ['nothing', 'part', 'header'] as const) {
    const what = { nothing: 'as it is', part: 'with Carol in P', header: 'with Carol in H and P' }[change];
    it(`re-sealed ${what}, it does not open for Carol`, async () => {
      const before = codesOf(carol).length;
      const codes = await resealed(change);
      assert.deepEqual(codes.slice(before), ['open-failed']);
      assert.deepEqual(lettersOf(carol), []);
    });
  }

  it('re-sealed for the own mailbox as own state of somebody else, it does not open either', async () => {
    const { state } = await alice.directory.refresh(idOf(carol));
    const expiresMs = Date.now() + 30 * 86_400_000;
    const draft = await forgedLetter({ from: alice, to: state, expiresMs });
    const { member } = alice.account.content.device;
    const op = fields({ 1: 'verified-contact', 5: idBytes(idOf(bob)) });
    const own = (await alice.directory.refresh(idOf(alice))).state.epoch?.kemKeyId ?? assert.fail();
    const body = fields({ 1: 'state', 7: expiresMs, 11: [member.label, member.salt], 12: Date.now(), 13: op });
    const { bytes } = await seal({
      ...draft,
      headerChange: { ...draft.headerChange, 6: [[idBytes(idOf(alice)), 'to', idBytes(own)]], 7: body },
      partChange: { 3: 'bcc' },
    });
    const messageId = draft.name.padEnd(32, '0') as never;
    const envelopes = [{ mailboxId: idOf(carol), envelope: bytes }];
    await alice.relay.postMessage({ messageId, envelopes, payloads: [], reuse: [], expiresMs, deadlineMs: null });
    const before = codesOf(carol).length;
    await syncInbox(carol);
    assert.deepEqual(codesOf(carol).slice(before), ['open-failed']);
    assert.isFalse(carol.account.state.own.verifiedContacts.has(idOf(bob)));
  });

  it('an old message that the relay delivers again, under a new number, is a replay and shown once', async () => {
    await sendText(alice, { to: [bob.address], text: 'the next one' });
    const [old] = (await bob.relay.listDeliveries(0, 1)).deliveries;
    assert(old);
    const lying = bob.through({
      listDeliveries: async (after, limit) => {
        const page = await bob.relay.listDeliveries(after, limit);
        return { ...page, deliveries: page.deliveries.map(({ seq }) => ({ ...old, seq })) };
      },
      envelope: () => bob.relay.envelope(old.seq),
    });
    await syncInbox(lying);
    assert.deepEqual(codesOf(bob), ['replay']);
    assert.deepEqual(lettersOf(bob), ['for Bob']);
  });

  it('deliveries that go back to old numbers are refused as a whole', async () => {
    const lying = bob.through({
      listDeliveries: async (_after, limit) => bob.relay.listDeliveries(0, limit),
    });
    await sendText(alice, { to: [bob.address], text: 'one more' });
    const error: unknown = await syncInbox(lying).then(
      () => null,
      (reason: unknown) => reason,
    );
    assert.equal((error as { code?: string }).code, 'relay-answer');
    assert.deepEqual(lettersOf(bob), ['for Bob']);
  });

  it('without an attack the rest arrives', async () => {
    await syncInbox(bob);
    assert.includeMembers(lettersOf(bob), ['for Bob', 'one more']);
  });
});
