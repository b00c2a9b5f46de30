import { assert } from 'chai';
import { headOf, verifyChain } from '../../crypto/wire/chain.js';
import { parseExcerpt, verifyExcerpt } from '../../crypto/wire/excerpt.js';
import { parseStatement } from '../../crypto/wire/statement.js';
import { signBalance } from '../../crypto/seal/statements.js';
import { signingKeyFromSeed } from '../../crypto/seal/sign.js';
import { listStatements } from '../../server/directory/store.js';
import { databases } from '../support/database.js';
import { TestMailbox, createDevice } from '../support/mailbox.js';
import { type Actor, type TestRelay, base64Url, enrolWith, randomHex, startTestRelay } from '../support/relay.js';

interface Entry {
  mailboxId: string;
  address: string;
  practiceName: string;
  street: string | null;
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
  describe(`server/directory on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let alice: Actor;
    let bob: Actor;

    before(async () => {
      t = await startTestRelay(kind);
      alice = await t.enrol('befund@radiologie-nord.example', 'Radiologie ÜBERSEE');
      bob = await t.enrol('praxis@hausarzt-sued.example', 'Hausarzt 100%_Süd');
    });
    after(() => t.close());

    const search = async (query: string) =>
      (await alice.ask('GET', `/api/directory?${new URLSearchParams(query)}`)).json as Page;
    const chainPath = (actor: Actor) => `/api/mailboxes/${actor.mailboxId}/statements`;
    const append = (actor: Actor, ...statements: Uint8Array[]) =>
      actor.ask('POST', chainPath(actor), { json: { statements: statements.map(base64Url) } });

    describe('an excerpt', () => {
      const excerptOf = async (actor: Actor, seen = 0) => {
        const { status, bytes } = await alice.ask('GET', `/api/mailboxes/${actor.mailboxId}/excerpt?seen=${seen}`);
        assert.equal(status, 200);
        return parseExcerpt(bytes);
      };
      const balance = (mailbox: TestMailbox) =>
        mailbox.commit(signBalance(mailbox.state, mailbox.identity, Date.now()).bytes);

      it('is the whole chain until there is a balance, and begins at the newest one from then on', async () => {
        const west = await t.enrol('praxis@west.example');
        const { mailbox } = west;
        assert.deepInclude(await excerptOf(west), { spine: [], carried: null, inclusion: [], last: 3 });
        const device = createDevice();
        const added = [mailbox.addDevice(device)].map((bytes) => mailbox.commit(bytes));
        assert.equal((await append(west, ...added, mailbox.commit(mailbox.epoch()), balance(mailbox))).status, 201);
        const first = await excerptOf(west, 2);
        assert.deepEqual([first.spine.length, first.statements.length, first.last], [1, 1, 6]);
        const seen = { seq: 2, head: mailbox.state.heads[1] ?? assert.fail() };
        assert.deepEqual(verifyExcerpt(first, seen).devices, mailbox.state.devices);
        assert.equal((await append(west, mailbox.commit(mailbox.epoch()), balance(mailbox))).status, 201);
        assert.equal((await append(west, mailbox.commit(mailbox.epoch()))).status, 201);
        const second = await excerptOf(west, 7);
        assert.deepEqual([second.statements.length, second.last], [2, 9]);
        const state = verifyExcerpt(second, { seq: 7, head: mailbox.state.heads[6] ?? assert.fail() });
        assert.deepEqual(headOf(state), headOf(mailbox.state));
        // What is not summed up needs no proof; a place that does not exist has none.
        for (const at of [0, 8, 9, 10, 1_000_000]) assert.deepEqual((await excerptOf(west, at)).inclusion, []);
        const none = await alice.ask('GET', `/api/mailboxes/${randomHex(32)}/excerpt`);
        assert.deepEqual([none.status, none.code], [404, 'not-found']);
      });

      it('is not begun at a balance of anything but the chain, nor by anybody but its identity', async () => {
        const ost = await t.enrol('praxis@ost.example');
        const { mailbox } = ost;
        const right = signBalance(mailbox.state, mailbox.identity, Date.now()).bytes;
        const { body } = parseStatement(right);
        const another = mailbox.next({ kind: 'balance', digest: new Uint8Array(32) });
        const byDevice = mailbox.next(body, mailbox.device.key);
        for (const statement of [another, byDevice]) {
          const answer = await append(ost, statement);
          assert.deepEqual([answer.status, answer.code], [422, 'statement-invalid']);
        }
        assert.deepInclude(await excerptOf(ost), { carried: null, last: 3 });
        assert.equal((await append(ost, right)).status, 201);
      });
    });

    it('finds parts of the name or the address in any case, and says that nothing is verified', async () => {
      for (const query of ['query=radio', 'query=NORD.EX', 'query=übersee', 'query=ÜBER']) {
        const { entries } = await search(query);
        assert.deepEqual(entries, [
          {
            mailboxId: alice.mailboxId,
            address: alice.address,
            practiceName: 'Radiologie ÜBERSEE',
            verified: false,
            place: null,
            street: null,
            specialty: null,
            attestation: null,
          },
        ]);
      }
      assert.lengthOf((await search('query=nothing like it')).entries, 0);
    });

    it('takes percent and underscore literally', async () => {
      assert.lengthOf((await search('query=100%25_s%C3%BC')).entries, 1);
      assert.lengthOf((await search('query=%25')).entries, 1);
      assert.lengthOf((await search('query=r_diologie')).entries, 0);
    });

    it('pages by address', async () => {
      const first = await search('limit=1');
      assert.equal(first.entries[0]?.address, alice.address);
      assert.equal(first.next, alice.address);
      const second = await search(`limit=1&after=${alice.address}`);
      assert.equal(second.entries[0]?.address, bob.address);
      assert.isNull(second.next);
    });

    it('refuses a limit out of bounds and unknown fields', async () => {
      for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=01', 'colour=red']) {
        assert.equal((await alice.ask('GET', `/api/directory?${query}`)).code, 'request-invalid', query);
      }
    });

    it('finds the mailbox of an address', async () => {
      const found = await alice.ask('GET', `/api/directory/addresses/${bob.address}`);
      assert.deepEqual(found.json, { mailboxId: bob.mailboxId });
      assert.equal((await alice.ask('GET', '/api/directory/addresses/nobody@x.example')).code, 'not-found');
      assert.equal((await alice.ask('GET', '/api/directory/addresses/Upper@x.example')).code, 'request-invalid');
    });

    it('gives a chain that verifies, from any statement on', async () => {
      const all = (await alice.ask('GET', chainPath(bob))).json as { statements: string[]; last: number };
      const state = verifyChain(all.statements.map((one) => Buffer.from(one, 'base64url')));
      assert.equal(state.mailboxId, bob.mailboxId);
      assert.equal(all.last, 3);
      const rest = (await alice.ask('GET', `${chainPath(bob)}?after=2`)).json as { statements: string[] };
      assert.deepEqual(rest.statements, all.statements.slice(2));
      const none = (await alice.ask('GET', `${chainPath(bob)}?after=3`)).json as { statements: string[] };
      assert.deepEqual(none.statements, []);
      assert.equal((await alice.ask('GET', `/api/mailboxes/${randomHex(32)}/statements`)).code, 'not-found');
    });

    it('accepts the next statements of the own chain, all or none', async () => {
      const { mailbox } = alice;
      const before = mailbox.state.seq;
      const good = mailbox.addDevice(createDevice());
      const bad = mailbox.next({ kind: 'revoke-device', deviceId: createDevice().deviceId, reason: 'none' });
      assert.equal((await append(alice, good, bad)).code, 'statement-invalid');
      const after = (await alice.ask('GET', chainPath(alice))).json as { last: number };
      assert.equal(after.last, before);
      mailbox.commit(good);
      const epoch = mailbox.commit(mailbox.epoch());
      const answer = await append(alice, good, epoch);
      assert.equal(answer.status, 201);
      assert.deepEqual(answer.json, { seq: before + 2 });
    });

    it('the same statements again get the same answer', async () => {
      const { mailbox } = alice;
      const epoch = mailbox.commit(mailbox.epoch());
      const first = await append(alice, epoch);
      const again = await append(alice, epoch);
      assert.deepEqual([again.status, again.json], [201, first.json]);
    });

    it('another statement at a number that is taken, or beyond the next, is out of turn', async () => {
      const { mailbox } = alice;
      const stale = mailbox.epoch();
      assert.equal((await append(alice, mailbox.commit(mailbox.epoch()))).status, 201);
      assert.equal((await append(alice, stale)).code, 'statement-out-of-turn');
      const skipped = mailbox.epoch();
      mailbox.commit(skipped);
      const later = mailbox.commit(mailbox.epoch());
      assert.equal((await append(alice, later)).code, 'statement-out-of-turn');
      assert.equal((await append(alice, skipped, later)).status, 201);
    });

    it('one of two statements for the same turn wins', async () => {
      const { mailbox } = bob;
      const rivals = [mailbox.epoch(), mailbox.epoch(), mailbox.epoch()];
      const answers = await Promise.all(rivals.map((statement) => append(bob, statement)));
      assert.deepEqual(answers.map(({ status, code }) => code ?? status).sort(), [
        201,
        'statement-out-of-turn',
        'statement-out-of-turn',
      ]);
      const winner = rivals[answers.findIndex(({ status }) => status === 201)];
      assert.isDefined(winner);
      mailbox.commit(winner ?? new Uint8Array());
    });

    it('a statement with a wrong signature, or signed by who may not, is invalid', async () => {
      const { mailbox } = alice;
      const stranger = signingKeyFromSeed(new Uint8Array(32));
      const forged = mailbox.next({ kind: 'revoke-device', deviceId: alice.deviceId, reason: 'x' }, stranger);
      assert.equal((await append(alice, forged)).code, 'statement-invalid');
      const byDevice = mailbox.next(
        { kind: 'revoke-device', deviceId: alice.deviceId, reason: 'x' },
        mailbox.device.key,
      );
      assert.equal((await append(alice, byDevice)).code, 'statement-invalid');
      assert.equal((await append(alice, Buffer.from('junk'))).code, 'statement-invalid');
    });

    it('nobody appends to the chain of another mailbox', async () => {
      const statement = bob.mailbox.epoch();
      const json = { statements: [base64Url(statement)] };
      const foreign = await alice.ask('POST', chainPath(bob), { json });
      const unknown = await alice.ask('POST', `/api/mailboxes/${randomHex(32)}/statements`, { json });
      assert.equal(foreign.code, 'not-found');
      assert.deepEqual(foreign.json, unknown.json);
    });

    describe('a public key is registered once in the world (attack A1)', () => {
      it('not by a device of another mailbox', async () => {
        const stolen = { ...createDevice(), key: bob.mailbox.device.key };
        assert.equal((await append(alice, alice.mailbox.addDevice(stolen))).code, 'key-registered');
      });

      it('not by another device of the same mailbox', async () => {
        const twin = { ...createDevice(), kemKey: alice.mailbox.device.kemKey };
        assert.equal((await append(alice, alice.mailbox.addDevice(twin))).code, 'statement-invalid');
      });

      it('not as one half of a hybrid key', async () => {
        const device = createDevice();
        const half = Buffer.concat([bob.mailbox.device.kemKey.subarray(0, 1184), device.kemKey.subarray(1184)]);
        assert.equal(
          (await append(alice, alice.mailbox.addDevice({ ...device, kemKey: half }))).code,
          'key-registered',
        );
      });

      it('not as an epoch key', async () => {
        const kemKey = bob.mailbox.state.epoch?.kemKey ?? new Uint8Array();
        assert.equal((await append(alice, alice.mailbox.epoch({ kemKey }))).code, 'key-registered');
      });

      it('not at enrolment', async () => {
        const thief = await TestMailbox.create('c1@x.example', bob.mailbox.device);
        const answer = await enrolWith(t.ask, await t.invite('c1@x.example'), thief);
        assert.equal(answer.code, 'key-registered');
        assert.isUndefined(await t.db('mailboxes').where({ address: 'c1@x.example' }).first());
      });

      it('but a refused statement registers nothing', async () => {
        const device = createDevice();
        const bad = alice.mailbox.next({ kind: 'revoke-device', deviceId: device.deviceId, reason: 'none' });
        assert.equal((await append(alice, alice.mailbox.addDevice(device), bad)).code, 'statement-invalid');
        assert.equal((await append(bob, bob.mailbox.commit(bob.mailbox.addDevice(device)))).status, 201);
      });
    });

    it('an address has one mailbox', async () => {
      const invitation = await t.invite('d1@x.example');
      await t.db('invitations').where({ address: 'd1@x.example' }).update({ address: bob.address });
      const answer = await enrolWith(t.ask, invitation, await TestMailbox.create(bob.address));
      assert.equal(answer.code, 'address-taken');
    });

    it('a long chain comes in pages of whole statements, at least one', async () => {
      const sizes = (statements: readonly Uint8Array[]) => statements.map((statement) => statement.length);
      const all = await listStatements(t.db, bob.mailboxId, 0, 4_194_304);
      const [first = 0, second = 0] = sizes(all);
      const page = async (after: number, maxBytes: number) =>
        (await listStatements(t.db, bob.mailboxId, after, maxBytes)).length;
      assert.equal(await page(0, first + second), 2);
      assert.equal(await page(0, first + second - 1), 1);
      assert.equal(await page(1, 1), 1);
      assert.equal(await page(all.length, 1), 0);
    });
  });
}
