import { expect } from 'chai';
import { type ChainState, headOf } from '../../crypto/wire/chain.js';
import { type DeviceId, type PayloadId, messageIdFrom } from '../../crypto/wire/ids.js';
import { openEpoch } from '../../crypto/seal/epoch.js';
import { randomBytes } from '../../crypto/seal/suite.js';
import { signEpoch } from '../../crypto/seal/statements.js';
import { revokeDevice } from '../../client/core/devices/revoke.js';
import { originOf } from '../../client/core/receive/origin.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { composeMessage } from '../../client/core/send/compose.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { type DeskMaker, type TestDesk, deskMaker, sendText, subjectsOf } from '../support/device-desk.js';
import { type LyingRelay, bytesAnswer, startLyingRelay, withJson } from '../support/lying-relay.js';
import { showChain } from '../support/shown-chain.js';

/** Attack A38: a revoked device asks for or opens new messages; a device signs after its revocation. Also with the relay's help. */

const [kind] = databases();
const DAY_MS = 86_400_000;

interface Delivery {
  readonly seq: number;
}

describe('attack A38: a revoked device', function () {
  this.timeout(120_000);
  let t: LyingRelay;
  let make: DeskMaker;
  let nord: TestDesk;
  let sued: TestDesk;
  let thief: TestDesk;
  /** The chain as it was before the revocation: what the thief goes on claiming. */
  let earlier: ChainState;

  before(async () => {
    if (kind === undefined) throw new Error('no database');
    t = await startLyingRelay(kind);
    make = deskMaker(t.truth, t.url);
  });
  after(async () => {
    make.close();
    await t.close();
  });
  let count = 0;
  beforeEach(async () => {
    t.tellTheTruth();
    count += 1;
    nord = await make.practice(`befund-${count}@radiologie-nord.example`);
    sued = await make.practice(`praxis-${count}@hausarzt-sued.example`);
    thief = await make.pair(sued, { name: 'Laptop', isAdmin: true });
    ({ state: earlier } = await thief.directory.refresh(thief.account.content.mailboxId));
    await syncInbox(sued);
    await revokeDevice(sued, idOf(thief), 'stolen');
  });

  const idOf = (desk: TestDesk): DeviceId => desk.account.content.device.deviceId;

  /** A message that the thief signs and seals for nord, claiming the state before the revocation. */
  async function forge(): Promise<{ envelope: Uint8Array; messageId: string; createdMs: number; expiresMs: number }> {
    const { state: chain } = await nord.directory.refresh(nord.account.content.mailboxId);
    const createdMs = Date.now();
    const expiresMs = createdMs + 30 * DAY_MS;
    const messageId = messageIdFrom(randomBytes(16));
    const { envelopes } = await composeMessage(thief.account, {
      messageId,
      createdMs,
      body: {
        kind: 'message',
        subject: 'forged',
        text: 'forged',
        threadId: messageId,
        replyTo: null,
        urgency: null,
        expiresMs,
        summary: { studies: 0, instances: 0, bytes: 0 },
        known: [],
        member: thief.account.content.device.member,
      },
      payloads: [],
      secrets: new Map(),
      recipients: [{ chain, role: 'to' }],
      own: earlier,
    });
    return { envelope: envelopes[0]?.envelope ?? new Uint8Array(0), messageId, createdMs, expiresMs };
  }

  /** The relay slips the forged message into nord's list of deliveries. */
  async function slipIn(forged: Awaited<ReturnType<typeof forge>>): Promise<void> {
    const seq = 1;
    const delivery = {
      seq,
      senderMailboxId: earlier.mailboxId,
      senderDeviceId: idOf(thief),
      messageId: forged.messageId,
      envelopeBytes: forged.envelope.length,
      envelopeDigest: 'AA',
      payloadIds: [],
      state: 'pending',
      acceptedAt: new Date(forged.createdMs).toISOString(),
      expiresAt: new Date(forged.expiresMs).toISOString(),
      deadlineAt: null,
      attendedAt: null,
    };
    t.lie(
      'GET /api/deliveries',
      withJson<{ deliveries: Delivery[]; last: number }>((json, { query }) =>
        query.get('after') === '0' ? { deliveries: [delivery], last: seq } : json,
      ),
    );
    t.lie('GET /api/deliveries/:seq/envelope', () => bytesAnswer(forged.envelope));
  }

  it('is let in no more: no session, no list, no envelope', async () => {
    await sendText(nord, sued, 'secret');
    for (const ask of [
      () => thief.relay.listDeliveries(0),
      () => thief.relay.envelope(1),
      () => thief.relay.statements(earlier.mailboxId, 0),
    ]) {
      expect(await codeOf(ask)).to.equal('challenge-refused');
    }
    expect(await subjectsOf(sued)).to.include('secret');
  });

  it('has no box of the next epoch, and opens nothing sealed to it if somebody gives it the envelope', async () => {
    const { state } = await sued.directory.refresh(earlier.mailboxId);
    const { epoch } = state;
    if (epoch === null) throw new Error('no epoch');
    expect(await codeOf(() => openEpoch(state.mailboxId, epoch, thief.account.content.device))).to.equal('open-failed');
    const held = thief.account.content.epochs.map(({ kemKeyId }) => kemKeyId);
    expect(held).not.to.include(epoch.kemKeyId);
  });

  it('cannot start an epoch, add a device or revoke one: its key and the identity key it took are worth nothing', async () => {
    const { state } = await sued.directory.refresh(earlier.mailboxId);
    const { content, key } = thief.account;
    expect(await codeOf(() => signEpoch(state, content.device, key, Date.now()))).to.equal('chain');
    // With the chain of before it can still sign, but whatever it signs follows from what is no longer the end.
    const stale = await signEpoch(earlier, content.device, key, Date.now());
    expect(await codeOf(() => sued.relay.postStatements(earlier.mailboxId, [stale.bytes]))).to.equal(
      'statement-out-of-turn',
    );
    expect(content.identitySeed).not.to.equal(null);
    expect(Buffer.from(state.identityKey).equals(Buffer.from(earlier.identityKey))).to.equal(false);
  });

  it('cannot post a message, whatever state it claims', async () => {
    const forged = await forge();
    const request = {
      messageId: messageIdFrom(randomBytes(16)),
      envelopes: [{ mailboxId: nord.account.content.mailboxId, envelope: forged.envelope }],
      payloads: [],
      reuse: [],
      expiresMs: forged.expiresMs,
      deadlineMs: null,
    };
    expect(await codeOf(() => thief.relay.postMessage(request))).to.equal('challenge-refused');
  });

  it('is not believed by the recipient, although the relay delivers what it signed', async () => {
    await slipIn(await forge());
    await syncInbox(nord);
    expect([...nord.account.state.quarantine.values()].map(({ code }) => code)).to.deep.equal(['sender-revoked']);
    expect(await subjectsOf(nord)).to.deep.equal([]);
  });

  it('as the origin of what somebody else passes on, it is shown with the day and the reason of its end', async () => {
    const payload = (deviceId: DeviceId) => ({
      payloadId: 'ab'.repeat(32) as PayloadId,
      kind: 'package' as const,
      origin: { mailboxId: earlier.mailboxId, deviceId },
    });
    const found = await originOf(nord, [payload(idOf(thief))]);
    expect(found?.from).to.equal(sued.account.content.address);
    expect(found?.revoked?.reason).to.equal('stolen');
    expect(found?.revoked?.timeMs).to.be.closeTo(Date.now(), 120_000);
    expect((await originOf(nord, [payload(idOf(sued))]))?.revoked).to.equal(null);
    expect(await originOf(nord, [{ ...payload(idOf(sued)), origin: null }])).to.equal(null);
  });

  it('nor when the relay hides the revocation from one who has seen it', async () => {
    await nord.directory.refresh(earlier.mailboxId);
    nord = await nord.reopen();
    const all = await sued.relay.statements(earlier.mailboxId, 0);
    await slipIn(await forge());
    showChain(t, earlier.mailboxId, all.slice(0, earlier.seq));
    await syncInbox(nord);
    expect([...nord.account.state.quarantine.values()].map(({ code }) => code)).to.deep.equal([
      'directory-contradiction',
    ]);
  });

  it('nor when the relay shows a chain in which the revocation was left out and the thief goes on', async () => {
    await nord.directory.refresh(earlier.mailboxId);
    nord = await nord.reopen();
    const next = await signEpoch(earlier, thief.account.content.device, thief.account.key, Date.now());
    expect(Buffer.from(headOf(next.state)).length).to.equal(32);
    const all = await sued.relay.statements(earlier.mailboxId, 0);
    showChain(t, earlier.mailboxId, [...all.slice(0, earlier.seq), next.bytes]);
    expect(await codeOf(() => nord.directory.refresh(earlier.mailboxId))).to.equal('directory-contradiction');
    expect(await codeOf(() => sendText(nord, sued, 'to the thief'))).to.equal('directory-contradiction');
  });
});
