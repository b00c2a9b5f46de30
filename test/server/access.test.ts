import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { createApp } from '../../server/app.js';
import { createLog } from '../../server/log.js';
import { databases } from '../support/database.js';
import type { AskOptions } from '../support/http.js';
import { type Actor, type TestRelay, base64Url, randomHex, startTestRelay } from '../support/relay.js';
import { listRoutes, visible } from '../support/routes.js';
import {
  type SealedPayload,
  createPayload,
  digestsHeader,
  messageTo,
  post,
  putPart,
  putTally,
} from '../support/sealed-payload.js';

/** Every route of docs/spec/relay-api.md that needs a session, with ids to put in. */
interface Ids {
  readonly mailboxId: string;
  readonly payloadId: string;
  readonly seq: number;
}
interface Route {
  readonly method: string;
  readonly pattern: string;
  readonly query?: string;
  readonly options?: AskOptions;
  /** Whose ids it takes: the directory tells every member the same; the rest belongs to a mailbox. */
  readonly of: 'members' | 'mailbox';
}

const segment = randomBytes(100);
const part = { body: segment, headers: digestsHeader([segment]) };
const tally = { body: randomBytes(8_192) };
const statement = { json: { statements: [base64Url(randomBytes(100))] } };
const ofPayload = '/api/payloads/:payloadId';

const ROUTES: readonly Route[] = [
  { of: 'members', method: 'GET', pattern: '/api/directory' },
  { of: 'members', method: 'GET', pattern: '/api/directory/addresses/:address' },
  { of: 'members', method: 'GET', pattern: '/api/mailboxes/:mailboxId/statements' },
  { of: 'members', method: 'GET', pattern: '/api/mailboxes/:mailboxId/excerpt' },
  { of: 'mailbox', method: 'POST', pattern: '/api/mailboxes/:mailboxId/statements', options: statement },
  { of: 'members', method: 'POST', pattern: '/api/messages', options: { json: {} } },
  { of: 'members', method: 'GET', pattern: '/api/contacts' },
  { of: 'members', method: 'PUT', pattern: '/api/contacts/policy', options: { json: {} } },
  { of: 'members', method: 'PUT', pattern: '/api/contacts/:mailboxId', options: { json: {} } },
  { of: 'members', method: 'GET', pattern: '/api/log/proofs/:index', query: 'from=0' },
  { of: 'members', method: 'GET', pattern: '/api/log/consistency', query: 'from=1&to=1' },
  { of: 'members', method: 'GET', pattern: '/api/keystore-mark' },
  { of: 'members', method: 'PUT', pattern: '/api/keystore-mark', options: { json: {} } },
  { of: 'members', method: 'POST', pattern: '/api/pairings', options: { json: {} } },
  { of: 'members', method: 'POST', pattern: '/api/pairings/offers', options: { json: {} } },
  { of: 'members', method: 'POST', pattern: '/api/pairings/end', options: { json: {} } },
  { of: 'members', method: 'GET', pattern: '/api/urgent' },
  { of: 'members', method: 'GET', pattern: '/api/deputies' },
  { of: 'members', method: 'PUT', pattern: '/api/deputies', options: { json: {} } },
  { of: 'members', method: 'GET', pattern: '/api/limits' },
  // Foreign and unknown message ids are held against each other in attack A26.
  { of: 'members', method: 'POST', pattern: '/api/messages/:messageId/withdrawal' },
  { of: 'members', method: 'GET', pattern: '/api/messages/:messageId/withdrawal' },
  { of: 'members', method: 'GET', pattern: '/api/deliveries' },
  { of: 'mailbox', method: 'GET', pattern: '/api/deliveries/:seq/envelope' },
  { of: 'mailbox', method: 'POST', pattern: '/api/deliveries/:seq/acknowledgement' },
  { of: 'mailbox', method: 'POST', pattern: '/api/deliveries/:seq/attended' },
  { of: 'mailbox', method: 'GET', pattern: ofPayload },
  { of: 'mailbox', method: 'GET', pattern: `${ofPayload}/parts` },
  { of: 'mailbox', method: 'PUT', pattern: `${ofPayload}/parts/:firstSegment`, options: part },
  // Who gets what past the relay is held in test/server/direct.test.ts: here is no store that could do it.
  { of: 'members', method: 'POST', pattern: `${ofPayload}/parts/:firstSegment/direct`, options: { json: {} } },
  { of: 'members', method: 'POST', pattern: `${ofPayload}/parts/:firstSegment/direct/:ticket` },
  { of: 'members', method: 'GET', pattern: `${ofPayload}/segments/:first/direct`, query: 'count=1' },
  { of: 'mailbox', method: 'GET', pattern: `${ofPayload}/tallies` },
  { of: 'mailbox', method: 'GET', pattern: `${ofPayload}/tallies/newest` },
  { of: 'mailbox', method: 'PUT', pattern: `${ofPayload}/tallies/:seq`, query: 'segments=1', options: tally },
  { of: 'mailbox', method: 'GET', pattern: `${ofPayload}/segments/:first`, query: 'count=1' },
  { of: 'mailbox', method: 'GET', pattern: `${ofPayload}/digests`, query: 'first=0&count=1' },
  { of: 'mailbox', method: 'GET', pattern: `${ofPayload}/proofs/inclusion`, query: 'segment=0&segments=1' },
  { of: 'mailbox', method: 'GET', pattern: `${ofPayload}/proofs/consistency`, query: 'from=1&to=1' },
];

function pathOf({ pattern, query = '' }: Route, { mailboxId, payloadId, seq }: Ids): string {
  const path = pattern
    .replace(':mailboxId', mailboxId)
    .replace(':payloadId', payloadId)
    .replace(':messageId', '0'.repeat(32))
    .replace(':address', 'nobody@nowhere.example')
    .replace(/:(firstSegment|first)\b/, '0')
    .replace(':ticket', '0'.repeat(32))
    .replace(':index', '0'.repeat(64))
    .replace(':seq', pattern.includes('tallies') ? '1' : String(seq));
  return query === '' ? path : `${path}?${query}`;
}

const PUBLIC = [
  'GET /healthz',
  'GET /readyz',
  'GET /api/relay',
  // What a relay can do is no secret.
  'GET /api/openapi.json',
  'GET /api/docs',
  'POST /api/sessions/challenges',
  'POST /api/sessions',
  'POST /api/invitations/lookup',
  'POST /api/enrolments',
  // Who has lost every device, or is about to become one, has no session.
  'POST /api/recoveries/lookup',
  'POST /api/recoveries',
  'POST /api/pairings/read',
  'POST /api/pairings/answers',
  // The log is for everybody: hashes, no names (docs/spec/directory.md).
  'GET /log/checkpoint',
  'GET /log/policy',
  'GET /log/tile/*path',
];

for (const kind of databases()) {
  describe(`server access on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let alice: Actor;
    let bob: Actor;
    let eve: Actor;
    let payload: SealedPayload;
    let known: Ids;
    let unknown: Ids;

    before(async () => {
      t = await startTestRelay(kind);
      alice = await t.enrol('alice@nord.example');
      bob = await t.enrol('bob@sued.example');
      eve = await t.enrol('eve@west.example');
      payload = createPayload({ segments: 3 });
      for (const _ of [1, 2]) await post(alice, messageTo([bob.mailboxId]));
      assert.equal((await post(alice, messageTo([bob.mailboxId], { payloads: [payload] }))).status, 201);
      assert.equal((await putPart(alice, payload, 0, 2)).status, 201);
      assert.equal((await putTally(alice, payload.payloadId, 1, 2)).status, 201);
      known = { mailboxId: bob.mailboxId, payloadId: payload.payloadId, seq: 3 };
      unknown = { mailboxId: randomHex(32), payloadId: randomHex(32), seq: 999 };
    });
    after(() => t.close());

    it('this list of routes is the application’s list of routes', () => {
      const deps = { db: t.db, log: createLog('silent'), web: null } as unknown as Parameters<typeof createApp>[0];
      const inCode = listRoutes(createApp(deps));
      const here = ROUTES.map(({ method, pattern }) => `${method} ${pattern}`);
      assert.sameMembers(inCode, [...here, ...PUBLIC]);
    });

    for (const route of ROUTES) {
      const { method, pattern, options } = route;

      it(`${method} ${pattern} needs a session (attack A16)`, async () => {
        const answer = await t.ask(method, pathOf(route, known), options);
        assert.deepEqual([answer.status, answer.code], [401, 'session-required']);
        assert.equal(answer.headers.get('WWW-Authenticate'), 'Bearer');
      });

      if (route.of === 'members') continue;
      it(`${method} ${pattern} tells eve of bob's what it tells of nothing (attacks A6, A26)`, async () => {
        const foreign = await eve.ask(method, pathOf(route, known), options);
        const nothing = await eve.ask(method, pathOf(route, unknown), options);
        assert.deepEqual(visible(foreign), visible(nothing));
        assert.deepEqual([foreign.status, foreign.code], [404, 'not-found']);
      });
    }

    it('eve’s requests have changed nothing of bob’s', async () => {
      const { deliveries } = (await bob.ask('GET', '/api/deliveries?after=2')).json as {
        deliveries: { state: string; attendedAt: string | null }[];
      };
      assert.deepEqual(
        deliveries.map(({ state, attendedAt }) => [state, attendedAt]),
        [['pending', null]],
      );
      assert.equal((await bob.ask('GET', `/api/payloads/${payload.payloadId}/segments/0?count=2`)).status, 200);
    });

    it('routes, methods and resources that do not exist are not found, with a session', async () => {
      for (const [method, path] of [
        ['GET', '/api/nothing'],
        ['GET', '/nothing'],
        ['DELETE', `/api/payloads/${payload.payloadId}`],
        ['PATCH', '/api/deliveries'],
        ['OPTIONS', '/api/deliveries'],
        ['GET', '/api/payloads/../../etc/passwd'],
        ['GET', '/api/payloads/..%2f..%2fetc%2fpasswd/parts'],
      ] as const) {
        const answer = await bob.ask(method, path);
        assert.include([404, 400], answer.status, path);
        assert.isNotNull(answer.code, path);
      }
      const head = await bob.ask('HEAD', `/api/payloads/${payload.payloadId}/segments/0?count=2`);
      assert.equal(head.status, 404);
    });

    it('problems show no stack, no message of ours, no value of theirs (attack A32)', async () => {
      const secret = 'Mustermann^Max';
      const provoked = await Promise.all([
        bob.ask('POST', '/api/messages', { body: Buffer.from(`{"subject": "${secret}`), headers: jsonType }),
        bob.ask('POST', '/api/messages', { json: { [secret]: 1 } }),
        bob.ask('POST', '/api/messages', { body: Buffer.from(`"${secret}"`), headers: jsonType }),
        bob.ask('POST', '/api/messages', { body: Buffer.alloc(9 * 1024 * 1024, 32), headers: jsonType }),
        bob.ask('POST', '/api/messages', {
          body: Buffer.from('{}'),
          headers: { ...jsonType, 'Content-Encoding': 'gzip' },
        }),
        bob.ask('POST', '/api/messages', {
          body: Buffer.from('{}'),
          headers: { 'Content-Type': 'application/json; charset=latin-9' },
        }),
        bob.ask('GET', `/api/payloads/${secret}`),
        bob.ask('GET', `/api/payloads/%E0%A4%A`),
        bob.ask('GET', `/api/directory?after=%00&query=%00`),
        bob.ask('GET', `/api/directory/addresses/${secret}`),
        bob.ask('GET', '/api/deliveries?after=9007199254740993'),
        bob.ask('GET', '/api/deliveries/9007199254740991/envelope'),
        bob.ask('GET', `/api/payloads/${payload.payloadId}/segments/9007199254740991?count=1`),
        bob.ask('GET', `/api/payloads/${payload.payloadId}/digests?first=9007199254740991&count=65536`),
        bob.ask('PUT', `/api/payloads/${payload.payloadId}/parts/4294967295`, part),
        alice.ask('PUT', `/api/payloads/${payload.payloadId}/parts/4294967295`, part),
      ]);
      for (const [i, answer] of provoked.entries()) {
        const text = answer.bytes.toString();
        assert.isAtLeast(answer.status, 400, `${i}`);
        assert.isBelow(answer.status, 500, `${i}: ${text}`);
        assert.notInclude(text, 'Mustermann', `${i}`);
        assert.notMatch(text, /\bat |node_modules|\.ts|\.js|Error|select |stack/, `${i}`);
        const { type, title, status, code } = answer.json as Record<string, unknown>;
        assert.isString(title);
        assert.equal(status, answer.status);
        assert.equal(type, `urn:bildbote:problem:${String(code)}`);
        assert.equal(answer.headers.get('Content-Type'), 'application/problem+json; charset=utf-8');
      }
    });

    it('a fault of the relay’s own says internal, and no more', async () => {
      await t.db.schema.renameTable('deliveries', 'elsewhere');
      try {
        const answer = await bob.ask('GET', '/api/deliveries');
        assert.deepEqual(answer.json, {
          type: 'urn:bildbote:problem:internal',
          title: 'The relay failed',
          status: 500,
          code: 'internal',
        });
      } finally {
        await t.db.schema.renameTable('elsewhere', 'deliveries');
      }
    });

    it('every answer forbids caching, sniffing, framing and running', async () => {
      for (const path of ['/healthz', '/api/relay', '/api/deliveries', '/nothing']) {
        const { headers } = await bob.ask('GET', path);
        assert.equal(headers.get('Cache-Control'), 'no-store');
        assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
        assert.equal(headers.get('X-Frame-Options'), 'DENY');
        assert.match(headers.get('Content-Security-Policy') ?? '', /default-src 'none'/);
        assert.equal(headers.get('Referrer-Policy'), 'no-referrer');
        assert.isNull(headers.get('X-Powered-By'));
        assert.isNull(headers.get('Access-Control-Allow-Origin'));
        assert.isNull(headers.get('ETag'));
      }
    });

    it('GET /api/relay says what a client must know before it has an account', async () => {
      const { json } = await t.ask('GET', '/api/relay');
      assert.deepInclude(json as object, { name: 'bildbote', origin: t.relay.origin });
      assert.deepEqual((json as { limits: object }).limits, {
        partBytes: 8_388_608,
        envelopeBytes: 4_194_304,
        payloadBytes: 2 ** 40,
        expiresDaysMin: 1,
        expiresDaysMax: 365,
      });
    });
  });
}

const jsonType = { 'Content-Type': 'application/json' };
