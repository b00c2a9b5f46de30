import { CONTENT_ROWS } from './tables/structured-content-2026c.js';
import { valueType } from './dummies.js';
import { findElement, type ItemNode, itemsOf, valueBytes } from './element-tree.js';
import type { Job, Outcome } from './job.js';
import type { OptionKey } from './profile.js';
import type { Rule } from './rules.js';
import { latinText } from './text-value.js';

/** Columns of PS3.15 Table E.3.4-1. */
const CONTENT_OPTION_KEYS: readonly OptionKey[] = [
  'retainUIDs',
  'retainDeviceIdentity',
  'retainInstitutionIdentity',
  'retainPatientCharacteristics',
  'retainLongFullDates',
  'retainLongModifiedDates',
  'cleanDescriptors',
];

/** Sequences whose items are a concept and a value. */
const CONTENT_SEQUENCES = new Set([0x0040a730, 0x00400555, 0x00400612, 0x00400610]);

interface ContentRow {
  readonly basic: string;
  readonly letters: string;
}

let rows: ReadonlyMap<string, ContentRow> | null = null;

function contentRows(): ReadonlyMap<string, ContentRow> {
  rows ??= new Map(
    CONTENT_ROWS.trim()
      .split('\n')
      .map((line) => {
        const [scheme = '', code = '', type = '', basic = '', letters = ''] = line.split('|');
        return [`${scheme}|${code}|${type}`, { basic, letters }] as const;
      }),
  );
  return rows;
}

/** Where structured content is gone through, the concept of each item decides whether it stays and whether its text may. */
export function contentItemRule(tag: number, rule: Rule, job: Job): Partial<Extract<Outcome, { kind: 'descend' }>> {
  if (!CONTENT_SEQUENCES.has(tag) || rule.code !== 'C') return {};
  const { options } = job.rules.profile;
  const code = (item: ItemNode): string => codeFor(item, options);
  return { drops: (item) => code(item) === 'X', dummies: (item) => code(item) === 'D' };
}

/** X/D is X: an item that is missing is allowed where an item that says nothing misleads. */
function codeFor(item: ItemNode, options: ReadonlySet<OptionKey>): string {
  const concept = conceptOf(item);
  const row = contentRows().get(`${concept}|${valueType(item)}`);
  if (row === undefined) return '';
  const chosen = CONTENT_OPTION_KEYS.flatMap((key, index) => (options.has(key) ? [row.letters[index] ?? '.'] : []));
  if (chosen.includes('K')) return 'K';
  return chosen.includes('C') ? 'C' : row.basic.slice(0, 1);
}

function conceptOf(item: ItemNode): string {
  const name = findElement(item.elements, 0x0040a043);
  const elements = (name === undefined ? undefined : itemsOf(name)[0])?.elements ?? [];
  const text = (tag: number): string => {
    const node = findElement(elements, tag);
    return node === undefined
      ? ''
      : latinText(valueBytes(node))
          .replace(/[\0 ]+$/, '')
          .trim();
  };
  return `${text(0x00080102)}|${text(0x00080100)}`;
}
