import { expect } from 'chai';
import { start } from '../support/cli.js';

describe('the benchmark', function () {
  this.timeout(60_000);

  it('carries a made study from a folder to a folder and says what it took', async () => {
    const ran = await start(['bench', '--study', 'mr', '--ways', 'bildbote', '--repeat', '1']).done;
    expect(ran.code, ran.err).to.equal(0);
    const [board] = ran.lines;
    const [row] = board?.['rows'] as readonly { trips: number; figures: Record<string, number> }[];
    expect(row?.trips).to.equal(1);
    for (const figure of ['wallS', 'cpuS', 'peakBytes', 'firstS']) {
      expect(row?.figures[figure], figure).to.be.greaterThan(0);
    }
    expect(row?.figures['wireBytes']).to.be.within(Number(board?.['bytes']), 1.05 * Number(board?.['bytes']));
  });

  it('does not know every study', async () => {
    const ran = await start(['bench', '--study', 'us', '--ways', 'bildbote']).done;
    expect(ran.code).to.equal(2);
    expect(ran.error?.code).to.equal('usage');
  });
});
