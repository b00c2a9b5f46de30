import { expect } from 'chai';
import { afterNow } from '../../../client/gateway/incoming/after-now.js';

describe('an action whose callers want to know what is true now', () => {
  /** Runs end when the test says so; `seen` is what each run has looked at when it began. */
  const setUp = () => {
    const ends: ((error?: Error) => void)[] = [];
    const seen: number[] = [];
    let truth = 0;
    const one = afterNow(() => {
      seen.push(truth);
      return new Promise((resolve, reject) => ends.push((error) => (error === undefined ? resolve() : reject(error))));
    });
    return { ...one, ends, seen, change: () => (truth += 1) };
  };
  const turn = (): Promise<void> => new Promise(setImmediate);

  it('gives who asks while it runs a run that begins afterwards, one for all of them', async () => {
    const { run, ends, seen, change } = setUp();
    const first = run();
    change();
    const [second, third] = [run(), run()];
    expect(seen).to.deep.equal([0]);
    ends[0]?.();
    await first;
    await turn();
    expect(seen).to.deep.equal([0, 1]);
    ends[1]?.();
    await Promise.all([second, third]);
    const fourth = run();
    expect(seen).to.deep.equal([0, 1, 1]);
    ends[2]?.();
    await fourth;
  });

  it('tells each of its own failure alone, and settles when nothing is left to run', async () => {
    const { run, settled, ends, seen } = setUp();
    const first = run().catch((error: Error) => error.message);
    const second = run();
    let isSettled = false;
    const all = settled().then(() => (isSettled = true));
    ends[0]?.(new Error('no line'));
    expect(await first).to.equal('no line');
    await turn();
    expect([seen.length, isSettled]).to.deep.equal([2, false]);
    ends[1]?.();
    await second;
    await all;
    await settled();
    expect(seen).to.have.length(2);
  });

  it('never runs twice at a time, whoever asks when', async () => {
    let [running, most, runs] = [0, 0, 0];
    const { run } = afterNow(async () => {
      most = Math.max(most, (running += 1));
      runs += 1;
      await turn();
      running -= 1;
    });
    const asked: Promise<void>[] = [];
    for (let n = 0; n < 50; n++) {
      asked.push(run().then(() => run()));
      if (n % 7 === 0) await turn();
    }
    await Promise.all(asked);
    expect([most, runs < 50]).to.deep.equal([1, true]);
  });
});
