import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { assert } from 'chai';
import { CoreError } from '../../client/core/error.js';
import { reportAlarm, settleAlarm } from '../../client/core/directory/settle-alarm.js';
import { receivedLetters } from '../../client/core/receive/inbox.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { type TestClient, enrolClient } from '../support/client.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { ForkedLog, trueLeaves, untilLogged } from '../support/forked-log.js';
import { type LyingRelay, startLyingRelay, withJson } from '../support/lying-relay.js';
import { type WitnessedRelay, startWitnessedRelay } from '../support/witnesses.js';
import { type ProofJson } from '../support/public-log.js';

const [kind] = databases();
const sha = (text: string): Buffer => createHash('sha256').update(text).digest();
/** Somebody whom the relay wants to deceive somebody about. */
const VICTIM = { index: sha('victim@x.example'), seq: 9, head: sha('a head that is in no other history') };

async function alarmOf(run: () => Promise<unknown>): Promise<CoreError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof CoreError) return error;
    throw error;
  }
  return assert.fail('nothing was thrown');
}

async function tokenOf(client: TestClient): Promise<(header: string) => boolean> {
  const devices = new Set<string>();
  devices.add(`Bearer ${await client.relay.sessionToken()}`);
  return (header) => devices.has(header);
}

/** A37: the relay shows two histories of its directory to two clients. */
describe('attack A37: a split view', function () {
  this.timeout(120_000);

  describe('on a relay without witnesses', () => {
    let lying: LyingRelay;
    let alice: TestClient;
    let bob: TestClient;

    before(async () => {
      if (kind === undefined) throw new Error('no database');
      lying = await startLyingRelay(kind);
      alice = await enrolClient(lying, 'alice@x.example');
      bob = await enrolClient(lying, 'bob@x.example');
      await alice.directory.refresh(alice.account.content.mailboxId);
      await untilLogged(lying, 'bob@x.example');
    });
    after(async () => {
      await alice.close();
      await bob.close();
      await lying.close();
    });
    afterEach(() => lying.tellTheTruth());

    it('is revealed by what senders have seen: alarm, and the message is not lost', async () => {
      // Bob is shown the other history from his first look on; alice the true one.
      const fork = await ForkedLog.of(lying.truth.dataDir, [...(await trueLeaves(lying)), VICTIM], 60);
      fork.show(lying, await tokenOf(bob));
      await bob.directory.refresh(bob.account.content.mailboxId);
      assert.equal(bob.account.state.checkpoint?.size, 60);
      await alice.send(bob.address, 'gesehen unter der wahren Geschichte');

      await syncInbox(bob);
      assert.lengthOf(receivedLetters(bob.account), 0);
      assert.deepEqual(
        [...bob.account.state.waiting.values()].map(({ code }) => code),
        ['log-forked'],
      );
      const error = await alarmOf(() => bob.send(alice.address));
      assert.equal(error.code, 'log-forked');
      const { detail } = error;
      if (detail?.kind !== 'checkpoints') return assert.fail('the alarm names no checkpoints');
      assert.include(detail.first, ' 60 ');
      assert.include(detail.second, ` ${alice.account.state.checkpoint?.size} `);
      const evidence = await readFile(detail.evidence ?? '', 'utf8');
      assert.include(evidence, fork.note.trim());
      assert.include(evidence, Buffer.from(alice.account.state.checkpoint?.root ?? []).toString('base64'));
      assert.lengthOf(evidence.match(/\u2014 /g) ?? [], 2, 'both signatures of the log');
      lying.tellTheTruth();
      assert.equal(await codeOf(() => bob.send(alice.address)), 'log-forked', 'an alarm does not go away by itself');
    });

    it('is over when a person who administrates names the history that counts, whole, and why; the evidence stays', async () => {
      const { account, relay } = bob;
      const seen = alice.account.state.checkpoint ?? assert.fail('alice has seen nothing');
      const right = Buffer.from(seen.root).toString('base64');
      const settle = (root: string, reason: string, as = account) => settleAlarm(as, relay, { root, reason }, 1_000);
      const report = reportAlarm(account) ?? assert.fail('no alarm');
      assert.deepInclude(report.second, { size: seen.size, root: right });
      for (const root of [right.slice(0, 12), '', sha('another').toString('base64'), `${right}A`]) {
        assert.equal(await codeOf(() => settle(root, 'erklärt')), 'log-forked', root);
      }
      assert.equal(await codeOf(() => settle(right, '  ')), 'request-invalid');
      assert.equal(await codeOf(() => settle(right, 'x'.repeat(501))), 'request-invalid');
      const helper = { ...account, content: { ...account.content, identitySeed: null } };
      assert.equal(await codeOf(() => settle(right, 'erklärt', helper)), 'not-admin');
      assert.deepEqual(reportAlarm(account), report, 'nothing of this has changed anything');

      await settle(right, 'Der Betreiber hat eine alte Kopie eingespielt');
      assert.isNull(reportAlarm(account));
      assert.deepInclude(account.state.settledAlarms[0] ?? assert.fail('nothing was written'), {
        abandoned: { size: report.first.size, root: Buffer.from(report.first.root, 'base64') },
        member: 'Dr. Test',
        reason: 'Der Betreiber hat eine alte Kopie eingespielt',
      });
      const again = bob.again();
      await syncInbox(again);
      assert.lengthOf(receivedLetters(account), 1, 'what has waited is opened');
      assert.equal((await bob.send(alice.address)).state, 'sent');
      assert.isNull(await settle(right, 'noch einmal'), 'there is nothing to settle');
      const before = (await readdir(bob.folder)).filter((file) => file.startsWith('log-fork-'));
      assert.lengthOf(before, 1);

      // Whoever shows the abandoned history again is caught again.
      const fork = await ForkedLog.of(lying.truth.dataDir, [...(await trueLeaves(lying)), VICTIM], 60);
      fork.show(lying, await tokenOf(bob));
      const own = account.content.mailboxId;
      assert.equal(await codeOf(() => bob.directory.refresh(own)), 'log-forked');
      const files = (await readdir(bob.folder)).filter((file) => file.startsWith('log-fork-'));
      assert.includeMembers(files, before);
      assert.lengthOf(files, 2);
    });

    it('is revealed by a history that does not continue the one seen, longer, as long, and shorter', async () => {
      const seen = alice.account.state.checkpoint?.size ?? 0;
      for (const [name, size] of [
        ['longer', seen + 10],
        ['equal', seen],
        ['shorter', seen - 2],
      ] as const) {
        const client = await enrolClient(lying, `${name}@x.example`);
        await client.directory.refresh(client.account.content.mailboxId);
        const own = client.account.state.checkpoint?.size ?? 0;
        const shown = size + (own - seen);
        const fork = await ForkedLog.of(lying.truth.dataDir, [...(await trueLeaves(lying)), VICTIM], shown);
        fork.show(lying);
        const expected = name === 'shorter' ? 'log-behind' : 'log-forked';
        assert.equal(await codeOf(() => client.send(alice.address)), expected, name);
        const files = await readdir(client.folder);
        assert.equal(
          files.some((file) => file.startsWith('log-fork-')),
          expected === 'log-forked',
          name,
        );
        lying.tellTheTruth();
        await client.close();
      }
    });

    it('a sender cannot raise the alarm by inventing a checkpoint: the log’s signature is missing', async () => {
      const carol = await enrolClient(lying, 'carol@x.example');
      await carol.directory.refresh(carol.account.content.mailboxId);
      const { checkpoint } = carol.account.state;
      if (checkpoint === null) return assert.fail('nothing seen');
      const invented = { ...checkpoint, root: sha('another root') };
      assert.equal(await codeOf(() => carol.directory.compareGossip(invented)), 'gossip-invalid');
      const elsewhere = { ...checkpoint, origin: 'other.example/log' };
      assert.equal(await codeOf(() => carol.directory.compareGossip(elsewhere)), 'gossip-invalid');
      await carol.directory.compareGossip(checkpoint);
      assert.equal(carol.account.state.alarm, null);
      await carol.close();
    });

    it('is an alarm when the log names a head of the own mailbox that its devices have not made', async () => {
      const dora = await enrolClient(lying, 'dora@x.example');
      const own = sha('dora@x.example');
      const leaves = (await trueLeaves(lying)).filter((leaf) => !leaf.index.equals(own));
      const fork = await ForkedLog.of(lying.truth.dataDir, [...leaves, { index: own, seq: 3, head: sha('x') }], 90);
      fork.show(lying);
      assert.equal(await codeOf(() => dora.directory.refresh(dora.account.content.mailboxId)), 'log-forked');
      assert.isNotNull(dora.account.state.alarm);
      await dora.close();
    });
  });

  describe('on a relay with a witness', () => {
    let lying: WitnessedRelay;
    let alice: TestClient;
    let bob: TestClient;

    before(async () => {
      if (kind === undefined) throw new Error('no database');
      lying = await startWitnessedRelay(kind);
      alice = await enrolClient(lying, 'alice@x.example');
      bob = await enrolClient(lying, 'bob@x.example');
      await alice.directory.refresh(alice.account.content.mailboxId);
      await untilLogged(lying, 'bob@x.example');
    });
    after(async () => {
      await alice.close();
      await bob.close();
      await lying.close();
    });
    afterEach(() => lying.tellTheTruth());

    it('is refused at the first look already: the witness has not signed it', async () => {
      const fork = await ForkedLog.of(lying.truth.dataDir, [...(await trueLeaves(lying)), VICTIM], 60);
      fork.show(lying);
      const error = await alarmOf(() => bob.send(alice.address));
      assert.equal(error.code, 'witnesses-missing');
      assert.deepInclude(error.detail, { kind: 'witnesses', answered: [], known: ['w1'], needed: 1 });
    });

    it('and the witness does not sign it when it is asked', async () => {
      const fork = await ForkedLog.of(lying.truth.dataDir, [...(await trueLeaves(lying)), VICTIM], 600);
      const [witness] = lying.witnesses;
      const ask = (old: number, lines: string): Promise<Response> =>
        fetch(`${witness?.url}/add-checkpoint`, { method: 'POST', body: `old ${old}\n${lines}\n${fork.note}` });
      const first = await ask(0, '');
      assert.equal(first.status, 409);
      assert.equal(first.headers.get('content-type'), 'text/x.tlog.size');
      const size = Number((await first.text()).trim());
      assert.isAbove(size, 0);
      assert.equal((await ask(size, '')).status, 422);
      const proof = fork.proof(VICTIM.index, size).consistency ?? [];
      const lines = proof.map((hash) => `${Buffer.from(hash, 'base64url').toString('base64')}\n`).join('');
      assert.equal((await ask(size, lines)).status, 422);
    });

    it('messages wait while witnesses are missing, and are opened when they are back', async () => {
      const carol = await enrolClient(lying, 'carol@x.example');
      await alice.send(carol.address, 'wartet');
      lying.lie(
        'GET /api/log/proofs/:index',
        withJson<ProofJson>((proof) => ({
          ...proof,
          checkpoint: proof.checkpoint.replace(/\u2014 witness\S+ \S+\n/, ''),
        })),
      );
      await syncInbox(carol.again());
      assert.deepEqual(
        [...carol.account.state.waiting.values()].map(({ code }) => code),
        ['witnesses-missing'],
      );
      assert.lengthOf(receivedLetters(carol.account), 0);
      lying.tellTheTruth();
      assert.equal(await syncInbox(carol.again()), 1);
      const [letter] = receivedLetters(carol.account);
      assert.equal(letter?.body.text, 'wartet');
      assert.isTrue(letter?.stored.isWitnessed);
      assert.equal(carol.account.state.waiting.size, 0);
      await carol.close();
    });

    it('an old checkpoint is refused after a day, and so is one that is dated ahead, which would never grow old', async () => {
      const { createPinnedView } = await import('../../client/core/directory/pinned-view.js');
      const codeAt = (aheadMs: number): Promise<string> => {
        const clock = { patienceMs: 0, sleep: () => Promise.resolve(), now: () => Date.now() + aheadMs };
        const view = createPinnedView(alice.account, alice.relay, clock);
        return codeOf(() => view.refresh(alice.account.content.mailboxId));
      };
      const day = 86_400_000;
      assert.equal(await codeAt(day + 3_600_000), 'checkpoint-stale');
      assert.equal(await codeAt(-day - 60_000), 'checkpoint-stale');
    });

    it('nor does a cosignature count that a witness with a wrong clock has dated ahead', async () => {
      const { judge } = await import('../../client/core/directory/log-watch.js');
      const { loadPolicy } = await import('../../client/core/account/policy.js');
      const own = alice.account.content.mailboxId;
      const { proof } = await alice.again().directory.examine(own);
      const trusted = await loadPolicy(alice.account, alice.relay);
      const dated = (aheadSeconds: number) => {
        const { checkpoint } = proof;
        const cosignatures = checkpoint.cosignatures.map((one) => ({
          ...one,
          timeSeconds: (one.timeSeconds ?? 0) + aheadSeconds,
        }));
        return judge({ ...proof, checkpoint: { ...checkpoint, cosignatures } }, trusted, Date.now());
      };
      assert.equal(dated(0).problem, null);
      assert.equal(dated(86_400 * 365).problem, 'witnesses-missing');
      assert.deepEqual(dated(86_400 * 365).answered, []);
    });

    it('the relay cannot exchange the policy that an invitation names', async () => {
      lying.lie('GET /log/policy', async (_request, truth) => {
        const answer = await truth();
        const text = answer.body.toString().replace(/quorum .*\n/, 'quorum none\n');
        return { ...answer, body: Buffer.from(text) };
      });
      assert.equal(await codeOf(() => enrolClient(lying, 'frank@x.example')), 'policy-changed');
    });

    it('leaves no evidence where there is none', async () => {
      const files = await readdir(join(alice.folder));
      assert.deepEqual(
        files.filter((file) => file.startsWith('log-fork-')),
        [],
      );
    });
  });
});
