import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { RelayError, openAdministration } from '../../server/main.js';
import { policyDigest } from '../../crypto/log/policy.js';
import { databases } from '../support/database.js';
import { createFolder } from '../support/folder.js';
import { TestMailbox } from '../support/mailbox.js';
import { type TestRelay, base64Url, enrolWith, startTestRelay } from '../support/relay.js';

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.instanceOf(error, RelayError);
  return (error as RelayError).code;
}

for (const kind of databases()) {
  describe(`server/practices on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;

    before(async () => {
      t = await startTestRelay(kind);
    });
    after(() => t.close());

    const lookup = (invitation: string) => t.ask('POST', '/api/invitations/lookup', { json: { invitation } });

    it('an invitation says for which address and practice it is', async () => {
      const answer = await lookup(await t.invite('a1@nord.example', 'Radiologie Nord'));
      assert.equal(answer.status, 200);
      const { address, practiceName } = answer.json as Record<string, string>;
      assert.deepEqual({ address, practiceName }, { address: 'a1@nord.example', practiceName: 'Radiologie Nord' });
    });

    it('the URL carries the token in its fragment, and the database only its hash', async () => {
      const administration = await openAdministration({ dataDir: t.dataDir });
      const issued = await administration.invite({ practiceName: 'P', address: 'A2@Nord.Example', expiresInDays: 3 });
      await administration.close();
      assert.equal(issued.address, 'a2@nord.example');
      assert.equal(issued.invitation.origin, t.relay.origin);
      assert.equal(issued.invitation.pathname + issued.invitation.search, '/enrol');
      const [first = '', policy = ''] = issued.invitation.hash.slice(1).split('.');
      const token = Buffer.from(first, 'base64url');
      assert.equal(token.length, 32);
      // Behind the point: the digest of the policy that the relay must serve.
      assert.equal(policy, policyDigest((await t.ask('GET', '/log/policy')).bytes));
      const rows = await t.db('invitations').select<{ token_digest: Buffer }[]>('token_digest');
      assert.isFalse(rows.some((row) => row.token_digest.equals(token)));
    });

    it('an unknown invitation is unknown', async () => {
      assert.equal((await lookup(base64Url(randomBytes(32)))).code, 'invitation-unknown');
      const mailbox = await TestMailbox.create('a3@nord.example');
      assert.equal((await enrolWith(t.ask, base64Url(randomBytes(32)), mailbox)).code, 'invitation-unknown');
    });

    it('an expired invitation lets nobody in', async () => {
      const invitation = await t.invite('a4@nord.example');
      await t
        .db('invitations')
        .where({ address: 'a4@nord.example' })
        .update({
          created_at: new Date(0),
          expires_at: t.db.raw("now() - interval '1 ms'"),
        });
      assert.equal((await lookup(invitation)).code, 'invitation-expired');
      const mailbox = await TestMailbox.create('a4@nord.example');
      assert.equal((await enrolWith(t.ask, invitation, mailbox)).code, 'invitation-expired');
    });

    it('a new invitation for an address replaces the open one', async () => {
      const first = await t.invite('a5@nord.example');
      const second = await t.invite('a5@nord.example');
      assert.equal((await lookup(first)).code, 'invitation-unknown');
      assert.equal((await lookup(second)).status, 200);
    });

    it('enrolment works once; the same statements again get the same answer', async () => {
      const invitation = await t.invite('b1@nord.example');
      const mailbox = await TestMailbox.create('b1@nord.example');
      const first = await enrolWith(t.ask, invitation, mailbox);
      assert.equal(first.status, 201);
      assert.deepEqual(first.json, { mailboxId: mailbox.state.mailboxId, address: 'b1@nord.example' });
      const again = await enrolWith(t.ask, invitation, mailbox);
      assert.equal(again.status, 201);
      assert.deepEqual(again.json, first.json);
      const other = await TestMailbox.create('b1@nord.example');
      assert.equal((await enrolWith(t.ask, invitation, other)).code, 'invitation-used');
      assert.equal((await lookup(invitation)).code, 'invitation-used');
    });

    it('one of two enrolments with one invitation at the same moment wins', async () => {
      const invitation = await t.invite('b2@nord.example');
      const mailboxes = await Promise.all([1, 2, 3].map(() => TestMailbox.create('b2@nord.example')));
      const answers = await Promise.all(mailboxes.map((mailbox) => enrolWith(t.ask, invitation, mailbox)));
      assert.deepEqual(answers.map(({ status, code }) => code ?? status).sort(), [
        201,
        'invitation-used',
        'invitation-used',
      ]);
    });

    it('the chain must be for the invited address', async () => {
      const mailbox = await TestMailbox.create('eve@nord.example');
      const answer = await enrolWith(t.ask, await t.invite('b3@nord.example'), mailbox);
      assert.equal(answer.code, 'statement-invalid');
    });

    it('a chain that does not verify, or is another three statements, is refused and nothing is stored', async () => {
      const invitation = await t.invite('b4@nord.example');
      const { statements } = await TestMailbox.create('b4@nord.example');
      const [genesis, device, epoch] = statements.map(base64Url);
      const forged = Buffer.from(statements[1] ?? []);
      forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
      const wrong = [
        [genesis, base64Url(forged), epoch],
        [genesis, epoch, device],
        [genesis, device, device],
        [device, genesis, epoch],
        [genesis, device, base64Url(randomBytes(500))],
      ];
      for (const json of wrong.map((list) => ({ invitation, statements: list }))) {
        assert.equal((await t.ask('POST', '/api/enrolments', { json })).code, 'statement-invalid');
      }
      const two = { invitation, statements: [genesis, device] };
      assert.equal((await t.ask('POST', '/api/enrolments', { json: two })).code, 'request-invalid');
      assert.isUndefined(await t.db('mailboxes').where({ address: 'b4@nord.example' }).first());
      assert.equal((await lookup(invitation)).status, 200);
    });

    it('administration refuses an address that has a mailbox, is none, or a name that hides', async () => {
      const administration = await openAdministration({ dataDir: t.dataDir });
      const invite = (address: string, practiceName = 'P', expiresInDays = 7) =>
        refusal(administration.invite({ address, practiceName, expiresInDays }));
      assert.equal(await invite('b1@nord.example'), 'address-taken');
      assert.equal(await invite('no address'), 'address-invalid');
      assert.equal(await invite('rаdiologie@nord.example'), 'address-invalid', 'a Cyrillic letter');
      assert.equal(await invite('c1@nord.example', 'Radiologie\u202e Nord'), 'config-invalid');
      assert.equal(await invite('c1@nord.example', ' '), 'config-invalid');
      assert.equal(await invite('c1@nord.example', 'P', 0), 'config-invalid');
      await administration.close();
    });

    it('administration without a relay that has run there says so', async () => {
      const folder = await createFolder();
      assert.equal(await refusal(openAdministration({ dataDir: folder.path })), 'no-relay');
      await folder.remove();
    });
  });
}
