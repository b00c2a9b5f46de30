import { assert } from 'chai';
import { acceptAddressChange, findAddressChange } from '../../../../client/core/contacts/address-change.js';
import {
  findContact,
  isVerifiedInPerson,
  listContacts,
  safetyNumberWith,
  verifyContact,
  unverifyContact,
} from '../../../../client/core/contacts/contacts.js';
import { tellOwnDevices } from '../../../../client/core/contacts/own-devices.js';
import { workOn } from '../../../../client/core/account/own-state.js';
import { type Desk } from '../../../../client/core/desk.js';
import { entryName, practiceName } from '../../../../client/core/directory/practice-name.js';
import { publishAttestation } from '../../../../client/core/registrar/publish.js';
import { parseAddress, parseRegistrarId } from '../../../../client/core/ids.js';
import { trustRegistrar } from '../../../../client/core/registrar/trust.js';
import { receivedLetters } from '../../../../client/core/receive/inbox.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import { composeMessage } from '../../../../client/core/send/compose.js';
import { confirm } from '../../../../client/core/receive/confirm.js';
import {
  type Letter,
  letterBody,
  newMessageId,
  resumeMessage,
  sendMessage,
} from '../../../../client/core/send/send.js';
import { encodeSignedAttestation } from '../../../../crypto/wire/attestation.js';
import { type ChainState, verifyChain } from '../../../../crypto/wire/chain.js';
import { signEpoch } from '../../../../crypto/seal/statements.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import { type TestDesk, enrolDesk } from '../../../support/practice-desk.js';
import { type TestRegistrar, createRegistrar } from '../../../support/registrar.js';
import { type TestRelay, base64Url, startTestRelay } from '../../../support/relay.js';

const DAY_MS = 86_400_000;
const OPTIONS = { reopen: () => Promise.reject(new Error('no files')) };

function letterTo(address: string, text = 'Guten Tag'): Letter {
  return {
    to: [parseAddress(address)],
    cc: [],
    bcc: [],
    subject: 'Test',
    text,
    replyTo: null,
    urgency: null,
    expiresMs: Date.now() + 30 * DAY_MS,
  };
}
const send = (from: Desk, to: TestDesk, text?: string) => sendMessage(from, letterTo(to.address, text), null, OPTIONS);

/** Makes the new mailbox's chain longer than the former one's: the log goes on where its entry grows. */
async function startEpoch({ account, relay, directory }: TestDesk): Promise<void> {
  const { mailboxId, device, epochs } = account.content;
  const state = verifyChain(await relay.statements(mailboxId, 0));
  const next = await signEpoch(state, device, account.key, Date.now());
  await account.saveContent({ ...account.content, epochs: [next.secret, ...epochs] });
  await relay.postStatements(mailboxId, [next.bytes]);
  for (let agreement = ''; agreement !== 'same';) ({ agreement } = await directory.examine(mailboxId));
}

/** Somebody in this program who has forgotten to ask. */
async function tellNobody(desk: Desk, chain: ChainState): Promise<unknown> {
  const { account, directory } = desk;
  const { state: own } = await directory.refresh(account.content.mailboxId);
  return composeMessage(account, {
    messageId: newMessageId(),
    createdMs: Date.now(),
    body: letterBody(account, letterTo('x@x.example'), { studies: 0, instances: 0, bytes: 0 }, newMessageId()),
    payloads: [],
    secrets: new Map(),
    recipients: [{ chain, role: 'to' }],
    own,
  });
}

describe('contacts of a mailbox', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let registrar: TestRegistrar;
  let nord: TestDesk;
  let sued: TestDesk;

  before(async () => {
    const [kind] = databases();
    registrar = await createRegistrar();
    t = await startTestRelay(kind ?? assert.fail(), { registrars: registrar.registrarId });
    nord = await enrolDesk(t, 'befund@nord.example', 'Radiologie Nord');
    sued = await enrolDesk(t, 'praxis@sued.example', 'Hausarzt Süd');
  });
  after(async () => {
    await Promise.all([nord, sued].map((desk) => desk.close()));
    await t.close();
  });

  const idOf = (desk: Desk) => desk.account.content.mailboxId;

  describe('their names', () => {
    const attest = (said: object) => base64Url(encodeSignedAttestation(registrar.attest(nord.account.content, said)));
    const searched = async () => {
      const { entries } = await sued.relay.searchDirectory('nord.example', null);
      const entry = entries[0] ?? assert.fail('nothing found');
      return { entry, name: entryName(sued.account, entry, Date.now()) };
    };

    it('are trusted as the relay named its registrars at enrolment, whatever it says later', () => {
      assert.deepEqual([...nord.account.state.registrars], [registrar.registrarId]);
    });

    it('come with the chain, and are verified by the trusted registrar’s word alone', async () => {
      assert.isNull(practiceName(sued.account, idOf(nord), Date.now()));
      await publishAttestation(nord, ` ${attest({})}\n`);
      await sued.directory.refresh(idOf(nord));
      assert.deepInclude(practiceName(sued.account, idOf(nord), Date.now()), {
        name: 'Radiologie Nord',
        isVerified: true,
      });
      const later = practiceName(sued.account, idOf(nord), Date.now() + 400 * DAY_MS);
      assert.deepInclude(later, { name: 'Radiologie Nord', isVerified: false });
      await sued.account.record({ kind: 'registrars', registrars: [] });
      assert.isFalse(practiceName(sued.account, idOf(nord), Date.now())?.isVerified);
      await sued.account.record({ kind: 'registrars', registrars: [registrar.registrarId] });
    });

    it('are trusted on all devices as a person has decided on one', async () => {
      const second = await nord.another('Empfang');
      try {
        const other = parseRegistrarId('ab'.repeat(32));
        await trustRegistrar(nord, other, 'trust');
        await trustRegistrar(nord, registrar.registrarId, 'distrust');
        await syncInbox(second);
        assert.deepEqual([...second.account.state.registrars], [other]);
        await trustRegistrar(second, other, 'distrust');
        await trustRegistrar(second, registrar.registrarId, 'trust');
        await syncInbox(nord);
        assert.deepEqual([...nord.account.state.registrars], [registrar.registrarId]);
        assert.deepEqual([...sued.account.state.registrars], [registrar.registrarId], 'nobody else is told');
      } finally {
        await second.close();
      }
    });

    it('are known on a device that was told of the contact by another one, as soon as it looks itself', async () => {
      const second = await sued.another('Labor');
      try {
        await second.account.record({ kind: 'registrars', registrars: [registrar.registrarId] });
        await sued.directory.refresh(idOf(nord));
        await syncInbox(sued);
        await syncInbox(second);
        const told = second.account.state.pins.get(idOf(nord));
        assert.deepEqual(told, sued.account.state.pins.get(idOf(nord)), 'told, with everything but the name');
        await second.directory.refresh(idOf(nord));
        assert.deepEqual(second.account.state.pins.get(idOf(nord)), told, 'the chain has not grown meanwhile');
        assert.deepInclude(practiceName(second.account, idOf(nord), Date.now()), {
          name: 'Radiologie Nord',
          isVerified: true,
        });
      } finally {
        await second.close();
      }
    });

    it('that a search shows are verified here, and not by the relay’s word', async () => {
      const { entry, name } = await searched();
      assert.isTrue(name.isVerified);
      const lies = [
        { ...entry, attestation: null, practiceName: 'Ärztekammer' },
        { ...entry, mailboxId: idOf(sued) },
        { ...entry, address: parseAddress('eve@eve.example') },
        { ...entry, attestation: entry.attestation?.map((byte, i) => (i === 60 ? byte ^ 1 : byte)) ?? null },
        { ...entry, attestation: new Uint8Array(10) },
      ];
      for (const lie of lies) assert.isFalse(entryName(sued.account, lie, Date.now()).isVerified);
    });

    it('are not published when they are about another mailbox, old, or not a registrar’s word', async () => {
      const foreign = base64Url(encodeSignedAttestation(registrar.attest(sued.account.content)));
      const old = attest({ issuedMs: 1 });
      for (const text of [foreign, old, 'junk', '']) {
        assert.equal(await codeOf(() => publishAttestation(nord, text)), 'attestation-invalid');
      }
    });
  });

  describe('verified in person', () => {
    it('by the right number only, and the mark travels to the other devices', async () => {
      const second = await nord.another('Empfang');
      try {
        const number = safetyNumberWith(sued.account, idOf(nord));
        const wrong = number.digits.split('').reverse().join('');
        assert.equal(await codeOf(() => verifyContact(nord, idOf(sued), wrong)), 'safety-number-differs');
        await verifyContact(nord, idOf(sued), number.text);
        await syncInbox(nord);
        await syncInbox(second);
        for (const desk of [nord, second]) {
          assert.isTrue(isVerifiedInPerson(desk.account, idOf(sued)));
          assert.equal(desk.account.state.own.verifiedContacts.get(idOf(sued))?.member, 'Dr. befund');
        }
        assert.deepEqual(receivedLetters(second.account), [], 'it is no letter');
        await unverifyContact(second, idOf(sued));
        for (const desk of [nord, second]) {
          await syncInbox(desk);
          assert.isFalse(isVerifiedInPerson(desk.account, idOf(sued)));
        }
        assert.isFalse(isVerifiedInPerson(sued.account, idOf(nord)));
      } finally {
        await second.close();
      }
    });

    it('and the common work: the newest operation counts, on every device', async () => {
      const { messageId } = await send(sued, nord);
      const target = { sender: idOf(sued), messageId };
      await tellOwnDevices(nord, { op: 'claim', target });
      await tellOwnDevices(nord, { op: 'note', target, text: 'Rückruf' });
      await tellOwnDevices(nord, { op: 'hand-over', target, to: 'Empfang' });
      await tellOwnDevices(nord, { op: 'done', target });
      await syncInbox(nord);
      const work = workOn(nord.account.state.own, target);
      assert.deepEqual(
        [work.assignee, work.done?.member, work.notes.map(({ text }) => text)],
        ['Empfang', 'Dr. befund', ['Rückruf']],
      );
      await tellOwnDevices(nord, { op: 'claim', target });
      await syncInbox(nord);
      assert.deepInclude(workOn(nord.account.state.own, target), { assignee: 'Dr. befund', done: null });
      assert.deepInclude(workOn(nord.account.state.own, { ...target, sender: idOf(nord) }), { assignee: null });
    });
  });

  describe('consent', () => {
    it('is remembered by the receiver, also when another device gives it, and by the sender who resumes', async () => {
      const west = await enrolDesk(t, 'west@west.example', 'Klinik West');
      try {
        await sued.relay.setContactPolicy('known');
        const sent = await send(west, sued);
        assert.deepEqual([sent.state, sent.recipients], ['sent', [{ mailboxId: idOf(sued), consent: 'held' }]]);
        await syncInbox(sued);
        assert.isTrue(receivedLetters(sued.account).at(-1)?.isHeld);
        await sued.relay.setContact(idOf(west), 'allowed');
        await syncInbox(sued);
        assert.isFalse(receivedLetters(sued.account).at(-1)?.isHeld);
        assert.deepEqual(
          (await listContacts(sued)).contacts.map(({ mailboxId, permission }) => [mailboxId, permission]),
          [[idOf(west), 'allowed']],
        );
        assert.equal((await send(west, sued)).recipients[0]?.consent, 'given');
      } finally {
        await sued.relay.setContactPolicy('all');
        await west.close();
      }
    });

    it('that is refused takes the letter away, and the next one does not leave', async () => {
      const west = await enrolDesk(t, 'ost@ost.example', 'Klinik Ost');
      try {
        await sued.relay.setContactPolicy('known');
        await send(west, sued, 'unerwünscht');
        await syncInbox(sued);
        await sued.relay.setContact(idOf(west), 'denied');
        await syncInbox(sued);
        assert.notInclude(
          receivedLetters(sued.account).map(({ body }) => body.text),
          'unerwünscht',
        );
        const links = west.account.state.chainsOut.get(idOf(sued))?.n;
        assert.equal(await codeOf(() => send(west, sued)), 'contact-denied');
        assert.equal(west.account.state.chainsOut.get(idOf(sued))?.n, links, 'its number is free again');
        assert.equal(
          await codeOf(() =>
            resumeMessage(west, west.account.state.outgoing.keys().next().value ?? assert.fail(), OPTIONS),
          ),
          'message-unknown',
        );
      } finally {
        await sued.relay.setContactPolicy('all');
        await west.close();
      }
    });
  });

  describe('an address with another mailbox behind it', () => {
    it('blocks sending and receiving until a person enters the number heard, and not a moment earlier', async () => {
      const victim = await enrolDesk(t, 'opfer@opfer.example', 'Opfer');
      const second = await nord.another('Frau Krämer');
      await send(nord, victim);
      await send(victim, nord, 'alt');
      await syncInbox(nord);
      const former = idOf(victim);
      await syncInbox(second);
      assert.equal(second.account.state.pinnedAddresses.get(parseAddress(victim.address)), former, 'told by the first');
      const ownBefore = await victim.directory.refresh(former);
      // The operator gives the address to a new mailbox: a lost practice, or an attack. The relay's tables say so.
      await t.db('mailboxes').where({ address: victim.address }).update({ address: 'former@opfer.example' });
      await t.db('invitations').where({ address: victim.address }).update({ address: 'former@opfer.example' });
      await t.db('looks').where({ kind: 'address' }).delete();
      const renewed = await enrolDesk(t, victim.address, 'Opfer');
      await startEpoch(renewed);
      const address = parseAddress(victim.address);
      try {
        // What was sealed before the second device was added does not open there.
        const codes = ({ account }: Desk = nord) =>
          [...account.state.quarantine.values()].map(({ code }) => code).filter((code) => code !== 'open-failed');
        await send(renewed, nord, 'neu');
        for (const desk of [nord, second]) {
          assert.equal(await codeOf(() => send(desk, renewed)), 'address-changed');
          await syncInbox(desk);
          assert.deepEqual(codes(desk), ['address-changed']);
        }

        const change = await findAddressChange(nord, address);
        assert.deepEqual(change, { address, before: former, now: idOf(renewed) });
        const before = safetyNumberWith(nord.account, former).text;
        assert.equal(await codeOf(() => acceptAddressChange(nord, change, before)), 'safety-number-differs');
        assert.equal(await codeOf(() => send(nord, renewed)), 'address-changed');

        await acceptAddressChange(nord, change, safetyNumberWith(renewed.account, idOf(nord)).text);
        assert.deepEqual(codes(), []);
        const texts = receivedLetters(nord.account).map(({ body }) => body.text);
        assert.includeMembers(texts, ['alt', 'neu'], 'the old one stays, the new one is looked at again');
        assert.equal((await send(nord, renewed)).state, 'sent');
        assert.equal(await codeOf(() => findAddressChange(nord, address)), 'address-unchanged');
        assert.equal(await findContact(nord, address), idOf(renewed));

        const old = receivedLetters(nord.account).find(({ body }) => body.text === 'alt') ?? assert.fail('gone');
        const posted = async () => (await t.db('messages').count<{ count: string }[]>('* as count'))[0]?.count;
        const count = await posted();
        await confirm(nord, old, [], 0);
        const { state: chain } = await nord.directory.refresh(former);
        assert.equal(await codeOf(() => tellNobody(nord, chain)), 'address-changed');
        assert.equal(await posted(), count, 'no receipt either: nothing is sealed to the former mailbox');

        await syncInbox(second);
        assert.deepEqual(codes(second), [], 'decided for the whole mailbox');
        assert.include(
          receivedLetters(second.account).map(({ body }) => body.text),
          'neu',
        );
        assert.equal((await send(second, renewed)).state, 'sent');

        // The log has told the victim's own client, which sends nothing any more; one that does not look goes on.
        const stubborn: Desk = {
          ...victim,
          directory: {
            ...victim.directory,
            refresh: (id) => (id === former ? Promise.resolve(ownBefore) : victim.directory.refresh(id)),
          },
        };
        await send(stubborn, nord, 'von gestern');
        await syncInbox(nord);
        assert.deepEqual(codes(), ['address-changed'], 'the former mailbox says nothing new any more');
      } finally {
        await Promise.all([victim, renewed, second].map((desk) => desk.close()));
      }
    });
  });
});
