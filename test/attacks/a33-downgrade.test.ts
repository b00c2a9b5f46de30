import { expect } from 'chai';
import { equalBytes } from '../../crypto/wire/bytes.js';
import { cborRecord, encodeCbor, parseCbor } from '../../crypto/wire/cbor.js';
import { extendChain, verifyChain } from '../../crypto/wire/chain.js';
import { parseEnvelope } from '../../crypto/wire/envelope.js';
import { asArray, asBytes, asMap } from '../../crypto/wire/shape.js';
import { verifySignature } from '../../crypto/wire/signature.js';
import { parseStatement } from '../../crypto/wire/statement.js';
import { signingKeyFromSeed } from '../../crypto/seal/sign.js';
import { signEpoch } from '../../crypto/seal/statements.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { type DeskMaker, type TestDesk, deskMaker, sendText, subjectsOf } from '../support/device-desk.js';
import { type LyingRelay, startLyingRelay, withBytes, withJson } from '../support/lying-relay.js';
import { showChain } from '../support/shown-chain.js';

/** Attack A33: the post-quantum part is stripped, or an older suite or version is offered, on every surface that has one. */

const [kind] = databases();

describe('attack A33: a downgrade', function () {
  this.timeout(120_000);
  let t: LyingRelay;
  let make: DeskMaker;
  let nord: TestDesk;
  let sued: TestDesk;

  before(async () => {
    if (kind === undefined) throw new Error('no database');
    t = await startLyingRelay(kind);
    make = deskMaker(t.truth, t.url);
    nord = await make.practice('befund@radiologie-nord.example');
  });
  after(async () => {
    make.close();
    await t.close();
  });
  let count = 0;
  beforeEach(async () => {
    t.tellTheTruth();
    sued = await make.practice(`praxis-${++count}@hausarzt-sued.example`);
  });

  const chainOf = (desk: TestDesk) => nord.relay.statements(desk.account.content.mailboxId, 0);
  const quarantineOf = (desk: TestDesk) => [...desk.account.state.quarantine.values()].map(({ code }) => code);

  it('of a signature to its classical half is no signature', async () => {
    const { key } = sued.account;
    const payload = new Uint8Array(50);
    const signature = key.sign('msg', payload);
    const halves = [
      signature.subarray(0, 64),
      Buffer.concat([signature.subarray(0, 64), new Uint8Array(3309)]),
      Buffer.concat([signature.subarray(0, 64), signature.subarray(64).map((byte) => byte ^ 1)]),
    ];
    for (const half of halves) {
      expect(await codeOf(() => verifySignature('msg', key.publicKey, payload, half))).to.equal('signature');
    }
    const classical = key.publicKey.subarray(0, 32);
    expect(await codeOf(() => verifySignature('msg', classical, payload, signature))).to.equal('signature');
  });

  it('of an epoch key to its classical half is refused by every reader of the chain, and nothing is sent', async () => {
    const [genesis, added, epoch] = await chainOf(sued);
    if (!genesis || !added || !epoch) throw new Error('three');
    const { signed } = parseStatement(epoch);
    const b = asMap(parseCbor(signed, { maxBytes: 300_000 }));
    const body = asMap(b.get(5));
    const stripped = new Map(b).set(5, new Map(body).set(2, asBytes(body.get(2)).subarray(1184)));
    const rewritten = encodeCbor(stripped);
    // Even signed by the device itself: a reader knows keys of one length.
    const forged = encodeCbor([rewritten, sued.account.key.sign('mailbox', rewritten)]);
    const base = verifyChain([genesis, added]);
    expect(await codeOf(() => extendChain(base, forged))).to.equal('shape');
    showChain(t, sued.account.content.mailboxId, [genesis, added, forged]);
    expect(await codeOf(() => sendText(nord, sued, 'x'))).to.equal('chain-invalid');
    t.tellTheTruth();
    expect(await subjectsOf(sued)).to.deep.equal([]);
  });

  it('of a genesis to another suite is refused, also when its owner signs it', async () => {
    const seed = sued.account.content.identitySeed;
    const [genesis] = await chainOf(sued);
    if (seed === null || genesis === undefined) throw new Error('an identity');
    const identity = signingKeyFromSeed(seed);
    const b = asMap(parseCbor(parseStatement(genesis).signed, { maxBytes: 300_000 }));
    for (const suites of [[2], [0], [1, 2], []]) {
      const rewritten = encodeCbor(new Map(b).set(5, new Map(asMap(b.get(5))).set(5, suites)));
      const forged = encodeCbor([rewritten, identity.sign('mailbox', rewritten)]);
      expect(await codeOf(() => parseStatement(forged)), JSON.stringify(suites)).to.equal('suite');
    }
  });

  for (const [name, change] of [
    ['an older suite', (bytes: Buffer) => bytes.writeUInt16BE(0, 8)],
    ['the disabled suite', (bytes: Buffer) => bytes.writeUInt16BE(2, 8)],
    ['an older format', (bytes: Buffer) => bytes.write('BBENVL0\n', 0, 'latin1')],
    ['an encapsulation without ML-KEM', (bytes: Buffer) => bytes.fill(0, 18, 18 + 1088)],
    ['an encapsulation without X25519', (bytes: Buffer) => bytes.fill(0, 18 + 1088, 18 + 1120)],
  ] as const) {
    it(`of an envelope to ${name} lands in quarantine, and the next message arrives`, async () => {
      await sendText(nord, sued, 'stripped');
      t.lie(
        'GET /api/deliveries/:seq/envelope',
        withBytes((bytes) => {
          const changed = Buffer.from(bytes);
          change(changed);
          return changed;
        }),
      );
      await syncInbox(sued);
      expect(quarantineOf(sued)).to.deep.equal(['open-failed']);
      t.tellTheTruth();
      await sendText(nord, sued, 'whole');
      expect(await subjectsOf(sued)).to.deep.equal(['whole']);
    });
  }

  it('of an envelope is refused by the relay, too', async () => {
    const { mailboxId } = sued.account.content;
    const envelope = new Uint8Array(6000);
    envelope.set(Buffer.from('BBENVL1\n', 'latin1'));
    envelope[9] = 2;
    expect(await codeOf(() => parseEnvelope(envelope))).to.equal('suite');
    const message = { messageId: 'ab'.repeat(16) as never, payloads: [], reuse: [], deadlineMs: null };
    const expiresMs = Date.now() + 30 * 86_400_000;
    const posted = nord.relay.postMessage({ ...message, envelopes: [{ mailboxId, envelope }], expiresMs });
    expect(await codeOf(() => posted)).to.equal('envelope-invalid');
  });

  it('by what the relay says of itself changes nothing: there is nothing to negotiate', async () => {
    t.lie(
      'GET /api/relay',
      withJson<object>((json) => ({ ...json, version: '0.0.0', suites: [0], minimum: 0 })),
    );
    await nord.relay.info();
    await sendText(nord, sued, 'as ever');
    expect(await subjectsOf(sued)).to.deep.equal(['as ever']);
  });

  it('by a kind of statement that nobody knows stops the reader instead of being skipped', async () => {
    const statements = await chainOf(sued);
    const state = verifyChain(statements);
    const right = await signEpoch(state, sued.account.content.device, sued.account.key, Date.now());
    const b = asMap(
      parseCbor(asBytes(asArray(parseCbor(right.bytes, { maxBytes: 300_000 }))[0]), { maxBytes: 300_000 }),
    );
    const rewritten = encodeCbor(new Map(b).set(1, 'suite-0').set(5, cborRecord({ 1: 0 })));
    const seed = sued.account.content.identitySeed;
    if (seed === null) throw new Error('an identity');
    const forged = encodeCbor([rewritten, signingKeyFromSeed(seed).sign('mailbox', rewritten)]);
    expect(await codeOf(() => extendChain(state, forged))).to.equal('shape');
    expect(await codeOf(() => sued.relay.postStatements(state.mailboxId, [forged]))).to.equal('statement-invalid');
    expect(equalBytes(verifyChain(await chainOf(sued)).identityKey, state.identityKey)).to.equal(true);
  });
});
