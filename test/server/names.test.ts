import { assert } from 'chai';
import { type Attestation, openSignedAttestation } from '../../crypto/wire/attestation.js';
import { RelayError, openAdministration, startRelay } from '../../server/main.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { type TestRegistrar, createRegistrar } from '../support/registrar.js';
import { type Actor, type TestRelay, base64Url, startTestRelay } from '../support/relay.js';

const DAY_MS = 86_400_000;

interface Entry {
  mailboxId: string;
  address: string;
  practiceName: string;
  verified: boolean;
  place: string | null;
  specialty: string | null;
  attestation: string | null;
}
interface Page {
  entries: Entry[];
  next: string | null;
}

for (const kind of databases()) {
  describe(`server names on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let registrar: TestRegistrar;
    let stranger: TestRegistrar;

    before(async () => {
      [registrar, stranger] = [await createRegistrar(), await createRegistrar()];
      t = await startTestRelay(kind, { registrars: registrar.registrarId });
    });
    after(() => t.close());

    const search = async (actor: Actor, query: string) =>
      (await actor.ask('GET', `/api/directory?${new URLSearchParams(query)}`)).json as Page;
    const addresses = async (actor: Actor, query: string) =>
      (await search(actor, query)).entries.map(({ address }) => address);
    const attest = async (actor: Actor, by: TestRegistrar, said: Partial<Attestation>) => {
      const { mailbox, mailboxId } = actor;
      const statement = mailbox.next({ kind: 'attest', ...by.attest(mailbox.state, said) });
      const answer = await actor.ask('POST', `/api/mailboxes/${mailboxId}/statements`, {
        json: { statements: [base64Url(statement)] },
      });
      if (answer.status === 201) mailbox.commit(statement);
      return answer.code ?? answer.status;
    };
    const invite = async (practiceName: string, address: string): Promise<string> => {
      const administration = await openAdministration({ dataDir: t.dataDir });
      try {
        await administration.invite({ practiceName, address, expiresInDays: 7 });
        return 'invited';
      } catch (error) {
        return error instanceof RelayError ? error.code : String(error);
      } finally {
        await administration.close();
      }
    };

    it('GET /api/relay names the registrars', async () => {
      const { json } = await t.ask('GET', '/api/relay');
      assert.deepEqual((json as { registrars: string[] }).registrars, [registrar.registrarId]);
    });

    it('a setting that names no registrar is refused', async () => {
      assert.equal(await codeOf(() => startRelay({ registrars: 'kiel' })), 'config-invalid');
    });

    it('shows the name that a configured registrar vouches for, with his record, verified ones first', async () => {
      const one = await t.enrol('a-befund@kiel.example', 'Praxis am Hafen');
      const two = await t.enrol('b-befund@kiel.example', 'Zentrum für Radiologie');
      assert.equal(await attest(two, registrar, { name: 'Radiologie Förde', place: '24103 Kiel' }), 201);
      const { entries } = await search(one, 'query=kiel.example');
      assert.deepEqual(
        entries.map(({ address, practiceName, verified, place }) => [address, practiceName, verified, place]),
        [
          ['b-befund@kiel.example', 'Radiologie Förde', true, '24103 Kiel'],
          ['a-befund@kiel.example', 'Praxis am Hafen', false, null],
        ],
      );
      const record = openSignedAttestation(Buffer.from(entries[0]?.attestation ?? '', 'base64url'));
      assert.equal(record.registrarId, registrar.registrarId);
      assert.equal(record.attestation.mailboxId, two.mailboxId);
      assert.isNull(entries[1]?.attestation);
    });

    it('finds by name, place and specialty, by parts of words, whatever the case and the umlauts', async () => {
      const eye = await t.enrol('praxis@auge.example', 'Praxis Dr. Grün');
      assert.equal(
        await attest(eye, registrar, { name: 'Augenpraxis Dr. Grün', place: 'Lübeck', specialty: 'Augenheilkunde' }),
        201,
      );
      for (const query of [
        'grün',
        'GRUEN lübeck',
        'Grun',
        'luebeck augenheil',
        'heilkunde',
        'auge.example',
        'dr. grü',
      ]) {
        assert.deepEqual(await addresses(eye, `query=${query}`), ['praxis@auge.example'], query);
      }
      for (const query of ['grün kiel', 'grünn', 'augenheilkunde_', 'lübeck%25']) {
        assert.deepEqual(await addresses(eye, `query=${query}`), [], query);
      }
    });

    it('pages through verified and unverified entries without losing or repeating one', async () => {
      const actors: Actor[] = [];
      for (const n of [1, 2, 3, 4, 5]) actors.push(await t.enrol(`seite-${n}@seiten.example`, `Seite ${n}`));
      for (const n of [4, 2]) {
        const actor = actors[n - 1] ?? assert.fail();
        assert.equal(await attest(actor, registrar, { name: `Verbürgt ${n}`, place: 'Hof' }), 201);
      }
      const seen: string[] = [];
      const [actor = assert.fail()] = actors;
      for (let after: string | null = ''; after !== null;) {
        const page: Page = await search(actor, `query=seiten.example&limit=2&after=${after}`);
        seen.push(...page.entries.map(({ address }) => address.slice(6, 7)));
        after = page.next;
      }
      assert.deepEqual(seen, ['2', '4', '1', '3', '5']);
    });

    it('a registrar whom nobody has configured makes no name verified, nor one before or after its time', async () => {
      const actor = await t.enrol('zeit@zeit.example', 'Zeit');
      assert.equal(await attest(actor, stranger, { name: 'Zeitlos', place: 'Ulm' }), 201);
      const entry = async () => (await search(actor, 'query=zeit.example')).entries[0];
      assert.deepInclude(await entry(), { practiceName: 'Zeit', verified: false, place: null });
      const past = { notBeforeMs: Date.now() - 2 * DAY_MS, notAfterMs: Date.now() - DAY_MS };
      assert.equal(await attest(actor, registrar, { name: 'Zeit Praxis', place: 'Ulm', ...past }), 201);
      assert.deepInclude(await entry(), { practiceName: 'Zeit', verified: false });
      const future = { notBeforeMs: Date.now() + DAY_MS, notAfterMs: Date.now() + 2 * DAY_MS };
      assert.equal(await attest(actor, registrar, { name: 'Zeit Praxis', place: 'Ulm', ...future }), 201);
      assert.deepInclude(await entry(), { practiceName: 'Zeit', verified: false });
      assert.equal(await attest(actor, registrar, { name: 'Zeit Praxis', place: 'Ulm' }), 201);
      assert.deepInclude(await entry(), { practiceName: 'Zeit Praxis', verified: true });
    });

    it('an invitation with a name or address that looks like another practice’s is refused', async () => {
      await t.enrol('befund@marien.example', 'Marienkrankenhaus');
      assert.equal(await invite('M\u0430rienkrankenhaus', 'x@neu.example'), 'name-confusable');
      assert.equal(await invite('Marien-Krankenhaus', 'x@neu.example'), 'name-confusable');
      assert.equal(await invite('Marienkrankenhaus', 'zweites@marien.example'), 'invited', 'the same practice');
      assert.equal(await invite('Marienklinik', 'befund@rnarien.example'), 'address-confusable');
      assert.equal(await invite('Marienkrankenhaus', 'befund@rnarien.example'), 'invited', 'its own address may');
      assert.equal(await invite('***', 'x@neu.example'), 'name-confusable', 'a name without a letter looks like any');
    });

    it('what an invitation had claimed is free when nothing has come of it', async () => {
      assert.equal(await invite('tippfehler praxis', 'tipp@neu.example'), 'invited');
      assert.equal(await invite('Tippfehler Praxis', 'anders@neu.example'), 'name-confusable');
      assert.equal(await invite('Tippfehler Praxis', 'tipp@neu.example'), 'invited', 'the same address again');
      await t
        .db('invitations')
        .where({ address: 'tipp@neu.example' })
        .update({ created_at: '2000-01-01', expires_at: '2000-01-02' });
      assert.equal(await invite('TIPPFEHLER PRAXIS', 't1pp@neu.example'), 'invited', 'it has expired');
    });

    it('of two invitations at the same moment for names that look alike one wins', async () => {
      const outcomes = await Promise.all([
        invite('Gleichzeitig Praxis', 'eins@gleich.example'),
        invite('GleichzeitigPraxis', 'zwei@gleich.example'),
      ]);
      assert.deepEqual(outcomes.sort(), ['invited', 'name-confusable']);
    });

    it('an attestation may not give a practice another one’s looks, but registrars tell places apart', async () => {
      const honest = await t.enrol('praxis@mueller-bonn.example', 'Müller Bonn');
      const other = await t.enrol('praxis@mueller-ulm.example', 'Müller Ulm');
      const eve = await t.enrol('praxis@eve.example', 'Eve');
      assert.equal(await attest(honest, registrar, { name: 'Praxis Müller', place: 'Bonn' }), 201);
      assert.equal(await attest(other, registrar, { name: 'Praxis Müller', place: 'Ulm' }), 201);
      assert.equal(await attest(eve, registrar, { name: 'Pr\u0430xis Müller', place: 'B\u043enn' }), 'name-confusable');
      assert.equal(await attest(eve, stranger, { name: 'Praxis Müller', place: 'Hof' }), 'name-confusable');
      assert.equal(await attest(eve, stranger, { name: 'Eve', place: 'Hof' }), 201, 'her own name she may');
      assert.equal(await invite('Praxis Müller', 'neu@mueller.example'), 'name-confusable');
    });

    it('a protected name stands in no other, until the operator takes it back', async () => {
      const administration = await openAdministration({ dataDir: t.dataDir });
      try {
        await administration.protect(['Ärztekammer Nordrhein', 'Gematik']);
        assert.deepEqual(await administration.listProtected(), ['Gematik', 'Ärztekammer Nordrhein']);
        assert.equal(
          await invite('Befundstelle der \u00c4rztek\u0430mmer Nordrhein', 'b@kammer.example'),
          'name-protected',
        );
        const eve = await t.enrol('praxis@protected.example', 'Geschützt');
        assert.equal(await attest(eve, stranger, { name: 'Gematik', place: 'Berlin' }), 'name-confusable');
        assert.isTrue(await administration.unprotect('Ärztekammer Nordrhein'));
        assert.isFalse(await administration.unprotect('Ärztekammer Nordrhein'));
        assert.equal(await invite('Ärztekammer Nordrhein', 'b@kammer.example'), 'invited');
        assert.equal(await codeOf(() => administration.protect(['\u202e'])), 'config-invalid');
      } finally {
        await administration.close();
      }
    });

    it('names of an earlier version take their looks at the next start', async () => {
      await t.db('practices').insert({ name: 'Alte Größe', folded_name: 'alte größe' });
      await t.db('looks').delete();
      // As an earlier version left it: the form of the name as it stands, and none of umlauts spelt out.
      await t.db('protected_names').insert({ form: 'formofbefore', name: 'Ärztekammer Alt' });
      const again = await startRelay({
        port: 0,
        logLevel: 'silent',
        databaseUrl: t.databaseUrl,
        dataDir: `${t.dataDir}-again`,
        registrars: registrar.registrarId,
      });
      await again.close();
      const row = await t.db('practices').where({ name: 'Alte Größe' }).first<{ folded_name: string }>('folded_name');
      assert.equal(row?.folded_name, 'alte groesse alte grosse');
      assert.equal(await invite('M\u0430rienkrankenhaus', 'x@neu.example'), 'name-confusable');
      assert.equal(await invite('Aerztekammer Alt', 'y@neu.example'), 'name-protected');
    });
  });
}
