import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import fc from 'fast-check';
import { createVerifierKey, encodeVerifierKey, parseVerifierKey } from '../../crypto/log/verifier-key.js';
import { entryHash, prunedBy, readEntry } from '../../server/audit/entry.js';
import { recordAudit } from '../../server/audit/record.js';
import { CHECKPOINT_FILE, sealAudit, signAudit } from '../../server/audit/seal.js';
import { createFirstInAnHour, createSparing } from '../../server/audit/sparing.js';
import { type AuditVerdict, verifyAudit } from '../../server/audit/verify.js';
import { inTransaction } from '../../server/db/transaction.js';
import { loadNoteSigner } from '../../server/directory-log/log-key.js';
import { createLog } from '../../server/log.js';
import { type Auditor, type RelayError, openAdministration, openAuditor } from '../../server/main.js';
import { databases } from '../support/database.js';
import { asker } from '../support/http.js';
import { type Actor, type TestRelay, base64Url, fetchNonce, startTestRelay, wireAuth } from '../support/relay.js';
import { createPayload, messageTo, post, putPart, putTally } from '../support/sealed-payload.js';

const [kind] = databases();

describe('server/audit', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let [alice, bob]: Actor[] = [];
  let auditor: Auditor;

  before(async () => {
    t = await startTestRelay(kind ?? assert.fail());
    [alice, bob] = [await t.enrol('alice@nord.example'), await t.enrol('bob@sued.example')];
    auditor = await openAuditor({ dataDir: t.dataDir });
  });
  after(async () => {
    await auditor.close();
    await t.close();
  });

  const events = async (): Promise<Record<string, unknown>[]> => {
    await sealAudit({ db: t.db });
    const rows = await t.db('audit_entries').orderBy('seq').select<{ entry: string }[]>('entry');
    return rows.map(({ entry }) => JSON.parse(entry) as Record<string, unknown>);
  };
  const since = async (seq: number): Promise<Record<string, unknown>[]> => (await events()).slice(seq);
  const withoutTime = (list: readonly Record<string, unknown>[]) =>
    list.map(({ seq: _seq, previous: _previous, at: _at, ...rest }) => rest);
  const sign = async (): Promise<string> => {
    const signer = (await loadNoteSigner(t.dataDir, 'audit')) ?? assert.fail();
    await recordAudit(t.db, { kind: 'name-unprotected' });
    await sealAudit({ db: t.db });
    await signAudit({ db: t.db, dataDir: t.dataDir, log: createLog('silent'), signer });
    // The relay may have been quicker.
    const newest = await t.db('audit_checkpoints').orderBy('size', 'desc').first<{ note: Buffer }>('note');
    return newest.note.toString();
  };
  const verify = () => auditor.verify({ key: null, checkpoints: [] });

  it('records who joined, signed in, wrote, read and decided, by ids and nothing else', async () => {
    const [a, b] = [alice ?? assert.fail(), bob ?? assert.fail()];
    const joined = withoutTime(await events());
    const { mailboxId, deviceId } = a;
    assert.deepInclude(joined, { kind: 'device-added', mailboxId, deviceId, statement: 2 });
    assert.deepInclude(joined, { kind: 'signed-in', mailboxId, deviceId });
    assert.includeMembers(
      joined.map(({ kind: name }) => name),
      ['relay-started', 'invited', 'enrolled'],
    );

    const before = (await events()).length;
    const payload = createPayload({ segments: 2 });
    const message = messageTo([b.mailboxId, a.mailboxId], { payloads: [payload] });
    await post(a, message);
    await post(a, message);
    await putPart(a, payload, 0, 2);
    await putTally(a, payload.payloadId, 1, 2);
    const { deliveries } = (await b.ask('GET', '/api/deliveries')).json as { deliveries: { seq: number }[] };
    const seq = deliveries[0]?.seq ?? assert.fail();
    await b.ask('GET', `/api/deliveries/${seq}/envelope`);
    await b.ask('GET', `/api/payloads/${payload.payloadId}/segments/0?count=1`);
    await b.ask('GET', `/api/payloads/${payload.payloadId}/segments/1?count=1`);
    await b.ask('POST', `/api/deliveries/${seq}/acknowledgement`);
    await b.ask('POST', `/api/deliveries/${seq}/attended`);
    await b.ask('PUT', `/api/contacts/${a.mailboxId}`, { json: { permission: 'allowed' } });
    await b.ask('PUT', '/api/contacts/policy', { json: { policy: 'known' } });
    const by = { mailboxId: b.mailboxId, deviceId: b.deviceId };
    assert.deepEqual(withoutTime(await since(before)), [
      {
        kind: 'message-accepted',
        ...{ mailboxId, deviceId, messageId: message.messageId, recipients: [b.mailboxId, a.mailboxId] },
        payloads: 1,
        isUrgent: false,
      },
      { kind: 'envelope-read', ...by, delivery: seq },
      { kind: 'payload-read', ...by, payloadId: payload.payloadId },
      { kind: 'acknowledged', ...by, delivery: seq },
      { kind: 'attended', ...by, delivery: seq },
      { kind: 'contact-set', ...by, contactId: mailboxId, permission: 'allowed' },
      { kind: 'contact-policy-set', ...by, policy: 'known' },
    ]);
    const text = JSON.stringify(await events());
    assert.notMatch(text, /nord\.example|sued\.example|127\.0\.0\.1|Practice/, 'no address, no name');
  });

  it('records a refused sign-in of a device that exists, and nothing for one that was made up', async () => {
    const { mailbox, mailboxId, deviceId } = alice ?? assert.fail();
    const before = (await events()).length;
    const nonce = await fetchNonce(t.ask, mailbox);
    const other = wireAuth(mailbox.auth('https://elsewhere.example', nonce));
    assert.equal((await t.ask('POST', '/api/sessions', { json: other })).code, 'challenge-refused');
    const rubbish = { auth: base64Url(Buffer.from('rubbish')), signature: other.signature };
    assert.equal((await t.ask('POST', '/api/sessions', { json: rubbish })).code, 'challenge-refused');
    assert.deepEqual(withoutTime(await since(before)), [
      { kind: 'sign-in-refused', mailboxId, deviceId, why: 'challenge', omitted: 0 },
    ]);
  });

  it('is part of the transaction: what did not happen is not recorded', async () => {
    const before = (await events()).length;
    const undone = new Error('undone');
    await inTransaction(t.db, async (trx) => {
      await recordAudit(trx, { kind: 'support-bundle-made' });
      throw undone;
    }).catch((error: unknown) => assert.equal(error, undone));
    const refused = messageTo(['0'.repeat(64) as Actor['mailboxId']]);
    assert.equal((await post(alice ?? assert.fail(), refused)).code, 'recipient-unknown');
    assert.deepEqual(await since(before), []);
  });

  it('keeps a lot of refusals from filling it, and says how many there were', () => {
    let now = 0;
    const sparing = createSparing(() => now);
    const told = Array.from({ length: 100 }, sparing).filter((omitted) => omitted !== null);
    assert.equal(told.length, 60);
    now += 1_000;
    assert.deepEqual([sparing(), sparing()], [40, null]);
    const first = createFirstInAnHour(() => now);
    assert.deepEqual([first('a'), first('a'), first('b')], [true, false, true]);
    now += 3_600_000;
    assert.isTrue(first('a'));
  });

  it('verifies while the relay runs, under the key of the data folder and no other', async () => {
    await sign();
    let report = await verify();
    // What an earlier test has queued may be chained behind the signature.
    for (let tries = 0; tries < 20 && report.unsigned > 0; tries++) {
      await sign();
      report = await verify();
    }
    assert.deepEqual(report.findings, []);
    assert.isAbove(report.entries, 10);
    assert.equal(report.unsigned, 0);
    assert.equal(report.first, 1);
    assert.include(report.checkpoint, '/audit\n');
    assert.equal(report.checkpoint, await readFile(join(t.dataDir, CHECKPOINT_FILE), 'utf8'));
    const own = parseVerifierKey('log', report.key);
    const foreign = encodeVerifierKey(
      createVerifierKey('log', own.name, createVerifierKey('log', 'x', Buffer.alloc(32, 7)).publicKey),
    );
    const { findings } = await auditor.verify({ key: foreign, checkpoints: [] });
    assert.isTrue(findings.length > 0 && findings.every(({ kind: name }) => name === 'checkpoint-invalid'));
    const error: unknown = await auditor.verify({ key: 'rubbish', checkpoints: [] }).catch((reason: unknown) => reason);
    assert.equal((error as RelayError).code, 'config-invalid');
  });

  /** What a hand in the database can do, undone afterwards. */
  const tampered = async (change: (trx: Parameters<Parameters<typeof inTransaction>[1]>[0]) => Promise<unknown>) => {
    const { name, public_key: publicKey } = (await t
      .db('audit_identity')
      .first<{ name: string; public_key: Buffer }>())!;
    const kept = [await readFile(join(t.dataDir, CHECKPOINT_FILE))];
    let verdict: AuditVerdict | null = null;
    const back = new Error('back');
    await t.db
      .transaction(async (trx) => {
        await change(trx);
        verdict = await verifyAudit(trx as unknown as typeof t.db, createVerifierKey('log', name, publicKey), kept);
        throw back;
      })
      .catch((error: unknown) => {
        if (error !== back) throw error;
      });
    return (verdict ?? assert.fail()) as AuditVerdict;
  };
  const rechained = async (
    trx: Parameters<Parameters<typeof inTransaction>[1]>[0],
    from: number,
    alter: (entries: Record<string, unknown>[]) => Record<string, unknown>[],
  ): Promise<void> => {
    const rows = await trx('audit_entries').orderBy('seq').select<{ seq: number; entry: string; hash: Buffer }[]>('*');
    const entries = alter(rows.map(({ entry }) => JSON.parse(entry) as Record<string, unknown>));
    await trx('audit_entries').where('seq', '>=', from).delete();
    let previous: Buffer = rows[from - 2]?.hash ?? Buffer.alloc(32);
    for (const [i, fields] of entries.slice(from - 1).entries()) {
      const entry = JSON.stringify({ ...fields, seq: from + i, previous: previous.toString('hex') });
      previous = entryHash(entry);
      await trx('audit_entries').insert({ seq: from + i, entry, hash: previous });
    }
  };

  it('names the first entry that was altered, also together with its hash, or with all behind it', async () => {
    const first = Number((await sign()).split('\n')[1]);
    await recordAudit(t.db, { kind: 'names-protected', count: 1 }, { kind: 'names-protected', count: 2 });
    const last = Number((await sign()).split('\n')[1]);
    const entry = (seq: number) => ({ seq });
    const changed = await tampered(async (trx) => {
      const { entry: text } = (await trx('audit_entries').where(entry(3)).first<{ entry: string }>())!;
      await trx('audit_entries')
        .where(entry(3))
        .update({ entry: text.replace('Z","', 'Z" ,"') });
    });
    assert.deepEqual(changed.findings[0], { kind: 'altered', seq: 3 });
    const withHash = await tampered(async (trx) => {
      const row = (await trx('audit_entries').where(entry(5)).first<{ entry: string }>())!;
      const text = JSON.stringify({ ...(JSON.parse(row.entry) as object), kind: 'relay-stopped' });
      await trx('audit_entries')
        .where(entry(5))
        .update({ entry: text, hash: entryHash(text) });
    });
    assert.deepEqual(withHash.findings[0], { kind: 'altered', seq: 5 });
    const anew = await tampered((trx) =>
      rechained(trx, last - 1, (list) => list.map((one) => (one['seq'] === last - 1 ? { ...one, count: 9 } : one))),
    );
    assert.deepEqual(anew.findings, [{ kind: 'rewritten', seq: first + 1, through: last }]);
  });

  it('names what is missing, in the middle and at the end, and what was put in between', async () => {
    const last = Number((await sign()).split('\n')[1]);
    const gap = await tampered((trx) => trx('audit_entries').whereIn('seq', [4, 5]).delete());
    assert.deepEqual(gap.findings, [{ kind: 'missing', seq: 4, through: 5 }]);
    const begun = await tampered((trx) => trx('audit_entries').where('seq', '<=', 2).delete());
    assert.deepEqual(begun.findings[0], { kind: 'missing', seq: 1, through: 2 });
    const cut = await tampered(async (trx) => {
      await trx('audit_entries')
        .where('seq', '>', last - 3)
        .delete();
      await trx('audit_checkpoints')
        .where('size', '>', last - 3)
        .delete();
    });
    assert.deepEqual(cut.findings, [{ kind: 'missing', seq: last - 2, through: last }], 'by the checkpoint beside it');
    const inserted = await tampered((trx) =>
      rechained(trx, 3, (list) => [...list.slice(0, 3), { ...list[2] }, ...list.slice(3)]),
    );
    assert.equal(inserted.findings[0]?.kind, 'rewritten');
    assert.isAtMost(inserted.findings[0]?.seq ?? 0, 4);
    const exchanged = await tampered((trx) =>
      trx('audit_checkpoints').update({ note: Buffer.from('x/audit\n1\nAAAA\n\n— x AAAA\n') }),
    );
    assert.isTrue(exchanged.findings.every(({ kind: name }) => name === 'checkpoint-invalid'));
    assert.isNotEmpty(exchanged.findings);
    assert.deepEqual((await verify()).findings, [], 'all of it was undone');
  });

  it('finds whatever byte of an entry is changed (property)', async () => {
    const rows = await t.db('audit_entries').orderBy('seq').limit(12).select<{ seq: number; entry: string }[]>('*');
    await fc.assert(
      fc.asyncProperty(fc.nat(rows.length - 1), fc.nat(), fc.constantFrom('0', 'x', ' ', '"'), async (i, at, put) => {
        const { seq, entry } = rows[i] ?? assert.fail();
        const place = at % entry.length;
        fc.pre(entry[place] !== put);
        const text = entry.slice(0, place) + put + entry.slice(place + 1);
        const { findings } = await tampered((trx) => trx('audit_entries').where({ seq }).update({ entry: text }));
        assert.deepEqual(findings[0], { kind: 'altered', seq });
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('reads entries and what was pruned from any text without throwing (property)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        assert.isNull(prunedBy(text));
        assert.isNull(readEntry(text));
      }),
    );
  });

  it('is exported as FHIR AuditEvents of DICOM codes, without a patient', async () => {
    const written: Record<string, unknown>[] = [];
    const count = await auditor.exportEvents({ from: null, to: null }, (event) => {
      written.push(event as Record<string, unknown>);
      return Promise.resolve();
    });
    assert.equal(count, written.length);
    assert.isTrue(written.every(({ resourceType, source }) => resourceType === 'AuditEvent' && source !== undefined));
    const codeOf = (event: Record<string, unknown>): string => (event['type'] as { code: string }).code;
    assert.includeMembers(written.map(codeOf), ['110100', '110113', '110114', 'rest']);
    const login = written.find((event) => codeOf(event) === '110114' && event['outcome'] === '0') ?? assert.fail();
    const [agent] = login['agent'] as { who: { identifier: { value: string } }; requestor: boolean }[];
    assert.match(agent?.who.identifier.value ?? '', /^[0-9a-f]{64}\/[0-9a-f]{32}$/);
    assert.isTrue(agent?.requestor);
    assert.include(
      written.map(({ outcome }) => outcome),
      '4',
      'the sign-in that was refused',
    );
    assert.notMatch(JSON.stringify(written), /[Pp]atient/);
    const none = await auditor.exportEvents({ from: new Date('2200-01-01'), to: null }, () => assert.fail());
    assert.equal(none, 0);
    assert.equal((await events()).at(-1)?.['kind'], 'audit-exported');
  });

  it('verifies also after old entries were deleted, and not when more is gone than it says', async () => {
    assert.equal(await auditor.prune(90), 0, 'nothing is that old');
    const through = Number((await sign()).split('\n')[1]);
    await t.db('audit_checkpoints').update({ created_at: new Date('2020-01-01') });
    const held = await auditor.prune(90);
    assert.isBelow(held, through, 'the newest entry stays: the chain goes on from it');
    await recordAudit(t.db, { kind: 'support-bundle-made' });
    await sealAudit({ db: t.db });
    assert.equal(await auditor.prune(90), through - held);
    await sign();
    const report = await verify();
    assert.deepEqual(report.findings, []);
    assert.equal(report.first, through + 1);
    const more = await tampered((trx) =>
      trx('audit_entries')
        .where('seq', '<=', through + 1)
        .delete(),
    );
    assert.deepEqual(more.findings[0], { kind: 'missing', seq: 1, through: through + 1 });
  });

  it('records what the operator does, and says so when there is no audit yet', async () => {
    const before = (await events()).length;
    const administration = await openAdministration({ dataDir: t.dataDir });
    await administration.protect(['Kammer Nord', 'Kammer West']);
    await administration.unprotect('Kammer Nord');
    await administration.invite({ practiceName: 'Praxis C', address: 'c@west.example', expiresInDays: 3 });
    await administration.close();
    const recorded = withoutTime(await events()).slice(before);
    assert.deepEqual(
      recorded.map(({ kind: name }) => name),
      ['names-protected', 'name-unprotected', 'invited'],
    );
    assert.equal(recorded[0]?.['count'], 2);
    await t.db('audit_identity').delete();
    const error: unknown = await verify().catch((reason: unknown) => reason);
    assert.equal((error as RelayError).code, 'audit-missing');
    assert.equal((await asker(t.url)('GET', '/healthz')).status, 200);
  });
});
