import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PASSPHRASE } from '../support/cli.js';
import { databases } from '../support/database.js';
import { mochaHooks } from '../support/hooks.js';
import { type Board, addRound, boardOf, emptyBoard, readBoard, withBoard } from './faults/board.js';
import { type StoreKind } from './faults/site.js';
import { runRound } from './faults/round.js';

/**
 * `npm run campaign -- --runs N --seed S [--round N] [--nodes N] [--clients N] [--minutes M] [--board] [--add]`: N sends under random faults, in rounds
 * that each begin with a relay and practices of their own; databases and blob stores take turns. Ends with 1 unless nothing was lost, duplicated,
 * falsely complete or wrongly readable. `--board` writes what came of it into docs/reliability.md, after each round; `--add` adds it to what stands there.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    round: { type: 'string', default: '400' },
    nodes: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '600' },
    clients: { type: 'string', default: '3' },
    board: { type: 'boolean', default: false },
    add: { type: 'boolean', default: false },
  },
});
const [runs, seed, perRound, nodes, minutes, clients] = [
  values.runs,
  values.seed,
  values.round,
  values.nodes,
  values.minutes,
  values.clients,
].map(Number) as [number, number, number, number, number, number];
const page = resolve(import.meta.dirname, '../../docs/reliability.md');
const kinds = databases('every');
const STORES: readonly StoreKind[] = ['disk', 's3'];
const until = Date.now() + minutes * 60_000;

const before = values.add ? readBoard(readFileSync(page, 'utf8')) : null;
const fresh = emptyBoard({ seeds: [seed], nodes, databases: kinds.map(({ label }) => label) });
let board: Board = before === null ? fresh : { ...before, seeds: [...before.seeds, seed] };
for (let n = 0, left = runs; left > 0 && Date.now() < until; n++) {
  const database = kinds[Math.floor(n / STORES.length) % kinds.length];
  const store = STORES[n % STORES.length];
  if (database === undefined || store === undefined) throw new Error('no database');
  const sends = Math.min(perRound, left);
  left -= sends;
  const label = `round ${n + 1} (${database.label}, ${store})`;
  const result = await runRound({
    ...{ seed: seed + n, sends, nodes, clients, database, store, passphrase: PASSPHRASE },
    onProgress: (done) => process.stderr.write(`${label}: ${done} of ${sends}\n`),
  });
  board = addRound(board, result);
  const { lost, duplicated, falselyComplete, wronglyReadable, unfinished, faulted, seconds, details } = result;
  process.stderr.write(
    `${label}: ${JSON.stringify({ sends, faulted, seconds, lost, duplicated, falselyComplete, wronglyReadable, unfinished })}\n`,
  );
  for (const detail of details) process.stderr.write(`  ${detail}\n`);
  process.stderr.write(
    `  ${JSON.stringify({ faults: result.faults, troubles: result.troubles, findings: result.findings })}\n`,
  );
  if (values.board) writeFileSync(page, withBoard(readFileSync(page, 'utf8'), boardOf(board)));
}
await mochaHooks.afterAll.call({ timeout: () => undefined } as never);
const { sends, faulted, lost, duplicated, falselyComplete, wronglyReadable } = board;
process.stdout.write(`sent ${sends}, of them under faults ${faulted}\n`);
process.stdout.write(
  `lost ${lost}, duplicated ${duplicated}, falsely complete ${falselyComplete}, wrongly readable ${wronglyReadable}\n`,
);
const wrong = lost + duplicated + falselyComplete + wronglyReadable + board.unfinished + board.findings.length;
process.exit(wrong === 0 ? 0 : 1);
