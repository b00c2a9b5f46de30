import { randomBytes } from 'node:crypto';
import { assert } from 'chai';
import type { S3Place } from '../../server/blobs/place.js';
import { openS3Blobs } from '../../server/blobs/s3.js';
import { type BlobKey, blobKeyFrom } from '../../server/blobs/store.js';
import { loadConfig } from '../../server/config.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, startTestRelay } from '../support/relay.js';
import { type S3Server, startS3Server } from '../support/s3-server.js';
import { createPayload, messageTo, post, putPart, putTally } from '../support/sealed-payload.js';
import { codeOf, describeBlobStore } from './blobs-conformance.js';

const placeAt = ({ endpoint, credentials, bucket }: S3Server, prefix = 'relay/'): S3Place => ({
  endpoint,
  credentials,
  bucket,
  prefix,
  region: 'us-east-1',
});

describeBlobStore('a bucket', async () => {
  const server = await startS3Server();
  return { open: () => Promise.resolve(openS3Blobs(placeAt(server))), remove: () => server.close() };
});

/** What a client does past the relay, with nothing but what it was given. */
function describeDirect(label: string, create: () => Promise<{ place: S3Place; remove(): Promise<void> }>): void {
  it(`${label} takes and gives what was signed, and nothing else`, async function () {
    this.timeout(30_000);
    const { place, remove } = await create();
    await using store = openS3Blobs({ ...place, isDirect: true });
    const direct = store.direct ?? assert.fail();
    const [key, bytes] = [blobKeyFrom(randomBytes(16)), randomBytes(5_000)];
    const put = async (length: number, body: Buffer) => {
      const { url, headers } = await direct.put(key, length);
      return (await fetch(url, { method: 'PUT', headers, body: new Blob([Buffer.from(body)]) })).status;
    };
    try {
      assert.equal(await put(5_000, bytes.subarray(1)), 403, 'another length');
      assert.equal(await put(5_000, bytes), 200);
      assert.equal(await put(5_000, randomBytes(5_000)), 412, 'a second time');
      const { url, headers } = await direct.get(key, 1_000, 3_000);
      const got = await fetch(url, { headers });
      assert.isTrue(Buffer.from(await got.arrayBuffer()).equals(bytes.subarray(1_000, 3_000)));
      assert.equal((await fetch(url)).status, 403, 'the whole of it');
      assert.equal((await fetch(url, { headers: { range: 'bytes=0-4999' } })).status, 403, 'another range');
      assert.equal((await fetch(url, { method: 'DELETE', headers })).status, 403, 'another verb');
      assert.equal((await fetch(url.replace(/[0-9a-f]{4}$/, '0000'), { headers })).status, 403, 'another signature');
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.read(key, 0, 5_000)) chunks.push(chunk);
      assert.isTrue(Buffer.concat(chunks).equals(bytes));
    } finally {
      await store.delete(key);
      await remove();
    }
  });
}

describe('server/blobs/direct', () => {
  describeDirect('a bucket', async () => {
    const server = await startS3Server();
    return { place: placeAt(server), remove: () => server.close() };
  });

  it('is there only where it was asked for, under the name by which clients reach it', async () => {
    const server = await startS3Server();
    await server.close();
    const place = placeAt(server);
    await using store = openS3Blobs(place);
    assert.isUndefined(store.direct);
    await using open = openS3Blobs({ ...place, publicEndpoint: 'https://bucket.example/s3/', isDirect: true });
    assert.equal(open.direct?.origin, 'https://bucket.example');
    const key = blobKeyFrom(randomBytes(16));
    const { url } = (await open.direct?.get(key, 0, 1)) ?? assert.fail();
    assert.isTrue(url.startsWith(`https://bucket.example/s3/sealed/relay/${key.slice(0, 2)}/${key}?`));
  });
});

/**
 * A real store, where one runs: BILDBOTE_TEST_S3 holds endpoint, bucket, key id and secret, separated by spaces
 * (docs/operations.md#an-s3-compatible-store).
 */
const [realEndpoint, realBucket, accessKeyId, secretAccessKey] = (process.env['BILDBOTE_TEST_S3'] ?? '').split(' ');
if (realEndpoint && realBucket && accessKeyId && secretAccessKey) {
  describeBlobStore('a bucket of a real S3 store', async () => {
    const place: S3Place = {
      endpoint: realEndpoint,
      bucket: realBucket,
      credentials: { accessKeyId, secretAccessKey },
      prefix: `${randomBytes(8).toString('hex')}/`,
      region: 'us-east-1',
    };
    const remove = async (): Promise<void> => {
      await using store = openS3Blobs(place);
      for await (const key of store.list(new Date(Date.now() + 60_000))) await store.delete(key);
    };
    return Promise.resolve({ open: () => Promise.resolve(openS3Blobs(place)), remove });
  });
  describe('a bucket of a real S3 store, past the relay', () => {
    const credentials = { accessKeyId, secretAccessKey };
    const place = { endpoint: realEndpoint, bucket: realBucket, credentials, prefix: 'direct/', region: 'us-east-1' };
    describeDirect('it', () => Promise.resolve({ place, remove: () => Promise.resolve() }));
  });
} else {
  describe('a bucket of a real S3 store as a blob store', () => {
    it('is tested where BILDBOTE_TEST_S3 names one');
  });
}

describe('server/blobs/s3', function () {
  this.timeout(60_000);
  let server: S3Server;

  beforeEach(async () => {
    server = await startS3Server();
  });
  afterEach(() => server.close());

  const one = async function* (bytes: Buffer) {
    yield bytes;
  };
  const newKey = (): BlobKey => blobKeyFrom(randomBytes(16));
  const readAll = async (store: ReturnType<typeof openS3Blobs>, key: BlobKey, end: number): Promise<void> => {
    for await (const chunk of store.read(key, 0, end)) assert.isAbove(chunk.length, 0);
  };

  it('keeps to its prefix, and a foreign object below it is no blob', async () => {
    await using store = openS3Blobs(placeAt(server));
    const key = newKey();
    await store.write(key, one(randomBytes(10)));
    assert.deepEqual([...server.objects.keys()], [`relay/${key.slice(0, 2)}/${key}`]);
    const stranger = { bytes: Buffer.alloc(1), at: new Date(0) };
    for (const name of ['other/ab/x', 'relay/notes.txt', `relay/zz/${key}`, 'relay/ab/cd']) {
      server.objects.set(name, stranger);
    }
    const listed: BlobKey[] = [];
    for await (const one of store.list(new Date(Date.now() + 60_000))) listed.push(one);
    assert.deepEqual(listed, [key]);
  });

  it('goes on after one failure of the store, and says so when it keeps failing', async () => {
    await using store = openS3Blobs(placeAt(server));
    let failures = 1;
    server.misbehave = () => (failures-- > 0 ? 'error-503' : null);
    const key = newKey();
    await store.write(key, one(randomBytes(10)));
    for (const fault of ['error-500', 'error-503', 'cut'] as const) {
      server.misbehave = () => fault;
      assert.equal(await codeOf(store.write(newKey(), one(randomBytes(10)))), 'store-unavailable', fault);
      assert.equal(await codeOf(readAll(store, key, 10)), 'store-unavailable', fault);
      assert.equal(await codeOf(store.check()), 'store-unavailable', fault);
    }
    server.misbehave = null;
    await readAll(store, key, 10);
    await store.check();
  });

  it('is refused with a wrong secret', async () => {
    const credentials = { ...server.credentials, secretAccessKey: 'another secret' };
    await using store = openS3Blobs({ ...placeAt(server), credentials });
    assert.equal(await codeOf(store.write(newKey(), one(randomBytes(10)))), 'store-unavailable');
    assert.equal(server.objects.size, 0);
  });

  it('takes 8 MiB and not a byte more', async () => {
    await using store = openS3Blobs(placeAt(server));
    const most = 8 * 1024 * 1024;
    await store.write(newKey(), one(Buffer.alloc(most)));
    assert.equal(await codeOf(store.write(newKey(), one(Buffer.alloc(most + 1)))), 'blob-too-large');
    assert.equal(server.objects.size, 1);
  });
});

describe('a relay on a bucket', function () {
  this.timeout(60_000);
  let server: S3Server;
  let t: TestRelay;
  let alice: Actor;

  before(async function () {
    const [kind] = databases();
    if (kind === undefined) return this.skip();
    server = await startS3Server();
    t = await startTestRelay(kind, {
      blobs: `s3://${server.bucket}/relay`,
      s3Endpoint: server.endpoint,
      s3AccessKeyId: server.credentials.accessKeyId,
      s3SecretAccessKey: server.credentials.secretAccessKey,
    });
    alice = await t.enrol('alice@nord.example');
  });
  after(async () => {
    await t.close();
    await server.close();
  });

  it('stores and serves parts, answers 503 while the store is down, and goes on without a restart', async () => {
    const payload = createPayload({ segments: 3 });
    await post(alice, messageTo([alice.mailboxId], { payloads: [payload] }));
    assert.equal((await putPart(alice, payload, 0, 2)).status, 201);
    assert.equal((await putTally(alice, payload.payloadId, 1, 2)).status, 201);
    const path = `/api/payloads/${payload.payloadId}/segments/0?count=2`;
    server.misbehave = () => 'error-500';
    const refused = await putPart(alice, payload, 2, 1);
    assert.deepEqual([refused.status, refused.code], [503, 'unavailable']);
    assert.equal((await t.ask('GET', '/readyz')).status, 503);
    server.misbehave = null;
    assert.equal((await putPart(alice, payload, 2, 1)).status, 201);
    assert.equal((await t.ask('GET', '/readyz')).status, 200);
    const read = await alice.ask('GET', path);
    assert.isTrue(Buffer.concat(payload.segments.slice(0, 2)).equals(Buffer.from(read.bytes)));
  });
});

describe('the configuration of a bucket', () => {
  const load = (environment: NodeJS.ProcessEnv) => loadConfig({}, environment).blobs;

  it('takes bucket and prefix from the address, and keys only together', () => {
    assert.deepInclude(load({ BILDBOTE_BLOBS: 's3://sealed/a/b' }), { kind: 's3', bucket: 'sealed', prefix: 'a/b/' });
    assert.deepInclude(load({ BILDBOTE_BLOBS: 's3://sealed' }), { prefix: '', endpoint: null, credentials: null });
    const half = { BILDBOTE_BLOBS: 's3://sealed', BILDBOTE_S3_ACCESS_KEY_ID: 'x' };
    assert.throws(() => load(half), /BILDBOTE_S3_SECRET_ACCESS_KEY/);
  });

  it('refuses a store without TLS on another machine, and what is no bucket', () => {
    const at = (endpoint: string) => () => load({ BILDBOTE_BLOBS: 's3://sealed', BILDBOTE_S3_ENDPOINT: endpoint });
    assert.throws(at('http://s3.example'), /BILDBOTE_S3_ENDPOINT/);
    assert.doesNotThrow(at('https://s3.example'));
    assert.doesNotThrow(at('http://127.0.0.1:9000'));
    for (const place of ['s3://', 's3://A', 's3://a_b/', 'http://x', 'disk:']) {
      assert.throws(() => load({ BILDBOTE_BLOBS: place }), /BILDBOTE_BLOBS/, place);
    }
  });
});
