import { type DicomJsonElement, textsOf } from '../received/data-set.js';

/** Attribute matching of QIDO-RS (PS3.18 §8.3.4.1, PS3.4 §C.2.2.2). */

const RANGED = new Set(['DA', 'TM', 'DT']);
/** No wild cards in these (PS3.4 §C.2.2.2.4). */
const PLAIN = new Set(['UI', 'DA', 'TM', 'DT', 'SL', 'SS', 'US', 'UL', 'FL', 'FD', 'OB', 'OW', 'UN', 'AT', 'DS', 'IS']);

export type Matcher = (element: DicomJsonElement | undefined) => boolean;

/** @param text as the query has it; empty matches everything. @returns null for what cannot be matched */
export function matcherOf(vr: string, text: string): Matcher | null {
  if (text === '' || /^\*+$/.test(text)) return () => true;
  if (vr === 'SQ') return null;
  if (vr === 'UI') return uidMatcher(text);
  if (RANGED.has(vr) && text.includes('-')) return rangeMatcher(text);
  if (vr === 'PN') return nameMatcher(text);
  if (!PLAIN.has(vr) && /[*?]/.test(text)) return wildcardMatcher(text);
  return (element) => textsOf(element).some((value) => value === text);
}

/** A list of UIDs, with commas or backslashes between. */
function uidMatcher(text: string): Matcher {
  const wanted = new Set(text.split(/[,\\]/).map((one) => one.trim()));
  return (element) => textsOf(element).some((value) => wanted.has(value));
}

/** `from-to`, one of them possibly absent; both ends belong to it. A shorter time stands for all that begin with it. */
function rangeMatcher(text: string): Matcher {
  const [from = '', to = ''] = text.split('-');
  return (element) =>
    textsOf(element).some(
      (value) => value !== '' && (from === '' || value >= from) && (to === '' || value.slice(0, to.length) <= to),
    );
}

/** Names without regard to case and accents, by any of their representations; components at the end may be left out. */
function nameMatcher(text: string): Matcher {
  const wanted = fold(text);
  const isPattern = /[*?]/.test(text);
  return (element) =>
    textsOf(element)
      .flatMap((value) => value.split('='))
      .map((name) => fold(name).replace(/\^+$/, ''))
      .some((name) => (isPattern ? isLike(name, wanted) : name === wanted.replace(/\^+$/, '')));
}

function wildcardMatcher(text: string): Matcher {
  return (element) => textsOf(element).some((value) => isLike(value, text));
}

function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** `*` any characters, `?` one. In time of text × pattern at most: a regular expression could be made to take forever. */
function isLike(text: string, pattern: string): boolean {
  let [at, place] = [0, 0];
  let [star, resume] = [-1, 0];
  while (at < text.length) {
    if (pattern[place] === '*') [star, resume, place] = [place, at, place + 1];
    else if (place < pattern.length && (pattern[place] === '?' || pattern[place] === text[at]))
      [at, place] = [at + 1, place + 1];
    else if (star >= 0) [resume, at, place] = [resume + 1, resume + 1, star + 1];
    else return false;
  }
  while (pattern[place] === '*') place++;
  return place === pattern.length;
}
