import { parseArgs } from 'node:util';
import { startNode } from './faults/processes.js';
import { runKills } from '../support/kill-runs.js';

/**
 * `npm run campaign:kill -- --runs N --seed S [--database-url URL] [--senders N] [--life MS] [--minutes M]`: random kill -9 of the relay of
 * the compiled program under parallel sends, within `life` of its first answer. The database behind the URL must be empty; without one it is the embedded database, which goes down as well. Ends with 1 unless nothing was lost, doubled or falsely complete, and orphans were swept.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    senders: { type: 'string', default: '6' },
    'database-url': { type: 'string' },
    life: { type: 'string', default: '2000' },
    minutes: { type: 'string', default: '600' },
  },
});
const started = Date.now();
const result = await runKills({
  runs: Number(values.runs),
  seed: Number(values.seed),
  senders: Number(values.senders),
  databaseUrl: values['database-url'],
  longestLifeMs: Number(values.life),
  start: (options) => startNode({ ...options, logLevel: 'silent' }, () => undefined),
  untilMs: started + Number(values.minutes) * 60_000,
  onRun: (run, messages) => {
    if (run % 10 === 0) process.stderr.write(`run ${run}: ${messages} messages acknowledged\n`);
  },
});
process.stdout.write(`${JSON.stringify({ ...result, seconds: Math.round((Date.now() - started) / 1000) })}\n`);
const { lost, duplicated, falselyComplete, orphansLeft, findings } = result;
process.exitCode = lost + duplicated + falselyComplete + orphansLeft + findings.length === 0 ? 0 : 1;
