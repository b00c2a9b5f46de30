import { expect } from 'chai';
import { OPTION_SETS, runCampaign } from '../../../support/canary/campaign.js';

/** docs/spec/deidentification.md §8: unique words are planted everywhere, and none may be found afterwards. `npm run campaign:deid` does the same at length. */
describe('de-identification of canaries', () => {
  it('leaves none of them, keeps what the options keep, and marks what it did, with each option', async () => {
    const { score, files } = await runCampaign({ seed: 20261125, runs: 6, parts: 6 });
    expect(files).to.equal(OPTION_SETS.length * 13);
    expect(score.failures).to.deep.equal([]);
    for (const { good } of score.columns.values()) expect(good).to.be.greaterThan(50);
  });
});
