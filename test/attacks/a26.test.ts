import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { createApp } from '../../server/app.js';
import { createLog } from '../../server/log.js';
import { databases } from '../support/database.js';
import { type AskOptions } from '../support/http.js';
import { listRoutes, visible } from '../support/routes.js';
import { type Actor, type TestRelay, base64Url, randomHex, startTestRelay } from '../support/relay.js';
import {
  type SealedPayload,
  createPayload,
  digestsHeader,
  messageTo,
  post,
  putPart,
  putTally,
} from '../support/sealed-payload.js';

/**
 * Every route of the application, as the application lists it, with ids that belong to somebody else and with ids that
 * belong to nobody. A route that is added is in here by itself, and fails until this test knows its parameters.
 */
interface Ids {
  readonly mailboxId: string;
  readonly deviceId: string;
  readonly payloadId: string;
  readonly messageId: string;
  readonly seq: string;
  readonly address: string;
}

/** Values that name nothing by themselves: a place within what another parameter names. */
const PLACES: Readonly<Record<string, string>> = {
  firstSegment: '0',
  first: '0',
  index: '0'.repeat(64),
  ticket: '0'.repeat(32),
};

/** The directory is public among its members: these say the same to everybody, and say so of foreign ids on purpose. */
const PUBLIC_AMONG_MEMBERS: readonly string[] = [
  'GET /api/directory/addresses/:address',
  'GET /api/mailboxes/:mailboxId/statements',
  'GET /api/mailboxes/:mailboxId/excerpt',
  // The log is for everybody to audit.
  'GET /api/log/proofs/:index',
  // Whom one allows or denies: any mailbox of the directory, for the own list.
  'PUT /api/contacts/:mailboxId',
];

const segment = randomBytes(100);
const part: AskOptions = { body: segment, headers: digestsHeader([segment]) };

/** What a route must be given to get as far as its ids. */
const GIVEN: Readonly<Record<string, { readonly query?: string; readonly options?: AskOptions }>> = {
  'POST /api/mailboxes/:mailboxId/statements': { options: { json: { statements: [base64Url(randomBytes(100))] } } },
  'PUT /api/payloads/:payloadId/parts/:firstSegment': { options: part },
  'POST /api/payloads/:payloadId/parts/:firstSegment/direct': {
    options: { json: { digests: digestsHeader([segment])['Bildbote-Segment-Digests'], bytes: segment.length } },
  },
  'PUT /api/payloads/:payloadId/tallies/:seq': { query: 'segments=1', options: { body: randomBytes(8_192) } },
  'GET /api/payloads/:payloadId/digests': { query: 'first=0&count=1' },
  'GET /api/payloads/:payloadId/proofs/inclusion': { query: 'segment=0&segments=1' },
  'GET /api/payloads/:payloadId/proofs/consistency': { query: 'from=1&to=1' },
};

describe('A26: every route with every other tenant’s ids', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let [alice, bob, eve]: [Actor, Actor, Actor] = [] as never;
  let payload: SealedPayload;
  let held: SealedPayload;
  let foreign: Ids;
  const unknown: Ids = {
    mailboxId: randomHex(32),
    deviceId: randomHex(16),
    payloadId: randomHex(32),
    messageId: randomHex(16),
    seq: '999',
    address: 'nobody@nowhere.example',
  };

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    t = await startTestRelay(kind);
    [alice, bob, eve] = [
      await t.enrol('alice@nord.example'),
      await t.enrol('bob@sued.example'),
      await t.enrol('eve@west.example'),
    ];
    [payload, held] = [createPayload({ segments: 3 }), createPayload({ segments: 3 })];
    const message = messageTo([bob.mailboxId], { payloads: [payload] });
    assert.equal((await post(alice, message)).status, 201);
    assert.equal((await putPart(alice, payload, 0, 2)).status, 201);
    assert.equal((await putTally(alice, payload.payloadId, 1, 2)).status, 201);
    await bob.ask('PUT', '/api/contacts/policy', { json: { policy: 'known' } });
    assert.equal((await post(alice, messageTo([bob.mailboxId, alice.mailboxId], { payloads: [held] }))).status, 201);
    foreign = {
      mailboxId: bob.mailboxId,
      deviceId: bob.deviceId,
      payloadId: payload.payloadId,
      messageId: message.messageId,
      seq: '1',
      address: bob.address,
    };
  });
  after(() => t.close());

  function routes(): string[] {
    const deps = { db: t.db, log: createLog('silent'), registrars: [], web: null } as unknown as Parameters<
      typeof createApp
    >[0];
    return listRoutes(createApp(deps));
  }

  function pathOf(route: string, ids: Ids): string {
    const [, pattern = ''] = route.split(' ');
    const path = pattern.replaceAll(/:([A-Za-z]+)/g, (_, name: string) => {
      const value = (ids as unknown as Record<string, string>)[name] ?? PLACES[name];
      assert.isDefined(value, `tell this test what :${name} of ${route} is`);
      return value ?? '';
    });
    const { query } = GIVEN[route] ?? {};
    return query === undefined ? path : `${path}?${query}`;
  }

  const askBoth = async (who: Actor, route: string, theirs: Ids) => {
    const [method = 'GET'] = route.split(' ');
    const { options } = GIVEN[route] ?? {};
    const known = await who.ask(method, pathOf(route, theirs), options);
    const nothing = await who.ask(method, pathOf(route, unknown), options);
    return { known, nothing };
  };

  it('answers a stranger as it answers for ids that nobody has, in status and body', async () => {
    const asked: string[] = [];
    for (const route of routes()) {
      if (!route.includes('/:') || PUBLIC_AMONG_MEMBERS.includes(route)) continue;
      const { known, nothing } = await askBoth(eve, route, foreign);
      assert.deepEqual([known.status, known.code], [404, 'not-found'], route);
      assert.deepEqual(visible(known), visible(nothing), route);
      asked.push(route);
    }
    assert.isAtLeast(asked.length, 14);
    assert.includeMembers(
      routes(),
      [...PUBLIC_AMONG_MEMBERS, ...Object.keys(GIVEN)],
      'no exception for what is not there',
    );
  });

  it('answers a recipient who has not agreed as it answers a stranger, of everything but the envelope', async () => {
    const theirs = { ...foreign, payloadId: held.payloadId, seq: '1' };
    for (const route of routes().filter((one) => one.includes(':payloadId'))) {
      const { known, nothing } = await askBoth(bob, route, theirs);
      assert.deepEqual([known.status, known.code], [404, 'not-found'], route);
      assert.deepEqual(visible(known), visible(nothing), route);
    }
  });

  it('ids inside of bodies tell nothing either', async () => {
    const reuse = (payloadId: string) => post(eve, messageTo([eve.mailboxId], { reuse: [payloadId] }));
    assert.deepEqual(visible(await reuse(payload.payloadId)), visible(await reuse(unknown.payloadId)));
    assert.equal((await reuse(payload.payloadId)).code, 'not-found');

    const challenge = async (mailboxId: string, deviceId: string) => {
      const answer = await t.ask('POST', '/api/sessions/challenges', { json: { mailboxId, deviceId } });
      return [answer.status, Object.keys(answer.json as object), answer.headers.get('Content-Length')];
    };
    const real = await challenge(bob.mailboxId, bob.deviceId);
    for (const [mailboxId, deviceId] of [
      [unknown.mailboxId, unknown.deviceId],
      [bob.mailboxId, unknown.deviceId],
      [bob.mailboxId, eve.deviceId],
    ] as const) {
      assert.deepEqual(await challenge(mailboxId, deviceId), real);
    }

    const again = { ...messageTo([eve.mailboxId]), messageId: foreign.messageId };
    assert.equal((await post(eve, again)).status, 201, 'a message id of another sender is free');
  });

  it('has changed nothing of anybody’s', async () => {
    const { deliveries } = (await bob.ask('GET', '/api/deliveries')).json as {
      deliveries: { state: string; attendedAt: string | null; consent: string }[];
    };
    assert.deepEqual(
      deliveries.map(({ state, attendedAt, consent }) => [state, attendedAt, consent]),
      [
        ['pending', null, 'given'],
        ['pending', null, 'held'],
      ],
    );
    const contacts = (await bob.ask('GET', '/api/contacts')).json as { policy: string; contacts: object[] };
    assert.deepInclude(contacts, { policy: 'known', contacts: [] });
    assert.equal((await bob.ask('GET', `/api/payloads/${payload.payloadId}/segments/0?count=2`)).status, 200);
    const statements = (await bob.ask('GET', `/api/mailboxes/${bob.mailboxId}/statements`)).json as { last: number };
    assert.equal(statements.last, 3);
  });
});
