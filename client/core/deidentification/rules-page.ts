import { ACTIONS } from './actions.js';
import { decideAction } from './decide.js';
import type { ActionKind } from './job.js';
import { EDITION, OPTION_KEYS, type OptionKey } from './profile.js';
import { tagText } from './report.js';
import { tableRows, type TableRow } from './rules.js';

/** The tables of docs/spec/deidentification-attributes.md, from what is run; a test holds the page against them. */
export function rulesPage(): string {
  return [
    '# Attributes and what becomes of them',
    '',
    `Made from the tables that are run ([the program's rules](deidentification.md)); a test fails when the two differ. Attributes and codes: DICOM ${EDITION}, (c) NEMA.`,
    '',
    '## 1. Actions',
    '',
    '| action | what it does | Deutsch |',
    '|---|---|---|',
    ...(Object.keys(ACTIONS) as ActionKind[]).map(
      (kind) => `| \`${kind}\` | ${ACTIONS[kind].words.en} | ${ACTIONS[kind].words.de} |`,
    ),
    '',
    '## 2. Table E.1-1',
    '',
    'The action is that of a CT image under the Basic Profile alone; a code with strokes is decided by the type that the attribute has in the object. Options: ' +
      `${OPTION_KEYS.slice(0, 10)
        .map((key, index) => `${index} \`${key}\``)
        .join(', ')}; K keeps, C cleans.`,
    '',
    '| tag | VR | code | action | options | name |',
    '|---|---|---|---|---|---|',
    ...tableRows().map(rowOf),
    '',
  ].join('\n');
}

function rowOf(row: TableRow): string {
  const options = Object.entries(row.options).map(([key, code]) => `${OPTION_KEYS.indexOf(key as OptionKey)}${code}`);
  const tag = row.tag === null ? row.pattern : tagText(row.tag);
  return `| ${tag} | ${row.vr} | ${row.basic} | ${actionOf(row)} | ${options.join(' ')} | ${row.name} |`;
}

function actionOf(row: TableRow): ActionKind {
  if (row.tag === null) return 'remove';
  return decideAction({ origin: 'table', code: row.basic, row }, row.tag, row.vr, 'other', new Set());
}
