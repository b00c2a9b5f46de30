import { OPTION_KEYS } from '../../../client/core/deidentification/profile.js';
import { canaryCase } from './cases.js';
import { DOCUMENT_KINDS, documentCase } from './documents.js';
import { createScore, type Score, scoreCase } from './score.js';

/** The Basic Profile alone, and with each option that needs no pixels. */
export const OPTION_SETS: readonly (readonly string[])[] = [
  [],
  ...OPTION_KEYS.filter((key) => !key.startsWith('cleanPixel') && !key.startsWith('cleanVisual')).map((key) => [key]),
  ['cleanDescriptors', 'cleanStructuredContent', 'cleanGraphics', 'retainLongModifiedDates'],
];

export interface Campaign {
  readonly seed: number;
  /** Files per set of options; with `parts` of them every row of the table has been planted at the root and nested. */
  readonly runs: number;
  readonly parts: number;
}

export interface CampaignResult {
  readonly score: Score;
  readonly files: number;
}

export async function runCampaign({ seed, runs, parts }: Campaign): Promise<CampaignResult> {
  const score = createScore();
  let files = 0;
  for (const [shift, options] of OPTION_SETS.entries()) {
    for (let index = 0; index < runs; index++, files++) {
      await scoreCase(canaryCase(seed, index + shift, options, parts), score);
    }
    for (const [index, kind] of DOCUMENT_KINDS.entries()) {
      await scoreCase(documentCase(seed, index, kind, options), score);
      files++;
    }
  }
  return { score, files };
}

/** The table of docs/spec/deidentification.md §8: per cent of what was planted and treated rightly. */
export function scoreTable({ columns }: Score): string {
  const lines = [...columns]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([column, { good, bad }]) => {
      const share = ((100 * good) / (good + bad)).toFixed(2).padStart(7);
      return `| ${column.padEnd(12)} | ${share} | ${String(good + bad).padStart(7)} |`;
    });
  return ['| column       |   score |    tried |', '|---|---|---|', ...lines].join('\n');
}
