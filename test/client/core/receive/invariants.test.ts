import { createHash, randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { downloadPackage, fetchPayloadOpener } from '../../../../client/core/receive/download.js';
import { watchTallies } from '../../../../client/core/receive/tally-watch.js';
import { type Relay } from '../../../../client/core/relay/relay.js';
import { createLineMeter } from '../../../../client/core/send/line-meter.js';
import { type PackedChunk } from '../../../../client/core/send/pack.js';
import { type UploadInput, uploadPayload } from '../../../../client/core/send/upload.js';
import { openUploadJournal } from '../../../../client/core/send/upload-journal.js';
import { CoreError } from '../../../../client/core/error.js';
import { deviceIdFrom, mailboxIdFrom } from '../../../../crypto/wire/ids.js';
import { merkleRoot } from '../../../../crypto/wire/merkle.js';
import {
  PAYLOAD_AAD,
  SMALL_SEGMENT_BYTES,
  encodePayloadHeader,
  segmentCountOf,
  segmentLeaf,
  segmentLength,
  segmentPlainBytes,
} from '../../../../crypto/wire/payload.js';
import { type TallyBody } from '../../../../crypto/wire/tally.js';
import { createFloe } from '../../../../crypto/seal/floe.js';
import { type NewPayload, createPayload, openPayload, resumePayload } from '../../../../crypto/seal/payload.js';
import { type SigningKey, signingKeyFromSeed } from '../../../../crypto/seal/sign.js';
import { hkdfExpandSha256, ready } from '../../../../crypto/seal/suite.js';
import { openTally, sealTally } from '../../../../crypto/seal/tally.js';
import { codeOf } from '../../../support/codes.js';

/** Invariants of docs/spec/envelope.md §9 where they are kept on the way from the relay to a file, and back. */

type Bytes = Uint8Array<ArrayBuffer>;

const PLAIN = segmentPlainBytes(SMALL_SEGMENT_BYTES);
/** Three full segments and a short one. */
const TOTAL = 3 * PLAIN + 1_000;
const WHO = { mailboxId: mailboxIdFrom(randomBytes(32)), deviceId: deviceIdFrom(randomBytes(16)) };

const digestOf = (bytes: Uint8Array): Bytes => Uint8Array.from(createHash('sha256').update(bytes).digest());

describe('what a relay says of a payload', () => {
  let payload: NewPayload;
  let key: SigningKey;
  let segments: Bytes[];
  const plain = Uint8Array.from(randomBytes(TOTAL));

  before(async () => {
    await ready();
    key = signingKeyFromSeed(randomBytes(32));
    payload = await createPayload(SMALL_SEGMENT_BYTES);
    segments = await sealed(plain);
  });

  async function sealed(bytes: Bytes): Promise<Bytes[]> {
    const count = segmentCountOf(bytes.length, SMALL_SEGMENT_BYTES);
    return Promise.all(
      Array.from({ length: count }, (_, i) =>
        payload.floe.sealSegment(i, bytes.subarray(i * PLAIN, (i + 1) * PLAIN), i === count - 1 ? 'last' : 'inner'),
      ),
    );
  }

  /** The root as the sender signs it, when a payload has `total` bytes. */
  function rootOf(list: readonly Uint8Array[], total: number): Uint8Array {
    const { payloadId } = payload.header;
    return merkleRoot(
      list.map((one, i) => segmentLeaf(payloadId, i, segmentLength(i, total, SMALL_SEGMENT_BYTES), digestOf(one))),
    );
  }

  function tally(change: Partial<TallyBody> = {}): TallyBody {
    const { payloadId } = payload.header;
    const said = { seq: 2, segments: segments.length, status: 'final', totalBytes: TOTAL } as const;
    const rest = { newestManifest: null, timeMs: 1, ...WHO };
    return { payloadId, ...said, root: rootOf(segments, TOTAL), ...rest, ...change };
  }

  /** A relay that has these segments, and says these tallies one after the other; the last one from then on. */
  function relayWith(tallies: readonly TallyBody[], held: readonly Bytes[] = segments): Relay {
    const left = [...tallies];
    const relay: Pick<Relay, 'newestTally' | 'digests' | 'segments'> = {
      newestTally: () => {
        const said = (left.length > 1 ? left.shift() : left[0]) ?? assert.fail();
        const record = sealTally(payload.secret, said, key);
        return Promise.resolve({ seq: said.seq, segments: said.segments, record });
      },
      digests: (_, first, count) =>
        Promise.resolve(Uint8Array.from(Buffer.concat(held.slice(first, first + count).map(digestOf)))),
      segments: (_, { first, count }) =>
        Promise.resolve(Uint8Array.from(Buffer.concat(held.slice(first, first + count)))),
    };
    return relay as Relay;
  }

  async function download(relay: Relay): Promise<Uint8Array> {
    const { header, secret } = payload;
    const watch = watchTallies(relay, secret, header, { ...WHO, sigKey: key.publicKey });
    const chunks: Uint8Array[] = [];
    const input = {
      ...{ relay, opener: await openPayload(secret, header), watch, offset: 0 },
      waitForMore: () => Promise.reject(new CoreError('payload-incomplete', 'nothing more comes')),
    };
    for await (const bytes of downloadPackage(input)) chunks.push(bytes.slice());
    return Buffer.concat(chunks);
  }

  it('is the payload, when it is what the sender has signed', async () => {
    assert.isTrue(Buffer.from(plain).equals(await download(relayWith([tally()]))));
  });

  it('releases no segment that a co-recipient has sealed: he has the key, not the signature (invariant 1)', async () => {
    const forged = await sealed(Uint8Array.from(randomBytes(TOTAL)));
    for (const at of [0, 3]) {
      const mixed = segments.map((one, i) => (i === at ? (forged[i] ?? one) : one));
      const honest = relayWith([tally()]);
      const relay = { ...relayWith([tally()], mixed), digests: honest.digests } as Relay;
      assert.equal(await codeOf(() => download(relay)), 'payload-damaged');
      // With their own digests beside them they fit together, and make another root than the signed one.
      assert.equal(await codeOf(() => download(relayWith([tally()], mixed))), 'payload-damaged');
    }
  });

  it('opens under no header that a co-recipient has made with the same secret (invariant 1)', async () => {
    const { header, secret } = payload;
    const answering = ({ bytes }: { readonly bytes: Uint8Array }): Relay =>
      ({ payload: () => Promise.resolve({ header: Uint8Array.from(bytes) }) }) as unknown as Relay;
    const bulkKey = hkdfExpandSha256(secret, 'bb1/payload/floe', 32);
    const forged = encodePayloadHeader((await createFloe(bulkKey, PAYLOAD_AAD, SMALL_SEGMENT_BYTES)).header);
    assert.equal((await openPayload(secret, forged)).header, forged, 'it opens: only its id is another one');
    assert.equal(
      await codeOf(() => fetchPayloadOpener(answering(forged), header.payloadId, secret)),
      'payload-damaged',
    );
    const opener = await fetchPayloadOpener(answering(header), header.payloadId, secret);
    assert.equal(opener.header.payloadId, header.payloadId);
  });

  it('ends nothing that the sender has not called final (invariant 2)', async () => {
    const open = tally({ segments: 3, status: 'open', totalBytes: null, root: rootOf(segments.slice(0, 3), Infinity) });
    assert.equal(await codeOf(() => download(relayWith([open]))), 'payload-incomplete');
  });

  it('is refused when count and total of a final tally contradict each other (invariant 2)', async () => {
    for (const totalBytes of [TOTAL - PLAIN, TOTAL + PLAIN, 1, 0]) {
      const root = rootOf(segments, totalBytes);
      assert.equal(await codeOf(() => download(relayWith([tally({ totalBytes, root })]))), 'payload-damaged');
    }
  });

  it('is not asked for the digests of more segments than a payload has (invariant 17)', async () => {
    const count = 2 ** 22 + 1;
    const relay = relayWith([tally({ segments: count, totalBytes: count * PLAIN })]);
    let asked = false;
    const digests: Relay['digests'] = () => {
      asked = true;
      return Promise.resolve(new Uint8Array(0));
    };
    assert.equal(await codeOf(() => download({ ...relay, digests })), 'payload-damaged');
    assert.isFalse(asked);
  });

  it('never goes back behind a tally that was seen (invariant 16)', async () => {
    const open = (seq: number, count: number): TallyBody =>
      tally({
        seq,
        segments: count,
        status: 'open',
        totalBytes: null,
        root: rootOf(segments.slice(0, count), Infinity),
      });
    const { header, secret } = payload;
    const contradictions: readonly (readonly [TallyBody, TallyBody])[] = [
      [open(2, 2), open(1, 3)],
      [open(1, 3), open(2, 2)],
      [tally(), open(3, 4)],
      [open(1, 3), { ...open(2, 3), root: rootOf(segments.slice(1), Infinity) }],
    ];
    for (const pair of contradictions) {
      const watch = watchTallies(relayWith(pair), secret, header, { ...WHO, sigKey: key.publicKey });
      await watch.update();
      assert.equal(await codeOf(() => watch.update()), 'tally-contradiction');
    }
  });
});

describe('an upload that goes on', () => {
  let payload: NewPayload;
  let key: SigningKey;

  before(async () => {
    await ready();
    key = signingKeyFromSeed(randomBytes(32));
  });
  beforeEach(async () => {
    payload = await createPayload(SMALL_SEGMENT_BYTES);
  });

  async function* packed(bytes: Uint8Array): AsyncGenerator<PackedChunk> {
    yield await Promise.resolve({ kind: 'bytes', bytes, original: bytes.length } as const);
  }

  /** A relay that keeps what it gets; `fails` says after which tally or part the line breaks, before an answer. */
  function relayThat(fails: (what: 'part' | 'tally') => boolean) {
    const tallies: { seq: number; record: Uint8Array }[] = [];
    const broken = (): never => {
      throw new CoreError('relay-interrupted', 'the line broke');
    };
    const relay: Pick<Relay, 'putPart' | 'listParts' | 'putTally'> = {
      putPart: () => (fails('part') ? broken() : Promise.resolve()),
      async *listParts() {
        yield* [];
      },
      putTally: (_, seq, __, record) => {
        tallies.push({ seq, record });
        return fails('tally') ? broken() : Promise.resolve();
      },
    };
    return { relay: relay as Relay, tallies };
  }

  async function attempt(relay: Relay, records: Uint8Array[], bytes: Uint8Array) {
    const log = { append: (record: Uint8Array) => Promise.resolve(void records.push(record.slice())) } as never;
    const before = (async function* () {
      yield* [...records];
    })();
    const input: UploadInput = {
      ...{ relay, secret: payload.secret, packed: packed(bytes), line: createLineMeter() },
      sealer: await resumePayload(payload.secret, payload.header),
      journal: await openUploadJournal(log, before),
      signer: { key, ...WHO },
      clock: { now: () => 1 },
    };
    return uploadPayload(input);
  }

  it('is given up when the plaintext is another one than was sealed before (invariant 3)', async () => {
    const records: Uint8Array[] = [];
    const { relay } = relayThat((what) => what === 'part');
    const bytes = Uint8Array.from(randomBytes(10_000));
    assert.equal(await codeOf(() => attempt(relay, records, bytes)), 'relay-interrupted');
    const changed = bytes.slice();
    changed[5_000] = (changed[5_000] ?? 0) ^ 1;
    assert.equal(await codeOf(() => attempt(relayThat(() => false).relay, records, changed)), 'source-changed');
    await attempt(relayThat(() => false).relay, records, bytes);
  });

  it('says the same last word again, byte for byte, and never signs another one (invariant 16)', async () => {
    const records: Uint8Array[] = [];
    const bytes = Uint8Array.from(randomBytes(10_000));
    const first = relayThat((what) => what === 'tally');
    assert.equal(await codeOf(() => attempt(first.relay, records, bytes)), 'relay-interrupted');
    const second = relayThat(() => false);
    await attempt(second.relay, records, bytes);
    const [said, again] = [first.tallies.at(-1), second.tallies.at(-1)];
    assert.deepEqual(again, said);
    const signer = { ...WHO, sigKey: key.publicKey };
    const last = openTally(payload.secret, payload.header.payloadId, said?.record ?? assert.fail(), signer);
    assert.equal(last.status, 'final');
  });
});
