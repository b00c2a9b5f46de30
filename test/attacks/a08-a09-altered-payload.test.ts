import { randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { CoreError } from '../../client/core/error.js';
import { type Letter, receivedLetters } from '../../client/core/receive/inbox.js';
import { receiveMessage } from '../../client/core/receive/receive.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { type Relay } from '../../client/core/relay/relay.js';
import { planPackage } from '../../client/core/send/plan-package.js';
import { newFileId, sendMessage } from '../../client/core/send/send.js';
import { openMessageFolder } from '../../client/node/message-folder.js';
import { type PayloadId } from '../../crypto/wire/ids.js';
import { sha256 } from '../../crypto/wire/hash.js';
import { merkleRoot } from '../../crypto/wire/merkle.js';
import { segmentLeaf, segmentLength } from '../../crypto/wire/payload.js';
import { type TallyBody } from '../../crypto/wire/tally.js';
import { openTally, sealTally } from '../../crypto/seal/tally.js';
import { collect, instanceBytes, locatedSource } from '../support/collecting.js';
import { databases } from '../support/database.js';
import { type TestFolder, createFolder } from '../support/folder.js';
import { type TestDesk, enrolDesk } from '../support/practice-desk.js';
import { type TestRelay, startTestRelay } from '../support/relay.js';
import { letter as letterTo } from './letters.js';

/** Of a small payload on the wire. */
const SEGMENT = 65_536;
/** So that the payload has six segments: there is something to take out, to turn round and to put twice. */
const FILE_BYTES = 300_000;

interface Carried {
  readonly letter: Letter;
  readonly payloadId: PayloadId;
  readonly segments: number;
}

type Bytes = Uint8Array<ArrayBuffer>;

describe('altered payloads', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let [alice, bob]: [TestDesk, TestDesk] = [] as never;
  let folder: TestFolder;
  let [first, second]: [Carried, Carried] = [] as never;
  let count = 0;

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    t = await startTestRelay(kind);
    alice = await enrolDesk(t, 'alice@nord.example');
    bob = await enrolDesk(t, 'bob@sued.example');
    folder = await createFolder();
    for (const number of [1, 2]) await send(number);
    await syncInbox(bob);
    [first, second] = (await Promise.all(receivedLetters(bob.account).map(carriedBy))) as [Carried, Carried];
    assert.isAtLeast(first.segments, 5);
    assert.equal(first.segments, second.segments);
  });
  after(async () => {
    await Promise.all([alice, bob].map((desk) => desk.close()));
    await t.close();
    await folder.remove();
  });

  async function send(number: number): Promise<void> {
    const instance = locatedSource(`${number}.dcm`, instanceBytes(number));
    const attachment = locatedSource(`${number}.bin`, randomBytes(FILE_BYTES));
    const { studies } = await collect([instance]);
    const document = { kind: 'attachment', source: attachment, mediaType: 'application/octet-stream' } as const;
    const planned = planPackage(studies, [document], newFileId);
    const sources = new Map([instance, attachment].map((source) => [source.locator, source]));
    const reopen = (locator: string) => Promise.resolve(sources.get(locator) ?? assert.fail('no such source'));
    await sendMessage(alice, letterTo({ to: [bob.address] }), planned, { reopen });
  }

  async function carriedBy(letter: Letter): Promise<Carried> {
    const payloadId = letter.stored.header.payloads[0]?.payloadId ?? assert.fail('no payload');
    const tally = await bob.relay.newestTally(payloadId);
    return { letter, payloadId, segments: tally?.segments ?? assert.fail('no tally') };
  }

  /** Bob fetches the first message from a relay that says this; what is then in his folder. */
  async function fetch(lie: Partial<Relay>) {
    const into = join(folder.path, String((count += 1)));
    const { messageId } = first.letter.stored.header;
    const fetching = receiveMessage(bob.through(lie), first.letter, {
      openSink: ({ payloadId }) => openMessageFolder({ messageId, folder: into }, payloadId),
      waitForMore: () => Promise.reject(new CoreError('payload-incomplete', 'nothing more comes')),
      confirmation: 'delivered',
    });
    const code = await fetching.then(
      () => 'complete',
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
    const files = await readdir(into).catch(() => []);
    const manifest = files.length === 0 ? null : await readFile(join(into, 'manifest.json'), 'utf8');
    const isComplete = manifest !== null && (JSON.parse(manifest) as { complete: boolean }).complete;
    return { code, isComplete, receipts: bob.account.state.receiptsSent.size };
  }

  async function expectRefused(what: string, lie: Partial<Relay>, ...codes: readonly string[]): Promise<void> {
    const { code, isComplete, receipts } = await fetch(lie);
    assert.include(codes.length === 0 ? ['payload-damaged'] : codes, code, what);
    assert.isFalse(isComplete, what);
    assert.equal(receipts, 0, `${what}: nobody is told that it was delivered`);
  }

  const flipped = (bytes: Uint8Array, at: number): Bytes => {
    const out = Uint8Array.from(bytes);
    out[at] = (out[at] ?? 0) ^ (1 << (at % 8));
    return out;
  };
  /** The segments of a range as a list, changed, and together again. */
  const cut = (bytes: Uint8Array): Bytes[] =>
    Array.from({ length: Math.ceil(bytes.length / SEGMENT) }, (_, i) =>
      Uint8Array.from(bytes.subarray(i * SEGMENT, (i + 1) * SEGMENT)),
    );
  const withSegments = (change: (segments: Bytes[]) => readonly Bytes[]): Partial<Relay> => ({
    segments: async (id, range, signal) =>
      Uint8Array.from(Buffer.concat(change(cut(await bob.relay.segments(id, range, signal))))),
  });
  const swapped = <T>(list: readonly T[], a: number, b: number): T[] =>
    list.map((one, i) => (i === a ? (list[b] ?? one) : i === b ? (list[a] ?? one) : one));

  describe('attack A8: one bit turned', () => {
    it('in the payload header opens nothing, wherever it stands', async () => {
      for (let at = 0; at < 82; at += 27) {
        await expectRefused(`byte ${at}`, {
          payload: async (id) => {
            const answer = await bob.relay.payload(id);
            return { ...answer, header: flipped(answer.header, at) };
          },
        });
      }
    });

    it('in the tally, its number or its count is refused', async () => {
      for (const at of [0, 24, 4_000, 8_191]) {
        await expectRefused(`byte ${at}`, {
          newestTally: async (id) => {
            const answer = (await bob.relay.newestTally(id)) ?? assert.fail();
            return { ...answer, record: flipped(answer.record, at) };
          },
        });
      }
      for (const change of [{ seq: 99 }, { segments: 1 }]) {
        await expectRefused(JSON.stringify(change), {
          newestTally: async (id) => ({ ...((await bob.relay.newestTally(id)) ?? assert.fail()), ...change }),
        });
      }
    });

    it('in the list of digests does not make the root that was signed', async () => {
      for (let index = 0; index < first.segments; index++) {
        const digests: Relay['digests'] = async (id, from, n) =>
          flipped(await bob.relay.digests(id, from, n), index * 32);
        await expectRefused(`digest ${index}`, { digests });
      }
    });

    it('in any segment, at its beginning, in its middle or at its end, is refused', async () => {
      for (let index = 0; index < first.segments; index++) {
        for (const share of index === 0 ? [0, 0.5, 1] : [0.5]) {
          const change = (segments: Bytes[]) =>
            segments.map((one, i) => (i === index ? flipped(one, Math.floor(share * (one.length - 1))) : one));
          await expectRefused(`segment ${index} at ${share}`, withSegments(change));
        }
      }
    });
  });

  describe('attack A9: segments that are not where they belong', () => {
    const last = (): number => first.segments - 1;

    it('turned round, put twice, or exchanged for zeros are refused', async () => {
      await expectRefused(
        'turned round',
        withSegments((all) => swapped(all, 1, 2)),
      );
      await expectRefused(
        'put twice',
        withSegments((all) => all.map((one, i) => (i === 2 ? (all[1] ?? one) : one))),
      );
      await expectRefused(
        'zeros',
        withSegments((all) => all.map((one, i) => (i === 1 ? new Uint8Array(one.length) : one))),
      );
    });

    it('turned round together with their digests do not make the root', async () => {
      await expectRefused('with digests', {
        ...withSegments((all) => swapped(all, 0, 3)),
        digests: async (id, from, n) => {
          const page = await bob.relay.digests(id, from, n);
          const list = Array.from({ length: n }, (_, i) => page.subarray(i * 32, (i + 1) * 32));
          return Uint8Array.from(Buffer.concat(swapped(list, 0, 3)));
        },
      });
    });

    it('cut short or with more behind them are refused', async () => {
      const codes = ['relay-answer', 'payload-damaged'];
      await expectRefused(
        'shorter',
        withSegments((all) => all.slice(0, -1)),
        ...codes,
      );
      await expectRefused(
        'one byte less',
        withSegments((all) => all.map((one) => one.slice(0, -1))),
        ...codes,
      );
    });

    it('without the last one are never complete, whatever the relay says is the end', async () => {
      const shorter: Partial<Relay> = {
        newestTally: async (id) => {
          const answer = (await bob.relay.newestTally(id)) ?? assert.fail();
          return { ...answer, segments: last() };
        },
      };
      await expectRefused('one less', shorter);
      await expectRefused('no tally', { newestTally: () => Promise.resolve(null) }, 'payload-incomplete');
    });

    it('of another payload, with its digests, its tally or all that belongs to it, are refused', async () => {
      const { payloadId } = second;
      const segments: Relay['segments'] = (_, range, signal) => bob.relay.segments(payloadId, range, signal);
      const digests: Relay['digests'] = (_, from, n) => bob.relay.digests(payloadId, from, n);
      const newestTally: Relay['newestTally'] = () => bob.relay.newestTally(payloadId);
      const payload: Relay['payload'] = () => bob.relay.payload(payloadId);
      await expectRefused('segments', { segments });
      await expectRefused('segments and digests', { segments, digests });
      await expectRefused('tally', { segments, digests, newestTally });
      await expectRefused('everything', { segments, digests, newestTally, payload });
      const one: Relay['segments'] = async (id, range, signal) => {
        const [mine, other] = [await bob.relay.segments(id, range, signal), await segments(id, range, signal)];
        const all = cut(mine).map((segment, i) => (i === 1 ? (cut(other)[1] ?? segment) : segment));
        return Uint8Array.from(Buffer.concat(all));
      };
      await expectRefused('one of them', { segments: one });
      const mixed = async (id: PayloadId, from: number, n: number): Promise<Uint8Array> => {
        const page = Uint8Array.from(await bob.relay.digests(id, from, n));
        const other = cut(await segments(id, { first: 1, count: 1, bytes: SEGMENT }))[0];
        page.set(sha256(other ?? assert.fail()), 32);
        return page;
      };
      await expectRefused('one of them, with its digest', { segments: one, digests: mixed });
    });
  });

  describe('attack A9: a sender whose last word contradicts his package', () => {
    /** Alice signs, with all her keys, what is not so. */
    const lastWord = (change: (body: TallyBody) => Partial<TallyBody>): Partial<Relay> => ({
      newestTally: async (id) => {
        const answer = (await bob.relay.newestTally(id)) ?? assert.fail();
        const secret = first.letter.stored.secrets.get(id) ?? assert.fail();
        const { mailboxId, device } = alice.account.content;
        const signer = { mailboxId, deviceId: device.deviceId, sigKey: alice.account.key.publicKey };
        const body = openTally(secret, id, answer.record, signer);
        return { ...answer, record: sealTally(secret, { ...body, ...change(body) }, alice.account.key) };
      },
    });
    const manifest = ({ newestManifest }: TallyBody) => newestManifest ?? assert.fail('no manifest');

    it('in the digest, the place or the length of the manifest, or by naming none, is never complete', async () => {
      const wrong: readonly ((body: TallyBody) => Partial<TallyBody>)[] = [
        (body) => ({ newestManifest: { ...manifest(body), sha256: randomBytes(32) } }),
        (body) => ({ newestManifest: { ...manifest(body), offset: manifest(body).offset + 1 } }),
        (body) => ({ newestManifest: { ...manifest(body), length: manifest(body).length + 1 } }),
        () => ({ newestManifest: null }),
      ];
      for (const change of wrong) await expectRefused('manifest', lastWord(change));
    });

    it('in the length of the package is never complete', async () => {
      const digests = await bob.relay.digests(first.payloadId, 0, first.segments);
      const rootFor = (totalBytes: number): Uint8Array =>
        merkleRoot(
          Array.from({ length: first.segments }, (_, i) =>
            segmentLeaf(
              first.payloadId,
              i,
              segmentLength(i, totalBytes, SEGMENT),
              digests.subarray(i * 32, i * 32 + 32),
            ),
          ),
        );
      const change = ({ totalBytes }: TallyBody): Partial<TallyBody> => {
        const wrong = (totalBytes ?? 0) + 1;
        return { totalBytes: wrong, root: rootFor(wrong) };
      };
      // The relay plays along, with a byte more than there is.
      const padding: Partial<Relay> = {
        segments: (id, range, signal) => bob.relay.segments(id, { ...range, bytes: range.bytes - 1 }, signal),
      };
      await expectRefused('length', { ...lastWord(change), ...padding });
    });
  });

  describe('without an attack', () => {
    it('the same message is complete, with a receipt', async () => {
      const { code, isComplete, receipts } = await fetch({});
      assert.deepEqual({ code, isComplete, receipts }, { code: 'complete', isComplete: true, receipts: 1 });
    });
  });
});
