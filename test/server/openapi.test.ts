import { assert } from 'chai';
import fc from 'fast-check';
import { createApp } from '../../server/app.js';
import { createLog } from '../../server/log.js';
import { OPERATIONS } from '../../server/openapi/answers.js';
import { checkAnswer } from '../support/api-check.js';
import { databases } from '../support/database.js';
import { answerFrom } from '../support/http.js';
import { type Actor, type TestRelay, startTestRelay } from '../support/relay.js';
import { type Document, leakIn, requestOf, send } from '../support/route-fuzz.js';
import { listRoutes } from '../support/routes.js';
import { createPayload, messageTo, post } from '../support/sealed-payload.js';

const [kind] = databases();

describe('server/openapi', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let [alice, bob] = [] as unknown as [Actor, Actor];
  let document: Document;

  before(async () => {
    t = await startTestRelay(kind ?? assert.fail());
    [alice, bob] = [await t.enrol('alice@nord.example'), await t.enrol('bob@sued.example')];
    document = (await t.ask('GET', '/api/openapi.json')).json as Document;
  });
  after(() => t.close());

  it('describes every route that there is, and no other', () => {
    const deps = { log: createLog('silent'), registrars: [], web: null } as unknown as Parameters<typeof createApp>[0];
    assert.sameMembers(Object.keys(OPERATIONS), listRoutes(createApp(deps)));
    const described = Object.entries(document.paths).flatMap(([path, of]) =>
      Object.keys(of).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const mounted = Object.keys(OPERATIONS).map((name) => name.replaceAll(/[:*]([A-Za-z]+)/g, '{$1}'));
    assert.sameMembers(described, mounted);
  });

  it('is OpenAPI 3.1, made of the schemas that parse: bodies, queries, and who needs a session', () => {
    assert.equal((document as unknown as { openapi: string }).openapi, '3.1.0');
    const messages = document.paths['/api/messages']?.['post'] as unknown as Record<string, unknown>;
    assert.deepEqual(messages['security'], [{ session: [] }]);
    assert.include(JSON.stringify(messages['requestBody']), '"maxItems":100');
    const open = document.paths['/api/sessions']?.['post'] as unknown as Record<string, unknown>;
    assert.isUndefined(open['security']);
    const part = document.paths['/api/payloads/{payloadId}/parts/{firstSegment}']?.['put'];
    assert.deepEqual(Object.keys(part?.requestBody?.content ?? {}), ['application/octet-stream']);
    assert.include(part?.parameters.map(({ name }) => name) ?? [], 'Bildbote-Segment-Digests');
  });

  it('is shown as a page without scripts, of which nothing comes from elsewhere', async () => {
    const answer = await t.ask('GET', '/api/docs');
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('Content-Security-Policy') ?? '', /^default-src 'none'; style-src 'sha256-[^']+'/);
    const html = answer.bytes.toString();
    assert.notMatch(html, /<script|src=|href=|@import|url\(/);
    for (const path of Object.keys(document.paths)) assert.include(html, path);
  });

  it('would notice an answer that is not documented', () => {
    const headers = new Headers({ 'Content-Type': 'application/json' });
    const json = (status: number, body: unknown) => answerFrom(status, headers, Buffer.from(JSON.stringify(body)));
    const check = (method: string, path: string, status: number, body: unknown) => () =>
      checkAnswer(method, path, json(status, body));
    const id = 'a'.repeat(64);
    assert.doesNotThrow(check('GET', '/api/directory/addresses/a@b.example', 200, { mailboxId: id }));
    assert.throws(check('GET', '/api/directory/addresses/a@b.example', 200, { mailboxId: id, name: 'x' }));
    assert.throws(check('GET', '/api/directory/addresses/a@b.example', 201, { mailboxId: id }));
    assert.throws(check('GET', '/api/nothing', 200, {}));
    assert.throws(check('GET', '/api/relay', 404, { code: 'not-found' }), 'as application/json');
  });

  it('any request made from it is answered as documented, without a fault and without a leak (seed 1)', async () => {
    const payload = createPayload({ segments: 1 });
    const message = messageTo([bob.mailboxId], { payloads: [payload] });
    await post(alice, message);
    const known = [
      alice.mailboxId,
      bob.mailboxId,
      bob.deviceId,
      payload.payloadId,
      message.messageId,
      '1',
      '0',
      bob.address,
    ];
    const secrets = [alice.token, t.dataDir, new URL(t.databaseUrl).password];
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(requestOf(document, known), fc.boolean(), async (request, isSignedIn) => {
        const status = await send(isSignedIn ? alice.ask : t.ask, request, secrets);
        statuses.add(status);
      }),
      { numRuns: 150, seed: 1 },
    );
    assert.includeMembers([...statuses], [200, 400, 401, 404], 'it reaches behind the parsers');
  });

  it('would notice a leak', () => {
    assert.isNull(leakIn('{"code":"not-found"}', ['s3cret']));
    for (const text of [
      'x s3cret y',
      'at open (/srv/a.js:1:2)',
      'relation "mailboxes" does not exist',
      'postgres://u:p@h/d',
    ]) {
      assert.isNotNull(leakIn(text, ['s3cret']), text);
    }
  });
});
