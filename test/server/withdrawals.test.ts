import { assert } from 'chai';
import { verifyTestimony } from '../../crypto/log/testimony.js';
import { parseVerifierKey } from '../../crypto/log/verifier-key.js';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import { housekeeping } from '../../server/housekeeping.js';
import { withdrawalOf } from '../../server/withdrawals/withdraw.js';
import { openAdministration } from '../../server/main.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, expectStatus, startTestRelay } from '../support/relay.js';
import {
  type MessageJson,
  type SealedPayload,
  createPayload,
  messageTo,
  post,
  putPart,
  putTally,
  sha256,
} from '../support/sealed-payload.js';

interface Answer {
  withdrawnAt: string;
  recipients: { mailboxId: string; state: string; testimony: string | null }[];
}

for (const kind of databases()) {
  describe(`server/withdrawals on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let [alice, bob, carol, eve]: Actor[] = [] as never;
    let logKey: string;

    before(async () => {
      t = await startTestRelay(kind);
      [alice, bob, carol, eve] = [
        await t.enrol('alice@nord.example'),
        await t.enrol('bob@sued.example'),
        await t.enrol('carol@ost.example'),
        await t.enrol('eve@west.example'),
      ];
      const administration = await openAdministration({ dataDir: t.dataDir });
      logKey = await administration.logKey();
      await administration.close();
    });
    after(() => t.close());

    const a = (): Actor => alice as Actor;
    const b = (): Actor => bob as Actor;
    const c = (): Actor => carol as Actor;

    /** A message with a payload of two parts from Alice to Bob, Carol and herself, and where it lies. */
    const send = async (
      parts = {},
    ): Promise<{ json: MessageJson; payload: SealedPayload; seqOf: (who: Actor) => number }> => {
      const payload = createPayload({ segments: 2 });
      const to = [b().mailboxId, c().mailboxId, a().mailboxId];
      const json = messageTo(to, { payloads: [payload], ...parts });
      const answer = await expectStatus(201, post(a(), json));
      const { deliveries } = answer.json as { deliveries: { mailboxId: string; seq: number }[] };
      await expectStatus(201, putPart(a(), payload, 0, 2));
      await expectStatus(201, putTally(a(), payload.payloadId, 1, 2));
      const seqOf = (who: Actor): number => deliveries.find(({ mailboxId }) => mailboxId === who.mailboxId)?.seq ?? 0;
      return { json, payload, seqOf };
    };
    const withdraw = async (who: Actor, messageId: string): Promise<Answer> =>
      (await expectStatus(200, who.ask('POST', `/api/messages/${messageId}/withdrawal`))).json as Answer;
    const envelope = (who: Actor, seq: number) => who.ask('GET', `/api/deliveries/${seq}/envelope`);
    const segment = (who: Actor, payload: SealedPayload) =>
      who.ask('GET', `/api/payloads/${payload.payloadId}/segments/0`);
    const stateOf = async (who: Actor, seq: number): Promise<string> => {
      const { deliveries } = (await who.ask('GET', `/api/deliveries?after=${seq - 1}&limit=1`)).json as {
        deliveries: { state: string }[];
      };
      return deliveries[0]?.state ?? 'none';
    };
    const sweep = async (): Promise<void> => {
      const blobs = await openDiskBlobs(t.blobsDir);
      const deps = { db: t.db, blobs, orphanGraceMs: 3_600_000, aloneSinceMs: null };
      for (const job of housekeeping(deps)) await job.run();
    };

    it('nobody has fetched it: nobody ever will, the bytes are gone, and the relay testifies it of each recipient', async () => {
      const { json, payload, seqOf } = await send();
      const { recipients, withdrawnAt } = await withdraw(a(), json.messageId);
      assert.sameMembers(
        recipients.map(({ mailboxId, state }) => `${mailboxId} ${state}`),
        [b(), c()].map(({ mailboxId }) => `${mailboxId} withdrawn`),
      );
      for (const { mailboxId, testimony } of recipients) {
        const said = verifyTestimony(Buffer.from(testimony ?? '', 'base64url'), parseVerifierKey('log', logKey));
        const sent = json.envelopes.find((item) => item.mailboxId === mailboxId)?.envelope ?? '';
        assert.deepEqual([said.kind, said.fetchedMs], ['never-fetched', null]);
        assert.deepEqual([said.messageId as string, said.sender], [json.messageId, a().mailboxId]);
        assert.equal(said.recipient, mailboxId);
        assert.equal(said.timeMs, Date.parse(withdrawnAt));
        assert.isTrue(sha256(Buffer.from(sent, 'base64url')).equals(said.envelopeDigest));
      }
      for (const who of [a(), b(), c()]) {
        assert.equal((await envelope(who, seqOf(who))).code, 'gone');
        assert.equal((await segment(who, payload)).code, 'gone');
        assert.equal(await stateOf(who, seqOf(who)), 'withdrawn');
      }
      assert.equal((await segment(eve as Actor, payload)).code, 'not-found');
      assert.equal((await putPart(a(), payload, 0, 1)).code, 'gone');
      await sweep();
      const [{ left } = { left: -1 }] = await t
        .db('parts')
        .join('payloads', 'payloads.payload_number', 'parts.payload_number')
        .where({ payload_id: Buffer.from(payload.payloadId, 'hex') })
        .count<{ left: number }[]>('* as left');
      assert.equal(left, 0);
      assert.equal((await segment(b(), payload)).code, 'gone');
    });

    it('who has fetched it keeps it, and is testified with the time; the others never get it', async () => {
      const { json, payload, seqOf } = await send();
      const before = Date.now();
      await expectStatus(200, envelope(b(), seqOf(b())));
      const { recipients } = await withdraw(a(), json.messageId);
      const of = (who: Actor) => recipients.find(({ mailboxId }) => mailboxId === who.mailboxId);
      assert.equal(of(b())?.state, 'fetched');
      assert.equal(of(c())?.state, 'withdrawn');
      const said = verifyTestimony(Buffer.from(of(b())?.testimony ?? '', 'base64url'), parseVerifierKey('log', logKey));
      assert.equal(said.kind, 'fetched');
      assert.closeTo(said.fetchedMs ?? 0, before, 10_000);
      await expectStatus(200, envelope(b(), seqOf(b())));
      await expectStatus(200, segment(b(), payload));
      await expectStatus(200, segment(a(), payload));
      await expectStatus(200, envelope(a(), seqOf(a())));
      assert.equal((await envelope(c(), seqOf(c()))).code, 'gone');
      assert.equal((await segment(c(), payload)).code, 'gone');
      await sweep();
      await expectStatus(200, segment(b(), payload));
    });

    it('an acknowledgement without a fetch is no fetch; one after it changes nothing', async () => {
      const { json, seqOf } = await send();
      await b().ask('POST', `/api/deliveries/${seqOf(b())}/acknowledgement`);
      await expectStatus(200, envelope(c(), seqOf(c())));
      await c().ask('POST', `/api/deliveries/${seqOf(c())}/acknowledgement`);
      const { recipients } = await withdraw(a(), json.messageId);
      const states = Object.fromEntries(recipients.map(({ mailboxId, state }) => [mailboxId, state]));
      assert.deepEqual(states, { [b().mailboxId]: 'withdrawn', [c().mailboxId]: 'fetched' });
    });

    it('the same again gets the same answer, and so does asking', async () => {
      const { json } = await send();
      assert.equal((await a().ask('GET', `/api/messages/${json.messageId}/withdrawal`)).code, 'not-found');
      const first = await withdraw(a(), json.messageId);
      assert.deepEqual(await withdraw(a(), json.messageId), first);
      const asked = await a().ask('GET', `/api/messages/${json.messageId}/withdrawal`);
      assert.deepEqual(asked.json, first);
    });

    it('a fetch and a withdrawal at the same moment agree: what was given out is never called never fetched', async () => {
      for (let round = 0; round < 6; round++) {
        const { json, seqOf } = await send();
        const [fetched, { recipients }] = await Promise.all([envelope(b(), seqOf(b())), withdraw(a(), json.messageId)]);
        const state = recipients.find(({ mailboxId }) => mailboxId === b().mailboxId)?.state;
        assert.equal(state, fetched.status === 200 ? 'fetched' : 'withdrawn', `round ${round}`);
      }
    });

    it('what another message gives stays given', async () => {
      const { json, payload } = await send();
      await expectStatus(201, post(a(), messageTo([b().mailboxId], { reuse: [payload.payloadId] })));
      await withdraw(a(), json.messageId);
      await expectStatus(200, segment(b(), payload));
      await expectStatus(200, segment(a(), payload));
      assert.equal((await segment(c(), payload)).code, 'gone');
      await sweep();
      await expectStatus(200, segment(b(), payload));
    });

    it('a message of somebody else, and none, are the same 404; what has expired is gone', async () => {
      const { json, seqOf } = await send();
      for (const who of [b(), eve as Actor]) {
        const answer = await who.ask('POST', `/api/messages/${json.messageId}/withdrawal`);
        const unknown = await who.ask('POST', `/api/messages/${'0'.repeat(32)}/withdrawal`);
        assert.deepEqual([answer.status, answer.json], [404, unknown.json]);
      }
      await expectStatus(200, envelope(b(), seqOf(b())));
      await t
        .db('messages')
        .where({ message_id: Buffer.from(json.messageId, 'hex') })
        .update({ accepted_at: new Date(0), expires_at: new Date(1) });
      assert.equal((await a().ask('POST', `/api/messages/${json.messageId}/withdrawal`)).code, 'gone');
    });

    it('a message that is held is taken back as well, and letting its sender through brings nothing of it', async () => {
      await c().ask('PUT', '/api/contacts/policy', { json: { policy: 'known' } });
      const { json, payload, seqOf } = await send();
      await withdraw(a(), json.messageId);
      await c().ask('PUT', `/api/contacts/${a().mailboxId}`, { json: { permission: 'allowed' } });
      assert.equal((await envelope(c(), seqOf(c()))).code, 'gone');
      assert.notEqual((await segment(c(), payload)).status, 200);
      await c().ask('PUT', '/api/contacts/policy', { json: { policy: 'all' } });
    });

    it('a node without the log’s key answers without a testimony as long as no other node has signed', async () => {
      const { json } = await send();
      await withdraw(a(), json.messageId);
      const messageId = Buffer.from(json.messageId, 'hex');
      const mine = t.db('deliveries').where({ message_id: messageId }).select('seq', 'mailbox_id');
      await t
        .db('testimonies')
        .whereIn(['seq', 'mailbox_id'] as never, mine as never)
        .update({ signature: null });
      const deps = {
        db: t.db,
        endAccess: () => Promise.resolve(),
        logName: () => Promise.resolve('x'),
        signer: () => null,
      };
      const session = { mailboxId: a().mailboxId, deviceId: a().deviceId, expiresAt: new Date() };
      const asked = withdrawalOf(deps, session, json.messageId as never);
      // Another node has heard of it and signs while this one waits.
      await t.db.raw("select pg_notify('bildbote_testimonies', '')");
      const { recipients } = await asked;
      assert.isTrue(recipients.every(({ testimony }) => testimony !== null));
    });
  });
}
