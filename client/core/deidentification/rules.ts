import { dictionaryVr } from '../dicom/dictionary-vr.js';
import { PROFILE_ROWS_HIGH } from './tables/profile-2026d-high.js';
import { PROFILE_ROWS_LOW } from './tables/profile-2026d-low.js';
import { UNLISTED_ROWS } from './tables/unlisted-2026d.js';
import { OPTION_KEYS, type OptionKey, type Profile } from './profile.js';

/** A row of Table E.1-1. */
export interface TableRow {
  /** Null for a pattern: curves, overlays, private attributes. */
  readonly tag: number | null;
  readonly pattern: string;
  readonly vr: string;
  readonly basic: string;
  readonly options: Readonly<Partial<Record<OptionKey, 'K' | 'C'>>>;
  readonly name: string;
}

/** What is to be done with an attribute: the words of the table, or of our own judgement where it is silent. */
export type Rule =
  | { readonly origin: 'table'; readonly code: string; readonly row: TableRow }
  | { readonly origin: 'unlisted'; readonly code: UnlistedClass }
  | { readonly origin: 'unknown'; readonly code: 'X' };

export type UnlistedClass = 'keep' | 'clean' | 'remove' | 'name' | 'date' | 'uid' | 'uid-class' | 'plain';

let rows: readonly TableRow[] | null = null;

export function tableRows(): readonly TableRow[] {
  rows ??= `${PROFILE_ROWS_LOW}${PROFILE_ROWS_HIGH}`
    .split('\n')
    .filter((line) => line !== '')
    .map(parseRow);
  return rows;
}

function parseRow(line: string): TableRow {
  const match = /^(\S+)\s+(\S+)\s+(\S+)\s+(\S+) (.+)$/.exec(line);
  const [, pattern = '', vr = '', basic = '', letters = '', name = ''] = match ?? [];
  const options: Partial<Record<OptionKey, 'K' | 'C'>> = {};
  [...letters].forEach((letter, index) => {
    const key = OPTION_KEYS[index];
    if (key !== undefined && (letter === 'K' || letter === 'C')) options[key] = letter;
  });
  const tag = /^[0-9A-F]{8}$/.test(pattern) ? parseInt(pattern, 16) : null;
  return { tag, pattern, vr, basic, options, name };
}

/** The action of a row under a profile: what an option keeps is kept, what it cleans is cleaned, else the Basic Profile. */
export function effectiveCode(row: TableRow, options: ReadonlySet<OptionKey>): string {
  const codes = OPTION_KEYS.flatMap((key) =>
    options.has(key) && row.options[key] !== undefined ? [row.options[key]] : [],
  );
  // A date of the device that is kept while all others move would give the shift away.
  const isMoved = row.options.retainLongModifiedDates !== undefined && options.has('retainLongModifiedDates');
  if (isMoved) return 'C';
  return codes.includes('K') ? 'K' : (codes[0] ?? row.basic);
}

let unlisted: ReadonlyMap<number, UnlistedClass> | null = null;

function unlistedClasses(): ReadonlyMap<number, UnlistedClass> {
  if (unlisted !== null) return unlisted;
  const map = new Map<number, UnlistedClass>();
  for (const line of UNLISTED_ROWS.trim().split('\n')) {
    const [name = '', group = '', ...elements] = line.split(' ');
    for (const element of elements) map.set(parseInt(group + element, 16), name as UnlistedClass);
  }
  unlisted = map;
  return map;
}

/** Classes for attributes of later editions, by what their VR can hold. */
const BY_VR: Readonly<Record<string, UnlistedClass>> = {
  PN: 'name',
  DA: 'date',
  DT: 'date',
  TM: 'date',
  UI: 'uid',
  UR: 'remove',
  AE: 'remove',
  LO: 'clean',
  SH: 'clean',
  ST: 'clean',
  LT: 'clean',
  UT: 'clean',
  UC: 'clean',
};

export interface RuleBook {
  readonly profile: Profile;
  /** For a public attribute that stands for itself: no private one, no part of a curve or an overlay. */
  ruleFor(tag: number): Rule;
  /** For curves, overlays and private attributes. */
  patternCode(pattern: '50xxxxxx' | '60xx3000' | '60xx4000' | 'private'): string;
}

export function createRuleBook(profile: Profile): RuleBook {
  const rules = new Map<number, Rule>();
  const patterns = new Map<string, string>();
  for (const row of tableRows()) {
    const code = effectiveCode(row, profile.options);
    if (row.tag === null) patterns.set(row.pattern, code);
    else rules.set(row.tag, { origin: 'table', code, row });
  }
  return {
    profile,
    patternCode: (pattern) => patterns.get(pattern) ?? 'X',
    ruleFor(tag) {
      const known = rules.get(tag);
      if (known !== undefined) return known;
      const rule = unlistedRule(tag);
      rules.set(tag, rule);
      return rule;
    },
  };
}

function unlistedRule(tag: number): Rule {
  const vr = dictionaryVr(tag);
  if (vr === null) return { origin: 'unknown', code: 'X' };
  return { origin: 'unlisted', code: unlistedClasses().get(tag) ?? BY_VR[vr] ?? 'plain' };
}
