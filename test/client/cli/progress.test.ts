import { expect } from 'chai';
import { createProgressLine, formatBytes, progressText } from '../../../client/cli/progress.js';

describe('the progress line', () => {
  it('shows share, size, rate and remaining time in the language of the user', () => {
    expect(progressText('upload', 50_000_000, 200_000_000, 5_000_000, 'en')).to.match(
      /25 % {2}200 MB {2}5 MB\/s {2}30 s left$/,
    );
    expect(progressText('upload', 50_000_000, 200_000_000, 500_000, 'de')).to.match(
      /25 % {2}200 MB {2}500 kB\/s {2}noch 5 min 0 s$/,
    );
    expect(formatBytes(1_234_567, 'de')).to.equal('1,2 MB');
  });

  it('says nothing of rate and time while they are unknown', () => {
    expect(progressText('upload', 0, 1000, 0, 'en')).to.match(/0 % {2}1 kB$/);
  });

  it('measures the rate over the last seconds', () => {
    let now = 0;
    const written: string[] = [];
    const line = createProgressLine({ isTTY: true, write: (text: string) => void written.push(text) }, 'en', () => now);
    for (const bytes of [0, 10_000_000, 20_000_000]) {
      line.show('upload', bytes, 100_000_000);
      now += 1000;
    }
    expect(written.at(-1)).to.match(/20 % {2}100 MB {2}10 MB\/s {2}8 s left$/);
  });

  it('writes nothing where nobody is looking', () => {
    const written: string[] = [];
    const line = createProgressLine({ isTTY: false, write: (text: string) => void written.push(text) }, 'en');
    line.show('upload', 1, 2);
    line.done();
    expect(written).to.deep.equal([]);
  });
});
