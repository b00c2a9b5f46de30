import { assert } from 'chai';
import { giveUpMessage } from '../../../../client/core/send/give-up.js';
import { newFileId, sendMessage } from '../../../../client/core/send/send.js';
import { planPackage } from '../../../../client/core/send/plan-package.js';
import { arrivalOf } from '../../../../client/core/receive/arrival.js';
import { type Letter, receivedLetters } from '../../../../client/core/receive/inbox.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import {
  addNote,
  claim,
  deviceNameOf,
  handOver,
  markDone,
  membersOf,
  workOf,
} from '../../../../client/core/work/work.js';
import { askToImport, offerPacs, tellImported } from '../../../../client/core/work/imports.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import { type DeskMaker, type TestDesk, deskMaker, sendText } from '../../../support/device-desk.js';
import { memorySource } from '../../../support/memory-source.js';
import { type TestRelay, startTestRelay } from '../../../support/relay.js';

describe('the common work of a mailbox', function () {
  this.timeout(60_000);
  let relay: TestRelay;
  let desks: DeskMaker;
  let nord: TestDesk;
  let doctor: TestDesk;
  let front: TestDesk;

  before(async () => {
    const [kind] = databases();
    assert(kind !== undefined);
    relay = await startTestRelay(kind);
    desks = deskMaker(relay, relay.relay.origin);
    nord = await desks.practice('befund@radiologie-nord.example');
    doctor = await desks.practice('praxis@hausarzt-sued.example');
    front = await desks.pair(doctor, { name: 'Anmeldung', member: 'Frau Lenz' });
    await sendText(nord, doctor, 'CT');
    await sync();
  });
  after(async () => {
    desks.close();
    await relay.close();
  });

  async function sync(): Promise<void> {
    for (const desk of [doctor, front]) await syncInbox(desk);
  }
  function letter(desk: TestDesk): Letter {
    const [first] = receivedLetters(desk.account);
    assert(first !== undefined);
    return first;
  }
  /** Both devices must say the same. */
  function work() {
    const [one, other] = [doctor, front].map((desk) => workOf(desk.account, letter(desk)));
    assert.deepEqual(one, other);
    assert(one !== undefined);
    return one;
  }

  it('begins with nobody, and knows its members by the names of the devices', () => {
    assert.deepEqual(work(), { assignee: null, assigned: null, done: null, notes: [], imports: new Map() });
    assert.deepEqual(membersOf(front.account), ['Dr. A. Meier', 'Frau Lenz']);
  });

  it('keeps who has asked for a PACS, what it has confirmed, and which device offers which', async () => {
    await offerPacs(front, ['archiv']);
    await offerPacs(front, ['archiv']);
    await sync();
    const { pacs } = doctor.account.state.own;
    assert.deepEqual([...pacs], [[front.account.content.device.deviceId, ['archiv']]]);
    await offerPacs(front, ['archiv']);
    await askToImport(doctor, letter(doctor), 'archiv');
    await sync();
    const { asked, stored } = work().imports.get('archiv') ?? {};
    assert.deepEqual([asked?.member, stored], ['Dr. A. Meier', null]);
    await tellImported(front, letter(front), { pacs: 'archiv', instances: 3, total: 4 });
    await sync();
    assert.include(work().imports.get('archiv')?.stored, { instances: 3, total: 4, member: 'Frau Lenz' });
    await askToImport(doctor, letter(doctor), 'archiv');
    await offerPacs(front, []);
    await sync();
    assert.equal(work().imports.get('archiv')?.stored, null);
    assert.deepEqual([...doctor.account.state.own.pacs.values()], [[]]);
  });

  it('names who has a message, and who said so on which device', async () => {
    await claim(front, letter(front));
    await sync();
    assert.equal(work().assignee, 'Frau Lenz');
    await handOver(front, letter(front), '  Dr. A. Meier ');
    await sync();
    const { assignee, assigned } = work();
    assert.deepEqual([assignee, assigned?.member], ['Dr. A. Meier', 'Frau Lenz']);
    assert(assigned !== null);
    assert.equal(deviceNameOf(doctor.account, assigned.deviceId), 'Anmeldung');
    assert.equal(deviceNameOf(front.account, doctor.account.content.device.deviceId), 'Erstes');
  });

  it('is done until somebody takes it on again, and keeps every note', async () => {
    await addNote(doctor, letter(doctor), 'Patientin angerufen');
    await addNote(front, letter(front), 'Termin Montag');
    await markDone(doctor, letter(doctor));
    await sync();
    assert.deepEqual(
      work().notes.map(({ member, text }) => [member, text]),
      [
        ['Dr. A. Meier', 'Patientin angerufen'],
        ['Frau Lenz', 'Termin Montag'],
      ],
    );
    assert.equal(work().done?.member, 'Dr. A. Meier');
    await claim(front, letter(front));
    await sync();
    assert.deepInclude(work(), { assignee: 'Frau Lenz', done: null });
  });

  it('gives the one who was later a message that two have claimed at once', async () => {
    await Promise.all([claim(doctor, letter(doctor)), claim(front, letter(front))]);
    await sync();
    assert.include(['Dr. A. Meier', 'Frau Lenz'], work().assignee);
  });

  it('refuses what says nothing or too much, and tells nobody', async () => {
    const before = work();
    assert.equal(await codeOf(() => addNote(front, letter(front), ' \n ')), 'work-invalid');
    assert.equal(await codeOf(() => addNote(front, letter(front), 'x'.repeat(10_001))), 'work-invalid');
    assert.equal(await codeOf(() => handOver(front, letter(front), '')), 'work-invalid');
    assert.equal(await codeOf(() => handOver(front, letter(front), 'x'.repeat(101))), 'work-invalid');
    await sync();
    assert.deepEqual(work(), before);
  });

  it('is nothing that the sender of the message gets', async () => {
    const before = nord.account.state.messages.size;
    await syncInbox(nord);
    const kinds = [...nord.account.state.messages.values()].slice(before).map(({ header }) => header.body.kind);
    // The copy of what he has sent himself, and nothing else.
    assert.deepEqual(kinds, ['message']);
  });

  it('a message that is given up is told so to its recipients, and cannot be gone on with', async () => {
    const source = memorySource('brief.pdf', new Uint8Array(3_000_000).fill(7));
    const planned = planPackage([], [{ kind: 'attachment', source, mediaType: 'application/pdf' }], newFileId);
    const text = {
      to: [doctor.account.content.address],
      cc: [],
      bcc: [],
      subject: 'Halb',
      text: '',
      replyTo: null,
      urgency: null,
      expiresMs: Date.now() + 86_400_000,
    };
    const gone = new AbortController();
    const reopen = (): Promise<never> => {
      gone.abort();
      return Promise.reject(new Error('the tab is closed'));
    };
    let id = '';
    const onPrepared = (messageId: string): void => void (id = messageId);
    await sendMessage(nord, text, planned, { reopen, onPrepared, signal: gone.signal }).catch(() => undefined);
    await giveUpMessage(nord, id as Parameters<typeof giveUpMessage>[1]);
    await syncInbox(doctor);
    const half = receivedLetters(doctor.account).at(-1);
    assert(half !== undefined);
    assert.equal(half.body.subject, 'Halb');
    assert.equal(await arrivalOf(doctor, half), 'aborted');
    assert.equal(await codeOf(() => giveUpMessage(nord, id as Parameters<typeof giveUpMessage>[1])), 'message-unknown');
    assert.deepEqual(await nord.store.listLogs().then((names) => names.filter((one) => one.startsWith('out-'))), []);
  });
});
