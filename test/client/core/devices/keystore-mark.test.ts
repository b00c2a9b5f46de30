import { expect } from 'chai';
import { openAccount } from '../../../../client/core/account/account.js';
import { openPassphraseSlots, passphraseSlots } from '../../../../client/core/account/passphrase-slots.js';
import { checkKeystoreMark, leaveKeystoreMark } from '../../../../client/core/devices/keystore-mark.js';
import { CoreError } from '../../../../client/core/error.js';
import { type Transport } from '../../../../client/core/ports.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import { CHEAP, type DeskMaker, PASSPHRASE, type TestDesk, deskMaker } from '../../../support/device-desk.js';
import { type TestRelay, startTestRelay } from '../../../support/relay.js';

const [kind] = databases();
const DAY_MS = 86_400_000;

describe('the keystore of a device', function () {
  this.timeout(120_000);
  let t: TestRelay;
  let make: DeskMaker;
  let desk: TestDesk;
  let meddle: ((inner: Transport) => Transport) | null = null;

  before(async () => {
    if (kind === undefined) throw new Error('no database');
    t = await startTestRelay(kind);
    make = deskMaker(t, t.relay.origin, (inner) => (request) => (meddle === null ? inner : meddle(inner))(request));
  });
  after(async () => {
    make.close();
    await t.close();
  });
  let count = 0;
  beforeEach(async () => {
    desk = await make.practice(`praxis-${++count}@hausarzt-sued.example`);
  });
  afterEach(() => {
    meddle = null;
  });

  const check = (one: TestDesk) => checkKeystoreMark(one.account, one.relay);
  /** The keystore is written once more, as by any change. */
  const write = async (one: TestDesk): Promise<void> => {
    await one.account.saveContent({ ...one.account.content, deviceName: 'Anders' });
    await leaveKeystoreMark(one.account, one.relay);
  };

  it('an older one that is put back together with its journal is refused (the relay remembers)', async () => {
    expect(await check(desk)).to.equal('newest');
    const putBack = desk.store.snapshot();
    await write(desk);
    expect(await check(desk)).to.equal('newest');
    putBack();
    const older = await desk.reopen();
    expect(await codeOf(() => check(older))).to.equal('keystore-version');
  });

  it('two copies that go on side by side are noticed: the same version, other bytes', async () => {
    await check(desk);
    const putBack = desk.store.snapshot();
    await write(desk);
    putBack();
    const copy = await desk.reopen();
    await copy.account.saveContent({ ...copy.account.content, deviceName: 'Kopie' });
    expect(await codeOf(() => check(copy))).to.equal('keystore-version');
    expect(await codeOf(() => leaveKeystoreMark(copy.account, copy.relay))).to.equal('conflict');
  });

  it('without the relay it works on, and says so', async () => {
    meddle = () => () => Promise.reject(new CoreError('relay-unreachable', 'no network'));
    expect(await check(desk)).to.equal('unchecked');
  });

  it("a mark that the device cannot have signed is the relay's lie, and locks nobody out by a version", async () => {
    await check(desk);
    meddle = (inner) => async (request) => {
      const answer = await inner(request);
      if (!request.url.endsWith('/api/keystore-mark') || request.method !== 'GET') return answer;
      const json = JSON.parse(Buffer.from(answer.bytes).toString()) as { mark: string; signature: string };
      const mark = Buffer.from(json.mark, 'base64url');
      // Field 3, the version: 1 becomes 23.
      mark[mark.indexOf(Buffer.from('0301', 'hex')) + 1] = 23;
      const forged = { mark: mark.toString('base64url'), signature: json.signature };
      return { status: 200, bytes: new Uint8Array(Buffer.from(JSON.stringify(forged))) };
    };
    expect(await codeOf(() => check(desk))).to.equal('relay-answer');
  });

  it('its mark follows the renewal of the keys', async () => {
    await check(desk);
    desk.later(29 * DAY_MS);
    await syncInbox(desk);
    await syncInbox(desk);
    expect(await check(desk)).to.equal('newest');
    expect(await check(await desk.reopen())).to.equal('newest');
  });

  it('the passphrase is changed by who knows it, and the old one opens nothing more', async () => {
    const { account, store } = desk;
    const change = (passphrase: string) =>
      account.changeSlots({
        kind: 'replace',
        current: { kind: 'passphrase', passphrase },
        passphrase: 'noch eine lange',
        kdf: CHEAP,
      });
    expect(await codeOf(() => change('falsch'))).to.equal('passphrase-wrong');
    await change(PASSPHRASE);
    expect(await codeOf(() => openAccount(store, PASSPHRASE))).to.equal('passphrase-wrong');
    const again = await openAccount(store, 'noch eine lange');
    expect(again.content.device).to.deep.equal(account.content.device);
  });

  it('several passphrases open it, by their slot; the last one stays', async () => {
    const { account, store } = desk;
    const [first = ''] = openPassphraseSlots(account);
    const second = { kind: 'passphrase', passphrase: 'die zweite Passphrase', kdf: CHEAP } as const;
    await account.changeSlots({ kind: 'add', slot: second });
    const ids = openPassphraseSlots(account);
    const added = ids.find((slotId) => slotId !== first) ?? '';
    expect(passphraseSlots((await store.keystore.load()) ?? new Uint8Array(0))).to.deep.equal(ids);
    expect(await codeOf(() => openAccount(store, PASSPHRASE))).to.equal('slot-unknown');
    const by = (passphrase: string, slotId: string) => openAccount(store, { kind: 'passphrase', passphrase, slotId });
    expect((await by('die zweite Passphrase', added)).content.device).to.deep.equal(account.content.device);
    expect(await codeOf(() => by('die zweite Passphrase', first))).to.equal('passphrase-wrong');
    await account.changeSlots({ kind: 'remove', slotId: first });
    expect(await codeOf(() => account.changeSlots({ kind: 'remove', slotId: added }))).to.equal('slot-required');
    expect(await codeOf(() => account.changeSlots({ kind: 'remove', slotId: first }))).to.equal('slot-unknown');
    expect((await openAccount(store, 'die zweite Passphrase')).content.device).to.deep.equal(account.content.device);
  });

  it('an authenticator opens it, too, and only with its own secret', async () => {
    const { account, store } = desk;
    const [credentialId, secret, salt] = [1, 2, 3].map((n) => new Uint8Array(32).fill(n));
    if (!credentialId || !secret || !salt) throw new Error('three');
    await account.changeSlots({ kind: 'add', slot: { kind: 'prf', credentialId, secret, salt } });
    expect(account.slots().map((slot) => slot.kind)).to.deep.equal(['passphrase', 'prf']);
    const opened = await openAccount(store, { kind: 'prf', credentialId, secret });
    expect(opened.content.device).to.deep.equal(account.content.device);
    const wrong = new Uint8Array(32).fill(9);
    expect(await codeOf(() => openAccount(store, { kind: 'prf', credentialId, secret: wrong }))).to.equal(
      'passphrase-wrong',
    );
    expect((await openAccount(store, PASSPHRASE)).content.device).to.deep.equal(account.content.device);
  });
});
