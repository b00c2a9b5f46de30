import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { headOf } from '../../crypto/wire/chain.js';
import { mapIndex } from '../../crypto/log/entry.js';
import { parseAddress } from '../../crypto/wire/ids.js';
import { type TestClient, enrolClient } from '../support/client.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { ForkedLog, trueLeaves } from '../support/forked-log.js';
import { jsonAnswer, withJson } from '../support/lying-relay.js';
import { TestMailbox } from '../support/mailbox.js';
import { type ProofJson } from '../support/public-log.js';
import { base64Url } from '../support/relay.js';
import { type WitnessedRelay, startWitnessedRelay } from '../support/witnesses.js';

/** A10: the directory serves another key for a recipient. Nothing is sealed to it, let alone sent. */
describe('attack A10: a false key for a recipient', function () {
  this.timeout(120_000);
  let lying: WitnessedRelay;
  let alice: TestClient;
  let bob: TestClient;
  let falseBob: TestMailbox;

  before(async () => {
    const [kind] = databases();
    if (kind === undefined) throw new Error('no database');
    lying = await startWitnessedRelay(kind);
    bob = await enrolClient(lying, 'bob@x.example');
    falseBob = await TestMailbox.create('bob@x.example');
  });
  after(async () => {
    await bob.close();
    await lying.close();
  });
  beforeEach(async () => {
    alice = await enrolClient(lying, `alice-${randomBytes(4).toString('hex')}@x.example`);
  });
  afterEach(async () => {
    lying.tellTheTruth();
    await alice.close();
  });

  const posted = (): number =>
    lying.requests.filter(({ method, path }) => method === 'POST' && path === '/api/messages').length;

  /** Expects the code, and that not one message has reached the relay. */
  async function refused(code: string): Promise<void> {
    const before = posted();
    assert.equal(await codeOf(() => alice.send(bob.address)), code);
    assert.equal(posted(), before);
  }

  /** Whoever asks for bob is led to a mailbox of the relay's own making, with a chain that verifies. */
  function servesFalseBob(): void {
    const { mailboxId } = falseBob.state;
    lying.lie('GET /api/directory/addresses/bob@x.example', () => jsonAnswer({ mailboxId }));
    lying.lie('GET /api/directory/addresses/bob%40x.example', () => jsonAnswer({ mailboxId }));
    lying.lie(`GET /api/mailboxes/${mailboxId}/statements`, () =>
      jsonAnswer({ statements: falseBob.statements.map(base64Url), last: falseBob.state.seq }),
    );
  }

  it('sends when nobody lies, and the sender counts as verified', async () => {
    await alice.send(bob.address);
    const view = await alice.again().directory.refresh(bob.account.content.mailboxId);
    assert.equal(view.status, 'witnessed');
  });

  it('refuses a chain that verifies but is not the one in the log', async () => {
    servesFalseBob();
    await refused('chain-unlogged');
  });

  it('refuses a proof of another address, of another value, and of none', async () => {
    servesFalseBob();
    const own = Buffer.from(mapIndex(alice.address)).toString('hex');
    lying.lie(`GET /api/log/proofs/:index`, (request, truth) =>
      request.params['index'] === own ? truth() : truth({ path: `/api/log/proofs/${own}` }),
    );
    await refused('log-invalid');
    lying.tellTheTruth();
    servesFalseBob();
    const head = base64Url(headOf(falseBob.state));
    lying.lie(
      'GET /api/log/proofs/:index',
      withJson<ProofJson>((proof, { params }) =>
        params['index'] === own ? proof : { ...proof, value: { seq: 3, head } },
      ),
    );
    await refused('log-invalid');
    lying.tellTheTruth();
    lying.lie(
      'GET /api/log/proofs/:index',
      withJson<ProofJson>((proof, { params }) => (params['index'] === own ? proof : { ...proof, value: null })),
    );
    await refused('log-invalid');
  });

  it('refuses a checkpoint that somebody else has signed, and one whose cosignature was altered', async () => {
    const alter = (change: (note: string) => string): void => {
      lying.lie(
        'GET /api/log/proofs/:index',
        withJson<ProofJson>((proof) => ({ ...proof, checkpoint: change(proof.checkpoint) })),
      );
    };
    alter((note) => note.replace(/\u2014 \S+ \S+\n/, `\u2014 other.example/log ${'A'.repeat(92)}\n`));
    await refused('log-invalid');
    lying.tellTheTruth();
    alter((note) => note.replace(/(\u2014 witness\S+ \S{30})./, '$1A').replace(/(\u2014 witness\S+ \S{31})./, '$1B'));
    await refused('log-invalid');
    lying.tellTheTruth();
    // Left out, it is as if the witness had not been there.
    alter((note) => note.replace(/\u2014 witness\S+ \S+\n/, ''));
    await refused('witnesses-missing');
  });

  it('refuses a second log under the relay’s own key that names the false chain: alarm for who has seen the first', async () => {
    await alice.directory.refresh(alice.account.content.mailboxId);
    servesFalseBob();
    const bobs = Buffer.from(mapIndex(parseAddress('bob@x.example')));
    const leaves = (await trueLeaves(lying)).map((leaf) =>
      leaf.index.equals(bobs) ? { ...leaf, seq: 3, head: Buffer.from(headOf(falseBob.state)) } : leaf,
    );
    const fork = await ForkedLog.of(lying.truth.dataDir, leaves, 500);
    fork.show(lying);
    await refused('log-forked');
    lying.tellTheTruth();
    await refused('log-forked');
  });
});
