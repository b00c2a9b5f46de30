import { assert } from 'chai';
import { signingKeyFromSeed } from '../../crypto/seal/sign.js';
import { databases } from '../support/database.js';
import { createFolder } from '../support/folder.js';
import { asker } from '../support/http.js';
import { TestMailbox, createDevice } from '../support/mailbox.js';
import { type RelayProcess, spawnRelay } from '../support/relay-process.js';
import { type Actor, base64Url, enrolWith, invite, signIn } from '../support/relay.js';

/** Eight insurers shared their S/MIME keys: whoever held one could read all (37C3). */
describe('A1: a second mailbox registers a public key that another one uses', function () {
  this.timeout(60_000);
  let relay: RelayProcess;
  let alice: Actor;
  let dataDir: string;
  const ends: (() => Promise<unknown>)[] = [];

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    const database = await kind.create('migrated');
    const folder = await createFolder();
    dataDir = folder.path;
    relay = await spawnRelay({ databaseUrl: database.url, dataDir, logLevel: 'info' });
    ends.push(
      () => relay.stop(),
      () => database.drop(),
      () => folder.remove(),
    );
    const mailbox = await TestMailbox.create('alice@nord.example');
    assert.equal((await enrol(mailbox)).status, 201);
    alice = await signIn(relay.url, relay.url, mailbox);
  });
  after(async () => {
    for (const end of ends) await end();
  });

  async function enrol(mailbox: TestMailbox) {
    const { address } = mailbox.state;
    return enrolWith(asker(relay.url), await invite(dataDir, address, `Practice ${address}`), mailbox);
  }
  const audits = () =>
    relay
      .log()
      .split('\n')
      .filter((line) => line.includes('"audit":"key-registered"')).length;
  const { key, kemKey } = { key: () => alice.mailbox.device.key, kemKey: () => alice.mailbox.device.kemKey };

  const THEFTS: readonly (readonly [string, () => ReturnType<typeof createDevice>])[] = [
    ["another's whole device", () => ({ ...createDevice(), key: key(), kemKey: kemKey() })],
    ["another's signing key", () => ({ ...createDevice(), key: key() })],
    ["another's X-Wing key", () => ({ ...createDevice(), kemKey: kemKey() })],
    ["another's identity key", () => ({ ...createDevice(), key: alice.mailbox.identity })],
    ["another's epoch key", () => ({ ...createDevice(), kemKey: alice.mailbox.state.epoch?.kemKey ?? assert.fail() })],
    [
      "the classical half of another's X-Wing key",
      () => {
        const device = createDevice();
        return { ...device, kemKey: Buffer.concat([device.kemKey.subarray(0, 1184), kemKey().subarray(1184)]) };
      },
    ],
    [
      "the post-quantum half of another's X-Wing key",
      () => {
        const device = createDevice();
        return { ...device, kemKey: Buffer.concat([kemKey().subarray(0, 1184), device.kemKey.subarray(1184)]) };
      },
    ],
  ];

  for (const [i, [what, device]] of THEFTS.entries()) {
    it(`${what} is refused at enrolment, with an audit event, and nothing is registered`, async () => {
      const before = audits();
      const address = `eve${i}@west.example`;
      const thief = await TestMailbox.create(address, device());
      assert.equal((await enrol(thief)).code, 'key-registered');
      assert.equal(audits(), before + 1);
      assert.equal((await alice.ask('GET', `/api/directory/addresses/${address}`)).status, 404);
      assert.equal((await enrol(await TestMailbox.create(address))).status, 201, 'her own keys she may register');
    });
  }

  it('nor later, as a further device or as an epoch key of an enrolled mailbox', async () => {
    const mailbox = await TestMailbox.create('mallory@ost.example');
    assert.equal((await enrol(mailbox)).status, 201);
    const mallory = await signIn(relay.url, relay.url, mailbox);
    const append = (statement: Uint8Array) =>
      mallory.ask('POST', `/api/mailboxes/${mallory.mailboxId}/statements`, {
        json: { statements: [base64Url(statement)] },
      });
    const before = audits();
    assert.equal((await append(mailbox.addDevice({ ...createDevice(), key: key() }))).code, 'key-registered');
    const epochKey = alice.mailbox.state.epoch?.kemKey ?? assert.fail();
    assert.equal((await append(mailbox.epoch({ kemKey: epochKey }))).code, 'key-registered');
    assert.equal(audits(), before + 2);
    const own = { ...createDevice(), key: signingKeyFromSeed(new Uint8Array(32).fill(7)) };
    assert.equal((await append(mailbox.addDevice(own))).status, 201);
  });

  it('the audit event names nobody', () => {
    const line =
      relay
        .log()
        .split('\n')
        .find((text) => text.includes('key-registered')) ?? '';
    for (const secret of [alice.mailboxId, alice.address, 'west.example']) assert.notInclude(line, secret);
  });
});
