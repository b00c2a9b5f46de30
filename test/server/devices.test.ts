import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import {
  encodeKeystoreMark,
  encodeRecoveryRequest,
  parseKeystoreMark,
  parseRecoveryRequest,
} from '../../crypto/wire/device-claims.js';
import { parseAddress } from '../../crypto/wire/ids.js';
import { recoveryKeysFrom } from '../../crypto/seal/device-keys.js';
import { signRecover } from '../../crypto/seal/renewals.js';
import { asSecret } from '../../crypto/seal/secret.js';
import { signingKeyFromSeed } from '../../crypto/seal/sign.js';
import { signEpoch } from '../../crypto/seal/statements.js';
import { createDeviceSecrets, randomSecret } from '../../crypto/seal/device-keys.js';
import { type Address } from '../../crypto/wire/ids.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { type DeskMaker, type TestDesk, deskMaker } from '../support/device-desk.js';
import { parseCarriedSecret } from '../../client/core/devices/rendezvous.js';
import { type TestRelay, base64Url, startTestRelay } from '../support/relay.js';

describe('claims of devices', () => {
  it('come back as they were written, and have no field more or fewer', async () => {
    const mark = {
      mailboxId: 'ab'.repeat(32),
      deviceId: 'cd'.repeat(16),
      version: 7,
      digest: new Uint8Array(32).fill(3),
    } as unknown as ReturnType<typeof parseKeystoreMark>;
    assert.deepEqual(parseKeystoreMark(encodeKeystoreMark(mark)), mark);
    assert.equal(await codeOf(() => parseKeystoreMark(encodeKeystoreMark({ ...mark, version: 0 }))), 'shape');
    const request = { origin: 'https://r.example', address: parseAddress('a@b.example'), timeMs: 5 };
    assert.deepEqual(parseRecoveryRequest(encodeRecoveryRequest(request)), request);
    assert.equal(await codeOf(() => parseRecoveryRequest(encodeKeystoreMark(mark))), 'shape');
    assert.equal(await codeOf(() => parseKeystoreMark(new Uint8Array(2000))), 'limits');
  });
});

for (const kind of databases()) {
  describe(`server/devices on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let make: DeskMaker;
    let desk: TestDesk & { readonly recoveryWords: readonly string[] };

    before(async () => {
      t = await startTestRelay(kind);
      make = deskMaker(t, t.relay.origin);
    });
    after(async () => {
      make.close();
      await t.close();
    });
    let count = 0;
    beforeEach(async () => {
      desk = await make.practice(`praxis-${++count}@sued.example`);
    });

    describe('keystore marks', () => {
      const claimOf = (version: number, digest = new Uint8Array(32).fill(version)) => {
        const { mailboxId, device } = desk.account.content;
        const claim = encodeKeystoreMark({ mailboxId, deviceId: device.deviceId, version, digest });
        return { claim, signature: desk.account.key.sign('keystore', claim) };
      };
      const put = (version: number, digest?: Uint8Array<ArrayBuffer>) =>
        desk.relay.putKeystoreMark(claimOf(version, digest));

      it('only grow; the same one again is fine, another one of the same version is not', async () => {
        assert.isNull(await desk.relay.keystoreMark());
        await put(3);
        await put(3);
        await put(5);
        assert.equal(await codeOf(() => put(4)), 'conflict');
        assert.equal(await codeOf(() => put(5, new Uint8Array(32).fill(9))), 'conflict');
        const found = await desk.relay.keystoreMark();
        assert.equal(parseKeystoreMark(found?.claim ?? new Uint8Array(0)).version, 5);
      });

      it('of another device, or signed otherwise, are refused', async () => {
        const right = claimOf(2);
        const by = async (claim: Uint8Array, signature: Uint8Array) =>
          codeOf(() => desk.relay.putKeystoreMark({ claim, signature }));
        assert.equal(await by(right.claim, desk.account.key.sign('auth', right.claim)), 'request-invalid');
        const other = await make.practice(`anders-${count}@west.example`);
        const { mailboxId, device } = other.account.content;
        const foreign = encodeKeystoreMark({
          mailboxId,
          deviceId: device.deviceId,
          version: 9,
          digest: new Uint8Array(32),
        });
        assert.equal(await by(foreign, other.account.key.sign('keystore', foreign)), 'request-invalid');
        assert.equal(await by(foreign, desk.account.key.sign('keystore', foreign)), 'request-invalid');
        assert.equal(await by(randomBytes(40), right.signature), 'request-invalid');
        assert.isNull(await desk.relay.keystoreMark());
        assert.equal((await t.ask('GET', '/api/keystore-mark')).code, 'session-required');
      });
    });

    describe('recovery without a session', () => {
      const keysOf = () => {
        const words = desk.recoveryWords.join(' ');
        return recoveryKeysFrom(parseCarriedSecret(words, { purpose: 'recover', origin: t.relay.origin }).secret);
      };
      const lookup = (change: { address?: string; origin?: string; timeMs?: number } = {}, key = keysOf().sigKey) => {
        const address = (change.address ?? desk.account.content.address) as Address;
        const claim = encodeRecoveryRequest({
          origin: change.origin ?? t.relay.origin,
          address,
          timeMs: change.timeMs ?? Date.now(),
        });
        const json = { request: base64Url(claim), signature: base64Url(key.sign('recover', claim)), after: 0 };
        return t.ask('POST', '/api/recoveries/lookup', { json });
      };
      const chain = async () => (await desk.directory.refresh(desk.account.content.mailboxId)).state;
      const statementsBy = async (key = keysOf().sigKey) => {
        const device = createDeviceSecrets('Neu');
        const deviceKey = signingKeyFromSeed(device.sigSeed);
        const identity = signingKeyFromSeed(randomSecret());
        const plan = { identity, recovery: recoveryKeysFrom(randomSecret()), device, deviceKey };
        const first = signRecover(await chain(), key, plan, Date.now());
        const epoch = await signEpoch(first.state, device, deviceKey, Date.now());
        return [first.bytes, epoch.bytes];
      };
      const recover = (statements: readonly Uint8Array[], mailboxId = desk.account.content.mailboxId) =>
        t.ask('POST', '/api/recoveries', { json: { mailboxId, statements: statements.map(base64Url) } });

      it('the chain is shown to the holder of the kit, and one answer to everybody else', async () => {
        const found = await lookup();
        assert.equal(found.status, 200);
        assert.equal((found.json as { statements: string[] }).statements.length, 3);
        const eve = signingKeyFromSeed(asSecret(randomBytes(32)));
        const refusals = [
          await lookup({}, eve),
          await lookup({}, desk.account.key),
          await lookup({ address: 'nobody@west.example' }),
          await lookup({ origin: 'https://other.example' }),
          await lookup({ timeMs: Date.now() - 11 * 60_000 }),
        ];
        for (const refusal of refusals) assert.deepEqual([refusal.status, refusal.json], [404, refusals[0]?.json]);
      });

      it('takes recover and epoch, once, and ends the sessions of before', async () => {
        const statements = await statementsBy();
        await desk.relay.listDeliveries(0);
        assert.deepEqual((await recover(statements)).json, { seq: 5 });
        assert.equal((await recover(statements)).status, 201, 'the first answer may have been lost');
        assert.match(await codeOf(() => desk.relay.listDeliveries(0)), /session-required|challenge-refused/);
        const rows = await t.db('devices').where({ mailbox_id: Buffer.from(desk.account.content.mailboxId, 'hex') });
        assert.deepEqual(rows.map((row: { revoked_seq: number | null }) => row.revoked_seq).sort(), [4, null]);
      });

      it('takes nothing else without a session', async () => {
        const [first, epoch] = await statementsBy();
        if (first === undefined || epoch === undefined) throw new Error('two');
        assert.equal((await recover([epoch, first])).code, 'statement-invalid');
        assert.equal((await recover([first])).code, 'request-invalid');
        assert.equal((await recover([first, epoch, epoch])).code, 'request-invalid');
        assert.equal((await recover([first, first])).code, 'statement-invalid');
        const flipped = first.slice();
        flipped[200] = (flipped[200] ?? 0) ^ 1;
        assert.equal((await recover([flipped, epoch])).code, 'statement-invalid');
        const other = await make.practice(`fremd-${count}@west.example`);
        assert.match((await recover([first, epoch], other.account.content.mailboxId)).code ?? '', /statement-/);
        assert.equal((await recover([first, epoch], 'ab'.repeat(32) as never)).code, 'not-found');
        assert.equal((await chain()).seq, 3);
        await desk.relay.listDeliveries(0);
      });
    });
  });
}
