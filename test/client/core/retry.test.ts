import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { CoreError } from '../../../client/core/error.js';
import { failureKind, platformRetry, withRetry } from '../../../client/core/relay/retry.js';
import { codeOf } from '../../support/codes.js';

describe('trying again', () => {
  const transient = new CoreError('relay-unreachable', 'away');

  it('goes on as long as patience says, with waits that double up to a bound', async () => {
    const waits: number[] = [];
    let now = 0;
    const sleep = (ms: number): Promise<void> => {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    };
    const policy = { patienceMs: 30_000, sleep, now: () => now };
    const failing = withRetry(policy, () => Promise.reject(transient));
    expect(await codeOf(() => failing)).to.equal('relay-unreachable');
    expect(waits).to.deep.equal([250, 500, 1000, 2000, 4000, 8000, 8000]);
  });

  it('does not repeat what is refused for good', async () => {
    let tries = 0;
    const refused = withRetry(platformRetry(10_000), () => {
      tries += 1;
      return Promise.reject(new CoreError('not-found', 'nothing there'));
    });
    expect(await codeOf(() => refused)).to.equal('not-found');
    expect(tries).to.equal(1);
    expect(failureKind(new Error('of somebody else'))).to.equal('permanent');
  });

  it('ends its wait when it is told to, and leaves no listener at the signal, ended or not', async () => {
    const stop = new AbortController();
    const { signal } = stop;
    await platformRetry(0).sleep(1, signal);
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
    const long = platformRetry(0).sleep(3_600_000, signal);
    stop.abort();
    await long;
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });
});
