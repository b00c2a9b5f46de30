import { assert } from 'chai';
import {
  inclusionProof,
  consistencyProof,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../crypto/wire/merkle.js';
import { segmentLeaf } from '../../crypto/wire/payload.js';
import { BLOCK_SEGMENTS } from '../../server/uploads/tree.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, base64Url, startTestRelay } from '../support/relay.js';
import {
  type SealedPayload,
  createPayload,
  messageTo,
  post,
  putPart,
  putTally,
  sha256,
  tallyRecord,
} from '../support/sealed-payload.js';

const SMALL = 65_536;

for (const kind of databases()) {
  describe(`server/uploads tallies and reads on ${kind.label}`, function () {
    this.timeout(120_000);
    let t: TestRelay;
    let alice: Actor;
    let bob: Actor;

    before(async () => {
      t = await startTestRelay(kind);
      alice = await t.enrol('alice@nord.example');
      bob = await t.enrol('bob@sued.example');
    });
    after(() => t.close());

    const open = async (segments: number, parts: readonly (readonly [number, number])[]): Promise<SealedPayload> => {
      const payload = createPayload({ segments });
      assert.equal((await post(alice, messageTo([bob.mailboxId], { payloads: [payload] }))).status, 201);
      for (const [first, count] of parts) assert.equal((await putPart(alice, payload, first, count)).status, 201);
      return payload;
    };
    const get = (payload: SealedPayload, path: string, actor = bob) =>
      actor.ask('GET', `/api/payloads/${payload.payloadId}${path}`);

    it('a payload shows its header, bound, times and newest tally', async () => {
      const payload = await open(2, [[0, 1]]);
      const before = await get(payload, '');
      const { header, sizeBound, tally } = before.json as { header: string; sizeBound: number; tally: unknown };
      assert.deepEqual(
        { header, sizeBound, tally },
        {
          header: base64Url(payload.header),
          sizeBound: payload.sizeBound,
          tally: null,
        },
      );
      assert.equal((await get(payload, '/tallies/newest')).code, 'not-found');
      assert.equal((await putTally(alice, payload.payloadId, 7, 1)).status, 201);
      const after = (await get(payload, '')).json as { tally: unknown };
      assert.deepEqual(after.tally, { seq: 7, segments: 1 });
    });

    it('tallies are kept byte for byte, and listed after a number', async () => {
      const payload = await open(4, [
        [0, 1],
        [1, 1],
        [2, 2],
      ]);
      const records = [tallyRecord(), tallyRecord(), tallyRecord()];
      const counts = [1, 2, 4];
      for (const [i, record] of records.entries()) {
        assert.equal((await putTally(alice, payload.payloadId, i + 1, counts[i] ?? 0, record)).status, 201);
      }
      const all = records.map((record, i) => ({ seq: i + 1, segments: counts[i], record: base64Url(record) }));
      assert.deepEqual((await get(payload, '/tallies')).json, { tallies: all });
      assert.deepEqual((await get(payload, '/tallies?after=1&limit=1')).json, { tallies: [all[1]] });
      assert.deepEqual((await get(payload, '/tallies/newest')).json, all[2]);
    });

    it('the very same tally again is 200; other bytes or another count under its number are not', async () => {
      const payload = await open(3, [[0, 2]]);
      const record = tallyRecord();
      assert.equal((await putTally(alice, payload.payloadId, 2, 1, record)).status, 201);
      assert.equal((await putTally(alice, payload.payloadId, 2, 1, record)).status, 200);
      assert.equal((await putTally(alice, payload.payloadId, 2, 1)).code, 'tally-out-of-turn');
      assert.equal((await putTally(alice, payload.payloadId, 2, 2, record)).code, 'tally-out-of-turn');
    });

    it('number and count never go back; the count may stay', async () => {
      const payload = await open(4, [[0, 3]]);
      assert.equal((await putTally(alice, payload.payloadId, 5, 2)).status, 201);
      assert.equal((await putTally(alice, payload.payloadId, 4, 3)).code, 'tally-out-of-turn');
      assert.equal((await putTally(alice, payload.payloadId, 6, 1)).code, 'tally-out-of-turn');
      assert.equal((await putTally(alice, payload.payloadId, 6, 2)).status, 201);
    });

    it('the same tally at the same moment is stored once', async () => {
      const payload = await open(2, [[0, 1]]);
      const record = tallyRecord();
      const answers = await Promise.all([1, 2, 3].map(() => putTally(alice, payload.payloadId, 1, 1, record)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 201]);
    });

    it('a tally names only what is stored', async () => {
      const payload = await open(9, [
        [0, 1],
        [2, 2],
      ]);
      assert.equal((await putTally(alice, payload.payloadId, 1, 2)).code, 'segments-missing');
      assert.equal((await putTally(alice, payload.payloadId, 1, 4)).code, 'segments-missing');
      assert.equal((await putTally(alice, payload.payloadId, 1, 1)).status, 201);
      assert.equal((await putPart(alice, payload, 1, 1)).status, 201);
      assert.equal((await putTally(alice, payload.payloadId, 2, 5)).code, 'segments-missing');
      assert.equal((await putTally(alice, payload.payloadId, 2, 4)).status, 201);
    });

    it('a tally has 8,192 bytes and a creator', async () => {
      const payload = await open(2, [[0, 1]]);
      for (const length of [0, 8_191]) {
        const answer = await putTally(alice, payload.payloadId, 1, 1, Buffer.alloc(length));
        assert.equal(answer.code, 'request-invalid');
      }
      assert.equal((await putTally(alice, payload.payloadId, 1, 1, Buffer.alloc(8_193))).code, 'too-large');
      assert.equal((await putTally(bob, payload.payloadId, 1, 1)).code, 'forbidden');
      assert.equal((await putTally(alice, payload.payloadId, 0, 1)).code, 'request-invalid');
    });

    it('a payload that is given up before its first segment has a tally of none', async () => {
      const payload = await open(2, []);
      assert.equal((await putTally(alice, payload.payloadId, 1, 0)).status, 201);
      assert.deepInclude((await get(payload, '/tallies/newest')).json as object, { seq: 1, segments: 0 });
      assert.equal((await get(payload, '/segments/0')).code, 'segments-missing');
    });

    it('covered segments are read in any range, across parts', async () => {
      const payload = await open(12, [
        [0, 1],
        [1, 1],
        [2, 2],
        [4, 4],
        [8, 4],
      ]);
      assert.equal((await putTally(alice, payload.payloadId, 1, 12)).status, 201);
      for (let first = 0; first < 12; first++) {
        for (let end = first + 1; end <= 12; end++) {
          const answer = await get(payload, `/segments/${first}?count=${end - first}`);
          const expected = Buffer.concat(payload.segments.slice(first, end));
          assert.equal(answer.headers.get('Content-Length'), String(expected.length));
          assert.isTrue(answer.bytes.equals(expected), `${first} to ${end}`);
        }
      }
      const whole = await get(payload, '/digests?first=0&count=12');
      assert.isTrue(whole.bytes.equals(Buffer.concat(payload.segments.map(sha256))));
      const some = await get(payload, '/digests?first=3&count=2', alice);
      assert.isTrue(some.bytes.equals(Buffer.concat(payload.segments.slice(3, 5).map(sha256))));
    });

    it('what no tally covers is not read, though it is stored', async () => {
      const payload = await open(9, [[0, 8]]);
      for (const path of ['/segments/0', '/digests?first=0&count=1', '/proofs/inclusion?segment=0&segments=1']) {
        assert.equal((await get(payload, path)).code, 'segments-missing', path);
      }
      assert.equal((await putTally(alice, payload.payloadId, 1, 3)).status, 201);
      assert.equal((await get(payload, '/segments/0?count=3')).bytes.length, 3 * SMALL);
      assert.equal((await get(payload, '/segments/0?count=4')).code, 'segments-missing');
      assert.equal((await get(payload, '/segments/3')).code, 'segments-missing');
      assert.equal((await get(payload, '/digests?first=2&count=2')).code, 'segments-missing');
      assert.equal((await get(payload, '/proofs/consistency?from=1&to=4')).code, 'segments-missing');
    });

    it('ranges have limits', async () => {
      const payload = await open(2, [[0, 1]]);
      for (const path of [
        '/segments/0?count=0',
        '/segments/0?count=1025',
        '/segments/-1',
        '/segments/0?count=1&count=2',
        '/digests?first=0',
        '/digests?first=0&count=65537',
        '/parts?limit=1001',
        '/tallies?limit=501',
        '/proofs/inclusion?segment=1&segments=1',
        '/proofs/consistency?from=0&to=1',
        '/proofs/consistency?from=2&to=1',
      ]) {
        assert.equal((await get(payload, path)).code, 'request-invalid', path);
      }
    });

    it('proofs are those of RFC 6962, for every segment and every tree', async () => {
      const size = 21;
      const payload = await open(size, [
        [0, 16],
        [16, 5],
      ]);
      assert.equal((await putTally(alice, payload.payloadId, 1, size)).status, 201);
      const hashes = async (path: string) =>
        ((await get(payload, `/proofs/${path}`)).json as { hashes: string[] }).hashes.map((hash) =>
          Buffer.from(hash, 'base64url'),
        );
      for (let n = 1; n <= size; n += 1) {
        const leaves = payload.leaves.slice(0, n);
        for (const i of new Set([0, Math.floor(n / 2), n - 1])) {
          const proof = await hashes(`inclusion?segment=${i}&segments=${n}`);
          assert.deepEqual(proof.map(base64Url), inclusionProof(leaves, i).map(base64Url));
          verifyInclusion(leaves[i]!, i, n, proof, merkleRoot(leaves));
        }
        const from = Math.ceil(n / 3);
        const proof = await hashes(`consistency?from=${from}&to=${n}`);
        assert.deepEqual(proof.map(base64Url), consistencyProof(leaves, from).map(base64Url));
        verifyConsistency(from, n, merkleRoot(leaves.slice(0, from)), merkleRoot(leaves), proof);
      }
    });

    it('proofs hold across blocks of kept roots', async () => {
      const size = 2 * BLOCK_SEGMENTS + 37;
      const payload = await open(size, []);
      const leaves = await fill(payload, size);
      for (const [seq, segments] of [
        [1, 10],
        [2, BLOCK_SEGMENTS],
        [3, size],
      ] as const) {
        assert.equal((await putTally(alice, payload.payloadId, seq, segments)).status, 201);
      }
      const rows = await t
        .db('tree_blocks')
        .select<{ block: number; root: Buffer }[]>('block', 'root')
        .orderBy('block');
      assert.deepEqual(
        rows.map(({ root }) => root.toString('hex')),
        [0, 1].map((block) =>
          Buffer.from(merkleRoot(leaves.slice(block * BLOCK_SEGMENTS, (block + 1) * BLOCK_SEGMENTS))).toString('hex'),
        ),
      );
      for (const n of [BLOCK_SEGMENTS, BLOCK_SEGMENTS + 1, 2 * BLOCK_SEGMENTS, size]) {
        const root = merkleRoot(leaves.slice(0, n));
        for (const i of [0, 1_023, n - 1]) {
          const { hashes } = (await get(payload, `/proofs/inclusion?segment=${i}&segments=${n}`)).json as {
            hashes: string[];
          };
          const proof = hashes.map((hash) => Buffer.from(hash, 'base64url'));
          verifyInclusion(leaves[i]!, i, n, proof, root);
        }
        for (const m of [1, 1_000, 1_024, n]) {
          const { hashes } = (await get(payload, `/proofs/consistency?from=${m}&to=${n}`)).json as {
            hashes: string[];
          };
          const proof = hashes.map((hash) => Buffer.from(hash, 'base64url'));
          verifyConsistency(m, n, merkleRoot(leaves.slice(0, m)), root, proof);
        }
      }
    });

    /** Rows without blobs, as 134 MB of uploads would leave them: trees read digests only. */
    async function fill(payload: SealedPayload, size: number): Promise<Uint8Array[]> {
      const digests = Array.from({ length: size }, (_, i) => sha256(Buffer.from(`segment ${i}`)));
      const row = await t
        .db('payloads')
        .where({ payload_id: Buffer.from(payload.payloadId, 'hex') })
        .first();
      const { payload_number: number } = row as { payload_number: number };
      const starts = Array.from({ length: Math.ceil(size / 32) }, (_, i) => 32 * i);
      await t.db('parts').insert(
        starts.map((first) => {
          const held = digests.slice(first, first + 32);
          return {
            payload_number: number,
            first_segment: first,
            segments: held.length,
            bytes: held.length * SMALL,
            is_last: false,
            digests: Buffer.concat(held),
            digest: sha256(Buffer.concat(held)),
            blob_key: sha256(Buffer.from(`blob ${first}`)).subarray(0, 16),
          };
        }),
      );
      return digests.map((digest, i) => segmentLeaf(payload.payloadId, i, SMALL, digest));
    }

    it('a reader who leaves early costs nothing afterwards', async () => {
      const payload = await open(33, [[0, 32]]);
      assert.equal((await putTally(alice, payload.payloadId, 1, 32)).status, 201);
      for (let i = 0; i < 5; i++) {
        const leave = new AbortController();
        const response = await fetch(`${t.url}/api/payloads/${payload.payloadId}/segments/0?count=32`, {
          headers: { Authorization: `Bearer ${bob.token}` },
          signal: leave.signal,
        });
        await response.body?.getReader().read();
        leave.abort();
      }
      assert.equal((await get(payload, '/segments/0?count=32')).bytes.length, 32 * SMALL);
    });
  });
}
