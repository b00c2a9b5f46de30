import { assert } from 'chai';
import { runKills } from '../support/kill-runs.js';

/** Two of the many kills of `npm run campaign:kill`; a database that lives on is killed at in nodes.test.ts. */
describe('a relay that is killed while it is written to', function () {
  this.timeout(180_000);
  const NOTHING = { lost: 0, duplicated: 0, falselyComplete: 0, orphansLeft: 0, findings: [] };

  it('with its embedded database loses nothing that it has acknowledged, and calls nothing complete that is not', async () => {
    const result = await runKills({ runs: 2, seed: 11, senders: 3 });
    assert.deepInclude(result, NOTHING);
    assert.isAtLeast(result.messages, 3);
  });
});
