import { valueBytes } from './element-tree.js';
import type { Encoding } from '../dicom/element.js';
import type { Decision, Job, OpenMemory, Place, Subject } from './job.js';

/**
 * Slices of a series say the same in nearly all of their attributes. What was decided about a value is remembered for the next instance, as long as
 * nothing has changed that the decision depends on: whose data these are, what must not be said, the kind of object, the character set, the very bytes.
 */
export interface Memory {
  /** For one instance; null where nothing may be remembered. */
  open(job: Remembering): OpenMemory | null;
}

/** What decisions depend on, besides the element. */
export interface Remembering extends Pick<Job, 'patient' | 'identifiers' | 'objectKind'> {
  /** Of the instance: what must not be said is looked for in these. */
  readonly characterSets: readonly string[];
}

interface Entry {
  readonly vr: string;
  readonly writtenVr: string;
  readonly encoding: Encoding;
  readonly characterSets: readonly string[];
  readonly text: Place['text'];
  readonly bytes: Uint8Array;
  readonly decision: Decision;
}

/** By the sequence around it, then by tag. */
type Entries = Map<number, Map<number, Entry>>;

/** Longer values hardly come again, and are not worth comparing. */
const MAX_BYTES = 256;
/** Of attributes, not of instances: of each the last value is kept. */
const MAX_ENTRIES = 10_000;

export function createMemory(): Memory {
  let before: Remembering | null = null;
  let opened = openMemory();
  return {
    open(job) {
      // A new one, not an emptied one: an instance that is still under way keeps what it was given.
      if (before === null || !isSame(before, job)) opened = openMemory();
      before = job;
      // UIDs are another's in each instance. A value that could hold one is never remembered; that can be seen only if all of them look like UIDs.
      for (const uid of job.identifiers.uids) if (!/\.\d+\./.test(uid)) return null;
      return opened;
    },
  };
}

function openMemory(): OpenMemory {
  const entries: Entries = new Map();
  let count = 0;
  return {
    recall: (subject) => recall(entries, subject),
    keep(subject, decision) {
      if (!canKeep(subject, decision)) return;
      if (count >= MAX_ENTRIES) {
        entries.clear();
        count = 0;
      }
      if (put(entries, subject, decision)) count++;
    },
  };
}

function isSame(a: Remembering, b: Remembering): boolean {
  const [x, y] = [a.identifiers, b.identifiers];
  return (
    a.patient === b.patient &&
    a.objectKind === b.objectKind &&
    // One function for the same names and numbers (./identifiers.ts).
    x.find === y.find &&
    areEqual(a.characterSets, b.characterSets) &&
    areEqual(x.searched, y.searched) &&
    x.dates.size === y.dates.size &&
    [...x.dates].every((date) => y.dates.has(date))
  );
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((value, index) => value === b[index]));
}

function recall(entries: Entries, { node, vr, place }: Subject): Decision | null {
  const entry = entries.get(place.parent)?.get(node.tag);
  if (entry === undefined || node.content.kind !== 'value') return null;
  const isAlike =
    entry.vr === vr &&
    entry.writtenVr === node.vr &&
    entry.text === place.text &&
    entry.encoding.explicit === node.encoding.explicit &&
    entry.encoding.littleEndian === node.encoding.littleEndian;
  if (!isAlike || !areEqual(entry.characterSets, place.characterSets)) return null;
  return areSameBytes(entry.bytes, node.content.bytes) ? entry.decision : null;
}

function areSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function canKeep({ node, vr }: Subject, { outcome, action }: Decision): boolean {
  if (node.content.kind !== 'value' || node.content.bytes.length > MAX_BYTES || vr === 'SQ') return false;
  if (outcome.kind !== 'same' && outcome.kind !== 'gone' && outcome.kind !== 'value') return false;
  // What comes of a UID of its own depends on the secret alone.
  return action === 'uid' || action === 'remove' || !mayHoldUid(node.content.bytes);
}

/** Two dots with nothing but digits between them: every UID has that, in every character set. */
function mayHoldUid(bytes: Uint8Array): boolean {
  let dot = -1;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x2e) {
      if (dot >= 0 && at > dot + 1) return true;
      dot = at;
    } else if (byte < 0x30 || byte > 0x39) dot = -1;
  }
  return false;
}

/** @returns whether it is one more */
function put(entries: Entries, { node, vr, place }: Subject, decision: Decision): boolean {
  const level = entries.get(place.parent) ?? new Map<number, Entry>();
  entries.set(place.parent, level);
  const isNew = !level.has(node.tag);
  level.set(node.tag, {
    vr,
    writtenVr: node.vr,
    encoding: node.encoding,
    characterSets: place.characterSets,
    text: place.text,
    // A copy: the buffer of a file is used again for the next.
    bytes: new Uint8Array(valueBytes(node)),
    decision,
  });
  return isNew;
}
