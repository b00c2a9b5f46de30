import { type Attack } from './table.js';

export interface AttackResult {
  readonly attack: Attack;
  readonly plays: readonly {
    readonly file: string;
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
  }[];
}

const BEGIN = '<!-- attacks: written by npm run attacks -->';
const END = '<!-- /attacks -->';

/** The table between the marks of the document. */
export function tableOf(page: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('the marks of the table are missing');
  return page.slice(begin + BEGIN.length, end);
}

export function withTable(page: string, table: string): string {
  return page.replace(`${BEGIN}${tableOf(page)}${END}`, () => `${BEGIN}\n${table}${END}`);
}

export function attackRows(results: readonly AttackResult[], when: string): string {
  const byNumber = [...results].sort((a, b) => numberOf(a.attack) - numberOf(b.attack));
  const tests = results.flatMap(({ plays }) => plays);
  const sum = tests.reduce((total, { passed }) => total + passed, 0);
  return [
    '',
    `Played on ${when}: ${results.length} attacks, ${results.filter(isRepelled).length} repelled, ${sum} tests.`,
    '',
    '| id | attack | outcome | played in | result |',
    '| --- | --- | --- | --- | --- |',
    ...byNumber.map((result) => {
      const { attack, plays } = result;
      const links = plays.map(({ file, passed }) => `[${nameOf(file)}](../${file}) ${passed}`);
      return `| ${attack.id} | ${attack.attack} | ${attack.outcome} | ${links.join(', ')} | ${wordOf(result)} |`;
    }),
    '',
    '',
  ].join('\n');
}

function isRepelled({ plays }: AttackResult): boolean {
  return plays.every(({ passed, failed }) => passed > 0 && failed === 0);
}

function wordOf(result: AttackResult): string {
  if (!isRepelled(result)) return '**not repelled**';
  const skipped = result.plays.reduce((total, play) => total + play.skipped, 0);
  return skipped === 0 ? 'repelled' : `repelled, ${skipped} skipped`;
}

function numberOf({ id }: Attack): number {
  return Number(id.slice(1));
}

function nameOf(file: string): string {
  return file.replace(/^.*\/([^/]+)\.test\.ts$/, '$1');
}
