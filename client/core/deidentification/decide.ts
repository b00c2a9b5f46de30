import { dictionaryVr } from '../dicom/dictionary-vr.js';
import type { ElementNode } from './element-tree.js';
import type { ActionKind } from './job.js';
import { decideCompound, type ObjectKind } from './object-kind.js';
import type { OptionKey } from './profile.js';
import type { Rule, RuleBook, UnlistedClass } from './rules.js';

/** Which action a rule means for an attribute of this VR in this kind of object. */
export function decideAction(
  rule: Rule,
  tag: number,
  vr: string,
  kind: ObjectKind,
  options: ReadonlySet<OptionKey>,
): ActionKind {
  switch (rule.origin) {
    case 'unknown':
      return 'remove';
    case 'unlisted':
      return decideUnlisted(rule.code, vr, options);
    case 'table':
      return decideListed(rule.code, tag, vr, kind);
  }
}

/** A rule and what it means here. */
export interface Ruled {
  readonly rule: Rule;
  readonly action: ActionKind;
}

/** By tag what was found out last: in all instances of a study it is the same. */
const remembered = new WeakMap<RuleBook, Map<number, Ruled & { readonly vr: string; readonly kind: ObjectKind }>>();

/** Every public attribute, several times over. */
const MAX_REMEMBERED = 20_000;

export function ruledAction(rules: RuleBook, tag: number, vr: string, kind: ObjectKind): Ruled {
  const known = remembered.get(rules) ?? new Map<number, Ruled & { readonly vr: string; readonly kind: ObjectKind }>();
  remembered.set(rules, known);
  const before = known.get(tag);
  if (before?.vr === vr && before.kind === kind) return before;
  const rule = rules.ruleFor(tag);
  const made = { rule, action: decideAction(rule, tag, vr, kind, rules.profile.options), vr, kind };
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(tag, made);
  return made;
}

const REFERENCED_STEP = 0x00081111;
const PATIENT_NAME = 0x00100010;
const PATIENT_ID = 0x00100020;

function decideListed(code: string, tag: number, vr: string, kind: ObjectKind): ActionKind {
  // X/Z/U*: references stay where they are, with their UIDs mapped.
  if (code === 'X/Z/U*') return 'descend';
  const single = code.includes('/') ? decideCompound(code, tag, kind) : code;
  switch (single) {
    case 'K':
      return 'keep';
    case 'C':
      return vr === 'DA' || vr === 'DT' || vr === 'TM' ? 'shift' : 'clean';
    case 'U':
      return 'uid';
    case 'Z':
      return tag === PATIENT_NAME || tag === PATIENT_ID ? 'pseudonym' : 'empty';
    case 'D':
      if (tag === PATIENT_ID) return 'pseudonym';
      return tag === REFERENCED_STEP ? 'descend' : 'dummy';
    default:
      return 'remove';
  }
}

function decideUnlisted(code: UnlistedClass, vr: string, options: ReadonlySet<OptionKey>): ActionKind {
  switch (code) {
    case 'keep':
    case 'uid-class':
      return 'scrub';
    case 'clean':
      return 'clean';
    case 'remove':
      return 'remove';
    case 'name':
      return 'dummy';
    case 'date':
      if (options.has('retainLongFullDates')) return 'keep';
      return options.has('retainLongModifiedDates') ? 'shift' : 'dummy';
    case 'uid':
      return options.has('retainUIDs') ? 'keep' : 'uid';
    case 'plain':
      return vr === 'SQ' ? 'descend' : 'scrub';
  }
}

/** The VR that decides: the dictionary's where the file says nothing. */
export function meantVr(node: ElementNode): string {
  if (node.content.kind === 'items') return 'SQ';
  return node.vr === 'UN' ? (dictionaryVr(node.tag) ?? 'UN') : node.vr;
}
