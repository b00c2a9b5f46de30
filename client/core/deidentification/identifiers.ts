import { fold, foldText, hasUmlaut, isDenseScript } from './fold.js';
import { isVocabulary } from './vocabulary.js';

/** Whose identifier it is: the patient's own go even out of what a profile keeps. */
export type Owner = 'patient' | 'other';

/** What must not be said in text that stays: names, numbers and dates of the patient, physicians and institution. */
export interface Identifiers {
  /** Places of identifiers in a text, not overlapping, in order. */
  find(text: string, owners: 'all' | Owner): readonly Span[];
  /** Values and words to look for in the finished bytes. */
  readonly searched: readonly string[];
  readonly dates: ReadonlySet<string>;
  hasUid(uid: string): boolean;
  readonly uids: ReadonlySet<string>;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Needle {
  readonly text: string;
  readonly owner: Owner;
  /** Where it counts: anywhere, only as whole words, as a word beside another identifier, or, for numbers, not inside a longer number. */
  readonly as: 'part' | 'word' | 'beside' | 'number';
}

export interface IdentifierCollector {
  name(value: string, owner: Owner): void;
  /** A number, a phrase, an address. */
  phrase(value: string, owner: Owner): void;
  date(yyyymmdd: string): void;
  uid(value: string): void;
  finish(): Identifiers;
}

/** More identifiers than this are not one person's: search stays bounded (attack A22). */
const MAX_NEEDLES = 2_000;
const MIN_WORD = 3;
const MIN_PART = 5;
const MIN_DENSE = 2;
const MIN_SEARCHED = 5;

export function collectIdentifiers(): IdentifierCollector {
  const needles = new Map<string, Needle>();
  const searched = new Set<string>();
  const dates = new Set<string>();
  const uids = new Set<string>();

  function add(text: string, owner: Owner): void {
    for (const { spelling, as } of spellingsOf(text)) {
      const known = needles.get(spelling);
      if (known !== undefined && (known.owner === 'patient' || owner === 'other')) continue;
      if (needles.size < MAX_NEEDLES) needles.set(spelling, { text: spelling, owner, as });
    }
  }

  function search(text: string): void {
    if (isSearched(text) && searched.size < MAX_NEEDLES) searched.add(text.trim());
  }

  return {
    name(value, owner) {
      for (const group of value.split('=')) {
        const parts = group.split('^').map((part) => part.trim());
        const words = parts.flatMap((part) => [part, ...part.split(/[\s,.\-_/']+/)]).filter((word) => !isTitle(word));
        for (const word of new Set(words)) {
          add(word, owner);
          search(word);
        }
        add(parts.slice(0, 3).join(''), owner);
        if (parts.length > 1) add((parts[1] ?? '') + (parts[0] ?? ''), owner);
      }
    },
    phrase(value, owner) {
      const text = value.trim();
      add(text, owner);
      // Numbers lose their leading zeros when people write them.
      if (/^0+\d{5,}$/.test(text)) add(text.replace(/^0+/, ''), owner);
      search(text);
      for (const word of text.split(/[\s,;:^]+/)) {
        if (word === text || foldText(word).length < MIN_SEARCHED || isPlainNumber(word)) continue;
        add(word, owner);
        search(word);
      }
    },
    date: (yyyymmdd) => void (/^\d{8}$/.test(yyyymmdd) && dates.add(yyyymmdd)),
    uid: (value) => void (uids.size < 100_000 && uids.add(value)),
    finish: () => createIdentifiers([...needles.values()], [...searched], dates, uids),
  };
}

interface Spelling {
  readonly spelling: string;
  readonly as: Needle['as'];
}

/** Files of a study repeat what they say: it is folded once. */
const MAX_REMEMBERED = 20_000;

function remembering<T>(make: (text: string) => T): (text: string) => T {
  const remembered = new Map<string, T>();
  return (text) => {
    const before = remembered.get(text);
    if (before !== undefined) return before;
    const made = make(text);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(text, made);
    return made;
  };
}

/** Both foldings, and the one a writer without umlauts would have used; of these, those that can be looked for. */
const spellingsOf = remembering((text): readonly Spelling[] => {
  const german = foldText(text, 'german');
  const all = new Set([foldText(text), german, german.replace(/(?<=[bcdfghjklmnpqrstvwxyz]|^)(a|o|u)e/g, '$1')]);
  return [...all].flatMap((spelling) => {
    const as = matching(spelling);
    return as === null ? [] : [{ spelling, as }];
  });
});

/** Whether a value is looked for in the finished bytes. */
const isSearched = remembering((text): boolean => {
  const value = text.trim();
  const folded = foldText(value);
  const enough = isDenseScript(value) ? folded.length >= MIN_DENSE : folded.length >= MIN_SEARCHED;
  const as = matching(folded);
  return enough && as !== null && as !== 'beside';
});

function matching(folded: string): Needle['as'] | null {
  if (isVocabulary(folded) || GENERIC.has(folded)) return null;
  if (isDenseScript(folded)) return folded.length >= MIN_DENSE ? 'part' : null;
  if (/^\d+$/.test(folded)) return folded.length >= 4 && !/^0+\d?$/.test(folded) ? 'number' : null;
  if (folded.length >= MIN_PART) return 'part';
  if (folded.length >= MIN_WORD) return 'word';
  return folded.length === 2 && /^\p{L}+$/u.test(folded) ? 'beside' : null;
}

/** Words that stand where identifiers stand and are none. */
const GENERIC = new Set(
  (
    'anonymous anonym anonymized anonymisiert patient phantom test unknown unbekannt none removed noname name ohne keine ' +
    'hospital klinik praxis radiology radiologie institut institute department abteilung center centre zentrum universitaet ' +
    'university universitat imaging medical medizin default station console scanner street strasse strase germany deutschland ' +
    'siemens healthineers philips toshiba canon hitachi hologic fujifilm fuji agfa carestream kodak konica minolta samsung shimadzu ' +
    'esaote mindray varian elekta barco osirix horos sectra visage dicom'
  ).split(/\s+/),
);

function isTitle(word: string): boolean {
  return /^(dr|prof|med|herr|frau|mr|mrs|ms|md|phd|jr|sr|ii|iii|von|van|de|der|den|zu|la|le|el|al|bin|dipl|ing|rad)\.?$/i.test(
    word,
  );
}

/** House numbers and the like inside addresses. */
function isPlainNumber(word: string): boolean {
  return /^\d{1,4}$/.test(word);
}

function createIdentifiers(
  needles: readonly Needle[],
  searched: readonly string[],
  dates: ReadonlySet<string>,
  uids: ReadonlySet<string>,
): Identifiers {
  return { find: finderFor(needles), searched, dates, uids, hasUid: (uid) => uids.has(uid) };
}

type Find = Identifiers['find'];

/** The last one, with what it has found: slices of a series look for the same names in the same texts. */
let last: { readonly key: string; readonly find: Find } | null = null;

function finderFor(needles: readonly Needle[]): Find {
  const key = needles.map(({ text, owner, as }) => `${text} ${owner} ${as}`).join('|');
  if (last?.key === key) return last.find;
  const strong = needles.filter(({ as }) => as !== 'beside');
  const weak = needles.filter(({ as }) => as === 'beside');
  const find = (text: string, owners: 'all' | Owner): readonly Span[] => {
    const spans = spansIn(text, strong, owners, 'plain');
    if (hasUmlaut(text)) spans.push(...spansIn(text, strong, owners, 'german'));
    // "Li" is a word of many languages; beside a given name it is the family's.
    if (spans.length > 0) spans.push(...spansIn(text, weak, owners, 'plain'));
    return merged(spans);
  };
  const finders = {
    all: remembering((text) => find(text, 'all')),
    patient: remembering((text) => find(text, 'patient')),
  };
  const remembered: Find = (text, owners) =>
    text.length > MAX_REMEMBERED_TEXT || owners === 'other' ? find(text, owners) : finders[owners](text);
  last = { key, find: remembered };
  return remembered;
}

/** Longer ones do not come twice. */
const MAX_REMEMBERED_TEXT = 256;

function spansIn(text: string, needles: readonly Needle[], owners: 'all' | Owner, folding: 'plain' | 'german'): Span[] {
  const folded = fold(text, folding);
  const spans: Span[] = [];
  if (folded.text.length < MIN_DENSE) return spans;
  for (const needle of needles) {
    if (owners !== 'all' && needle.owner !== owners) continue;
    for (let at = folded.text.indexOf(needle.text); at >= 0; at = folded.text.indexOf(needle.text, at + 1)) {
      const start = folded.places[at] ?? 0;
      const end = endOf(text, folded.places[at + needle.text.length - 1] ?? 0);
      if (fits(text, start, end, needle.as)) spans.push({ start, end });
    }
  }
  return spans;
}

/** Behind the character at `at` and the marks that belong to it. */
function endOf(text: string, at: number): number {
  let end = at + String.fromCodePoint(text.codePointAt(at) ?? 0).length;
  while (end < text.length && /\p{M}/u.test(text[end] ?? '')) end++;
  return end;
}

function fits(text: string, start: number, end: number, as: Needle['as']): boolean {
  if (as === 'part') return true;
  const [before, after] = [text[start - 1] ?? '', text[end] ?? ''];
  if (as === 'number') return !/\d/.test(before) && !/\d/.test(after);
  return !/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after);
}

function merged(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (last !== undefined && span.start <= last.end)
      out[out.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    else out.push(span);
  }
  return out;
}
