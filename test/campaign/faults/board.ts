import type { FaultKind } from './faults.js';
import type { RoundResult } from './round.js';

/** The sum of all rounds of one run, or of several that were added up. */
export interface Board {
  /** Of each run that was added. */
  readonly seeds: readonly number[];
  readonly nodes: number;
  readonly databases: readonly string[];
  readonly rounds: number;
  readonly sends: number;
  readonly faulted: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly falselyComplete: number;
  readonly wronglyReadable: number;
  readonly unfinished: number;
  readonly givenUp: number;
  readonly quarantined: number;
  readonly findings: readonly string[];
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly seconds: number;
}

export function emptyBoard(start: Pick<Board, 'seeds' | 'nodes' | 'databases'>): Board {
  const nothing = { lost: 0, duplicated: 0, falselyComplete: 0, wronglyReadable: 0, unfinished: 0, givenUp: 0 };
  const none = { rounds: 0, sends: 0, faulted: 0, quarantined: 0, findings: [], faults: {}, seconds: 0 };
  return { ...start, ...nothing, ...none };
}

export function addRound(board: Board, round: RoundResult): Board {
  const counts = ['sends', 'faulted', 'lost', 'duplicated', 'falselyComplete', 'wronglyReadable'] as const;
  const others = ['unfinished', 'givenUp', 'quarantined', 'seconds'] as const;
  const added = Object.fromEntries([...counts, ...others].map((name) => [name, board[name] + round[name]]));
  const faults = { ...board.faults };
  for (const [kind, count] of Object.entries(round.faults) as [FaultKind, number][]) {
    faults[kind] = (faults[kind] ?? 0) + count;
  }
  const findings = [...board.findings, ...round.findings];
  return { ...board, ...(added as Partial<Board>), rounds: board.rounds + 1, faults, findings };
}

const BEGIN = '<!-- campaign: written by npm run campaign -->';
const END = '<!-- /campaign -->';

export function withBoard(page: string, text: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('the marks of the board are missing');
  return `${page.slice(0, begin + BEGIN.length)}\n${text}${page.slice(end)}`;
}

const DATA = /<!-- board: (.*) -->/;

/** What stands on the page, so that a run can be added to those before it; null before the first. */
export function readBoard(page: string): Board | null {
  const data = DATA.exec(page)?.[1];
  return data === undefined ? null : (JSON.parse(data) as Board);
}

export function boardOf(board: Board): string {
  const faults = Object.entries(board.faults).sort(([, a], [, b]) => b - a);
  const when = new Date().toISOString().slice(0, 10);
  return [
    '',
    `<!-- board: ${JSON.stringify(board)} -->`,
    '',
    `${board.seeds.length === 1 ? 'Run' : `${board.seeds.length} runs, the last`} of ${when}, \`npm run campaign -- --seed ${board.seeds.join(', ')} --nodes ${board.nodes}\`: ${board.rounds} ${board.rounds === 1 ? 'round' : 'rounds'} in ${Math.round(board.seconds / 60)} minutes; ` +
      `${board.rounds === 1 ? `${board.databases[0] ?? ''}, blobs on disk` : `${board.databases.join(', ')}; blobs on disk and in S3 by turns`}.`,
    '',
    '| what | count |',
    '| --- | --- |',
    `| sends | ${board.sends} |`,
    `| of them struck by at least one fault while under way | ${board.faulted} |`,
    `| **lost** | **${board.lost}** |`,
    `| **duplicated** | **${board.duplicated}** |`,
    `| **falsely complete** | **${board.falselyComplete}** |`,
    `| **wrongly readable** | **${board.wronglyReadable}** |`,
    `| neither arrived nor given up at the end | ${board.unfinished} |`,
    `| whose sender was told that they are not sent | ${board.givenUp} |`,
    `| deliveries in quarantine | ${board.quarantined} |`,
    `| findings of \`relay check\`, orphans left after a sweep | ${board.findings.length} |`,
    '',
    '| fault | times |',
    '| --- | --- |',
    ...faults.map(([kind, count]) => `| ${kind} | ${count} |`),
    '',
    '',
  ].join('\n');
}
