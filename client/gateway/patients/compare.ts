/** Whether two data sets mean the same person: the practice's own patient and the one that a foreign study names. */

export interface Identity {
  /** A DICOM PN: `Family^Given^Middle^Prefix^Suffix`. */
  readonly name: string;
  /** YYYYMMDD, or empty. */
  readonly birthDate: string;
  /** `M`, `F`, `O`, or empty. */
  readonly sex: string;
}

/**
 * `exact`: family and given name are written alike (umlauts spelt out or not, whatever the case) and the birth date is the same, and the sex does not
 * speak against it. `probable`: a person has to look: a slip in one of them, a second given name, another family name. `none`: else.
 */
export type Verdict = 'exact' | 'probable' | 'none';

type Likeness = 'same' | 'like' | 'other';

export function compareIdentities(one: Identity, other: Identity): Verdict {
  const name = compareNames(nameOf(one.name), nameOf(other.name));
  const birth = compareDates(one.birthDate, other.birthDate);
  if (name === 'other' || birth === 'other' || (name === 'like' && birth === 'like')) return 'none';
  const isExact = name === 'same' && birth === 'same' && !isContrary(one.sex, other.sex);
  return isExact ? 'exact' : 'probable';
}

interface Name {
  readonly family: string;
  readonly given: string;
}

/** Middle names count as given ones; titles say nothing. */
function nameOf(text: string): Name {
  const [alphabetic = ''] = text.split('=').filter((one) => one.replaceAll('^', '').trim() !== '');
  const [family = '', given = '', middle = ''] = alphabetic.split('^');
  return { family: family.trim(), given: `${given} ${middle}`.trim() };
}

function compareNames(one: Name, other: Name): Likeness {
  if (isEmpty(one) || isEmpty(other)) return 'other';
  const [family, given] = [comparePart(one.family, other.family), comparePart(one.given, other.given)];
  if (family === 'same' && given === 'same') return spelt(one.given) === '' ? 'like' : 'same';
  // The fields of a form that were filled the wrong way round.
  if (spelt(one.family) === spelt(other.given) && spelt(one.given) === spelt(other.family)) return 'like';
  if (family !== 'other' && given !== 'other') return 'like';
  // Whoever marries may change the one, and keeps the other.
  return given === 'same' && spelt(one.given) !== '' ? 'like' : 'other';
}

function isEmpty({ family, given }: Name): boolean {
  return spelt(family) === '' && spelt(given) === '';
}

function comparePart(one: string, other: string): Likeness {
  const [a, b] = [spelt(one), spelt(other)];
  if (a === b) return 'same';
  // One of them does not say it.
  if (a === '' || b === '' || plain(one) === plain(other)) return 'like';
  const [first, second] = [wordsOf(one), wordsOf(other)];
  if (first.some((word) => second.includes(word))) return 'like';
  return isSlip(a, b) ? 'like' : 'other';
}

const SPELLINGS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', æ: 'ae', ø: 'oe', œ: 'oe' };

/** Umlauts spelt out, as passports and old machines do it. */
function spelt(text: string): string {
  const lower = text.normalize('NFC').toLowerCase();
  return plain(lower.replaceAll(/[äöüßæøœ]/g, (letter) => SPELLINGS[letter] ?? letter));
}

/** Letters and digits alone, without their marks. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Long enough to mean something. */
const MIN_WORD = 3;

function wordsOf(text: string): string[] {
  return text
    .split(/[\s-]+/)
    .map(spelt)
    .filter((word) => word.length >= MIN_WORD);
}

const MIN_SLIP = 4;

/** One letter too many, too few, another one, or two that have changed places. */
function isSlip(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (short.length < MIN_SLIP || long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  const isOther = short.slice(at + 1) === long.slice(at + 1);
  const isTurned = short[at] === long[at + 1] && short[at + 1] === long[at];
  return isOther || (isTurned && short.slice(at + 2) === long.slice(at + 2));
}

function compareDates(one: string, other: string): Likeness {
  const [a, b] = [digitsOf(one), digitsOf(other)];
  if (a === '' || b === '') return 'like';
  if (a === b) return 'same';
  const isSwapped =
    a.slice(0, 4) === b.slice(0, 4) && a.slice(4, 6) === b.slice(6, 8) && a.slice(6, 8) === b.slice(4, 6);
  const different = [...a].filter((digit, at) => digit !== b[at]).length;
  return isSwapped || (different === 1 && a.length === b.length) ? 'like' : 'other';
}

/** PS3.5 §6.2: YYYYMMDD; older writers put dots between. What is no date says nothing. */
function digitsOf(date: string): string {
  const digits = date.replaceAll('.', '').trim();
  return /^[0-9]{8}$/.test(digits) ? digits : '';
}

function isContrary(one: string, other: string): boolean {
  const [a, b] = [one.trim().toUpperCase(), other.trim().toUpperCase()];
  return (a === 'M' && b === 'F') || (a === 'F' && b === 'M');
}
