import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import fc from 'fast-check';
import { sealAudit } from '../../server/audit/seal.js';
import { makeSupportBundle } from '../../server/main.js';
import { keepRecentLog, readRecentLog } from '../../server/recent-log.js';
import { redactText } from '../../server/support/redact.js';
import { databases } from '../support/database.js';
import { withFolder } from '../support/folder.js';
import { type TestRelay, startTestRelay } from '../support/relay.js';
import { createPayload, messageTo, post, putPart } from '../support/sealed-payload.js';

const [kind] = databases();
const TOKEN = 'q7_Lx2-fVb93KpWzTn';

describe('a support bundle', function () {
  this.timeout(60_000);
  let t: TestRelay;

  before(async () => {
    t = await startTestRelay(kind ?? assert.fail(), { metricsPort: 0, logLevel: 'info', metricsToken: TOKEN });
  });
  after(() => t.close());

  it('tells version, settings, state, numbers and log, and nothing that names anybody or lets anybody in', async () => {
    const name = 'Kanarienvogel Nord';
    const [alice, bob] = [await t.enrol('kanarie@vogel.example', name), await t.enrol('bob@sued.example')];
    const payload = createPayload({ segments: 2 });
    const message = messageTo([bob.mailboxId], { payloads: [payload] });
    await post(alice, message);
    await putPart(alice, payload, 0, 1);
    // As if something had gone wrong: what must not be in a line is in one.
    const slip = {
      at: `postgres://u:${TOKEN}@h/d`,
      who: 'kanarie@vogel.example',
      id: alice.mailboxId,
      token: alice.token,
    };
    await appendFile(join(t.dataDir, 'recent.log'), `${JSON.stringify(slip)}\n`);
    const bundle = await makeSupportBundle({ dataDir: t.dataDir, logLines: 500 });
    const text = JSON.stringify(bundle);
    await sealAudit({ db: t.db });
    const entries = await t.db('audit_entries').select<{ entry: string }[]>('entry');
    assert.include(JSON.stringify(entries), 'support-bundle-made');
    const secrets = [
      ...[name, 'vogel.example', 'sued.example', alice.mailboxId, bob.mailboxId, alice.deviceId, alice.token],
      ...[payload.payloadId, message.messageId, TOKEN, new URL(t.databaseUrl).password],
    ];
    for (const secret of secrets) assert.notInclude(text, secret);
    assert.isAbove(bundle.log.length, 3);
    assert.isTrue(bundle.log.some((line) => line.includes('"route":"/messages"')));
    assert.isTrue(bundle.settings?.some((one) => one.name === 'metricsToken' && one.value === 'set'));
    assert.deepInclude(bundle.check, { findings: [] });
    assert.deepInclude(bundle.program, { isAlive: true });
    assert.deepInclude(bundle.database, { fsync: 'off' });
    assert.deepEqual(bundle.metrics, { unanswered: 'status-401' }, 'this process does not know the token');
  });

  it('is made of a relay whose database is away, too', async () => {
    await withFolder(async (folder) => {
      const record = JSON.parse(await readFile(join(t.dataDir, 'relay.json'), 'utf8')) as Record<string, unknown>;
      await appendFile(
        join(folder, 'relay.json'),
        JSON.stringify({ ...record, databaseUrl: 'postgres://a:b@127.0.0.1:1/x', blobs: `disk:${folder}/blobs` }),
      );
      const bundle = await makeSupportBundle({ dataDir: folder, logLines: 10 });
      for (const part of [bundle.database, bundle.check, bundle.audit]) assert.property(part, 'unanswered');
      assert.deepEqual(bundle.log, []);
    });
  });

  it('keeps numbers behind a token where there is one', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${t.relay.metricsPort}/metrics`, { headers });
    const statuses = [
      {},
      { Authorization: 'Bearer x' },
      { Authorization: TOKEN },
      { Authorization: `Bearer ${TOKEN}` },
    ];
    assert.deepEqual(
      await Promise.all(statuses.map(async (headers) => (await ask(headers)).status)),
      [401, 401, 401, 200],
    );
  });
});

describe('server/recent-log', () => {
  it('keeps the newest lines within two files, and passes every line on', async () => {
    await withFolder((folder) => {
      const passed: string[] = [];
      const log = keepRecentLog(folder, { write: (line) => void passed.push(line) });
      const line = (n: number): string => `${JSON.stringify({ n, fill: 'x'.repeat(1_000) })}\n`;
      for (let n = 0; n < 3_000; n++) log.write(line(n));
      assert.lengthOf(passed, 3_000);
      const kept = readRecentLog(folder, 10_000);
      assert.isBelow(kept.length, 2_200);
      assert.isAbove(kept.length, 1_000);
      assert.equal(`${kept.at(-1)}\n`, line(2_999));
      assert.lengthOf(readRecentLog(folder, 5), 5);
      return Promise.resolve();
    });
  });

  it('goes on when it cannot keep them', () => {
    const passed: string[] = [];
    const log = keepRecentLog('/dev/null/nowhere', { write: (line) => void passed.push(line) });
    log.write('a\n');
    assert.deepEqual(passed, ['a\n']);
    assert.deepEqual(readRecentLog('/dev/null/nowhere', 5), []);
  });
});

describe('server/support/redact', () => {
  it('leaves what a log line says by itself', () => {
    for (const line of [
      '{"level":30,"time":"2026-11-25T10:00:00.000Z","method":"PUT","route":"/payloads/:payloadId/parts/:firstSegment","status":201,"ms":12}',
      '{"error":"BlobError","code":"store-unavailable","at":"at translate (server/blobs/s3.js:144:10) < at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"}',
      'bildbote_http_requests_total{method="GET",route="/mailboxes/:mailboxId/statements",status="200"} 12',
    ]) {
      assert.equal(redactText(line), line);
    }
  });

  it('takes ids, addresses, tokens and ways in out of any line', () => {
    const hex = fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    fc.assert(
      fc.property(hex, fc.constantFrom('"', ' ', ':', '='), (id, around) => {
        assert.notInclude(redactText(`x${around}${id}${around}y`), id);
      }),
    );
    const token = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => Buffer.from(bytes).toString('base64url'));
    const mixed = token.filter(
      (text) => /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text) && /^\w.*\w$/.test(text),
    );
    fc.assert(
      fc.property(mixed, (text) => {
        assert.notInclude(redactText(`{"token":"${text}"}`), text);
        assert.notInclude(redactText(`Authorization: Bearer ${text}`), text);
      }),
    );
    assert.notInclude(redactText('connect postgres://user:pass@host/db failed'), 'pass');
  });
});
