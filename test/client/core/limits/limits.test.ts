import { assert } from 'chai';
import { describeFailure } from '../../../../client/cli/failure.js';
import { type Desk } from '../../../../client/core/desk.js';
import { type CoreError } from '../../../../client/core/error.js';
import { type Limits, assertRoom, roomOf } from '../../../../client/core/limits/limits.js';

const LIMITS: Limits = {
  payloadBytes: 1_000,
  quotaBytes: 5_000,
  storedBytes: 4_500,
  messagesPerDay: 10,
  messagesToday: 0,
  parallelUploads: 4,
  expiresDaysMin: 1,
  expiresDaysMax: 365,
};

function deskWith(limits: Limits | null): { readonly desk: Desk; readonly asked: () => number } {
  let count = 0;
  const relay = {
    limits: () => {
      count += 1;
      return Promise.resolve(limits);
    },
  };
  return { desk: { relay } as unknown as Desk, asked: () => count };
}

async function refusal(limits: Limits | null, neededBytes: number): Promise<CoreError | null> {
  return assertRoom(deskWith(limits).desk, neededBytes).then(
    () => null,
    (error: unknown) => error as CoreError,
  );
}

describe('the room that a relay leaves a sender', () => {
  it('is the lesser of what a payload may have and what the quota leaves', async () => {
    assert.equal(roomOf(LIMITS), 500);
    assert.equal(roomOf({ ...LIMITS, storedBytes: 0 }), 1_000);
    assert.equal(roomOf({ ...LIMITS, storedBytes: 6_000 }), 0);
    assert.isNull(await refusal(LIMITS, 500));
    assert.equal((await refusal(LIMITS, 501))?.code, 'quota-exceeded');
    assert.equal((await refusal(LIMITS, 1_001))?.code, 'too-large');
  });

  it('is said in both languages before anything is sent', async () => {
    const error = await refusal(LIMITS, 501);
    for (const language of ['de', 'en'] as const) {
      assert.match(describeFailure(error, language).message, /501.*500/, language);
    }
  });

  it('is not asked for where nothing is to be stored, nor of a relay that does not say', async () => {
    const { desk, asked } = deskWith(LIMITS);
    await assertRoom(desk, 0);
    assert.equal(asked(), 0);
    assert.isNull(await refusal(null, 10_000));
  });
});
