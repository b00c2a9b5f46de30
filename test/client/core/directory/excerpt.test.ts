import { expect } from 'chai';
import { type ChainState, headOf } from '../../../../crypto/wire/chain.js';
import { type Excerpt, encodeExcerpt, parseExcerpt } from '../../../../crypto/wire/excerpt.js';
import { type DeviceId } from '../../../../crypto/wire/ids.js';
import { encodeSignedPart, encodeStatement, parseStatement } from '../../../../crypto/wire/statement.js';
import { signBalance } from '../../../../crypto/seal/statements.js';
import { signingKeyFromSeed } from '../../../../crypto/seal/sign.js';
import { revokeDevice } from '../../../../client/core/devices/revoke.js';
import { createPinnedView } from '../../../../client/core/directory/pinned-view.js';
import { receivedLetters } from '../../../../client/core/receive/inbox.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import { type DeskMaker, type TestDesk, deskMaker, sendText } from '../../../support/device-desk.js';
import {
  type LyingRelay,
  bytesAnswer,
  problemAnswer,
  startLyingRelay,
  withBytes,
} from '../../../support/lying-relay.js';

/** docs/spec/mailbox.md §9: a mailbox is looked up by an excerpt of its chain, and a relay that lies with one gains nothing. */

const [kind] = databases();
const WEEK_MS = 7 * 86_400_000;
const EXCERPT = 'GET /api/mailboxes/:mailboxId/excerpt';
const STATEMENTS = 'GET /api/mailboxes/:mailboxId/statements';

describe('a mailbox with a past', function () {
  this.timeout(180_000);
  let t: LyingRelay;
  let make: DeskMaker;
  let nord: TestDesk;
  /** Administrates; its clock goes ahead. */
  let sued: TestDesk;
  /** Has left with the identity key of then. */
  let leaver: TestDesk;
  let helper: TestDesk;
  /** Has never looked it up. */
  let stranger: TestDesk;
  /** Before the leaver left. */
  let earlier: ChainState;
  let received = 0;

  before(async () => {
    if (kind === undefined) throw new Error('no database');
    t = await startLyingRelay(kind);
    make = deskMaker(t.truth, t.url, (inner) => async (request) => {
      const answer = await inner(request);
      received += answer.bytes.length;
      return answer;
    });
    nord = await make.practice('befund@radiologie-nord.example');
    stranger = await make.practice('stranger@west.example');
    sued = await make.practice('praxis@hausarzt-sued.example');
    leaver = await make.pair(sued, { isAdmin: true });
    helper = await make.pair(sued, {});
    await sendText(leaver, nord, 'from who has left since');
    await sendText(helper, nord, 'from who has stayed');
    ({ state: earlier } = await leaver.directory.refresh(idOf(sued), 'whole'));
    await revokeDevice(sued, leaver.account.content.device.deviceId, 'has left');
    await syncInbox(sued);
  });
  after(async () => {
    make.close();
    await t.close();
  });
  beforeEach(() => t.tellTheTruth());

  const idOf = ({ account }: TestDesk) => account.content.mailboxId;
  const asked = (route: string, from: number): number => {
    const pattern = new RegExp(`^${route.split(' ')[1]?.replace(':mailboxId', idOf(sued)) ?? ''}$`);
    return t.requests.slice(from).filter(({ path }) => pattern.test(path)).length;
  };
  const deviceIn = (state: ChainState, desk: TestDesk): DeviceId | undefined =>
    [...state.devices.keys()].find((id) => id === desk.account.content.device.deviceId);
  /** Looks without waiting for a log that is late. */
  const hurried = (desk: TestDesk) => {
    let nowMs = Date.now();
    const sleep = (ms: number) => Promise.resolve(void (nowMs += 20 * ms));
    return createPinnedView(desk.account, desk.relay, { patienceMs: 0, now: () => nowMs, sleep });
  };
  const excerptOf = async (seen = 0): Promise<Excerpt> =>
    parseExcerpt((await nord.relay.excerpt(idOf(sued), seen)) ?? new Uint8Array(0));
  const lyingWith = (change: (excerpt: Excerpt) => Excerpt): void => {
    t.lie(EXCERPT, (request, truth) =>
      request.params['mailboxId'] === idOf(sued)
        ? withBytes((bytes) => encodeExcerpt(change(parseExcerpt(bytes))))(request, truth)
        : truth(),
    );
  };

  it('is looked up for the first time by an excerpt, in the same size years later', async () => {
    const west = await make.practice('praxis@west.example');
    const look = async (desk: TestDesk) => {
      const [from, before] = [t.requests.length, received];
      const { state } = await hurried(desk).refresh(idOf(sued));
      expect([asked(EXCERPT, from), asked(STATEMENTS, from)]).to.deep.equal([1, 0]);
      return { state, bytes: received - before };
    };
    const first = await look(nord);
    expect(first.state.begunSeq).to.be.greaterThan(1);
    expect(first.state.devices.get(leaver.account.content.device.deviceId)?.revokedReason).to.equal('has left');
    // Weeks go by; each begins with an epoch, and a balance.
    for (let week = 0; week < 3; week += 1) {
      sued.later(WEEK_MS);
      await syncInbox(sued);
    }
    const later = await look(west);
    expect(later.state.seq).to.be.greaterThan(first.state.seq + 3);
    expect(later.bytes).to.be.lessThan(50_000);
    expect(Math.abs(later.bytes - first.bytes)).to.be.lessThan(8_500);
    await hurried(west).lookup(idOf(sued), later.state.seq);
  });

  it('is known again by who has pinned it long ago, without the statements in between', async () => {
    const pinned = nord.account.state.pins.get(idOf(sued));
    const from = t.requests.length;
    const { state } = await hurried(nord).refresh(idOf(sued));
    expect(state.begunSeq).to.be.greaterThan(pinned?.seq ?? 0);
    expect(state.provedHead).to.deep.equal({ seq: pinned?.seq, head: pinned?.head });
    expect(asked(STATEMENTS, from)).to.equal(0);
  });

  it('has sent what is read with the state of then: the whole chain is fetched once', async () => {
    const from = t.requests.length;
    await syncInbox(nord);
    expect(receivedLetters(nord.account).map(({ body }) => body.subject)).to.deep.equal(['from who has stayed']);
    expect([...nord.account.state.quarantine.values()].map(({ code }) => code)).to.deep.equal(['sender-revoked']);
    expect(asked(STATEMENTS, from)).to.equal(1);
  });

  const harmless: Readonly<Record<string, (excerpt: Excerpt) => Excerpt>> = {
    'leaves out that a device has ended': (excerpt) => ({ ...excerpt, carried: earlier.balance?.carried ?? null }),
    'leaves out that the identity was exchanged': ({ spine, ...rest }) => ({ ...rest, spine: spine.slice(0, 1) }),
    'proves nothing about what was pinned': (excerpt) => ({ ...excerpt, inclusion: [] }),
    'leaves out the balance': ({ statements, ...rest }) => ({ ...rest, statements: statements.slice(1) }),
    'says that there is more than there is': (excerpt) => ({ ...excerpt, last: excerpt.last + 1 }),
    'is empty': () => ({ spine: [], carried: null, statements: [], inclusion: [], last: 1 }),
  };
  for (const [what, change] of Object.entries(harmless)) {
    it(`is read whole and rightly when an excerpt ${what}`, async () => {
      lyingWith(change);
      const { state } = await hurried(nord).refresh(idOf(sued));
      const { state: truth } = await sued.directory.refresh(idOf(sued));
      expect(Buffer.from(headOf(state))).to.deep.equal(Buffer.from(headOf(truth)));
      expect(deviceIn(state, leaver)).to.equal(leaver.account.content.device.deviceId);
      expect(state.devices.get(leaver.account.content.device.deviceId)?.revokedSeq).to.not.equal(null);
    });
  }

  it('of another mailbox is not taken for it', async () => {
    const other = await nord.relay.excerpt(idOf(nord), 0);
    t.lie(EXCERPT, () => bytesAnswer(other ?? new Uint8Array(0)));
    t.lie(STATEMENTS, () => problemAnswer(404, 'not-found'));
    expect(await codeOf(() => hurried(nord).refresh(idOf(sued)))).to.equal('not-found');
  });

  it('is not shown as it was (rollback), to nobody: the log names a later head', async () => {
    const old = await excerptOf();
    sued.later(WEEK_MS);
    await syncInbox(sued);
    lyingWith(() => old);
    t.lie(STATEMENTS, () => problemAnswer(404, 'not-found'));
    expect(await codeOf(() => hurried(stranger).refresh(idOf(sued)))).to.equal('chain-unlogged');
  });

  it('is not continued by who left with an identity key of before: neither for strangers nor for who has pinned it', async () => {
    // With the relay's help: a fork at the place where the key was in force, summed up by a balance without a revocation.
    const seed = leaver.account.content.identitySeed;
    if (seed === null) throw new Error('he administrated');
    const forked = signBalance(earlier, signingKeyFromSeed(seed), Date.now());
    const all = await sued.relay.statements(idOf(sued), 0);
    const carried = forked.state.balance?.carried ?? null;
    const fork = { spine: all.slice(0, 1), carried, statements: [forked.bytes], inclusion: [], last: earlier.seq + 1 };
    lyingWith(() => fork);
    t.lie(STATEMENTS, () => problemAnswer(404, 'not-found'));
    expect(await codeOf(() => hurried(stranger).refresh(idOf(sued)))).to.equal('chain-unlogged');
    // Who has pinned a later statement does not even ask the log.
    nord = await nord.reopen();
    expect(await codeOf(() => hurried(nord).refresh(idOf(sued)))).to.equal('directory-contradiction');
    expect(await codeOf(() => sendText(nord, sued, 'to the thief'))).to.equal('directory-contradiction');
  });

  it('cannot be summed up falsely by its owner: the relay compares', async () => {
    const seed = sued.account.content.identitySeed;
    if (seed === null) throw new Error('an identity');
    const { state } = await sued.directory.refresh(idOf(sued), 'whole');
    const body = { kind: 'balance', digest: new Uint8Array(32) } as const;
    const { seq, mailboxId } = state;
    const signed = encodeSignedPart({ seq: seq + 1, prev: headOf(state), timeMs: Date.now(), mailboxId, body });
    const statement = encodeStatement(signed, signingKeyFromSeed(seed).sign('mailbox', signed));
    expect(await codeOf(() => sued.relay.postStatements(mailboxId, [statement]))).to.equal('statement-invalid');
  });

  it('goes on without balances on a relay that knows none', async () => {
    const { state: before } = await hurried(sued).refresh(idOf(sued));
    let refused = 0;
    t.lie(EXCERPT, () => problemAnswer(404, 'not-found'));
    t.lie('POST /api/mailboxes/:mailboxId/statements', ({ body }, truth) => {
      const { statements } = JSON.parse(body.toString()) as { statements: string[] };
      const kinds = statements.map((one) => parseStatement(Buffer.from(one, 'base64url')).body.kind);
      if (!kinds.includes('balance')) return truth();
      refused += 1;
      return problemAnswer(422, 'statement-invalid');
    });
    for (let week = 0; week < 2; week += 1) {
      sued.later(WEEK_MS);
      await syncInbox(sued);
    }
    expect(refused).to.be.greaterThan(0);
    const { state } = await hurried(sued).refresh(idOf(sued));
    expect(state.epoch?.n).to.equal((before.epoch?.n ?? 0) + 2);
    expect(state.balance?.seq).to.equal(before.balance?.seq);
  });
});
