import { assert } from 'chai';
import fc from 'fast-check';
import { concatBytes, equalBytes, fromBase64Url, fromHex, toHex } from '../../../crypto/wire/bytes.js';
import { MAX_ENVELOPE_BYTES } from '../../../crypto/wire/envelope.js';
import { parseKemKeyId, parseMailboxId, payloadIdFrom } from '../../../crypto/wire/ids.js';
import {
  type HeaderPayload,
  type MessageHeader,
  type RecipientPart,
  encodeHeader,
} from '../../../crypto/wire/message.js';
import { padded } from '../../../crypto/wire/payload.js';
import { SealError } from '../../../crypto/seal/error.js';
import { type PayloadSecrets, type SealedEnvelope, sealEnvelope } from '../../../crypto/seal/message.js';
import {
  type OpenedMessage,
  type Reader,
  MAX_AHEAD_MS,
  MAX_MESSAGE_AGE_MS,
  openEnvelope,
} from '../../../crypto/seal/open-message.js';
import { asSecret } from '../../../crypto/seal/secret.js';
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { ready } from '../../../crypto/seal/suite.js';
import { codeOf } from '../../support/codes.js';
import { type ChainVector } from '../../vectors/chain/generate.js';
import { type EnvelopeVector, generateEnvelopeVectors } from '../../vectors/envelope/generate.js';
import { letterOf, seal, senderField } from '../../vectors/envelope/writer.js';
import { fixed } from '../../vectors/second.js';
import { readVectors } from '../../vectors/vector-files.js';
import { type World, type WorldMailbox, mailboxOf, world } from '../../vectors/world.js';
import { FakeDirectory, NOW_MS, epochOf, headerTo, kemKeyOfEpoch, partTo, readerOf } from './readers.js';

const NO_SECRETS: PayloadSecrets = new Map();

describe('message', () => {
  let w: World;
  let carol: WorldMailbox;
  let key: SigningKey;
  let directory: FakeDirectory;

  before(async () => {
    await ready();
    w = await world();
    carol = mailboxOf('carol', 'station@klinik-west.example');
    key = signingKeyFromSeed(w.a1.key.seed);
  });

  beforeEach(() => {
    directory = new FakeDirectory(w.aliceChain.slice(0, 5));
  });

  const sealTo = (
    mailbox: WorldMailbox,
    header: MessageHeader,
    secrets: PayloadSecrets = NO_SECRETS,
    part: Partial<RecipientPart> = {},
  ): Promise<SealedEnvelope> =>
    sealEnvelope(header, { part: partTo(mailbox, part), kemKey: kemKeyOfEpoch(mailbox) }, secrets, key);

  const openBy = (mailbox: WorldMailbox, bytes: Uint8Array): Promise<OpenedMessage> =>
    openEnvelope(bytes, readerOf(mailbox, directory));

  const payloadsOf = (names: readonly string[]): { payloads: HeaderPayload[]; secrets: PayloadSecrets } => {
    const payloads = names.map((name): HeaderPayload => ({
      payloadId: payloadIdFrom(fixed(name, 32)),
      kind: 'package',
      origin: null,
    }));
    const entries = payloads.map(({ payloadId }) => [payloadId, asSecret(fixed(payloadId, 32))] as const);
    return { payloads, secrets: new Map(entries) };
  };

  describe('sealed and opened', () => {
    it('is what was written, with the secrets of its payloads', async () => {
      const counts = fc.nat({ max: 4 });
      const texts = fc.string({ unit: 'grapheme', maxLength: 6000 }).map((text) => text.normalize('NFC'));
      await fc.assert(
        fc.asyncProperty(counts, texts, async (count, text) => {
          const { payloads, secrets } = payloadsOf(Array.from({ length: count }, (_, i) => `payload ${i}`));
          const plain = headerTo(w, [w.bob], { payloads });
          assert(plain.body.kind === 'message');
          const header = { ...plain, body: { ...plain.body, text } };
          const sealed = await sealTo(w.bob, header, secrets);
          const opened = await openBy(w.bob, sealed.bytes);
          assert.deepEqual(opened.header, header);
          assert.deepEqual([...opened.secrets], [...secrets]);
          assert.deepEqual(opened.part, partTo(w.bob));
          assert.equal(toHex(opened.link), toHex(sealed.link));
          assert.equal(opened.senderStatus, 'unwitnessed');
          assert.equal(opened.senderDevice.deviceId, header.sender.deviceId);
          const text16 = sealed.bytes.length - 1170 - 16;
          assert.equal(padded(text16), text16);
        }),
        { numRuns: 15, seed: 16 },
      );
    });

    it('is a new ciphertext every time', async () => {
      const [one, two] = [await sealTo(w.bob, headerTo(w, [w.bob])), await sealTo(w.bob, headerTo(w, [w.bob]))];
      assert.notEqual(toHex(one.bytes.subarray(18, 100)), toHex(two.bytes.subarray(18, 100)));
      assert.equal(toHex(one.link), toHex(two.link));
    });

    it('has the same H for all recipients, which the header hash shows', async () => {
      const header = headerTo(w, [w.bob, carol]);
      const opened = await openBy(w.bob, (await sealTo(w.bob, header)).bytes);
      const same = await openBy(carol, (await sealTo(carol, header)).bytes);
      assert.equal(toHex(opened.headerHash), toHex(same.headerHash));
      const other = { ...header, createdMs: header.createdMs + 1 };
      const differing = await openBy(carol, (await sealTo(carol, other)).bytes);
      assert.notEqual(toHex(opened.headerHash), toHex(differing.headerHash));
    });

    it('reaches a bcc who does not stand in H', async () => {
      const header = headerTo(w, [w.bob]);
      const sealed = await sealTo(carol, header, NO_SECRETS, { role: 'bcc' });
      const opened = await openBy(carol, sealed.bytes);
      assert.equal(opened.part.role, 'bcc');
      assert.lengthOf(opened.header.recipients, 1);
      assert.equal(toHex(encodeHeader(opened.header)), toHex(encodeHeader(header)));
    });

    it('links to the message before', async () => {
      const first = await sealTo(w.bob, headerTo(w, [w.bob]));
      const next = await sealTo(w.bob, headerTo(w, [w.bob]), NO_SECRETS, { chainN: 2, chainPrev: first.link });
      const opened = await openBy(w.bob, next.bytes);
      assert.equal(toHex(opened.part.chainPrev), toHex((await openBy(w.bob, first.bytes)).link));
      assert.notEqual(toHex(next.link), toHex(first.link));
    });

    it('may be a receipt, which has no member in H', async () => {
      const body = { kind: 'receipt', expiresMs: NOW_MS, receipt: fixed('receipt', 50) } as const;
      const opened = await openBy(w.bob, (await sealTo(w.bob, headerTo(w, [w.bob], { body }))).bytes);
      assert.deepEqual(opened.header.body, body);
    });

    it('is opened when it is dated a day ahead, and not further', async () => {
      const { bytes } = await sealTo(w.bob, headerTo(w, [w.bob]));
      const at = (ms: number): Reader => readerOf(w.bob, directory, NOW_MS - ms);
      await openEnvelope(bytes, at(MAX_AHEAD_MS));
      assert.equal(await codeOf(() => openEnvelope(bytes, at(MAX_AHEAD_MS + 1))), 'too-new');
    });

    it('is opened up to 400 days after it was made', async () => {
      const { bytes } = await sealTo(w.bob, headerTo(w, [w.bob]));
      const at = (ms: number): Reader => readerOf(w.bob, directory, NOW_MS + ms);
      await openEnvelope(bytes, at(MAX_MESSAGE_AGE_MS));
      assert.equal(await codeOf(() => openEnvelope(bytes, at(MAX_MESSAGE_AGE_MS + 1))), 'too-old');
    });
  });

  describe('is not sealed', () => {
    const refuses = async (code: string, header: MessageHeader, secrets = NO_SECRETS, part = {}) =>
      assert.equal(await codeOf(() => sealTo(w.bob, header, secrets, part)), code);

    it('when header and secrets do not name the same payloads', async () => {
      const { payloads, secrets } = payloadsOf(['one']);
      await refuses('shape', headerTo(w, [w.bob], { payloads }));
      await refuses('shape', headerTo(w, [w.bob]), secrets);
      await refuses('shape', headerTo(w, [w.bob], { payloads }), payloadsOf(['two']).secrets);
      await refuses('shape', headerTo(w, [w.bob], { payloads }), payloadsOf(['one', 'two']).secrets);
    });

    it('when the roles do not agree with the list', async () => {
      await refuses('shape', headerTo(w, [w.bob]), NO_SECRETS, { role: 'cc' });
      await refuses('shape', headerTo(w, [w.bob]), NO_SECRETS, { role: 'bcc' });
      await refuses('shape', headerTo(w, [carol]));
    });

    it('when no reader would accept it', async () => {
      await refuses('shape', headerTo(w, [w.bob, w.bob]));
      await refuses('shape', headerTo(w, [w.bob]), NO_SECRETS, { chainN: 0 });
      const payloads = payloadsOf(Array.from({ length: 17 }, (_, i) => `p${i}`));
      await refuses('limits', headerTo(w, [w.bob], { payloads: payloads.payloads }), payloads.secrets);
    });

    it('to a key that P does not name', async () => {
      const header = headerTo(w, [w.bob]);
      const wrong = { part: partTo(w.bob), kemKey: kemKeyOfEpoch(carol) };
      assert.equal(await codeOf(() => sealEnvelope(header, wrong, NO_SECRETS, key)), 'key-invalid');
    });

    it('above 4 MiB', async () => {
      const receipt = new Uint8Array(MAX_ENVELOPE_BYTES - 6000);
      await refuses('limits', headerTo(w, [w.bob], { body: { kind: 'receipt', expiresMs: 0, receipt } }));
    });
  });

  describe('is refused with one code', () => {
    it('when any bit of it is flipped, wherever it stands', async function () {
      this.timeout(60_000);
      const { bytes } = await sealTo(w.bob, headerTo(w, [w.bob]));
      const starts = [0, 8, 10, 18, 18 + 1088, 18 + 1120, 1170, bytes.length - 16, bytes.length];
      const positions = new Set<number>();
      starts.slice(0, -1).forEach((start, i) => {
        const length = (starts[i + 1] ?? 0) - start;
        for (let k = 0; k < 60; k++) positions.add(8 * start + Math.floor((k * 8 * length) / 60));
      });
      assert.isAtLeast(positions.size, 400);
      for (const bit of positions) {
        const changed = bytes.slice();
        changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
        assert.equal(await codeOf(() => openBy(w.bob, changed)), 'open-failed', `bit ${bit}`);
      }
      assert.lengthOf(directory.asked, 0);
    });

    it('when it is cut off or arbitrary', async () => {
      const { bytes } = await sealTo(w.bob, headerTo(w, [w.bob]));
      const wrong = [0, 1, 8, 18, 1170, 5281, bytes.length - 1].map((length) => bytes.subarray(0, length));
      wrong.push(new Uint8Array(MAX_ENVELOPE_BYTES + 1), new Uint8Array(6000), concatBytes(bytes, bytes));
      for (const changed of wrong) assert.equal(await codeOf(() => openBy(w.bob, changed)), 'open-failed');
    });

    it('when the sender packs millions of values into it', async function () {
      this.timeout(60_000);
      const letter = letterOf(w);
      const count = 2_000_000;
      const array = concatBytes(Uint8Array.of(0x9a, 0, 0x1e, 0x84, 0x80), new Uint8Array(count).fill(0xf6));
      const { bytes } = await seal({ ...letter, rawHeader: array });
      assert.equal(await codeOf(() => openBy(w.bob, bytes)), 'open-failed');
    });

    it('by everybody it was not sealed to', async () => {
      const { bytes } = await sealTo(w.bob, headerTo(w, [w.bob]));
      assert.equal(await codeOf(() => openBy(carol, bytes)), 'open-failed');
      const withBobsKey = { ...readerOf(carol, directory), epochs: [epochOf(w.bob, 1)] };
      assert.equal(await codeOf(() => openEnvelope(bytes, withBobsKey)), 'open-failed');
    });

    it('when it names another key that the reader holds: keys are not tried', async () => {
      const { bytes } = await sealTo(w.bob, headerTo(w, [w.bob]));
      const epochs = [epochOf(w.bob, 1), epochOf(w.bob, 2)];
      const reader = { ...readerOf(w.bob, directory), epochs };
      // In whatever order they are held: the id decides.
      await openEnvelope(bytes, reader);
      await openEnvelope(bytes, { ...reader, epochs: [...epochs].reverse() });
      const misnamed = bytes.slice();
      misnamed.set(fromHex(epochs[1]!.kemKeyId).subarray(0, 8), 10);
      assert.equal(await codeOf(() => openEnvelope(misnamed, reader)), 'open-failed');
    });

    it('and keeps the cause for tests alone', async () => {
      const cause = await openBy(w.bob, new Uint8Array(6000)).catch((error: unknown) => error);
      assert.instanceOf(cause, SealError);
      assert.equal((cause as SealError).message, 'the envelope does not open');
    });
  });

  describe('is opened in order', () => {
    it('nobody is looked up for what does not open', async () => {
      for (const [name, vector] of Object.entries(readVectors<EnvelopeVector>('envelope'))) {
        if (
          !/^(magic|suite|hint|enc|commitment|ciphertext|tag|padding|length|inner|part-(mailbox|kem)|resealed)/.test(
            name,
          )
        )
          continue;
        await codeOf(() => openBy(w.bob, fromBase64Url(vector.envelope)));
        assert.lengthOf(directory.asked, 0, name);
      }
    });

    it('the sender is looked up once, at least as new as he claims', async () => {
      const header = headerTo(w, [w.bob]);
      await openBy(w.bob, (await sealTo(w.bob, header)).bytes);
      assert.deepEqual(directory.asked, [`${header.sender.mailboxId}/5`]);
    });

    it('what the directory throws is passed on', async () => {
      const { bytes } = await sealTo(w.bob, headerTo(w, [w.bob]));
      const offline = new Error('offline');
      const reader = readerOf(w.bob, { lookup: () => Promise.reject(offline) });
      assert.equal(await openEnvelope(bytes, reader).catch((error: unknown) => error), offline);
    });

    it('the signature counts before revocation and age', async () => {
      const revoked = new FakeDirectory(w.aliceChain);
      const forged = { ...letterOf(w), sender: senderField(w, w.a2, 5), member: w.a2.member, key: w.eve.key };
      const reader = readerOf(w.bob, revoked, NOW_MS + 2 * MAX_MESSAGE_AGE_MS);
      const opened = async (letter: typeof forged) =>
        codeOf(async () => openEnvelope((await seal(letter)).bytes, reader));
      assert.equal(await opened(forged), 'open-failed');
      assert.equal(await opened({ ...forged, key: w.a2.key, secrets: [] }), 'open-failed');
      assert.equal(await opened({ ...forged, key: w.a2.key }), 'sender-revoked');
      assert.equal(await opened({ ...letterOf(w), name: 'old' }), 'too-old');
    });

    it('a chain of another mailbox is no view of the sender', async () => {
      const { bytes } = await sealTo(w.bob, headerTo(w, [w.bob]));
      const reader = readerOf(w.bob, new FakeDirectory(w.bobChain));
      assert.equal(await codeOf(() => openEnvelope(bytes, reader)), 'sender-unknown');
    });

    it('a newer view that contains the claimed state is as good', async () => {
      const { bytes } = await sealTo(w.bob, headerTo(w, [w.bob]));
      const opened = await openEnvelope(bytes, readerOf(w.bob, new FakeDirectory(w.aliceChain)));
      assert.equal(opened.sender.seq, 7);
    });
  });

  describe('vectors', () => {
    const vectors = readVectors<EnvelopeVector>('envelope');
    const chain = readVectors<ChainVector>('chain')['valid']?.statements ?? [];

    const open = (vector: EnvelopeVector): Promise<OpenedMessage> => {
      const { mailboxId, kemKeyId, epochSeed, nowMs } = vector.reader;
      const statements = chain.slice(0, vector.senderStatements).map((text) => fromBase64Url(text));
      return openEnvelope(fromBase64Url(vector.envelope), {
        mailboxId: parseMailboxId(mailboxId),
        epochs: [{ kemKeyId: parseKemKeyId(kemKeyId), n: 1, seed: asSecret(fromHex(epochSeed)) }],
        directory: new FakeDirectory(statements),
        nowMs,
      });
    };

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateEnvelopeVectors());
    });

    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, async () => {
        if (vector.expect !== 'valid') {
          assert.equal(await codeOf(() => open(vector)), vector.expect);
          return;
        }
        const opened = await open(vector);
        assert.equal(toHex(encodeHeader(opened.header)), vector.header);
        assert.equal(toHex(opened.headerHash), vector.headerHash);
        assert.equal(toHex(opened.link), vector.link);
        assert.deepEqual(
          [...opened.secrets].map(([id, secret]) => [id, toHex(secret)]),
          (vector.secrets ?? []).map(([id, secret]) => [id, secret]),
        );
        assert.isTrue(equalBytes(opened.part.chainPrev, new Uint8Array(32)));
      });
    }
  });
});
