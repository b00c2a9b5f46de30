import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assert } from 'chai';
import { addMachineGauges } from '../../server/metrics/machine.js';
import { createMetrics } from '../../server/metrics/metrics.js';
import { createAuthority } from '../support/certificates.js';
import { databases } from '../support/database.js';
import { type TestRelay, startTestRelay } from '../support/relay.js';
import { messageTo, post } from '../support/sealed-payload.js';

const [kind] = databases();
const folder = resolve(import.meta.dirname, '../../docs/operations');

describe('server/metrics', function () {
  this.timeout(60_000);
  let t: TestRelay;

  before(async () => {
    t = await startTestRelay(kind ?? assert.fail(), { metricsPort: 0 });
  });
  after(() => t.close());

  const read = async (path = '/metrics') => {
    const response = await fetch(`http://127.0.0.1:${t.relay.metricsPort}${path}`);
    return { status: response.status, text: await response.text() };
  };

  it('counts requests by pattern and status, and tells no id, address or token', async () => {
    const [alice, bob] = [await t.enrol('alice@nord.example'), await t.enrol('bob@sued.example')];
    await post(alice, messageTo([bob.mailboxId]));
    await bob.ask('GET', '/api/deliveries/1/envelope');
    await bob.ask('GET', '/api/deliveries/77/envelope');
    const { status, text } = await read();
    assert.equal(status, 200);
    assert.match(text, /^bildbote_http_requests_total\{method="POST",route="\/messages",status="201"\} 1$/m);
    assert.match(
      text,
      /^bildbote_http_requests_total\{method="GET",route="\/deliveries\/:seq\/envelope",status="404"\} 1$/m,
    );
    assert.match(text, /^bildbote_http_request_seconds_bucket\{method="POST",route="\/messages",le="\+Inf"\} 1$/m);
    assert.match(text, /^bildbote_mailboxes 2$/m);
    for (const secret of [alice.mailboxId, bob.mailboxId, alice.token, 'nord.example', alice.deviceId]) {
      assert.notInclude(text, secret);
    }
    assert.notMatch(text, /undefined|NaN/);
  });

  it('answers nothing else there, and nothing of it at the public address', async () => {
    assert.equal((await read('/api/relay')).status, 404);
    assert.equal((await t.ask('GET', '/metrics')).status, 404);
  });

  it('has all that dashboard and alerts ask for', async () => {
    const files = { cert: join(t.dataDir, 'cert.pem'), key: join(t.dataDir, 'key.pem') };
    await writeFile(files.cert, createAuthority().issue({ name: 'relay', hosts: ['localhost'] }).cert);
    const machine = createMetrics();
    addMachineGauges(machine, { dataDir: t.dataDir, blobs: { kind: 'disk', folder: t.blobsDir }, tls: files });
    const certain = await machine.render();
    assert.match(certain, /^bildbote_certificate_seconds [1-9]\d+/m);
    assert.match(certain, /^bildbote_blobs_free_bytes [1-9]\d+/m);
    const text = `${(await read()).text}\n${certain}`;
    const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
    for (const file of ['dashboard.json', 'alerts.yaml']) {
      const wanted = (await readFile(join(folder, file), 'utf8')).match(/bildbote_[a-z_]+/g) ?? [];
      assert.isNotEmpty(wanted);
      const unknown = wanted.map((name) => name.replace(/_(bucket|sum|count)$/, '')).filter((name) => !known.has(name));
      assert.deepEqual(unknown, [], file);
    }
    assert.isArray((JSON.parse(await readFile(join(folder, 'dashboard.json'), 'utf8')) as { panels: unknown }).panels);
  });

  it('keeps its series few, whatever is asked for, and its labels on one line', async () => {
    const metrics = createMetrics();
    for (let i = 0; i < 3_000; i++) metrics.request('GET', `/x${i}"\n`, '200', 1);
    const text = await metrics.render();
    assert.equal(text.match(/^bildbote_http_requests_total\{/gm)?.length, 2_000);
    assert.match(text, /route="\/x0__"/);
  });
});
