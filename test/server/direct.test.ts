import { assert } from 'chai';
import { isStoreOrigin } from '../../client/core/relay/direct.js';
import { type Relay, createRelay } from '../../client/core/relay/relay.js';
import { platformRetry } from '../../client/core/relay/retry.js';
import { createHttpTransport } from '../../client/node/http-transport.js';
import { openS3Blobs } from '../../server/blobs/s3.js';
import { sweepOrphans } from '../../server/uploads/sweep.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, base64Url, startTestRelay } from '../support/relay.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { type SealedPayload, createPayload, messageTo, post, putTally, sha256 } from '../support/sealed-payload.js';

const [kind] = databases();

interface Signed {
  readonly url: string;
  readonly headers: Record<string, string>;
}
interface Ticket extends Signed {
  readonly ticket: string;
}

describe('parts past the relay', function () {
  this.timeout(60_000);
  let server: S3Server;
  let t: TestRelay;
  let [alice, bob, eve] = [] as unknown as [Actor, Actor, Actor];
  let payload: SealedPayload;

  before(async () => {
    server = await startS3Server();
    const { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey } = server.credentials;
    const store = {
      blobs: `s3://${server.bucket}/relay`,
      s3Endpoint: server.endpoint,
      s3AccessKeyId,
      s3SecretAccessKey,
    };
    t = await startTestRelay(kind ?? assert.fail(), { ...store, direct: 'on' });
    alice = await t.enrol('alice@nord.example');
    bob = await t.enrol('bob@sued.example');
    eve = await t.enrol('eve@west.example');
  });
  after(async () => {
    await t.close();
    await server.close();
  });
  beforeEach(async () => {
    payload = createPayload({ segments: 3 });
    await post(alice, messageTo([bob.mailboxId], { payloads: [payload] }));
    server.asked.length = 0;
  });
  afterEach(() => {
    server.misbehave = null;
  });

  const partPath = (first: number): string => `/api/payloads/${payload.payloadId}/parts/${first}/direct`;
  const bytesOf = (first: number, count: number): Buffer => Buffer.concat(payload.segments.slice(first, first + count));

  function askTicket(actor: Actor, first: number, count: number, bytes = bytesOf(first, count).length) {
    const digests = base64Url(Buffer.concat(payload.segments.slice(first, first + count).map(sha256)));
    return actor.ask('POST', partPath(first), { json: { digests, bytes } });
  }
  async function ticketFor(first: number, count: number): Promise<Ticket> {
    const answer = await askTicket(alice, first, count);
    assert.equal(answer.status, 201);
    return answer.json as Ticket;
  }
  const bring = async ({ url, headers }: Signed, bytes: Buffer): Promise<number> =>
    (await fetch(url, { method: 'PUT', headers, body: new Blob([Buffer.from(bytes)]) })).status;
  const redeem = (actor: Actor, first: number, ticket: string) => actor.ask('POST', `${partPath(first)}/${ticket}`);
  const segmentsPath = (first: number, count: number): string =>
    `/api/payloads/${payload.payloadId}/segments/${first}/direct?count=${count}`;

  it('are brought by their sender and fetched by their parties, and the relay has looked at every byte', async () => {
    const ticket = await ticketFor(0, 3);
    assert.equal(await bring(ticket, bytesOf(0, 3)), 200);
    assert.equal((await alice.ask('GET', segmentsPath(0, 1))).code, 'segments-missing', 'nothing is there by itself');
    assert.equal((await redeem(alice, 0, ticket.ticket)).status, 201);
    assert.equal((await redeem(alice, 0, ticket.ticket)).code, 'not-found', 'once');
    assert.equal(await bring(ticket, bytesOf(0, 3)), 412, 'and never another in its place');
    assert.equal((await putTally(alice, payload.payloadId, 1, 3)).status, 201);
    const answer = await bob.ask('GET', segmentsPath(1, 2));
    const { pieces } = answer.json as { pieces: (Signed & { bytes: number })[] };
    assert.lengthOf(pieces, 1);
    const [piece] = pieces;
    const got = await fetch(piece?.url ?? '', { headers: piece?.headers ?? {} });
    assert.isTrue(Buffer.from(await got.arrayBuffer()).equals(bytesOf(1, 2)));
    for (const headers of [{}, { range: 'bytes=0-10' }]) {
      assert.equal((await fetch(piece?.url ?? '', { headers })).status, 403, 'signed for this range alone');
    }
  });

  it('are refused when they are not what was said, or are not there, or of another length', async () => {
    const wrong = await ticketFor(0, 2);
    const bytes = bytesOf(0, 2);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    assert.equal(await bring(wrong, bytes), 200);
    const before = server.objects.size;
    assert.equal((await redeem(alice, 0, wrong.ticket)).code, 'digest-mismatch');
    assert.equal(server.objects.size, before - 1, 'wrong bytes go');
    assert.equal((await redeem(alice, 0, wrong.ticket)).code, 'not-found');
    const late = await ticketFor(0, 2);
    assert.equal((await redeem(alice, 0, late.ticket)).code, 'segments-missing');
    assert.equal(await bring(late, bytesOf(0, 1)), 403, 'the length is signed');
    assert.equal(await bring(late, bytesOf(0, 2)), 200);
    assert.equal((await redeem(alice, 0, late.ticket)).status, 201, 'and it may come later');
    const again = await ticketFor(0, 2);
    await bring(again, bytesOf(0, 2));
    assert.equal((await redeem(alice, 0, again.ticket)).status, 200, 'the same part twice is there once');
    const parts = (await alice.ask('GET', `/api/payloads/${payload.payloadId}/parts`)).json as { parts: unknown[] };
    assert.lengthOf(parts.parts, 1);
  });

  it('are nobody’s but those who may', async () => {
    assert.equal((await askTicket(eve, 0, 1)).code, 'not-found');
    assert.equal((await askTicket(bob, 0, 1)).code, 'forbidden');
    const { ticket } = await ticketFor(0, 1);
    assert.equal((await redeem(eve, 0, ticket)).code, 'not-found');
    assert.equal((await redeem(alice, 1, ticket)).code, 'not-found', 'for its place only');
    assert.equal((await eve.ask('GET', segmentsPath(0, 1))).code, 'not-found');
    assert.equal((await t.ask('GET', segmentsPath(0, 1))).status, 401);
    assert.equal((await askTicket(alice, 0, 1, 5_000_000)).code, 'too-large');
    assert.equal((await askTicket(alice, 3, 1, 10)).code, 'request-invalid', 'no digests');
    const digests = base64Url(sha256(Buffer.alloc(1)));
    assert.equal((await alice.ask('POST', partPath(400), { json: { digests, bytes: 1 } })).code, 'too-large');
  });

  it('are spared by the sweep while they are under way, and swept when their time is over', async () => {
    const open = await ticketFor(0, 1);
    await bring(open, bytesOf(0, 1));
    const { endpoint, credentials, bucket } = server;
    await using blobs = openS3Blobs({ endpoint, credentials, bucket, prefix: 'relay/', region: 'us-east-1' });
    const soon = new Date(Date.now() + 60_000);
    const there = (): boolean => [...server.objects.keys()].some((name) => name.endsWith(open.ticket));
    await sweepOrphans(t.db, blobs, soon);
    assert.isTrue(there());
    const blobKey = { blob_key: Buffer.from(open.ticket, 'hex') };
    await t
      .db('direct_parts')
      .where(blobKey)
      .update({ expires_at: new Date(Date.now() - 1_000) });
    assert.equal((await redeem(alice, 0, open.ticket)).code, 'not-found');
    await sweepOrphans(t.db, blobs, soon);
    assert.isTrue(there(), 'who took it at the last moment still has it');
    await t
      .db('direct_parts')
      .where(blobKey)
      .update({ expires_at: new Date(Date.now() - 660_000) });
    await sweepOrphans(t.db, blobs, soon);
    assert.isFalse(there());
  });

  it('are under way in so many pieces and no more', async () => {
    const { ticket } = await ticketFor(0, 1);
    await t.db.raw(
      `insert into direct_parts (blob_key, payload_number, first_segment, digests, bytes, expires_at)
       select decode(lpad(to_hex(n), 32, '0'), 'hex'), payload_number, 0, digests, bytes, expires_at
       from direct_parts, generate_series(1, 62) n where blob_key = ?`,
      [Buffer.from(ticket, 'hex')],
    );
    assert.equal((await askTicket(alice, 0, 1)).status, 201);
    assert.equal((await askTicket(alice, 0, 1)).code, 'rate-limited');
  });

  describe('by the client core', () => {
    const transport = createHttpTransport();
    after(() => transport[Symbol.dispose]());

    function relayOf({ mailbox, mailboxId, deviceId }: Actor): Relay {
      const signAuth = (origin: string, nonce: Uint8Array) => mailbox.auth(origin, nonce);
      const signer = { mailboxId, deviceId, signAuth };
      return createRelay({ origin: t.relay.origin, transport, retry: platformRetry(0), signer });
    }
    const partOf = (first: number, count: number) => {
      const segments = payload.segments.slice(first, first + count).map((one) => new Uint8Array(one));
      return { firstSegment: first, segments, digests: Buffer.concat(segments.map(sha256)) };
    };

    it('go to the store and come from there where the relay offers it', async () => {
      await relayOf(alice).putPart(payload.payloadId, partOf(0, 3));
      assert.equal((await putTally(alice, payload.payloadId, 1, 3)).status, 201);
      const range = { first: 0, count: 3, bytes: bytesOf(0, 3).length };
      const got = await relayOf(bob).segments(payload.payloadId, range);
      assert.isTrue(Buffer.from(got).equals(bytesOf(0, 3)));
      assert.deepEqual(server.asked, ['PUT presigned', 'GET signed', 'GET presigned']);
    });

    it('go through the relay where the store cannot be reached, and soon without asking', async () => {
      server.misbehave = ({ headers }) => (headers.authorization === undefined ? 'error-503' : null);
      const relay = relayOf(alice);
      for (const first of [0, 1, 2]) await relay.putPart(payload.payloadId, partOf(first, 1));
      await relay.putPart(payload.payloadId, partOf(2, 1));
      assert.lengthOf(
        server.asked.filter((one) => one === 'PUT presigned'),
        3,
      );
      assert.equal((await putTally(alice, payload.payloadId, 1, 3)).status, 201);
      const range = { first: 0, count: 3, bytes: bytesOf(0, 3).length };
      assert.isTrue(Buffer.from(await relayOf(bob).segments(payload.payloadId, range)).equals(bytesOf(0, 3)));
    });

    it('are no reason to forget that somebody has stopped', async () => {
      const stopped = AbortSignal.abort();
      const error = await relayOf(alice)
        .putPart(payload.payloadId, partOf(0, 1), stopped)
        .catch((reason: unknown) => reason);
      assert.equal((error as { code?: string }).code, 'aborted');
    });

    it('go to no address that proves nothing', () => {
      const relay = 'https://relay.example';
      const right = ['https://s3.example', 'https://bucket.s3.example:9000'];
      const wrong = [
        ...['http://s3.example', 'https://10.0.0.1', 'https://[fe80::1]', 'https://nas', 'http://127.0.0.1:9000'],
        ...[
          'https://s3.example/',
          'https://s3.example/path',
          'file:///etc',
          'ftp://s3.example',
          '',
          'https://u:p@s3.example',
        ],
      ];
      for (const origin of right) assert.isTrue(isStoreOrigin(origin, relay), origin);
      for (const origin of wrong) assert.isFalse(isStoreOrigin(origin, relay), origin);
      assert.isTrue(isStoreOrigin('http://127.0.0.1:9000', 'http://127.0.0.1:8080'));
      assert.isFalse(isStoreOrigin('http://s3.example', 'http://127.0.0.1:8080'));
    });
  });
});
