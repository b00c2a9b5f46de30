import { assert } from 'chai';
import { entryName, practiceName } from '../../client/core/directory/practice-name.js';
import { publishAttestation } from '../../client/core/registrar/publish.js';
import { encodeSignedAttestation } from '../../crypto/wire/attestation.js';
import { openAdministration } from '../../server/main.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { type TestDesk, enrolDesk } from '../support/practice-desk.js';
import { type TestRegistrar, createRegistrar } from '../support/registrar.js';
import { type TestRelay, base64Url, startTestRelay } from '../support/relay.js';

/** Anybody could register an authority's name, or one that only looked like a hospital's (39C3). */
describe('A3: a practice registers the name of an authority, or a homoglyph of another practice', function () {
  this.timeout(60_000);
  const AUTHORITY = 'Ärztekammer Nordrhein';
  let t: TestRelay;
  let registrar: TestRegistrar;
  let own: TestRegistrar;
  let [nord, eve, bob]: [TestDesk, TestDesk, TestDesk] = [] as never;

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    // Eve is a registrar, too: of her own making.
    [registrar, own] = [await createRegistrar(), await createRegistrar()];
    t = await startTestRelay(kind, { registrars: registrar.registrarId });
    const administration = await openAdministration({ dataDir: t.dataDir });
    await administration.protect([AUTHORITY]);
    await administration.close();
    nord = await enrolDesk(t, 'befund@klinik-nord.example', 'Klinik Nord');
    eve = await enrolDesk(t, 'praxis@eve.example', 'Praxis Eve');
    bob = await enrolDesk(t, 'praxis@bob.example', 'Praxis Bob');
    await publishAttestation(nord, attestationBy(registrar, nord, { name: 'Klinik Nord', place: 'Kiel' }));
  });
  after(async () => {
    await Promise.all([nord, eve, bob].map((desk) => desk.close()));
    await t.close();
  });

  function attestationBy(by: TestRegistrar, desk: TestDesk, said: object): string {
    return base64Url(encodeSignedAttestation(by.attest(desk.account.content, said)));
  }

  const DISGUISES: readonly (readonly [string, string])[] = [
    ['the authority’s name', AUTHORITY],
    ['with a Greek ο', '\u00c4rztekammer N\u03bfrdrhein'],
    ['with more words around it', `Befundstelle der ${AUTHORITY} K\u00f6ln`],
    ['in capitals, without the dots', 'ARZTEKAMMER NORDRHEIN'],
    ['spelt without umlauts', 'Aerztekammer Nordrhein, Aussenstelle'],
    ['with an invisible letter in it', '\u00c4rztekammer\u3164Nordrhein'],
  ];
  for (const [what, name] of DISGUISES) {
    it(`${what} is invited by nobody`, async () => {
      assert.equal(await codeOf(() => t.invite('neu@eve.example', name)), 'name-protected');
    });
  }

  const HOMOGLYPHS: readonly (readonly [string, string])[] = [
    ['Cyrillic', 'Klinik N\u043erd'],
    ['Greek', '\u039alinik Nord'],
    ['full width', '\uff2blinik Nord'],
    ['digits', 'K1inik N0rd'],
    ['a combining mark', 'Klinik N\u1ecdrd'],
    ['mixed scripts and no blank', 'Kl\u0456n\u0456kNord'],
    ['capitals', 'KLINIK NORD'],
    ['capitals with an l and a nought', 'KLlNIK N0RD'],
    ['another script, of a practice that nobody knows yet', 'Praxis N\u03bfva'],
    ['letters of Cherokee, which no table of look-alikes has', 'Klinik \u13c1ord'],
  ];
  for (const [what, name] of HOMOGLYPHS) {
    it(`another practice’s name in ${what} is refused, in an invitation and in an attestation of one's own`, async () => {
      assert.equal(await codeOf(() => t.invite('neu@eve.example', name)), 'name-confusable');
      const said = attestationBy(own, eve, { name, place: 'Kiel' });
      assert.equal(await codeOf(() => publishAttestation(eve, said)), 'name-confusable');
      const even = attestationBy(registrar, eve, { name, place: 'Kiel' });
      assert.equal(await codeOf(() => publishAttestation(eve, even)), 'name-confusable', 'a registrar’s mistake');
    });
  }

  it('a name that Eve vouches for herself is shown to nobody as verified', async () => {
    await publishAttestation(eve, attestationBy(own, eve, { name: 'Universitätsklinik Kiel', place: 'Kiel' }));
    await bob.directory.refresh(eve.account.content.mailboxId);
    assert.deepInclude(practiceName(bob.account, eve.account.content.mailboxId, Date.now()), { isVerified: false });
    const { entries } = await bob.relay.searchDirectory('eve.example', null);
    assert.deepEqual(
      entries.map((entry) => [entry.practiceName, entryName(bob.account, entry, Date.now()).isVerified]),
      [['Praxis Eve', false]],
    );
  });

  it('a relay that says "verified" of Eve’s address, with whatever record it has, is not believed', async () => {
    const [{ attestation = null } = {}] = (await bob.relay.searchDirectory('klinik-nord', null)).entries;
    assert.isNotNull(attestation);
    const { mailboxId } = eve.account.content;
    const lie = { mailboxId, address: eve.account.content.address, practiceName: AUTHORITY, attestation };
    assert.deepInclude(entryName(bob.account, lie, Date.now()), { name: AUTHORITY, isVerified: false });
    const { mailboxId: nordId } = nord.account.content;
    const beside = { ...lie, mailboxId: nordId };
    assert.isFalse(entryName(bob.account, beside, Date.now()).isVerified, 'the name beside another address');
  });

  it('a later word of the relay about registrars changes nothing for who is enrolled', async () => {
    const lying = bob.through({
      info: async () => ({ ...(await bob.relay.info()), registrars: [own.registrarId] }),
    });
    await lying.relay.info();
    await lying.directory.refresh(eve.account.content.mailboxId);
    assert.deepEqual([...bob.account.state.registrars], [registrar.registrarId]);
  });

  it('the practice itself, with a registrar’s word, is verified', async () => {
    await bob.directory.refresh(nord.account.content.mailboxId);
    assert.deepInclude(practiceName(bob.account, nord.account.content.mailboxId, Date.now()), {
      name: 'Klinik Nord',
      isVerified: true,
    });
  });
});
