import type { ElementNode, ItemNode } from './element-tree.js';
import type { Identifiers } from './identifiers.js';
import type { ObjectKind } from './object-kind.js';
import type { PieceList } from './pieces.js';
import type { Wanted } from './residual.js';
import type { Rule, RuleBook } from './rules.js';
import type { PatientPseudonym, Pseudonyms } from './secret.js';

/** What can be done with an element; see ./actions.ts. */
export type ActionKind =
  'keep' | 'scrub' | 'clean' | 'remove' | 'empty' | 'dummy' | 'pseudonym' | 'uid' | 'shift' | 'descend';

/** Everything that the handling of one instance knows. */
export interface Job {
  readonly rules: RuleBook;
  readonly pseudonyms: Pseudonyms;
  readonly patient: PatientPseudonym;
  readonly identifiers: Identifiers;
  /** The same as bytes, in every coding, for what is no text. */
  readonly wanted: Wanted;
  readonly objectKind: ObjectKind;
  /** What the root gets besides the rules: pixels, documents, markers. By tag. */
  readonly replacements: ReadonlyMap<number, Outcome>;
  readonly markers: readonly { readonly tag: number; readonly bytes: Uint8Array }[];
  /** Of the instance before; null where nothing may be remembered. */
  readonly memory: OpenMemory | null;
  readonly count: (action: ActionKind, tag: number) => void;
  /** Told of each element of the root that does not stay as it is. */
  readonly changes: (node: ElementNode) => void;
  /** Told of each element that is looked at, with what becomes of it and why; null where nobody asks. */
  readonly witness: ((sight: Sight) => void) | null;
}

/** What becomes of an element, by which action and why. */
export interface Decision {
  readonly outcome: Outcome;
  /** Null where no action of the table was taken. */
  readonly action: ActionKind | null;
  readonly why: Why;
}

/** What was decided about the same value before, see ./same-again.ts. */
export interface OpenMemory {
  recall(subject: Subject): Decision | null;
  keep(subject: Subject, decision: Decision): void;
}

/** Why an element is treated as it is. */
export type Why =
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'private' }
  | { readonly kind: 'overlay' }
  /** Pixels, documents and markers, which replace what the rules would do. */
  | { readonly kind: 'replacement' }
  | { readonly kind: 'container' }
  /** An item of a report, by its concept. */
  | { readonly kind: 'content-item' };

export interface Sight {
  readonly subject: Subject;
  readonly action: ActionKind | null;
  readonly why: Why;
  readonly outcome: Outcome;
}

/** Where an element stands. */
export interface Place {
  readonly characterSets: readonly string[];
  readonly depth: number;
  /** The sequence it is in, 0 at the root. */
  readonly parent: number;
  /** Where that sequence stands, and the number of the item; null at the root. */
  readonly around: { readonly place: Place; readonly item: number } | null;
  /** Names of private blocks by group × 256 + block. */
  readonly creators: ReadonlyMap<number, string>;
  /** Private blocks of which something stays. */
  readonly keptBlocks: ReadonlySet<number>;
  readonly text: 'by-rule' | 'dummy';
}

export type Outcome =
  | { readonly kind: 'same' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'value'; readonly bytes: Uint8Array; readonly vr?: string }
  /** Go through its items; those that `drops` names are left out. */
  | {
      readonly kind: 'descend';
      readonly drops?: (item: ItemNode) => boolean;
      readonly dummies?: (item: ItemNode) => boolean;
    }
  /** The whole element, header included. */
  | { readonly kind: 'pieces'; readonly list: PieceList };

export const SAME: Outcome = { kind: 'same' };
export const GONE: Outcome = { kind: 'gone' };

export interface Subject {
  readonly node: ElementNode;
  /** The dictionary's where the file says UN. */
  readonly vr: string;
  readonly place: Place;
  readonly job: Job;
}
