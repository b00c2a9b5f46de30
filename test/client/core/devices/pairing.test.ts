import { expect } from 'chai';
import { isDeviceValid } from '../../../../crypto/wire/chain.js';
import { type Pairing, openPairing, settlePairing } from '../../../../client/core/devices/admit.js';
import { isVerifiedInPerson, safetyNumberWith, verifyContact } from '../../../../client/core/contacts/contacts.js';
import { joinMailbox } from '../../../../client/core/devices/join.js';
import { parseCarriedSecret } from '../../../../client/core/devices/rendezvous.js';
import { listDevices } from '../../../../client/core/devices/roster.js';
import { CoreError } from '../../../../client/core/error.js';
import { type Transport } from '../../../../client/core/ports.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import { accountSigner } from '../../../../client/core/account/signer.js';
import { createHttpTransport } from '../../../../client/node/http-transport.js';
import { createRelay } from '../../../../client/core/relay/relay.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import {
  CHEAP,
  type DeskMaker,
  type MemoryStore,
  PASSPHRASE,
  type TestDesk,
  WAITING,
  deskMaker,
  memoryStore,
  sendText,
  subjectsOf,
} from '../../../support/device-desk.js';
import { type TestRelay, startTestRelay } from '../../../support/relay.js';

const [kind] = databases();

describe('pairing of two devices', function () {
  this.timeout(120_000);
  let t: TestRelay;
  let make: DeskMaker;
  let nord: TestDesk;
  let sued: TestDesk;
  /** What stands between the clients and the relay; by default nothing. */
  let meddle: ((inner: Transport) => Transport) | null = null;

  before(async () => {
    if (kind === undefined) throw new Error('no database');
    t = await startTestRelay(kind);
    make = deskMaker(t, t.relay.origin, (inner) => (request) => (meddle === null ? inner : meddle(inner))(request));
    nord = await make.practice('befund@radiologie-nord.example');
    sued = await make.practice('praxis@hausarzt-sued.example');
  });
  after(async () => {
    make.close();
    await t.close();
  });
  afterEach(() => {
    meddle = null;
  });

  const chainOf = async (desk: TestDesk) => (await desk.directory.refresh(desk.account.content.mailboxId)).state;

  /** The new device's side alone. */
  function join(
    pairing: Pick<Pairing, 'words'>,
    store: MemoryStore,
    change: { secret?: string; now?: () => number } = {},
  ) {
    const text = change.secret ?? pairing.words.join(' ');
    const carried = parseCarriedSecret(text, { purpose: 'pair', origin: t.relay.origin });
    return joinMailbox({
      ...carried,
      relay: make.open,
      connect: (account) => make.connect(account, store).relay,
      store,
      passphrase: PASSPHRASE,
      deviceName: 'Neu',
      memberLabel: 'Empfang',
      waiting: { ...WAITING, now: change.now ?? WAITING.now },
      onCheck: () => undefined,
      kdf: CHEAP,
    });
  }

  it('the second device reads what the first one has, and both read what comes', async () => {
    await sendText(nord, sued, 'before');
    await syncInbox(sued);
    const second = await make.pair(sued, { name: 'Tresen', member: 'Frau Krämer' });
    await sendText(nord, sued, 'after');
    expect(await subjectsOf(second)).to.deep.equal(['before', 'after']);
    expect(await subjectsOf(sued)).to.deep.equal(['before', 'after']);
    expect(second.account.content.epochs.length).to.equal(2);
    expect(second.account.content.identitySeed).to.equal(null);
    for (const desk of [sued, second]) {
      const devices = listDevices(desk.account, await chainOf(desk));
      expect(devices.map(({ name, member, isAdmin, lastEpoch }) => [name, member, isAdmin, lastEpoch])).to.deep.equal([
        ['Erstes', 'Dr. A. Meier', true, 2],
        ['Tresen', 'Frau Krämer', false, 2],
      ]);
    }
    expect(await t.db('pairings').select()).to.have.length(0);
  });

  it('one that gets no history has no older key, and takes a replay of an older message for one', async () => {
    const contact = nord.account.content.mailboxId;
    await verifyContact(sued, contact, safetyNumberWith(sued.account, contact).digits);
    await syncInbox(sued);
    const third = await make.pair(sued, { history: 'none' });
    expect(isVerifiedInPerson(third.account, contact)).to.equal(true, 'whom a person has made sure of is no history');
    expect(await subjectsOf(third)).to.deep.equal([]);
    expect(third.account.content.epochs).to.have.length(1);
    const known = [...sued.account.state.messages.keys()].filter((key) =>
      key.startsWith(nord.account.content.mailboxId),
    );
    expect(known.every((key) => third.account.state.seen.has(key))).to.equal(true);
    await sendText(nord, sued, 'now');
    expect(await subjectsOf(third)).to.deep.equal(['now']);
  });

  it('refused, it leaves nothing on either side', async () => {
    const before = (await chainOf(sued)).seq;
    const pairing = await openPairing(sued, WAITING);
    const store = memoryStore();
    const [code] = await Promise.all([
      codeOf(() => join(pairing, store)),
      pairing.request().then((applicant) => applicant.refuse()),
    ]);
    expect(code).to.equal('pairing-refused');
    expect(store.isEmpty()).to.equal(true);
    expect((await chainOf(sued)).seq).to.equal(before);
    expect(await settlePairing(sued)).to.equal(null);
  });

  it('both show the same digits', async () => {
    const pairing = await openPairing(sued, WAITING);
    const shown: string[] = [];
    const store = memoryStore();
    const carried = parseCarriedSecret(pairing.link, { purpose: 'pair', origin: null });
    const joining = joinMailbox({
      ...carried,
      relay: make.open,
      connect: () => make.open,
      store,
      passphrase: PASSPHRASE,
      deviceName: 'Neu',
      memberLabel: 'Empfang',
      waiting: WAITING,
      onCheck: (check) => void shown.push(check),
      kdf: CHEAP,
    });
    const applicant = await pairing.request();
    await Promise.all([codeOf(() => joining), applicant.refuse()]);
    expect(shown).to.deep.equal([applicant.check]);
  });

  it('other words, the words of an ended pairing, and the link of another mailbox lead nowhere', async () => {
    const pairing = await openPairing(sued, WAITING);
    const other = await openPairing(nord, WAITING);
    const store = memoryStore();
    const swapped = pairing.link.replace(/#[0-9a-f]{64}/, `#${nord.account.content.mailboxId}`);
    expect(await codeOf(() => join(pairing, store, { secret: swapped }))).to.equal('pairing-unknown');
    await other.cancel();
    expect(await codeOf(() => join(other, store))).to.equal('pairing-unknown');
    const words = [...pairing.words];
    [words[0], words[1]] = [words[1] ?? '', words[0] ?? ''];
    expect(await codeOf(() => join({ words }, store))).to.match(/^(recovery-words-checksum|pairing-unknown)$/);
    expect(await codeOf(() => join({ words: pairing.words.slice(1) }, store))).to.equal('recovery-words-count');
    expect(store.isEmpty()).to.equal(true);
    await pairing.cancel();
  });

  it('a new pairing of a device ends the one before', async () => {
    const first = await openPairing(sued, WAITING);
    const second = await openPairing(sued, WAITING);
    expect(await codeOf(() => join(first, memoryStore()))).to.equal('pairing-unknown');
    await second.cancel();
  });

  it('too late, it ends on both sides, and nothing was added', async () => {
    const before = (await chainOf(sued)).seq;
    let calls = 0;
    const late = { ...WAITING, now: () => Date.now() + (calls++ > 3 ? 11 * 60_000 : 0) };
    const pairing = await openPairing(sued, late);
    expect(await codeOf(() => pairing.request())).to.equal('pairing-expired');
    const store = memoryStore();
    let asked = 0;
    const now = (): number => Date.now() + (asked++ > 3 ? 11 * 60_000 : 0);
    expect(await codeOf(() => join(pairing, store, { now }))).to.equal('pairing-expired');
    expect(store.isEmpty()).to.equal(true);
    expect((await chainOf(sued)).seq).to.equal(before);
  });

  it('the new device may die after its request, and goes on with the same keys', async () => {
    const pairing = await openPairing(sued, WAITING);
    const store = memoryStore();
    const requesting = pairing.request();
    let answers = 0;
    meddle = (inner) => async (request) => {
      const isForDevice = Buffer.concat(request.body ?? []).includes('"sender":"admin"');
      if (isForDevice && answers > 0) throw new CoreError('relay-unreachable', 'cut');
      if (request.url.endsWith('/api/pairings/answers')) answers += 1;
      return inner(request);
    };
    expect(await codeOf(() => join(pairing, store))).to.equal('relay-unreachable');
    meddle = null;
    expect(store.isEmpty()).to.equal(false);
    const applicant = await requesting;
    const [account] = await Promise.all([join(pairing, store), applicant.admit({ isAdmin: false, history: 'all' })]);
    expect(account.content.device.deviceId).to.equal(applicant.deviceId);
    expect(isDeviceValid(await chainOf(sued), applicant.deviceId)).to.equal(true);
  });

  it('answers that are lost on either side are asked for again', async () => {
    const pairing = await openPairing(sued, WAITING);
    const store = memoryStore();
    const dropped = new Set<string>();
    // Every write arrives, and its first answer is lost.
    meddle = (inner) => async (request) => {
      const answer = await inner(request);
      const path = new URL(request.url).pathname;
      if (!/answers|offers|statements/.test(path) || request.method !== 'POST' || dropped.has(path)) return answer;
      dropped.add(path);
      throw new CoreError('relay-interrupted', 'cut');
    };
    const patient = { patienceMs: 60_000, sleep: () => Promise.resolve(), now: () => Date.now() };
    using honest = createHttpTransport();
    const through: Transport = (request) => (meddle === null ? honest : meddle(honest))(request);
    const relay = (account: Parameters<typeof accountSigner>[0] | null) =>
      createRelay({
        origin: t.relay.origin,
        transport: through,
        retry: patient,
        signer: account === null ? null : accountSigner(account),
      });
    const admin = { ...sued, relay: relay(sued.account) };
    const again = await openPairing(admin, WAITING);
    await codeOf(() => pairing.cancel());
    const carried = parseCarriedSecret(again.words.join(' '), { purpose: 'pair', origin: t.relay.origin });
    await Promise.all([
      joinMailbox({
        ...carried,
        relay: relay(null),
        connect: relay,
        store,
        passphrase: PASSPHRASE,
        deviceName: 'Neu',
        memberLabel: 'Empfang',
        waiting: WAITING,
        onCheck: () => undefined,
        kdf: CHEAP,
      }),
      again.request().then((applicant) => applicant.admit({ isAdmin: false, history: 'all' })),
    ]);
    expect(dropped.size).to.equal(3);
  });

  it('broken off after the device was added, the device is ended again, and its keystore is empty', async () => {
    const pairing = await openPairing(sued, WAITING);
    const store = memoryStore();
    let isCut = false;
    meddle = (inner) => async (request) => {
      if (isCut && request.url.endsWith('/offers')) throw new CoreError('request-invalid', 'refused for good');
      if (request.url.endsWith('/statements') && request.method === 'POST') isCut = true;
      return inner(request);
    };
    const joining = codeOf(() => join(pairing, store, { now: () => Date.now() + (isCut ? 11 * 60_000 : 0) }));
    const applicant = await pairing.request();
    expect(await codeOf(() => applicant.admit({ isAdmin: true, history: 'all' }))).to.equal('request-invalid');
    meddle = null;
    expect(await joining).to.equal('pairing-expired');
    const state = await chainOf(sued);
    expect(isDeviceValid(state, applicant.deviceId)).to.equal(false);
    expect(state.devices.get(applicant.deviceId)?.revokedReason).to.equal('pairing not finished');
    expect(state.epoch).not.to.equal(null);
    expect(store.isEmpty()).to.equal(true);
    expect(await settlePairing(sued)).to.equal(null);
  });

  it('killed after the device was added, the next pairing settles it first', async () => {
    const pairing = await openPairing(sued, WAITING);
    const store = memoryStore();
    let isDead = false;
    meddle = (inner) => async (request) => {
      // From the hand-over on, the administrating device does nothing any more.
      if (isDead) throw new CoreError('relay-unreachable', 'dead');
      if (request.url.endsWith('/offers')) isDead = true;
      return isDead ? Promise.reject(new CoreError('relay-unreachable', 'dead')) : inner(request);
    };
    const joining = codeOf(() => join(pairing, store));
    const applicant = await pairing.request();
    expect(await codeOf(() => applicant.admit({ isAdmin: false, history: 'all' }))).to.equal('relay-unreachable');
    expect(await joining).to.equal('relay-unreachable');
    meddle = null;
    expect(isDeviceValid(await chainOf(sued), applicant.deviceId)).to.equal(true);
    expect(await settlePairing(sued)).to.equal(applicant.deviceId);
    expect(isDeviceValid(await chainOf(sued), applicant.deviceId)).to.equal(false);
  });

  for (const route of ['/offers', '/answers'] as const) {
    it(`the relay, which has everything but the secret, can only spoil it (${route})`, async () => {
      meddle = (inner) => (request) => {
        if (!request.url.endsWith(route) || request.body === null) return inner(request);
        const json = JSON.parse(Buffer.concat(request.body).toString()) as { blob: string };
        const bytes = Buffer.from(json.blob, 'base64url');
        bytes[40] = (bytes[40] ?? 0) ^ 1;
        const body = Buffer.from(JSON.stringify({ ...json, blob: bytes.toString('base64url') }));
        return inner({ ...request, body: [new Uint8Array(body)] });
      };
      let isSpoiled = false;
      const now = (): number => Date.now() + (isSpoiled ? 11 * 60_000 : 0);
      const pairing = await openPairing(sued, { ...WAITING, now });
      const store = memoryStore();
      const requesting = codeOf(() => pairing.request());
      const joining = codeOf(() => join(pairing, store, { now }));
      const [first, second] = route === '/offers' ? [joining, requesting] : [requesting, joining];
      expect(await first).to.equal('pairing-unknown');
      isSpoiled = true;
      expect(await second).to.equal('pairing-expired');
      expect(store.isEmpty()).to.equal(true);
    });
  }

  it('whoever does not administrate cannot begin one', async () => {
    const second = await make.pair(sued, { isAdmin: false });
    expect(await codeOf(() => openPairing(second, WAITING))).to.equal('not-admin');
  });

  it('addresses of plain HTTP are for this machine only', async () => {
    const { words } = await openPairing(sued, WAITING);
    const carried = (origin: string) => codeOf(() => parseCarriedSecret(words.join(' '), { purpose: 'pair', origin }));
    expect(await carried('http://relay.example')).to.equal('relay-insecure');
    expect(await carried('not an address')).to.equal('pairing-unknown');
  });
});
