import { connect } from 'node:net';
import { readdir } from 'node:fs/promises';
import { assert } from 'chai';
import { BlobError, type BlobStore } from '../../server/blobs/store.js';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import { createLog } from '../../server/log.js';
import { findPayload } from '../../server/uploads/payload-store.js';
import { putPart as storePart } from '../../server/uploads/put-part.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, base64Url, startTestRelay } from '../support/relay.js';
import {
  type SealedPayload,
  createPayload,
  digestsHeader,
  innerSegment,
  lastSegment,
  messageTo,
  post,
  putPart,
  putSegments,
  putTally,
  sha256,
} from '../support/sealed-payload.js';

const SMALL = 65_536;
const LARGE = 262_144;

interface PartsPage {
  parts: { firstSegment: number; segments: number; bytes: number; digest: string }[];
  next: number | null;
}

for (const kind of databases('every')) {
  describe(`server/uploads parts on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let alice: Actor;
    let bob: Actor;

    before(async () => {
      t = await startTestRelay(kind);
      alice = await t.enrol('alice@nord.example');
      bob = await t.enrol('bob@sued.example');
    });
    after(() => t.close());

    const open = async (payload: SealedPayload): Promise<SealedPayload> => {
      const answer = await post(alice, messageTo([bob.mailboxId], { payloads: [payload] }));
      assert.equal(answer.status, 201);
      return payload;
    };
    const list = async ({ payloadId }: SealedPayload, query = '') =>
      (await alice.ask('GET', `/api/payloads/${payloadId}/parts${query}`)).json as PartsPage;
    const blobFiles = async () => {
      const entries = await readdir(t.blobsDir, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    };
    const upload = (payloadId: string, first: number, body: Uint8Array, headers: Record<string, string>) =>
      alice.ask('PUT', `/api/payloads/${payloadId}/parts/${first}`, { body, headers });

    it('parts arrive in any order and in parallel, and are listed with their digests', async () => {
      const payload = await open(createPayload({ segments: 12 }));
      const layout: [number, number][] = [
        [8, 4],
        [0, 1],
        [4, 4],
        [1, 1],
        [2, 2],
      ];
      const answers = await Promise.all(layout.map(([first, count]) => putPart(alice, payload, first, count)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        layout.map(() => 201),
      );
      const { parts, next } = await list(payload);
      assert.isNull(next);
      assert.deepEqual(
        parts,
        [...layout]
          .sort(([a], [b]) => a - b)
          .map(([firstSegment, segments]) => {
            const held = payload.segments.slice(firstSegment, firstSegment + segments);
            const bytes = held.reduce((sum, segment) => sum + segment.length, 0);
            return { firstSegment, segments, bytes, digest: base64Url(sha256(Buffer.concat(held.map(sha256)))) };
          }),
      );
      const page = await list(payload, '?after=0&limit=2');
      assert.deepEqual(
        page.parts.map(({ firstSegment }) => firstSegment),
        [1, 2],
      );
      assert.equal(page.next, 2);
      assert.equal((await list(payload, '?after=-1&limit=1')).parts[0]?.firstSegment, 0);
    });

    it('the largest part, 32 segments of 256 KiB, passes; one segment more does not', async () => {
      const payload = await open(createPayload({ segments: 34, segmentBytes: LARGE }));
      assert.equal((await putPart(alice, payload, 0, 32)).status, 201);
      assert.equal((await putPart(alice, payload, 0, 33)).code, 'request-invalid');
    });

    it('the very same part again is 200, and keeps its bytes', async () => {
      const payload = await open(createPayload({ segments: 3 }));
      assert.equal((await putPart(alice, payload, 0, 2)).status, 201);
      const before = await blobFiles();
      assert.equal((await putPart(alice, payload, 0, 2)).status, 200);
      assert.sameMembers(await blobFiles(), before);
    });

    it('the same part twice at the same moment is stored once', async () => {
      const payload = await open(createPayload({ segments: 9 }));
      const before = (await blobFiles()).length;
      const answers = await Promise.all([1, 2, 3, 4].map(() => putPart(alice, payload, 0, 8)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 201]);
      assert.equal((await blobFiles()).length, before + 1);
      assert.lengthOf((await list(payload)).parts, 1);
    });

    it('two different parts at one place at the same moment leave one, whole', async () => {
      const payload = await open(createPayload({ segments: 9 }));
      const rivals = [0, 1, 2].map(() => Array.from({ length: 4 }, () => innerSegment(SMALL)));
      const answers = await Promise.all(rivals.map((part) => putSegments(alice, payload.payloadId, 0, part)));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [201, 201, 201],
      );
      const { parts } = await list(payload);
      const digests = rivals.map((part) => base64Url(sha256(Buffer.concat(part.map(sha256)))));
      assert.lengthOf(parts, 1);
      assert.include(digests, parts[0]?.digest);
      assert.equal((await putTally(alice, payload.payloadId, 1, 4)).status, 201);
      const read = await bob.ask('GET', `/api/payloads/${payload.payloadId}/segments/0?count=4`);
      const winner = rivals[digests.indexOf(parts[0]?.digest ?? '')] ?? [];
      assert.isTrue(read.bytes.equals(Buffer.concat(winner)));
    });

    it('another part at the same place replaces it until a tally covers it', async () => {
      const payload = await open(createPayload({ segments: 5 }));
      assert.equal((await putPart(alice, payload, 0, 2)).status, 201);
      const before = await blobFiles();
      const retry = [innerSegment(SMALL), innerSegment(SMALL), innerSegment(SMALL)];
      assert.equal((await putSegments(alice, payload.payloadId, 0, retry)).status, 201);
      assert.equal((await list(payload)).parts[0]?.segments, 3);
      assert.equal((await blobFiles()).length, before.length, 'the old bytes are gone');
      assert.equal((await putTally(alice, payload.payloadId, 1, 2)).status, 201);
      assert.equal((await putPart(alice, payload, 0, 2)).code, 'part-covered');
      assert.equal((await putPart(alice, payload, 1, 1)).code, 'part-covered');
      assert.equal((await putSegments(alice, payload.payloadId, 0, retry)).status, 200, 'the very same is welcome');
      assert.equal((await putPart(alice, payload, 3, 1)).status, 201);
    });

    it('parts that share a segment overlap', async () => {
      const payload = await open(createPayload({ segments: 20 }));
      assert.equal((await putPart(alice, payload, 4, 4)).status, 201);
      for (const [first, count] of [
        [3, 2],
        [5, 1],
        [7, 4],
        [0, 16],
      ] as const) {
        assert.equal((await putPart(alice, payload, first, count)).code, 'part-overlaps', `${first}+${count}`);
      }
      assert.equal((await putPart(alice, payload, 0, 4)).status, 201);
      assert.equal((await putPart(alice, payload, 8, 4)).status, 201);
      const longer = [4, 5, 6, 7, 8].map(() => innerSegment(SMALL));
      assert.equal((await putSegments(alice, payload.payloadId, 4, longer)).code, 'part-overlaps');
    });

    it('one of two overlapping parts at the same moment wins', async () => {
      const payload = await open(createPayload({ segments: 9 }));
      const answers = await Promise.all([putPart(alice, payload, 0, 4), putPart(alice, payload, 2, 4)]);
      assert.sameMembers(
        answers.map(({ status, code }) => code ?? status),
        [201, 'part-overlaps'],
      );
    });

    it('nothing stands behind the last segment', async () => {
      const payload = await open(createPayload({ segments: 10 }));
      assert.equal((await putSegments(alice, payload.payloadId, 4, [lastSegment(500)])).status, 201);
      assert.equal((await putPart(alice, payload, 6, 1)).code, 'part-overlaps');
      assert.equal((await putPart(alice, payload, 0, 4)).status, 201);
      assert.equal((await putPart(alice, payload, 4, 1)).status, 201, 'but it can be replaced');
      assert.equal((await putPart(alice, payload, 6, 1)).status, 201);
    });

    it('bytes without their digests are refused and leave nothing', async () => {
      const payload = await open(createPayload({ segments: 4 }));
      const [a, b] = [innerSegment(SMALL), innerSegment(SMALL)];
      const flipped = Buffer.from(a);
      flipped[SMALL - 1] = (flipped[SMALL - 1] ?? 0) ^ 1;
      const before = await blobFiles();
      const both = Buffer.concat([a, b]);
      const wrong: [string, Buffer, Buffer[]][] = [
        ['one bit', flipped, [a]],
        ['swapped', Buffer.concat([b, a]), [a, b]],
        ['too few', a, [a, b]],
        ['too many', both, [a]],
        ['a byte more', Buffer.concat([a, Buffer.alloc(1)]), [a]],
        ['a byte less', a.subarray(0, -1), [a]],
        ['nothing', Buffer.alloc(0), [a]],
      ];
      for (const [name, body, digests] of wrong) {
        const answer = await upload(payload.payloadId, 0, body, digestsHeader(digests));
        assert.equal(answer.code, 'digest-mismatch', name);
      }
      assert.deepEqual((await list(payload)).parts, []);
      assert.sameMembers(await blobFiles(), before);
      assert.equal((await upload(payload.payloadId, 0, both, digestsHeader([a, b]))).status, 201);
    });

    it('segments are framed as inner or last, and the last stands at the end', async () => {
      const payload = await open(createPayload({ segments: 8 }));
      const short = innerSegment(SMALL - 1);
      const lies = lastSegment(1_000);
      lies.writeUInt32BE(999);
      const empty = lastSegment(32);
      const lastInFront = [lastSegment(SMALL), innerSegment(SMALL)];
      for (const part of [[short], [lies], [empty], lastInFront, [innerSegment(3 + 1)]]) {
        assert.equal((await putSegments(alice, payload.payloadId, 0, part)).code, 'payload-invalid');
      }
      for (const part of [[lastSegment(33)], [lastSegment(SMALL - 1)], [lastSegment(SMALL)]]) {
        assert.equal((await putSegments(alice, payload.payloadId, 0, part)).status, 201);
      }
    });

    it('sizeBound bounds the payload, to the byte', async () => {
      const payload = await open(createPayload({ segments: 3, lastBytes: 1_000 }));
      const { payloadId } = payload;
      assert.equal((await putSegments(alice, payloadId, 2, [lastSegment(1_001)])).code, 'too-large');
      assert.equal((await putSegments(alice, payloadId, 2, [innerSegment(SMALL)])).code, 'too-large');
      assert.equal((await putSegments(alice, payloadId, 3, [lastSegment(40)])).code, 'too-large');
      assert.equal((await putSegments(alice, payloadId, 2, [lastSegment(1_000)])).status, 201);
      assert.equal((await putSegments(alice, payloadId, 2, [lastSegment(999)])).status, 201);
    });

    it('a body that says it is larger than any part is refused before it is read', async () => {
      const payload = await open(createPayload({ segments: 3 }));
      const path = `/api/payloads/${payload.payloadId}/parts/0`;
      const head = [
        `PUT ${path} HTTP/1.1`,
        'Host: relay',
        `Authorization: Bearer ${alice.token}`,
        `Bildbote-Segment-Digests: ${base64Url(Buffer.alloc(32))}`,
        'Content-Length: 100000000000',
        '',
        '',
      ].join('\r\n');
      const socket = connect(Number(new URL(t.url).port), '127.0.0.1');
      socket.write(head);
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      assert.match(text, /^HTTP\/1\.1 413 /);
      assert.include(text, 'Connection: close');
    });

    it('an upload that breaks off leaves nothing', async () => {
      const payload = await open(createPayload({ segments: 9 }));
      const held = payload.segments.slice(0, 8);
      const before = await blobFiles();
      const digests = digestsHeader(held)['Bildbote-Segment-Digests'] ?? '';
      const socket = connect(Number(new URL(t.url).port), '127.0.0.1');
      socket.write(
        `PUT /api/payloads/${payload.payloadId}/parts/0 HTTP/1.1\r\nHost: relay\r\n` +
          `Authorization: Bearer ${alice.token}\r\nBildbote-Segment-Digests: ${digests}\r\n` +
          `Content-Length: ${8 * SMALL}\r\n\r\n`,
      );
      await new Promise((resolve) => socket.write(Buffer.concat(held).subarray(0, 5 * SMALL), resolve));
      // Until the relay has begun to write.
      while ((await blobFiles()).length === before.length) await new Promise(setImmediate);
      socket.destroy();
      while ((await blobFiles()).length !== before.length) await new Promise(setImmediate);
      assert.deepEqual((await list(payload)).parts, []);
      assert.equal((await putPart(alice, payload, 0, 8)).status, 201);
    });

    it('the digests header is the base64url of 1 to 32 digests', async () => {
      const { payloadId } = await open(createPayload({ segments: 2 }));
      const put = (headers: Record<string, string>) => upload(payloadId, 0, Buffer.alloc(10), headers);
      assert.equal((await put({})).code, 'request-invalid');
      for (const value of ['', 'AAAA', '!'.repeat(43), base64Url(Buffer.alloc(33)), base64Url(Buffer.alloc(33 * 32))]) {
        assert.equal((await put({ 'Bildbote-Segment-Digests': value })).code, 'request-invalid', value);
      }
    });

    it('only the creator uploads: a party is told so, anybody else sees nothing', async () => {
      const payload = await open(createPayload({ segments: 2 }));
      assert.equal((await putPart(bob, payload, 0, 1)).code, 'forbidden');
      const eve = await t.enrol('eve@west.example');
      assert.equal((await putPart(eve, payload, 0, 1)).code, 'not-found');
      assert.equal((await putPart(alice, createPayload({ segments: 2 }), 0, 1)).code, 'not-found');
    });

    describe('a full store', () => {
      const failing = (store: BlobStore, after: number): BlobStore => ({
        ...store,
        async write(key, bytes) {
          let count = 0;
          const cut = async function* () {
            for await (const chunk of bytes) {
              if ((count += chunk.length) > after) throw new BlobError('storage-full', 'no room');
              yield chunk;
            }
          };
          await store.write(key, cut());
        },
      });

      it('is said so, and neither a row nor a file is there', async () => {
        const payload = await open(createPayload({ segments: 4 }));
        const before = await blobFiles();
        const found = await findPayload(t.db, payload.payloadId, alice.mailboxId);
        assert.isNotNull(found);
        const store = await openDiskBlobs(t.blobsDir);
        const held = payload.segments.slice(0, 2);
        const digests = Buffer.concat(held.map(sha256));
        const deps = { db: t.db, blobs: failing(store, SMALL), log: createLog('silent') };
        const body = (async function* () {
          yield* held;
        })();
        const error: unknown = await storePart(deps, { payload: found!, firstSegment: 0, digests, body }).catch(
          (reason: unknown) => reason,
        );
        assert.equal((error as BlobError).code, 'storage-full');
        assert.deepEqual((await list(payload)).parts, []);
        assert.sameMembers(await blobFiles(), before);
      });
    });
  });
}
