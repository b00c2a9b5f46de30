import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { concatBytes } from '../../../../crypto/wire/bytes.js';
import { type SettledAlarmOp } from '../../../../crypto/wire/own-state.js';
import { applyEvent, emptyState } from '../../../../client/core/account/state.js';
import { encodeHandOver, parseMemory } from '../../../../client/core/devices/hand-over.js';
import { createPinnedView } from '../../../../client/core/directory/pinned-view.js';
import { reportAlarm, settleAlarm } from '../../../../client/core/directory/settle-alarm.js';
import { receivedLetters } from '../../../../client/core/receive/inbox.js';
import { type Relay } from '../../../../client/core/relay/relay.js';
import { adoptSettlement } from '../../../../client/core/receive/settlement.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import { tellOwnDevices } from '../../../../client/core/send/own-message.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import { type DeskMaker, type TestDesk, deskMaker, sendText, subjectsOf } from '../../../support/device-desk.js';
import { ForkedLog, trueLeaves } from '../../../support/forked-log.js';
import { type LyingRelay, startLyingRelay } from '../../../support/lying-relay.js';

/** docs/spec/directory.md §8: what a person has decided about an alarm frees the mailbox's other devices, and nobody else's word does. */

const [kind] = databases();
const sha = (text: string): Buffer => createHash('sha256').update(text).digest();
const VICTIM = { index: sha('victim@x.example'), seq: 9, head: sha('a head that is in no other history') };

describe('an alarm that was settled on another device', function () {
  this.timeout(180_000);
  let t: LyingRelay;
  let make: DeskMaker;
  let nord: TestDesk;
  /** Administrates, and decides. */
  let chief: TestDesk;
  /** Does not. */
  let desk: TestDesk;
  /** Does not either, and is never shown the fork. */
  let helper: TestDesk;
  let fork: ForkedLog;

  before(async () => {
    if (kind === undefined) throw new Error('no database');
    t = await startLyingRelay(kind);
    make = deskMaker(t.truth, t.url);
    nord = await make.practice('befund@radiologie-nord.example');
    chief = await make.practice('praxis@hausarzt-sued.example');
    desk = await make.pair(chief, { name: 'Empfang' });
    helper = await make.pair(chief, { name: 'Labor' });
    await syncInbox(chief);
    await syncInbox(desk);
    fork = await ForkedLog.of(t.truth.dataDir, [...(await trueLeaves(t)), VICTIM], 900);
    fork.show(t);
    for (const one of [chief, desk]) {
      expect(await codeOf(() => hurried(one).refresh(one.account.content.mailboxId))).to.equal('log-forked');
    }
    t.tellTheTruth();
    await sendText(nord, chief, 'meanwhile');
    // What is told is told through the relay; the view of this run remembers nothing that an alarm has not reached.
    [chief, desk] = [await chief.reopen(), await desk.reopen()];
  });
  after(async () => {
    make.close();
    await t.close();
  });

  const hurried = (one: TestDesk) => {
    let nowMs = Date.now();
    const sleep = (ms: number) => Promise.resolve(void (nowMs += 20 * ms));
    return createPinnedView(one.account, one.relay, { patienceMs: 0, now: () => nowMs, sleep });
  };
  /** A decision for the fork, as somebody would tell it who wants the practice to follow it. */
  const forTheFork = (): SettledAlarmOp => {
    const { checkpoint } = helper.account.state;
    if (checkpoint === null) throw new Error('has seen the log');
    const abandoned = { size: checkpoint.size, root: checkpoint.root };
    return { op: 'settled-alarm', note: new TextEncoder().encode(fork.note), abandoned, reason: 'glaubt mir' };
  };

  it('nothing is sent or opened while it lasts', async () => {
    await syncInbox(desk);
    expect(receivedLetters(desk.account)).to.deep.equal([]);
    expect(await codeOf(() => sendText(desk, nord, 'x'))).to.equal('log-forked');
    const settlement = { root: reportAlarm(desk.account)?.first.root ?? '', reason: 'x' };
    expect(await codeOf(() => settleAlarm(desk.account, desk.relay, settlement, 1))).to.equal('not-admin');
  });

  it('stays an alarm when a device that does not administrate says that it is settled', async () => {
    await tellOwnDevices(helper, forTheFork());
    await syncInbox(desk);
    expect(reportAlarm(desk.account)).not.to.equal(null);
  });

  it('stays one by a checkpoint that the log has not signed, and by one that leaves a choice', async () => {
    const { checkpoint } = helper.account.state;
    if (checkpoint === null) throw new Error('has seen the log');
    const note = new TextDecoder().decode(checkpoint.note);
    const told = (text: string): SettledAlarmOp => ({ ...forTheFork(), note: new TextEncoder().encode(text) });
    // As an administrating device would say it; its word is let through here, its checkpoints are none.
    const trusted = { ...helper, account: chief.account, relay: chief.relay, directory: helper.directory };
    for (const text of [note.replace(/\n\d+\n/, '\n1\n'), 'relay.example/log\n', '']) {
      if (text === '') continue;
      await tellOwnDevices(trusted, told(text));
    }
    await syncInbox(desk);
    expect(reportAlarm(desk.account)).not.to.equal(null);
  });

  it('is over when one that administrates has decided: with his name, and without a person there', async () => {
    const report = reportAlarm(chief.account);
    const reason = 'Alte Kopie eingespielt, am Telefon erklärt';
    await settleAlarm(chief.account, chief.relay, { root: report?.first.root ?? '', reason }, Date.now());
    await syncInbox(chief);
    expect(chief.account.state.isSettlementUntold).to.equal(false);
    expect(await subjectsOf(desk)).to.deep.equal(['meanwhile']);
    expect(reportAlarm(desk.account)).to.equal(null);
    const settled = desk.account.state.settledAlarms.map(({ member, reason: why, abandoned }) => [
      member,
      why,
      abandoned.size,
    ]);
    expect(settled).to.deep.equal([
      ['Dr. A. Meier', reason, 900],
      ['Dr. A. Meier', reason, 900],
    ]);
    await sendText(desk, nord, 'weiter');
    expect(await subjectsOf(nord)).to.include('weiter');
    // Who was never alarmed goes on, and nobody tells it again.
    expect(await subjectsOf(helper)).to.include('meanwhile');
    expect(desk.account.state.isSettlementUntold).to.equal(false);
  });

  it('goes with the memory that a further device is handed: what was abandoned is no news to it either', () => {
    const secrets = { epochs: [], identitySeed: null, retentionMs: 1, policy: null };
    const [, ...memory] = encodeHandOver(secrets, desk.account.state, 'none');
    const state = emptyState();
    for (const events of parseMemory(concatBytes(...memory))) for (const event of events) applyEvent(state, event);
    expect(state.settledAlarms).to.deep.equal(desk.account.state.settledAlarms).and.have.length(2);
    expect(state.isSettlementUntold).to.equal(false);
    expect(state.checkpoint?.size).to.equal(desk.account.state.checkpoint?.size);
  });

  it('and is one again when the other history is shown once more', async () => {
    fork.show(t);
    expect(await codeOf(() => hurried(desk).refresh(desk.account.content.mailboxId))).to.equal('log-forked');
    await syncInbox(desk);
    expect(reportAlarm(desk.account)).not.to.equal(null);
  });

  it('which the old decision, delivered once more, does not settle', async () => {
    const { state } = desk.account;
    const told = [...state.messages.values()].find(({ header: { body } }) => {
      return body.kind === 'state' && body.op.op === 'settled-alarm' && body.op.reason !== 'glaubt mir';
    });
    if (told === undefined) throw new Error('has read the decision');
    const [old] = (await desk.relay.listDeliveries(told.seq - 1, 1)).deliveries;
    if (old === undefined) throw new Error('is still delivered');
    const seq = state.cursor + 1;
    const relay: Relay = {
      ...desk.relay,
      listDeliveries: (after) => Promise.resolve({ deliveries: after < seq ? [{ ...old, seq }] : [], last: seq }),
      envelope: () => desk.relay.envelope(old.seq),
    };
    expect(await adoptSettlement({ ...desk, relay })).to.equal(false);
    expect(reportAlarm(desk.account)).not.to.equal(null);
    t.tellTheTruth();
  });
});
