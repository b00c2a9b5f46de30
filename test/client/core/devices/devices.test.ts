import { expect } from 'chai';
import { toHex } from '../../../../crypto/wire/bytes.js';
import { deviceAt, isDeviceValid } from '../../../../crypto/wire/chain.js';
import { parseDeviceId } from '../../../../crypto/wire/ids.js';
import { findDevice, revokeDevice } from '../../../../client/core/devices/revoke.js';
import { listDevices, renameDevice } from '../../../../client/core/devices/roster.js';
import { CoreError } from '../../../../client/core/error.js';
import { type Transport } from '../../../../client/core/ports.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import { type DeskMaker, type TestDesk, deskMaker, sendText, subjectsOf } from '../../../support/device-desk.js';
import { type TestRelay, startTestRelay } from '../../../support/relay.js';

const [kind] = databases();
const DAY_MS = 86_400_000;

describe('the devices of a mailbox', function () {
  this.timeout(120_000);
  let t: TestRelay;
  let make: DeskMaker;
  let nord: TestDesk;
  let sued: TestDesk;
  let meddle: ((inner: Transport) => Transport) | null = null;

  before(async () => {
    if (kind === undefined) throw new Error('no database');
    t = await startTestRelay(kind);
    make = deskMaker(t, t.relay.origin, (inner) => (request) => (meddle === null ? inner : meddle(inner))(request));
    nord = await make.practice('befund@radiologie-nord.example');
  });
  let count = 0;
  // A chain of its own for each: what one test adds the next need not verify.
  beforeEach(async () => {
    sued = await make.practice(`praxis-${++count}@hausarzt-sued.example`);
  });
  after(async () => {
    make.close();
    await t.close();
  });
  afterEach(() => {
    meddle = null;
  });

  const chainOf = async (desk: TestDesk) => (await desk.directory.refresh(desk.account.content.mailboxId)).state;
  const idOf = (desk: TestDesk) => desk.account.content.device.deviceId;

  it('one that administrated leaves with a key that is worth nothing; those who stay find the new one', async () => {
    const [partner, leaver] = [await make.pair(sued, { isAdmin: true }), await make.pair(sued, { isAdmin: true })];
    // A balance is due by now: what the revocation itself appends is counted after it.
    await syncInbox(sued);
    const old = await chainOf(sued);
    expect(old.balance?.seq).to.equal(old.seq);
    const after = await revokeDevice(sued, idOf(leaver), 'has left');
    expect(toHex(after.identityKey)).not.to.equal(toHex(old.identityKey));
    expect(after.epoch?.seq).to.equal(old.seq + 3);
    expect(after.epoch?.boxes.has(idOf(leaver))).to.equal(false);
    expect(await codeOf(() => syncInbox(leaver))).to.match(/^(forbidden|challenge-refused|session-required)$/);
    // The one that stayed was not there: it finds the new identity in the chain, and uses it.
    const third = await make.pair(partner, { name: 'Drittes' });
    expect(isDeviceValid(await chainOf(sued), idOf(third))).to.equal(true);
  });

  it('one that does not administrate ends nobody, and nobody ends himself or a stranger', async () => {
    const second = await make.pair(sued, {});
    expect(await codeOf(() => revokeDevice(second, idOf(sued), 'x'))).to.equal('not-admin');
    expect(await codeOf(() => revokeDevice(sued, idOf(sued), 'x'))).to.equal('device-own');
    expect(await codeOf(() => revokeDevice(sued, parseDeviceId('ab'.repeat(16)), 'x'))).to.equal('device-unknown');
    await syncInbox(sued);
    const before = (await chainOf(sued)).seq;
    const after = await revokeDevice(sued, idOf(second), 'lost');
    expect(after.epoch?.seq).to.equal(before + 2);
    expect(after.devices.get(idOf(second))?.revokedReason).to.equal('lost');
    expect(await codeOf(() => revokeDevice(sued, idOf(second), 'lost'))).to.equal('device-unknown');
  });

  it('of two that revoke the same device at the same moment one is told that it is done, and both go on', async () => {
    const other = await make.pair(sued, { isAdmin: true });
    const one = await make.pair(sued, {});
    const codes = await Promise.all(
      [sued, other].map((desk) =>
        revokeDevice(desk, idOf(one), 'lost').then(
          () => 'done',
          (error: unknown) => (error as CoreError).code,
        ),
      ),
    );
    expect(codes.sort()).to.deep.equal(['device-unknown', 'done']);
    await sendText(nord, sued, 'both read it');
    expect((await subjectsOf(sued)).at(-1)).to.equal('both read it');
    expect((await subjectsOf(other)).at(-1)).to.equal('both read it');
  });

  it('the answer to a revocation may be lost: the next run finds that it stands, and has the keys', async () => {
    const other = await make.pair(sued, { isAdmin: true });
    const identity = toHex((await chainOf(sued)).identityKey);
    meddle = (inner) => async (request) => {
      const answer = await inner(request);
      if (request.method === 'POST' && request.url.endsWith('/statements'))
        throw new CoreError('relay-interrupted', 'x');
      return answer;
    };
    expect(await codeOf(() => revokeDevice(sued, idOf(other), 'stolen'))).to.equal('relay-interrupted');
    meddle = null;
    sued = await sued.reopen();
    await syncInbox(sued);
    expect(isDeviceValid(await chainOf(sued), idOf(other))).to.equal(false);
    expect(toHex((await chainOf(sued)).identityKey)).not.to.equal(identity);
    await make.pair(sued, {});
    await sendText(nord, sued, 'still open');
    expect((await subjectsOf(sued)).at(-1)).to.equal('still open');
  });

  it('names travel sealed and the newest counts; a device is found by name or the beginning of its id', async () => {
    const second = await make.pair(sued, { name: 'Empfang' });
    await syncInbox(sued);
    const state = await chainOf(sued);
    expect(findDevice(sued.account, state, 'Empfang').deviceId).to.equal(idOf(second));
    expect(findDevice(sued.account, state, idOf(second).slice(0, 6)).deviceId).to.equal(idOf(second));
    expect(await codeOf(() => findDevice(sued.account, state, idOf(second).slice(0, 3)))).to.equal('device-unknown');
    await renameDevice(sued, idOf(second), 'Tresen');
    await syncInbox(second);
    await renameDevice(second, idOf(second), 'Tresen 2');
    await syncInbox(sued);
    const names = listDevices(sued.account, state).filter(({ revoked }) => revoked === null);
    expect(names.map(({ name }) => name)).to.deep.equal(['Erstes', 'Tresen 2']);
    expect(second.account.content.deviceName).to.equal('Tresen 2');
    const { rows } = await t.db.raw<{ rows: unknown[] }>(
      `select 1 from deliveries where position('Tresen'::bytea in envelope) > 0`,
    );
    expect(rows).to.have.length(0);
  });

  describe('renew their keys', () => {
    beforeEach(async () => {
      nord = await make.practice(`befund-${count}@radiologie-nord.example`);
    });
    const later = async (days: number): Promise<void> => {
      for (const desk of [nord, sued]) desk.later(days * DAY_MS);
      await syncInbox(sued);
    };

    it('after four weeks, and what was signed or sealed before stays good', async () => {
      await sendText(nord, sued, 'before the renewal');
      const keys = nord.account.content.device;
      const seq = (await chainOf(nord)).seq;
      await later(29);
      // The epoch comes first, the keys at the next occasion.
      await syncInbox(nord);
      await syncInbox(nord);
      const { device, pending } = nord.account.content;
      expect(toHex(device.sigSeed)).not.to.equal(toHex(keys.sigSeed));
      expect(toHex(device.kemSeed)).not.to.equal(toHex(keys.kemSeed));
      expect(device.deviceId).to.equal(keys.deviceId);
      expect(pending).to.deep.equal({ device: null, identitySeed: null });
      const state = await chainOf(nord);
      expect(state.devices.get(keys.deviceId)?.keys).to.have.length(2);
      expect(toHex(deviceAt(state, keys.deviceId, seq)?.sigKey ?? new Uint8Array(0))).not.to.equal(
        toHex(nord.account.key.publicKey),
      );
      await sendText(nord, sued, 'after the renewal');
      await syncInbox(sued);
      expect((await subjectsOf(sued)).slice(-2)).to.deep.equal(['before the renewal', 'after the renewal']);
      nord = await nord.reopen();
      await sendText(nord, sued, 'after locking');
      expect((await subjectsOf(sued)).at(-1)).to.equal('after locking');
    });

    it('a renewal whose answer was lost is found in the chain, also by a device that signs in anew', async () => {
      await later(29);
      await syncInbox(nord);
      const before = nord.account.content.device.sigSeed;
      meddle = (inner) => async (request) => {
        const answer = await inner(request);
        if (request.method === 'POST' && request.url.endsWith('/statements'))
          throw new CoreError('relay-interrupted', 'x');
        return answer;
      };
      expect(await codeOf(() => syncInbox(nord))).to.equal('relay-interrupted');
      expect(toHex(nord.account.content.device.sigSeed)).to.equal(toHex(before));
      meddle = null;
      nord = await nord.reopen();
      await syncInbox(nord);
      expect(toHex(nord.account.content.device.sigSeed)).not.to.equal(toHex(before));
      await sendText(nord, sued, 'signed anew');
      expect((await subjectsOf(sued)).at(-1)).to.equal('signed anew');
    });

    it('not while a message is under way', async () => {
      await sendText(nord, sued, 'sent');
      await later(30);
      await syncInbox(nord);
      const before = toHex(nord.account.content.device.sigSeed);
      const messageId = [...nord.account.state.outgoing.keys()][0];
      if (messageId === undefined) throw new Error('no message');
      await nord.account.record({ kind: 'outgoing', messageId, phase: 'prepared' });
      await syncInbox(nord);
      expect(toHex(nord.account.content.device.sigSeed)).to.equal(before);
      await nord.account.record({ kind: 'outgoing', messageId, phase: 'sent' });
      await syncInbox(nord);
      expect(toHex(nord.account.content.device.sigSeed)).not.to.equal(before);
    });
  });

  it('forget the keys of old epochs after their retention, and do not take them from the chain again', async () => {
    const held = () => sued.account.content.epochs.map(({ n }) => n);
    for (const days of [0, 8, 8]) {
      sued.later(days * DAY_MS);
      await syncInbox(sued);
    }
    expect(held()).to.deep.equal([3, 2, 1]);
    const newest = 3;
    await sued.account.saveContent({ ...sued.account.content, retentionMs: 0 });
    sued.later(61 * DAY_MS);
    await syncInbox(sued);
    await syncInbox(sued);
    expect(held()).to.deep.equal([newest + 1]);
    sued = await sued.reopen();
    await syncInbox(sued);
    expect(held()).to.deep.equal([newest + 1]);
  });
});
