import { expect } from 'chai';
import { type Board } from '../../../client/cli/bench/board.js';
import { plotSvg } from '../../../client/cli/bench/plot.js';

function boardOf(ways: readonly (readonly [name: string, wallS: number, firstS: number])[]): Board {
  const rows = ways.map(([name, wallS, firstS]) => ({
    way: { name, title: `${name} & <others>`, isSealed: true },
    figures: { wallS, firstS, cpuS: 1, peakBytes: 1, wireBytes: null },
    trips: 1,
  }));
  return { study: 'CT', line: 'loopback', bytes: 1, rows, missing: [] };
}

/** Widths of the bars, which stand in the order of the ways. */
function barsOf(svg: string): number[] {
  return [...svg.matchAll(/<rect x="390" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
}

describe('the plot of a benchmark', () => {
  it('has a bar for each way, the quickest first, as long as its trip', () => {
    const [short = 0, long = 0, ...more] = barsOf(
      plotSvg(
        [
          boardOf([
            ['age', 4, 2],
            ['bildbote', 1, 0.5],
          ]),
        ],
        'machine',
      ),
    );
    expect(more).to.deep.equal([]);
    expect(long / short).to.be.closeTo(4, 0.01);
  });

  it('draws every board below the one before, and the sheet holds them all', () => {
    const svg = plotSvg(
      [
        boardOf([['age', 1, 1]]),
        boardOf([
          ['age', 1, 1],
          ['copy', 2, 1],
        ]),
      ],
      'machine',
    );
    const tops = [...svg.matchAll(/<text x="12.0" y="(\d+)"[^>]*>CT/g)].map(([, y]) => Number(y));
    const height = Number(/height="(\d+)"/.exec(svg)?.[1]);
    expect(tops).to.have.length(2);
    expect(tops[0]).to.be.lessThan(tops[1] ?? 0);
    expect(barsOf(svg)).to.have.length(3);
    for (const [, y] of svg.matchAll(/ y="(-?\d+)"/g)) expect(Number(y)).to.be.within(0, height);
  });

  it('puts nothing of a title into the picture but text', () => {
    const svg = plotSvg([boardOf([['age', 1, 1]])], '<script>');
    expect(svg).to.include('age &amp; &lt;others&gt;').and.to.not.include('<script>');
  });
});
