import { parseCharacterSets } from '../dicom/charset.js';
import type { Dictionary } from '../dicom/dictionary.js';
import type { Encoding } from '../dicom/element.js';
import type { ByteSource } from '../ports.js';
import { ACTIONS } from './actions.js';
import { createDeidentifier, type Deidentification, type InstanceFacts, type Witness } from './deidentify.js';
import { type ElementNode, itemsOf } from './element-tree.js';
import type { ActionKind, Outcome, Place, Sight, Why } from './job.js';
import { memorySource } from './open-instance.js';
import type { PixelMask } from './pixel-port.js';
import { readDataSet } from './read-elements.js';
import type { Refusal } from './refused.js';
import { tagText } from './report.js';
import { OPTION_KEYS, type OptionKey } from './profile.js';
import { type Rule, tableRows, type UnlistedClass } from './rules.js';
import { isTextVr, textOf } from './text-value.js';

/**
 * Before and after, attribute by attribute, for the sender's eyes: it holds what will be taken out, so it is shown where the instance lies
 * and goes nowhere. The rows come from the very pass that makes the result, so the table cannot promise something else.
 */
export type Preview =
  | {
      readonly kind: 'preview';
      readonly rows: readonly PreviewRow[];
      readonly more: number;
      readonly facts: InstanceFacts;
    }
  | { readonly kind: 'refused'; readonly reason: Refusal };

export interface PreviewRow {
  /** `(0010,0010)`. */
  readonly tag: string;
  /** By Table E.1-1, or the dictionary's keyword; empty for what neither knows. */
  readonly name: string;
  readonly vr: string;
  /** The sequences around it, outermost first: their tags and the number of the item from 0. */
  readonly path: readonly { readonly tag: string; readonly item: number }[];
  readonly action: PreviewAction;
  /** In both languages, as the report has them. */
  readonly words: { readonly en: string; readonly de: string };
  readonly before: PreviewValue;
  readonly after: PreviewValue;
  readonly reason: PreviewReason;
}

/** The actions of the table, and what is done beside it: pixels and documents replaced, markers added. */
export type PreviewAction = ActionKind | 'same' | 'replace' | 'mark';

export type PreviewValue =
  | { readonly kind: 'absent' }
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean }
  | { readonly kind: 'items'; readonly count: number }
  | { readonly kind: 'bytes'; readonly length: number };

export type PreviewReason =
  /** A row of Table E.1-1: its code under the Basic Profile, the code that was followed, and the chosen options that made it so. */
  | { readonly kind: 'table'; readonly basic: string; readonly code: string; readonly options: readonly OptionKey[] }
  | { readonly kind: 'unlisted'; readonly code: UnlistedClass }
  | { readonly kind: 'unknown' }
  | Exclude<Why, { readonly kind: 'rule' }>
  | { readonly kind: 'marker' };

export interface PreviewChoices {
  readonly masks?: readonly PixelMask[];
  /** For names of attributes that Table E.1-1 does not list. */
  readonly dictionary?: Pick<Dictionary, 'lookUp'>;
  readonly signal?: AbortSignal;
}

/** A table longer than this is read by nobody; `more` says how many rows were left out. */
const MAX_ROWS = 5_000;
/** Of one value. */
const MAX_TEXT = 256;

/** @throws what reading the source throws */
export async function previewInstance(
  source: ByteSource,
  run: Deidentification,
  choices: PreviewChoices = {},
): Promise<Preview> {
  const rows: PreviewRow[] = [];
  const marks: { readonly bytes: Uint8Array; readonly encoding: Encoding }[] = [];
  let more = 0;
  const add = (row: PreviewRow): void => void (rows.length < MAX_ROWS ? rows.push(row) : more++);
  const nameOf = nameFinder(choices.dictionary);
  const witness: Witness = {
    element: (sight) => add(rowOf(sight, nameOf)),
    marker: ({ bytes }, encoding) => void marks.push({ bytes, encoding }),
  };
  const prepared = await createDeidentifier(run).watch(source, witness, choices.masks, choices.signal);
  if (prepared.kind === 'refused') return prepared;
  for (const { bytes, encoding } of marks) add(await markRow(bytes, encoding, nameOf));
  return { kind: 'preview', rows, more, facts: prepared.facts };
}

type NameOf = (tag: number) => string;

function nameFinder(dictionary: PreviewChoices['dictionary']): NameOf {
  const names = new Map(tableRows().flatMap((row) => (row.tag === null ? [] : [[row.tag, row.name] as const])));
  return (tag) => names.get(tag) ?? dictionary?.lookUp(tag)?.keyword ?? '';
}

function rowOf({ subject, action, why, outcome }: Sight, nameOf: NameOf): PreviewRow {
  const { node, vr, place, job } = subject;
  const done = actionOf(action, why, outcome);
  return {
    tag: tagText(node.tag),
    name: nameOf(node.tag),
    vr,
    path: pathOf(place),
    action: done,
    words: wordsOf(done),
    before: valueOf(node, vr, place.characterSets),
    after: afterOf(node, vr, outcome, place),
    reason: reasonOf(why, job.rules.profile.options),
  };
}

/** What a chosen action finds nothing to do for is not called by its name. */
function actionOf(action: ActionKind | null, why: Why, outcome: Outcome): PreviewAction {
  if (outcome.kind === 'same') return 'same';
  if (action !== null) return action;
  switch (outcome.kind) {
    case 'gone':
      return 'remove';
    case 'descend':
      return 'descend';
    default:
      return why.kind === 'replacement' ? 'replace' : 'clean';
  }
}

const OTHER_WORDS: Readonly<Record<Exclude<PreviewAction, ActionKind>, PreviewRow['words']>> = {
  same: { en: 'stays as it is', de: 'bleibt, wie es ist' },
  replace: {
    en: 'replaced: pixels or document without what is not wanted',
    de: 'ersetzt: Bild oder Dokument ohne das Unerwünschte',
  },
  mark: { en: 'says that and how it was de-identified', de: 'sagt, dass und wie de-identifiziert wurde' },
};

function wordsOf(action: PreviewAction): PreviewRow['words'] {
  return action === 'same' || action === 'replace' || action === 'mark' ? OTHER_WORDS[action] : ACTIONS[action].words;
}

function pathOf(place: Place): PreviewRow['path'] {
  const path: PreviewRow['path'][number][] = [];
  for (let at = place; at.around !== null; at = at.around.place)
    path.unshift({ tag: tagText(at.parent), item: at.around.item });
  return path;
}

function valueOf(node: ElementNode, vr: string, characterSets: readonly string[]): PreviewValue {
  if (node.content.kind === 'items') return { kind: 'items', count: itemsOf(node).length };
  if (!isTextVr(vr) || node.content.kind !== 'value') return { kind: 'bytes', length: node.length };
  return shortened(textOf(node, vr, characterSets));
}

function shortened(text: string): PreviewValue {
  return { kind: 'text', text: text.slice(0, MAX_TEXT), cut: text.length > MAX_TEXT };
}

function afterOf(node: ElementNode, vr: string, outcome: Outcome, { characterSets }: Place): PreviewValue {
  switch (outcome.kind) {
    case 'gone':
      return { kind: 'absent' };
    case 'same':
      return valueOf(node, vr, characterSets);
    case 'descend':
      return { kind: 'items', count: keptItems(node, outcome) };
    case 'pieces':
      return node.content.kind === 'items'
        ? { kind: 'items', count: itemsOf(node).length === 0 ? 0 : 1 }
        : { kind: 'bytes', length: outcome.list.length };
    case 'value': {
      const after = {
        ...node,
        length: outcome.bytes.length,
        content: { kind: 'value', bytes: outcome.bytes } as const,
      };
      return valueOf(after, outcome.vr ?? vr, characterSets);
    }
  }
}

function keptItems(node: ElementNode, { drops }: Extract<Outcome, { kind: 'descend' }>): number {
  return itemsOf(node).filter((item) => drops?.(item) !== true).length;
}

function reasonOf(why: Why, options: ReadonlySet<OptionKey>): PreviewReason {
  return why.kind === 'rule' ? ruleReason(why.rule, options) : why;
}

function ruleReason(rule: Rule, options: ReadonlySet<OptionKey>): PreviewReason {
  switch (rule.origin) {
    case 'table': {
      const { row, code } = rule;
      const deciding =
        code === row.basic ? [] : OPTION_KEYS.filter((key) => options.has(key) && row.options[key] !== undefined);
      return { kind: 'table', basic: row.basic, code, options: deciding };
    }
    case 'unlisted':
      return { kind: 'unlisted', code: rule.code };
    case 'unknown':
      return { kind: 'unknown' };
  }
}

async function markRow(bytes: Uint8Array, encoding: Encoding, nameOf: NameOf): Promise<PreviewRow> {
  const { elements } = await readDataSet(memorySource(bytes), 0, encoding, { items: 1_000, elements: 1_000 });
  const node = elements[0] ?? fail();
  return {
    tag: tagText(node.tag),
    name: nameOf(node.tag),
    vr: node.vr,
    path: [],
    action: 'mark',
    words: wordsOf('mark'),
    before: { kind: 'absent' },
    after: valueOf(node, node.vr, parseCharacterSets('')),
    reason: { kind: 'marker' },
  };
}

function fail(): never {
  throw new RangeError('a marker is an element');
}
