import { parseArgs } from 'node:util';
import { runCampaign, scoreTable } from '../support/canary/campaign.js';

/** `npm run campaign:deid -- --seed 7 --runs 24`: canaries planted everywhere and searched for in every coding. Ends with 1 if one was found. */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '24' } },
});
const seed = Number(values.seed);
const runs = Number(values.runs);
const started = performance.now();
const { score, files } = await runCampaign({ seed, runs, parts: 6 });
process.stdout.write(
  `${scoreTable(score)}\n\nseed ${seed}, ${files} files, ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
);
for (const failure of score.failures.slice(0, 50)) process.stdout.write(`${failure}\n`);
process.exitCode = score.failures.length === 0 ? 0 : 1;
