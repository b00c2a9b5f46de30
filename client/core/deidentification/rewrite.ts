import { utf8 } from '../../../crypto/wire/bytes.js';
import { parseCharacterSets } from '../dicom/charset.js';
import { UNDEFINED_LENGTH } from '../dicom/element.js';
import { ACTIONS } from './actions.js';
import { contentItemRule } from './content-items.js';
import { meantVr, ruledAction } from './decide.js';
import { type ElementNode, findElement, type ItemNode, itemsOf, valueBytes } from './element-tree.js';
import { type Decision, GONE, type Job, type Outcome, type Place, SAME, type Subject } from './job.js';
import { isOverlayOrCurve, treatOverlayOrCurve } from './overlays.js';
import { PieceList } from './pieces.js';
import { privateBlocks, treatPrivate } from './private-groups.js';
import { latinText } from './text-value.js';
import { elementHeader, itemEnd, itemHeader, padValue, sequenceEnd, uint32 } from './write-elements.js';

/** A level of the data set after its rules; `changed` is false when it is the same bytes as before. */
export interface Rewritten {
  readonly list: PieceList;
  readonly changed: boolean;
}

const SPECIFIC_CHARACTER_SET = 0x00080005;
/** Retired in 1996; what it counts is not there any more. */
const LENGTH_TO_END = 0x00080001;

/** Messages, meta group, directories: no data set of an instance has these groups. */
const DIRECTORY_GROUP = 0x0004;
/** Inside of items there are icons and sheets of film: nobody looks at these pictures, so they go. */
const PIXEL_GROUP = 0x7fe0;

/** Terms that no standard knows are words like any other; the known ones stay, because the text depends on them. */
function knownCharacterSets(node: ElementNode): Outcome {
  const text = latinText(valueBytes(node)).replace(/[\0 ]+$/, '');
  const terms = text.split('\\');
  const known = terms.filter((term) =>
    /^(|ISO[_ ]IR \d{1,3}|ISO 2022 IR \d{1,3}|GB18030|GBK|GB2312)$/i.test(term.trim()),
  );
  if (known.length === terms.length) return SAME;
  return { kind: 'value', bytes: utf8(known.join('\\')), vr: 'CS' };
}

export function rootPlace(): Place {
  return {
    characterSets: [],
    depth: 0,
    parent: 0,
    around: null,
    creators: new Map(),
    keptBlocks: new Set(),
    text: 'by-rule',
  };
}

/** All elements of one level, in their order; the markers are put in at the root. */
export function rewriteLevel(elements: readonly ElementNode[], around: Place, job: Job): Rewritten {
  const place = placeOf(elements, around, job);
  const level = new Level();
  const markers = place.depth === 0 ? [...job.markers] : [];
  for (const node of elements) {
    for (let next = markers[0]; next !== undefined && next.tag <= node.tag; next = markers[0]) {
      level.insert(next.tag >>> 16, next.bytes);
      markers.shift();
    }
    if ((node.tag & 0xffff) === 0) level.groupLength(node);
    else level.put(node, outcomeOf(node, place, job), place, job);
  }
  for (const { tag, bytes } of markers) level.insert(tag >>> 16, bytes);
  return level.finish();
}

function placeOf(elements: readonly ElementNode[], around: Place, job: Job): Place {
  const declared = findElement(elements, SPECIFIC_CHARACTER_SET);
  const characterSets =
    declared === undefined
      ? around.characterSets
      : parseCharacterSets(latinText(valueBytes(declared)).replace(/[\0 ]+$/, ''));
  const blocks = privateBlocks(elements, job);
  return { ...around, characterSets, creators: blocks.creators, keptBlocks: blocks.kept };
}

function outcomeOf(node: ElementNode, place: Place, job: Job): Outcome {
  const subject = { node, vr: meantVr(node), place, job };
  const decision = decide(subject);
  job.witness?.({ ...decision, subject });
  return decision.outcome;
}

function decide(subject: Subject): Decision {
  const { node, place, job } = subject;
  const { tag } = node;
  const replaced = place.depth === 0 ? job.replacements.get(tag) : undefined;
  if (replaced !== undefined) return { outcome: replaced, action: null, why: { kind: 'replacement' } };
  if (tag === SPECIFIC_CHARACTER_SET)
    return { outcome: knownCharacterSets(node), action: null, why: { kind: 'container' } };
  const isNoDataSet = tag === LENGTH_TO_END || tag >>> 16 <= DIRECTORY_GROUP;
  if (isNoDataSet || (place.depth > 0 && tag >>> 16 === PIXEL_GROUP))
    return { outcome: GONE, action: 'remove', why: { kind: 'container' } };
  if ((tag >>> 16) & 1) return { outcome: treatPrivate(subject), action: null, why: { kind: 'private' } };
  if (isOverlayOrCurve(tag)) return { outcome: treatOverlayOrCurve(subject), action: null, why: { kind: 'overlay' } };
  const decision = job.memory?.recall(subject) ?? decideByRule(subject);
  const { outcome, action } = decision;
  if (outcome.kind !== 'same' && action !== null) job.count(action, tag);
  return decision;
}

function decideByRule(subject: Subject): Decision {
  const { node, vr, job } = subject;
  const { tag } = node;
  const { rule, action } = ruledAction(job.rules, tag, vr, job.objectKind);
  const outcome = ACTIONS[action].apply(subject);
  const isDescent = outcome.kind === 'descend' && outcome.drops === undefined;
  const refined = isDescent ? { ...outcome, ...contentItemRule(tag, rule, job) } : outcome;
  const decision: Decision = { outcome: refined, action, why: { kind: 'rule', rule } };
  job.memory?.keep(subject, decision);
  return decision;
}

/** Collects a level's pieces and sees to it that group lengths tell the truth. */
class Level {
  readonly #list = new PieceList();
  #changed = false;
  #open: { node: ElementNode; list: PieceList } | null = null;

  insert(group: number, bytes: Uint8Array): void {
    this.#listFor(group).bytes(bytes);
    this.#changed = true;
  }

  groupLength(node: ElementNode): void {
    this.#close();
    this.#open = { node, list: new PieceList() };
  }

  put(node: ElementNode, outcome: Outcome, place: Place, job: Job): void {
    const list = this.#listFor(node.tag >>> 16);
    const before = list.length;
    if (writeOutcome(list, node, outcome, place, job) === 'changed') {
      this.#changed = true;
      if (place.depth === 0) job.changes(node);
    } else if (list.length - before !== node.endAt - node.at) this.#changed = true;
  }

  finish(): Rewritten {
    this.#close();
    return { list: this.#list, changed: this.#changed };
  }

  #listFor(group: number): PieceList {
    if (this.#open !== null && this.#open.node.tag >>> 16 !== group) this.#close();
    return this.#open?.list ?? this.#list;
  }

  /** A group length stays where its group stays, and goes with it. */
  #close(): void {
    if (this.#open === null) return;
    const { node, list } = this.#open;
    this.#open = null;
    if (list.length === 0) {
      this.#changed = true;
      return;
    }
    const value = uint32(list.length, node.encoding);
    if (sameBytes(value, valueBytes(node))) this.#list.input(node.at, node.endAt - node.at);
    else {
      this.#changed = true;
      this.#list.bytes(elementHeader(node.tag, 'UL', 4, node.encoding));
      this.#list.bytes(value);
    }
    this.#list.addAll(list);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function writeOutcome(
  list: PieceList,
  node: ElementNode,
  outcome: Outcome,
  place: Place,
  job: Job,
): 'same' | 'changed' {
  switch (outcome.kind) {
    case 'gone':
      return 'changed';
    case 'same':
      list.input(node.at, node.endAt - node.at);
      return 'same';
    case 'pieces':
      list.addAll(outcome.list);
      return 'changed';
    case 'value': {
      const vr = outcome.vr ?? node.vr;
      const value = padValue(outcome.bytes, vr);
      list.bytes(elementHeader(node.tag, vr, value.length, node.encoding));
      list.bytes(value);
      return 'changed';
    }
    case 'descend':
      return writeSequence(list, node, outcome, place, job);
  }
}

type Descent = Extract<Outcome, { kind: 'descend' }>;

/** A sequence of which nothing changes is the same range of bytes; lengths around a change are corrected, open ends stay open. */
function writeSequence(
  list: PieceList,
  node: ElementNode,
  descent: Descent,
  place: Place,
  job: Job,
): 'same' | 'changed' {
  if (node.content.kind !== 'items') return writeNoItems(list, node);
  const content = new PieceList();
  let changed = false;
  for (const [index, item] of itemsOf(node).entries()) {
    const inner = innerPlace(node, index, item, descent, place);
    if (descent.drops?.(item) === true) {
      changed = true;
      dropped(item, inner, job);
    } else if (writeItem(content, item, inner, job) === 'changed') changed = true;
  }
  if (!changed) {
    list.input(node.at, node.endAt - node.at);
    return 'same';
  }
  const isOpen = node.ending === 'delimiter';
  const innerEncoding = itemsOf(node)[0]?.encoding ?? node.encoding;
  list.bytes(elementHeader(node.tag, node.vr, isOpen ? UNDEFINED_LENGTH : content.length, node.encoding));
  list.addAll(content);
  if (isOpen) list.bytes(sequenceEnd(innerEncoding));
  return 'changed';
}

/** A sequence that was called UN and does not begin with an item: what stands there cannot be gone through, so none of it stays. */
function writeNoItems(list: PieceList, node: ElementNode): 'same' | 'changed' {
  if (node.length === 0) {
    list.input(node.at, node.endAt - node.at);
    return 'same';
  }
  list.bytes(elementHeader(node.tag, node.vr, 0, node.encoding));
  return 'changed';
}

/** Whoever watches sees what a dropped item held. */
function dropped({ elements }: ItemNode, place: Place, job: Job): void {
  if (job.witness === null) return;
  for (const node of elements) {
    const subject = { node, vr: meantVr(node), place, job };
    job.witness({ subject, action: 'remove', why: { kind: 'content-item' }, outcome: GONE });
  }
}

function innerPlace(node: ElementNode, index: number, item: ItemNode, descent: Descent, place: Place): Place {
  const text = descent.dummies?.(item) === true ? 'dummy' : place.text;
  return { ...place, depth: place.depth + 1, parent: node.tag, around: { place, item: index }, text };
}

function writeItem(list: PieceList, item: ItemNode, place: Place, job: Job): 'same' | 'changed' {
  const inner = rewriteLevel(item.elements, place, job);
  if (!inner.changed) {
    list.input(item.at, item.endAt - item.at);
    return 'same';
  }
  const isOpen = item.ending === 'delimiter';
  list.bytes(itemHeader(isOpen ? UNDEFINED_LENGTH : inner.list.length, item.encoding));
  list.addAll(inner.list);
  if (isOpen) list.bytes(itemEnd(item.encoding));
  return 'changed';
}
