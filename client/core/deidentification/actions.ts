import { utf8 } from '../../../crypto/wire/bytes.js';
import { scrubBinary, withoutWords } from './binary-values.js';
import { cleanText, REMOVED, scrubText } from './clean-text.js';
import { isTime, shiftDate, shiftDateTime } from './dates.js';
import { dummyItems, dummyValue } from './dummies.js';
import { valueBytes } from './element-tree.js';
import { type ActionKind, GONE, type Outcome, SAME, type Subject } from './job.js';
import { PieceList } from './pieces.js';
import { encodeValue, isTextVr, latinText, mapValues, textOf } from './text-value.js';
import { isClassUid } from './uid-kinds.js';
import { elementHeader, padValue } from './write-elements.js';

/**
 * What can be done with an element. The same table is run, listed in docs/spec/deidentification.md, shown in the preview and counted in the
 * report: an action says itself what it is.
 */
export interface Action {
  readonly words: { readonly en: string; readonly de: string };
  apply(subject: Subject): Outcome;
}

export const ACTIONS: Readonly<Record<ActionKind, Action>> = {
  keep: {
    words: {
      en: "kept; only the patient's own identifiers are taken out",
      de: 'behalten; nur Kennungen des Patienten werden entfernt',
    },
    apply: (subject) =>
      changeText(subject, (text) =>
        scrubText(text, subject.job.identifiers, 'patient', (uid) => subject.job.pseudonyms.uid(uid)),
      ),
  },
  scrub: {
    words: { en: 'kept without identifiers in its text', de: 'behalten, ohne Kennungen im Text' },
    apply: (subject) =>
      withoutWords(subject) ??
      changeText(subject, (text) =>
        isForeign(text, subject.vr)
          ? cleanForeign(text, subject)
          : scrubText(text, subject.job.identifiers, 'all', (uid) => subject.job.pseudonyms.uid(uid)),
      ),
  },
  clean: {
    words: {
      en: 'cleaned: only known words that name nobody stay',
      de: 'bereinigt: nur bekannte Wörter, die niemanden benennen, bleiben',
    },
    apply: cleanElement,
  },
  remove: { words: { en: 'removed', de: 'entfernt' }, apply: () => GONE },
  empty: { words: { en: 'emptied', de: 'geleert' }, apply: emptyElement },
  dummy: { words: { en: 'replaced by a dummy value', de: 'durch einen Ersatzwert ersetzt' }, apply: dummyElement },
  pseudonym: {
    words: { en: 'replaced by a pseudonym from the secret', de: 'durch ein Pseudonym aus dem Geheimnis ersetzt' },
    apply: ({ job, vr }) => ({ kind: 'value', bytes: utf8(job.patient.name), vr }),
  },
  uid: {
    words: {
      en: 'replaced by a UID from the secret, the same for the same',
      de: 'durch eine UID aus dem Geheimnis ersetzt, gleiche durch gleiche',
    },
    apply: mapUids,
  },
  shift: {
    words: {
      en: 'moved by whole days, the same for one patient',
      de: 'um ganze Tage verschoben, gleich für einen Patienten',
    },
    apply: shiftElement,
  },
  descend: {
    words: { en: 'gone through, element by element', de: 'Element für Element durchgesehen' },
    apply: () => ({ kind: 'descend' }),
  },
};

/** The signs that a value of these VRs can have (PS3.5 §6.2); anything else in its place is words that somebody typed. */
const REPERTOIRE: Readonly<Record<string, RegExp>> = {
  AS: /^[0-9DWMY ]*$/,
  CS: /^[A-Z0-9_ ]*$/,
  DA: /^[0-9. -]*$/,
  DS: /^[0-9+\-.eE ]*$/,
  DT: /^[0-9+\-. ]*$/,
  IS: /^[0-9+\- ]*$/,
  TM: /^[0-9.: -]*$/,
  UI: /^[0-9. \0]*$/,
};

/** A number that was words is empty: words would make it invalid. */
function cleanForeign(text: string, { vr, job }: Subject): string {
  const cleaned = cleanText(text, job.identifiers);
  return vr === 'CS' || (REPERTOIRE[vr]?.test(cleaned) ?? true) ? cleaned : '';
}

/** Words where codes and numbers belong, or behind a zero that ends the text for most readers. */
function isForeign(text: string, vr: string): boolean {
  const repertoire = REPERTOIRE[vr];
  return repertoire === undefined ? text.includes('\0') : !repertoire.test(text);
}

/** Nothing is done where the bytes may stay as they are. */
function changeText(subject: Subject, change: (text: string) => string): Outcome {
  const { node, vr, place, job } = subject;
  if (vr === 'SQ' || node.content.kind === 'items') return { kind: 'descend' };
  if (!isTextVr(vr)) return scrubBinary(subject);
  if (node.length < 2) return SAME;
  if (node.content.kind !== 'value') return { kind: 'value', bytes: utf8(REMOVED), vr };
  const text = textOf(node, vr, place.characterSets);
  const changed = mapValues(text, vr, (value) => withoutCoded(change(value), job));
  if (changed === null) return SAME;
  return { kind: 'value', bytes: encodeValue(changed, vr, place.characterSets, REMOVED), vr };
}

/** Words in which an identifier is hidden in another coding (base64, hexadecimal). */
function withoutCoded(text: string, { wanted }: Subject['job']): string {
  if (text.length < MIN_CODED || !wanted.standsIn(utf8(text))) return text;
  const left = text.split(/(\s+)/).filter((word) => word.length < MIN_CODED || !wanted.standsIn(utf8(word)));
  const joined = left.join('').trim();
  return joined === '' || wanted.standsIn(utf8(joined)) ? REMOVED : joined;
}

/** Shorter than what the search looks for. */
const MIN_CODED = 6;

/** PS3.15 action C: of the VRs, only text can be cleaned by looking at it. */
function cleanElement(subject: Subject): Outcome {
  const { vr, job, place } = subject;
  if (vr === 'SQ' || subject.node.content.kind === 'items') return { kind: 'descend' };
  if (vr === 'DA' || vr === 'DT' || vr === 'TM') return shiftElement(subject);
  if (vr === 'PN' || place.text === 'dummy') return dummyElement(subject);
  if (vr === 'UI') return mapUids(subject);
  if (vr === 'AS') return SAME;
  if (!isTextVr(vr)) return dummyElement(subject);
  return changeText(subject, (text) => cleanText(text, job.identifiers));
}

function emptyElement({ node, vr }: Subject): Outcome {
  if (node.length === 0 && node.content.kind === 'value') return SAME;
  if (vr !== 'SQ' && node.content.kind !== 'items') return { kind: 'value', bytes: new Uint8Array(0), vr };
  const list = new PieceList();
  list.bytes(elementHeader(node.tag, 'SQ', 0, node.encoding));
  return { kind: 'pieces', list };
}

function dummyElement(subject: Subject): Outcome {
  const { node, vr } = subject;
  if (vr === 'SQ' || node.content.kind === 'items') return dummyItems(subject);
  if (vr === 'UI') return mapUids(subject);
  return { kind: 'value', bytes: dummyValue(vr, node.length), vr };
}

function mapUids({ node, job, vr }: Subject): Outcome {
  if (vr !== 'UI') return { kind: 'value', bytes: utf8(REMOVED), vr };
  const text = latinText(valueBytes(node));
  const uids = text.split('\\').map((uid) => uid.replace(/[\0 ]+$/, '').trim());
  if (uids.every((uid) => uid === '' || isClassUid(uid))) return SAME;
  const mapped = uids.map((uid) => (uid === '' || isClassUid(uid) ? uid : job.pseudonyms.uid(uid)));
  return { kind: 'value', bytes: padValue(utf8(mapped.join('\\')), 'UI'), vr };
}

/** What is no date cannot be moved and may be anything: a dummy takes its place. */
function shiftElement(subject: Subject): Outcome {
  const { node, vr, job, place } = subject;
  if (vr === 'SQ' || node.content.kind === 'items') return { kind: 'descend' };
  const move = movers[vr];
  if (move === undefined) return dummyElement(subject);
  const text = textOf(node, vr, place.characterSets);
  if (text.trim() === '') return SAME;
  const moved = text.split('\\').map((one) => (one.trim() === '' ? one : move(one, job.patient.shiftDays)));
  if (moved.includes(null)) return dummyElement(subject);
  const joined = moved.join('\\');
  return joined === text ? SAME : { kind: 'value', bytes: utf8(joined), vr };
}

/** Whole days leave the time of day as it is. */
const movers: Readonly<Record<string, (text: string, days: number) => string | null>> = {
  DA: shiftDate,
  DT: shiftDateTime,
  TM: (text) => (isTime(text) ? text : null),
};
