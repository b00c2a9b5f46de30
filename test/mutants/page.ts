import type { Mutant } from './mutant.js';

export interface MutantResult {
  readonly mutant: Mutant;
  readonly outcome: 'noticed' | 'survived' | 'no end in time' | 'red without it' | 'not applicable' | 'not tried';
  /** The first test that turned red. */
  readonly test: string;
}

export function mutantsPage(results: readonly MutantResult[], when: string): string {
  const noticed = results.filter(({ outcome }) => outcome === 'noticed').length;
  const tried = results.filter(({ outcome }) => outcome !== 'not tried').length;
  return [
    '# Mutants',
    '',
    'Each line of this table takes one defence out of a copy of the project and runs the tests that must notice. A test that stays green without',
    'the defence proves nothing about it. `npm run mutants` does all of it again and writes this page. `I` stands for an invariant of',
    '[the envelope](spec/envelope.md) §9, `A` for an attack of [the threat model](threat-model.md).',
    '',
    `As of ${when}: ${results.length} mutants, ${tried} tried, ${noticed} noticed.`,
    '',
    '| guards | what no longer holds | where | the test that turns red |',
    '| --- | --- | --- | --- |',
    ...results.map(rowOf),
    '',
  ].join('\n');
}

function rowOf({ mutant, outcome, test }: MutantResult): string {
  const { guards, without, file } = mutant;
  const said =
    outcome === 'noticed' ? plain(test) : outcome === 'not tried' ? outcome : `**${outcome}** ${plain(test)}`;
  return `| ${guards.join(', ')} | ${plain(without)} | [${file.split('/').slice(-1).join()}](../${file}) | ${said} |`;
}

/** Titles hold what a table cell or a link would take for its own. */
function plain(text: string): string {
  return text
    .replaceAll(/[|[\]<>*_`\\]/g, '')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 160);
}
