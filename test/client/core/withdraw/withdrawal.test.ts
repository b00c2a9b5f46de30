import { assert } from 'chai';
import {
  encodeTestimony,
  encodeTestimonyBody,
  testimonyInput,
  verifyTestimony,
} from '../../../../crypto/log/testimony.js';
import { signingKeyFromSeed } from '../../../../crypto/seal/sign.js';
import { type Desk } from '../../../../client/core/desk.js';
import { parseAddress } from '../../../../client/core/ids.js';
import { arrivalOf } from '../../../../client/core/receive/arrival.js';
import { confirm } from '../../../../client/core/receive/confirm.js';
import { findLetter, receivedLetters, removed } from '../../../../client/core/receive/inbox.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import { type WithdrawalAnswer } from '../../../../client/core/relay/life-routes.js';
import { sendMessage } from '../../../../client/core/send/send.js';
import {
  type Withdrawal,
  fetchWithdrawal,
  withdrawMessage,
  withdrawalOf,
} from '../../../../client/core/withdraw/withdrawal.js';
import { loadPolicy } from '../../../../client/core/account/policy.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import { type TestDesk, enrolDesk } from '../../../support/practice-desk.js';
import { type TestRelay, startTestRelay } from '../../../support/relay.js';

const DAY_MS = 86_400_000;
const OPTIONS = { reopen: () => Promise.reject(new Error('no files')) };

describe('a sender who takes his message back', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let [nord, sued, ost]: [TestDesk, TestDesk, TestDesk] = [] as never;

  before(async () => {
    const [kind] = databases();
    t = await startTestRelay(kind ?? assert.fail());
    nord = await enrolDesk(t, 'befund@nord.example');
    sued = await enrolDesk(t, 'praxis@sued.example');
    ost = await enrolDesk(t, 'praxis@ost.example');
  });
  after(async () => {
    await Promise.all([nord, sued, ost].map((desk) => desk.close()));
    await t.close();
  });

  /** A message to both, as it lies in the sender's own mailbox. */
  const send = async () => {
    const letter = {
      to: [parseAddress(sued.address)],
      cc: [],
      bcc: [parseAddress(ost.address)],
      subject: 'Test',
      text: 'Guten Tag',
      replyTo: null,
      urgency: null,
      expiresMs: Date.now() + 30 * DAY_MS,
    };
    const { messageId } = await sendMessage(nord, letter, null, OPTIONS);
    await syncInbox(nord);
    return findLetter(nord.account, messageId);
  };
  const lying = (change: (answer: WithdrawalAnswer) => WithdrawalAnswer): Desk =>
    nord.through({ withdraw: async (messageId) => change(await nord.relay.withdraw(messageId)) });
  const withEach = (
    change: (one: WithdrawalAnswer['recipients'][number]) => Partial<WithdrawalAnswer['recipients'][number]>,
  ): Desk =>
    lying((answer) => ({ ...answer, recipients: answer.recipients.map((one) => ({ ...one, ...change(one) })) }));

  it('shows it withdrawn on both sides, with the relay’s word for each recipient, the blind one too', async () => {
    const letter = await send();
    const { recipients } = await withdrawMessage(nord, letter);
    assert.sameMembers(
      recipients.map(({ address, state }) => `${address} ${state}`),
      [`${sued.address} withdrawn`, `${ost.address} withdrawn`],
    );
    const { policy } = await loadPolicy(nord.account, nord.relay);
    for (const { testimony } of recipients) {
      assert.equal(verifyTestimony(testimony ?? new Uint8Array(), policy.log).kind, 'never-fetched');
    }
    assert.equal(await arrivalOf(nord, letter), 'withdrawn');
    assert.deepEqual(withdrawalOf(nord.account, letter)?.recipients, recipients);
    await syncInbox(sued);
    assert.isUndefined(receivedLetters(sued.account).find(({ key }) => key === letter.key));
    const [gone] = removed(sued.account).slice(-1);
    assert.deepInclude(gone, { messageId: letter.stored.header.messageId, why: 'withdrawn' });
  });

  it('keeps what came too late apart from what did not, and leaves it with whom it reached', async () => {
    const letter = await send();
    await syncInbox(sued);
    const { recipients } = await withdrawMessage(nord, letter);
    const of = (desk: TestDesk) => recipients.find(({ address }) => address === desk.address);
    assert.deepInclude(of(sued), { state: 'fetched', isContradicted: false });
    assert.closeTo(of(sued)?.fetchedMs ?? 0, Date.now(), 30_000);
    assert.deepInclude(of(ost), { state: 'withdrawn', fetchedMs: null });
    const received = receivedLetters(sued.account).find(({ key }) => key === letter.key) ?? assert.fail();
    assert.equal(await arrivalOf(sued, received), 'complete');
    assert.notEqual(await arrivalOf(nord, letter), 'withdrawn');
  });

  it('another device of the mailbox finds it withdrawn when it asks', async () => {
    const other = await nord.another('Zweites Gerät');
    const letter = await send();
    await syncInbox(other);
    const theirs = findLetter(other.account, letter.name);
    assert.isNull(await fetchWithdrawal(other, theirs));
    await withdrawMessage(nord, letter);
    const found = await fetchWithdrawal(other, theirs);
    const saidBy = (one: Withdrawal | null) => one?.recipients.map(({ state, testimony }) => [state, testimony]);
    assert.deepEqual(saidBy(found), saidBy(withdrawalOf(nord.account, letter)));
    assert.equal(await arrivalOf(other, theirs), 'withdrawn');
    await other.close();
  });

  it('a recipient takes nothing back, and a sender not twice', async () => {
    const letter = await send();
    await syncInbox(sued);
    const received = findLetter(sued.account, letter.name);
    assert.equal(await codeOf(() => withdrawMessage(sued, received)), 'forbidden');
    const first = await withdrawMessage(nord, letter);
    assert.deepEqual(await withdrawMessage(nord, letter), first);
  });

  it('a relay that lies is caught: other signers, other messages, swapped, left out, contradicting', async () => {
    const earlier = await withdrawMessage(nord, await send());
    const letter = await send();
    await syncInbox(sued);
    const key = signingKeyFromSeed(new Uint8Array(32));
    const { policy } = await loadPolicy(nord.account, nord.relay);
    const forged = (bytes: Uint8Array | null) => {
      const body = encodeTestimonyBody({
        ...verifyTestimony(bytes ?? new Uint8Array(), policy.log),
        kind: 'never-fetched',
        fetchedMs: null,
      });
      return encodeTestimony(body, key.sign('relay', testimonyInput(body)).subarray(0, 64));
    };
    const ofEarlier = (mailboxId: string) => {
      const found = earlier.recipients.find((one) => one.mailboxId === mailboxId)?.testimony;
      return found instanceof Uint8Array ? Uint8Array.from(found) : null;
    };
    const lies: Readonly<Record<string, Desk>> = {
      'signed by another key': withEach(({ testimony }) => ({ testimony: forged(testimony), state: 'withdrawn' })),
      'of another message': withEach(({ mailboxId }) => ({
        testimony: ofEarlier(mailboxId),
        state: 'withdrawn',
      })),
      'never fetched, against its own word': withEach(() => ({ state: 'withdrawn' })),
      'of another recipient': lying(({ recipients: [one, two], ...rest }) => ({
        ...rest,
        recipients: [one, two].flatMap((item, i, all) =>
          item === undefined ? [] : [{ ...item, testimony: all[1 - i]?.testimony ?? null }],
        ),
      })),
      'without a recipient': lying(({ recipients, ...rest }) => ({
        ...rest,
        recipients: recipients.filter(({ mailboxId }) => mailboxId !== sued.account.content.mailboxId),
      })),
      'with a recipient twice': lying(({ recipients, ...rest }) => ({
        ...rest,
        recipients: [...recipients, ...recipients],
      })),
      'no testimony at all but noise': withEach(() => ({ testimony: new Uint8Array(100) })),
    };
    for (const [name, desk] of Object.entries(lies)) {
      assert.equal(await codeOf(() => withdrawMessage(desk, letter)), 'relay-answer', name);
      assert.isNull(withdrawalOf(nord.account, letter), name);
    }
    assert.equal((await withdrawMessage(nord, letter)).recipients.length, 2);
  });

  it('a relay that has not signed yet is asked again', async () => {
    const letter = await send();
    const first = await withdrawMessage(
      withEach(() => ({ testimony: null })),
      letter,
    );
    assert.isTrue(first.recipients.every(({ testimony }) => testimony === null));
    const second = await withdrawMessage(nord, letter);
    assert.isTrue(second.recipients.every(({ testimony }) => testimony !== null));
  });

  it('a receipt of who has never fetched it, by the relay’s signed word, shows that the relay has lied', async () => {
    const letter = await send();
    await syncInbox(sued);
    const received = findLetter(sued.account, letter.name);
    await confirm(sued, received, [], 0);
    // The relay's own records are made to say what is not so.
    await t
      .db('deliveries')
      .where({ message_id: Buffer.from(letter.stored.header.messageId, 'hex') })
      .whereNot({ mailbox_id: Buffer.from(nord.account.content.mailboxId, 'hex') })
      .update({ fetched_at: null });
    const { recipients } = await withdrawMessage(nord, letter);
    assert.isTrue(recipients.every(({ state }) => state === 'withdrawn'));
    await syncInbox(nord);
    const now = withdrawalOf(nord.account, letter)?.recipients ?? [];
    assert.deepEqual(
      now.map(({ address, isContradicted }) => `${address} ${isContradicted}`).sort(),
      [`${ost.address} false`, `${sued.address} true`].sort(),
    );
  });
});
