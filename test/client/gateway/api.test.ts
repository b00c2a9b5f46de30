import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { keysFolder } from '../../../client/gateway/http-side.js';
import { openKeys, SCOPES } from '../../../client/gateway/http/keys.js';
import { verifyNotification } from '../../../client/gateway/sdk/verify.js';
import { type GatewayProblem } from '../../../client/gateway/sdk/client.js';
import { readVerifiedTestimony } from '../../../crypto/log/testimony.js';
import { databases } from '../../support/database.js';
import { gatewayAsker } from '../../support/http.js';
import { enrolDesk } from '../../support/practice-desk.js';
import { startReceiver } from '../../support/notification-receiver.js';
import { startTestRelay, type TestRelay } from '../../support/relay.js';
import { tinyStudy } from '../../support/tiny-study.js';
import { type Office, openPractice } from '../../support/gateway-office.js';

const PDF = Buffer.from('%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');

describe("the gateway's interface", () => {
  let relay: TestRelay;
  let nord: Office;
  let sued: Office;

  before(async function () {
    this.timeout(60_000);
    relay = await startTestRelay(databases()[0]!);
    nord = await openPractice(relay, 'befund@nord.example');
    sued = await openPractice(relay, 'praxis@sued.example');
  });
  after(async () => {
    await nord?.close();
    await sued?.close();
    await relay?.close();
  });

  const study = tinyStudy({ study: 'api', instances: 3 });
  let message = '';

  it('sends a report with a study, tells of the answer and gives the same bytes on the other side', async () => {
    const receiver = await startReceiver();
    const hook = await sued.client.createWebhook({ url: receiver.url, events: ['message.complete'] });
    const told = receiver.next();
    const job = await nord.client.send(
      { to: ['praxis@sued.example'], subject: 'CT', text: 'Befund anbei' },
      { report: PDF, instances: study.map(({ bytes }) => bytes) },
      'order-1',
    );
    expect(job.state).to.equal('accepted');
    const { headers, body } = await told;
    const event = await verifyNotification(hook.secret, headers, body);
    expect(event.type).to.equal('message.complete');
    message = String(event.data['message']);
    // Nothing but ids: no names, no texts.
    expect(Object.keys(event.data)).to.deep.equal(['message']);
    const shown = await sued.client.read(message);
    expect([shown.from, shown.subject, shown.text, shown.instances, shown.state]).to.deep.equal([
      ...['befund@nord.example', 'CT', 'Befund anbei', 3, 'complete'],
    ]);
    expect((await sued.client.report(message)).equals(PDF)).to.equal(true);
    const files = (await sued.ask('GET', `/api/v1/messages/${message}/files`)).json as {
      files: { file: number; sopInstanceUid: string | null }[];
    };
    const one = files.files.find(({ sopInstanceUid }) => sopInstanceUid === study[0]!.sop);
    const bytes = (await sued.ask('GET', `/api/v1/messages/${message}/files/${one?.file}`)).bytes;
    expect(bytes.equals(study[0]!.bytes)).to.equal(true);
    await receiver.close();
  });

  it('takes the same request under the same key once, and another one not at all', async () => {
    const send = (text: string) => nord.client.send({ to: ['praxis@sued.example'], text }, {}, 'order-2');
    const first = await send('einmal');
    expect((await send('einmal')).job).to.equal(first.job);
    const refused = await send('anders').catch((error: unknown) => error);
    expect((refused as GatewayProblem).code).to.equal('idempotency-mismatch');
    expect(await readdir(join(nord.folder, 'http', 'uploads'))).to.deep.equal([]);
  });

  it('finds what came: by patient, by study, and for viewers', async () => {
    const found = (await sued.ask('GET', '/api/v1/patients?patientName=muller*')).json as {
      patients: { patientId: string; studies: string[] }[];
    };
    expect(found.patients).to.have.length(1);
    expect(found.patients[0]?.studies).to.deep.equal([study[0]!.study]);
    const studies = (await sued.ask('GET', '/api/v1/studies?patientId=P-17&studyDate=20260101-')).json as {
      total: number;
    };
    expect(studies.total).to.equal(1);
    expect(((await sued.ask('GET', '/dicomweb/studies')).json as unknown[]).length).to.equal(1);
  });

  it('shows who has it, and who does what with it', async () => {
    expect((await sued.ask('POST', `/api/v1/messages/${message}/claim`)).status).to.equal(204);
    expect((await sued.client.read(message)).assignee).to.equal('Dr. praxis');
    expect((await sued.ask('POST', `/api/v1/messages/${message}/done`)).status).to.equal(204);
    expect((await sued.client.read(message)).done?.member).to.equal('Dr. praxis');
    expect((await sued.ask('POST', `/api/v1/messages/${message}/opened`)).status).to.equal(204);
    expect((await sued.ask('POST', `/api/v1/messages/${message}/attended`)).code).to.equal('conflict');
    await nord.incoming.sync();
    const { receipts } = (await nord.ask('GET', `/api/v1/messages/${message}/receipts`)).json as {
      receipts: { kind: string }[];
    };
    expect(receipts.map(({ kind }) => kind)).to.deep.equal(['delivered', 'opened']);
  });

  it('sends studies that are here, and instances that a DICOM program hands in', async () => {
    const again = await sued.client.send(
      { to: ['befund@nord.example'], studies: [{ studyInstanceUid: study[0]!.study }] },
      {},
    );
    expect(again.state).to.equal('accepted');
    const missing = await sued.client
      .send({ to: ['befund@nord.example'], studies: [{ studyInstanceUid: '1.2.3' }] }, {})
      .catch((e: unknown) => e);
    expect((missing as GatewayProblem).code).to.equal('not-found');
    const parts = [study[0]!.bytes, Buffer.from('no DICOM')].map((bytes) =>
      Buffer.concat([Buffer.from('\r\n--b\r\nContent-Type: application/dicom\r\n\r\n'), bytes]),
    );
    const store = (path: string, bodies: Buffer[]) =>
      sued.ask('POST', path, {
        body: Buffer.concat([...bodies, Buffer.from('\r\n--b--\r\n')]),
        headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=b' },
      });
    const some = await store('/dicomweb/to/befund@nord.example/studies', parts);
    expect([some.status, some.headers.get('location')?.startsWith('/api/v1/jobs/')]).to.deep.equal([202, true]);
    const answer = some.json as Record<string, { Value: Record<string, { Value: unknown[] }>[] }>;
    expect(answer['00081199']?.Value[0]?.['00081155']?.Value).to.deep.equal([study[0]!.sop]);
    expect(answer['00081198']?.Value[0]?.['00081197']?.Value).to.deep.equal([0xc000]);
    expect((await store('/dicomweb/to/befund@nord.example/studies', [parts[1]!])).status).to.equal(409);
    expect((await store('/dicomweb/studies', [parts[0]!])).code).to.equal('recipient-unknown');
    expect((await store('/dicomweb/to/nobody/studies', [parts[0]!])).code).to.equal('request-invalid');
  });

  it('sends by the rules what names nobody, all of it or nothing', async () => {
    const ruled = tinyStudy({ study: 'ruled', instances: 1, description: 'Ruled CT' })[0]!.bytes;
    const other = tinyStudy({ study: 'other', instances: 1 })[0]!.bytes;
    const before = sued.outgoing.list({ afterSeq: 0, limit: 100 }).length;
    const made = () => sued.outgoing.list({ afterSeq: 0, limit: 100 }).slice(before);
    for (const instances of [[], [other], [ruled, other]]) {
      const refused = await sued.client.send({ to: [], text: 'x' }, { instances }).catch((e: unknown) => e);
      expect((refused as GatewayProblem).code).to.equal('recipient-unknown');
    }
    const stow = (bodies: readonly Uint8Array[]) =>
      sued.ask('POST', '/dicomweb/studies', {
        body: Buffer.concat([
          ...bodies.flatMap((one) => [Buffer.from('\r\n--b\r\nContent-Type: application/dicom\r\n\r\n'), one]),
          Buffer.from('\r\n--b--\r\n'),
        ]),
        headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=b' },
      });
    expect((await stow([ruled, other])).code).to.equal('recipient-unknown');
    expect(made()).to.deep.equal([]);
    await sued.client.send({ to: [], text: 'eigener Text' }, { instances: [ruled] });
    const second = tinyStudy({ study: 'ruled2', instances: 1, description: 'ruled MR' })[0]!.bytes;
    const both = await stow([ruled, second]);
    const [byApi, ...byStow] = made();
    expect(byApi?.request).to.deep.include({
      to: ['befund@nord.example'],
      subject: 'Von der Regel',
      text: 'eigener Text',
    });
    expect(byApi?.request.urgency?.withinMs).to.equal(2 * 3_600_000);
    expect(byStow.map(({ request }) => request.to)).to.deep.equal([['befund@nord.example'], ['befund@nord.example']]);
    expect([both.status, both.headers.get('location')]).to.deep.equal([200, `/api/v1/jobs/${byStow[0]?.id}`]);
    expect(both.headers.get('link')?.split(', ')).to.deep.equal(
      byStow.map(({ id }) => `</api/v1/jobs/${id}>; rel="item"`),
    );
  });

  it('takes a message back, with the word of the relay for each recipient', async () => {
    // Somebody who never looks.
    const west = await enrolDesk(relay, 'praxis@west.example');
    const sent = new Promise<string>((resolve) => {
      const listening = nord.outgoing.events.subscribe((event) => {
        if (event.kind !== 'job' || event.job.state.kind !== 'sent' || event.job.request.to[0] !== west.address) return;
        listening[Symbol.dispose]();
        resolve(String(event.job.messageId));
      });
    });
    await nord.client.send({ to: [west.address], text: 'irrtümlich' }, {});
    const messageId = await sent;
    // A look that has begun before knows nothing of it: the next one does.
    let name: string | undefined;
    for (let look = 0; name === undefined && look < 10; look += 1) {
      await nord.incoming.sync();
      const { messages } = (await nord.ask('GET', '/api/v1/messages?box=sent')).json as {
        messages: { message: string; messageId: string }[];
      };
      name = messages.find((one) => one.messageId === messageId)?.message;
    }
    const path = `/api/v1/messages/${name}`;
    expect((await nord.ask('GET', `${path}/withdrawal`)).code).to.equal('not-found');
    const answer = await nord.ask('POST', `${path}/withdraw`);
    const told = answer.json as { recipients: { mailbox: string; state: string; testimony: string }[] };
    expect(told.recipients.map(({ mailbox, state }) => [mailbox, state])).to.deep.equal([[west.address, 'withdrawn']]);
    const testimony = readVerifiedTestimony(Buffer.from(told.recipients[0]!.testimony, 'base64url'));
    expect([testimony.kind, testimony.messageId]).to.deep.equal(['never-fetched', messageId]);
    expect((await nord.ask('POST', `${path}/withdraw`)).json).to.deep.equal(told);
    expect((await nord.ask('GET', `${path}/withdrawal`)).json).to.deep.equal(told);
    // What came from somebody else is not taken back, and reading is not sending.
    expect((await sued.ask('POST', `/api/v1/messages/${message}/withdraw`)).code).to.equal('conflict');
    const { token } = await openKeys(keysFolder(nord.folder)).add('reads', ['messages:read']);
    expect((await gatewayAsker(nord.side.url, token)('POST', `${path}/withdraw`)).code).to.equal('scope-missing');
    await west.close();
  });

  it('finds mailboxes and checks their keys', async () => {
    const { entries } = (await nord.ask('GET', '/api/v1/directory?q=sued')).json as { entries: { mailbox: string }[] };
    expect(entries.map(({ mailbox }) => mailbox)).to.deep.equal(['praxis@sued.example']);
    const checked = (await nord.ask('GET', '/api/v1/directory/praxis@sued.example')).json as { safetyNumber: string };
    expect(checked.safetyNumber).to.match(/[0-9]{5}/);
    expect((await nord.ask('GET', '/api/v1/directory/nobody@sued.example')).code).to.equal('not-found');
  });

  it('tells events as they happen, from where a client has stopped', async () => {
    const abort = new AbortController();
    const headers = { Authorization: `Bearer ${sued.token}`, 'Last-Event-ID': '0' };
    const answer = await fetch(`${sued.side.url}/api/v1/events/stream`, { headers, signal: abort.signal });
    expect(answer.headers.get('content-type')).to.match(/^text\/event-stream/);
    let text = '';
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if (text.includes('event: message.complete')) break;
    }
    abort.abort();
    expect(text).to.match(/^id: 1\nevent: /);
    expect(text).to.not.match(/Müller|Befund|CT/);
  });

  it('keeps the webhooks of one client from another', async () => {
    const hook = await nord.client.createWebhook({ url: 'http://127.0.0.1:9/', events: ['webhook.test'] });
    const { token } = await openKeys(keysFolder(nord.folder)).add('other', SCOPES);
    const eve = gatewayAsker(nord.side.url, token);
    for (const [method, path] of [
      ['DELETE', ''],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ] as const) {
      expect((await eve(method, `/api/v1/webhooks/${hook.webhook}${path}`)).code).to.equal('not-found');
    }
    for (const url of [
      'http://example.org/',
      'ftp://127.0.0.1/',
      'https://user:secret@example.org/',
      'file:///etc/passwd',
    ]) {
      const answer = await nord.ask('POST', '/api/v1/webhooks', { json: { url, events: ['job.changed'] } });
      expect(answer.code, url).to.equal('request-invalid');
    }
    expect((await nord.ask('DELETE', `/api/v1/webhooks/${hook.webhook}`)).status).to.equal(204);
  });

  it('is described by a document that names every operation, its scope and its answers', async () => {
    const answer = await fetch(`${nord.side.url}/api/v1/openapi.json`);
    const document = (await answer.json()) as OpenApi;
    expect(document.openapi).to.equal('3.1.0');
    const operations = operationsOf(document);
    expect(operations.length).to.be.greaterThan(25);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).to.equal(operations.length);
    for (const operation of operations) expect(SCOPES, operation.operationId).to.include(operation['x-scope']);
  });

  it('answers wrong requests to every operation without failing and without telling anything', async function () {
    const document = (await (await fetch(`${nord.side.url}/api/v1/openapi.json`)).json()) as OpenApi;
    const operations = operationsOf(document).filter(({ operationId }) => operationId !== 'streamEvents');
    const junk = fc.oneof(fc.json(), fc.string(), fc.constant('{"to":["x"]}'), fc.constant('{"__proto__":{"to":[]}}'));
    const types = fc.constantFrom(
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=b',
      'multipart/form-data',
      'x',
    );
    const words = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom('..', '%00', '-1', "' or 1=1", '9'.repeat(40)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...operations), junk, types, words, async (operation, body, type, word) => {
        const path = operation.path.replaceAll(
          /\{[a-zA-Z]+\}/g,
          encodeURIComponent(word === '.' || word === '..' ? 'x' : word || 'x'),
        );
        const hasBody = operation.method !== 'GET';
        const answer = await fetch(
          `${nord.side.url}/api/v1${path}${hasBody ? '' : `?${encodeURIComponent(word)}=${encodeURIComponent(word)}`}`,
          {
            method: operation.method,
            headers: { Authorization: `Bearer ${nord.token}`, 'Content-Type': type },
            ...(hasBody ? { body } : {}),
          },
        );
        const text = await answer.text();
        expect(answer.status, operation.operationId).to.be.lessThan(500);
        expect(text).to.not.match(/node_modules|\.ts:|\.js:|Error:|ZodError|\/tmp\//);
      }),
      { numRuns: 100 },
    );
  });

  it('A40: answers no page of another origin, and to no other name than its own', async () => {
    const port = new URL(nord.side.url).port;
    const path = '/api/v1/messages';
    const authorization = { Authorization: `Bearer ${nord.token}` };
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: `http://127.0.0.1:${Number(port) + 1}` },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ] as Record<string, string>[]) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const answer = await nord.ask(method, path, { headers });
        expect([answer.code, answer.headers.get('access-control-allow-origin')], JSON.stringify(headers)).to.deep.equal(
          ['origin-refused', null],
        );
      }
    }
    for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, '127.0.0.1:1']) {
      expect(await statusFor(nord.side.url, path, { ...authorization, Host: host }), host).to.equal(421);
    }
    // The key is needed besides, also by who passes for the right page.
    expect(await statusFor(nord.side.url, path, { Origin: nord.side.url })).to.equal(401);
    expect(await statusFor(nord.side.url, path, { ...authorization, Origin: nord.side.url })).to.equal(200);
    const viewer = await nord.ask('GET', path, { headers: { Origin: 'https://viewer.example' } });
    expect([viewer.status, viewer.headers.get('access-control-allow-origin')]).to.deep.equal([
      200,
      'https://viewer.example',
    ]);
    expect((await nord.ask('GET', '/healthz')).headers.get('x-frame-options')).to.equal('DENY');
  });

  it('ends a key with the next request, and lets one do only what it may', async () => {
    const keys = openKeys(keysFolder(nord.folder));
    const { key, token } = await keys.add('reader', ['messages:read']);
    const ask = gatewayAsker(nord.side.url, token);
    expect((await ask('GET', '/api/v1/messages')).status).to.equal(200);
    expect((await ask('GET', '/api/v1/jobs')).code).to.equal('scope-missing');
    expect((await ask('GET', '/metrics')).code).to.equal('scope-missing');
    await keys.revoke(key.id);
    expect((await ask('GET', '/api/v1/messages')).code).to.equal('key-required');
    const metrics = (await nord.ask('GET', '/metrics')).bytes.toString();
    expect(metrics).to.match(/bildbote_part_working\{part="outgoing"\} 1/);
  });
});

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string; readonly 'x-scope': string }>>>
  >;
}

function operationsOf({ paths }: OpenApi) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
}

/** With headers that fetch does not let anybody set. */
async function statusFor(url: string, path: string, headers: Record<string, string>): Promise<number> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, url), { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once('error', reject).end();
  });
}
