import { parseCharacterSets } from '../dicom/charset.js';
import { meantVr, ruledAction } from './decide.js';
import { type ElementNode, findElement, itemsOf, valueBytes } from './element-tree.js';
import { collectIdentifiers, type IdentifierCollector, type Identifiers, type Owner } from './identifiers.js';
import type { ObjectKind } from './object-kind.js';
import type { RuleBook } from './rules.js';
import { isTextVr, latinText, splitValues, textOf } from './text-value.js';
import { isClassUid } from './uid-kinds.js';

const SPECIFIC_CHARACTER_SET = 0x00080005;

/** Finds, before anything is changed, all that must not be said again in what stays: also from sequences that will be gone. */
export function gatherIdentifiers(elements: readonly ElementNode[], rules: RuleBook, kind: ObjectKind): Identifiers {
  const collector = collectIdentifiers();
  const visit = (level: readonly ElementNode[], around: readonly string[]): void => {
    const declared = findElement(level, SPECIFIC_CHARACTER_SET);
    const sets =
      declared === undefined ? around : parseCharacterSets(latinText(valueBytes(declared)).replace(/[\0 ]+$/, ''));
    for (const node of level) {
      if (node.content.kind === 'items') for (const item of itemsOf(node)) visit(item.elements, sets);
      else if (node.content.kind === 'value' && node.length > 0) learn(collector, node, sets, rules, kind);
    }
  };
  visit(elements, []);
  return collector.finish();
}

/** A free text is not an identifier; a name, a number, an address that the rules take away is. */
function learn(
  collector: IdentifierCollector,
  node: ElementNode,
  sets: readonly string[],
  rules: RuleBook,
  kind: ObjectKind,
): void {
  const { tag } = node;
  const vr = meantVr(node);
  if (!isTextVr(vr) || (tag >>> 16) & 1) return;
  const { rule, action } = ruledAction(rules, tag, vr, kind);
  if (vr === 'UI') {
    if (action === 'uid' || action === 'remove') learnUids(collector, node);
    return;
  }
  const owner: Owner = tag >>> 16 === 0x0010 ? 'patient' : 'other';
  const takesAway = action !== 'keep' && action !== 'scrub';
  if (!takesAway) return;
  const text = textOf(node, vr, sets);
  if (vr === 'PN') for (const value of splitValues(text, vr)) collector.name(value, owner);
  else if (vr === 'DA' || vr === 'DT') for (const value of text.split('\\')) collector.date(value.trim().slice(0, 8));
  else if (rule.origin === 'table' && isIdentifying(tag, vr, rule.row.options)) {
    for (const value of splitValues(text, vr)) for (const line of value.split(/[\r\n]+/)) collector.phrase(line, owner);
  }
}

/** Rows that Clean Descriptors may keep are descriptions; all other short texts of the table are names, numbers or places. */
function isIdentifying(tag: number, vr: string, options: Readonly<Record<string, unknown>>): boolean {
  if (ADDRESSES.has(tag)) return true;
  return ['LO', 'SH', 'AE', 'UC', 'UR'].includes(vr) && options['cleanDescriptors'] === undefined;
}

const ADDRESSES = new Set([0x00080081, 0x00080092, 0x00400009]);

function learnUids(collector: IdentifierCollector, node: ElementNode): void {
  for (const uid of latinText(valueBytes(node)).split('\\')) {
    const value = uid.replace(/[\0 ]+$/, '').trim();
    if (value.length >= 8 && !isClassUid(value)) collector.uid(value);
  }
}
