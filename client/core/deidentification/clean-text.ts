import { foldText } from './fold.js';
import type { Identifiers, Owner, Span } from './identifiers.js';
import { isVocabulary } from './vocabulary.js';

/** What stands where everything of a value had to go: valid in every text VR, longer than none of them allows. */
export const REMOVED = 'REMOVED';

/** Takes identifiers out of text that otherwise stays. Gives the text itself when there were none. */
export function scrubText(
  text: string,
  identifiers: Identifiers,
  owners: 'all' | Owner,
  mapUid: (uid: string) => string,
): string {
  if (text.length < 2) return text;
  const withUids = replaceUids(text, identifiers, mapUid);
  const withoutDates = owners === 'all' ? removeKnownDates(withUids, identifiers) : withUids;
  const spans = identifiers.find(withoutDates, owners);
  if (spans.length === 0 && withoutDates === text) return text;
  const left = tidy(cutOut(withoutDates, spans));
  return left === '' && text.trim() !== '' ? REMOVED : left;
}

/** Keeps of free text only what is known to say nothing about anybody (PS3.15 §E.1, action C). */
export function cleanText(original: string, identifiers: Identifiers): string {
  const text = removeKnownDates(original, identifiers);
  const known = new Set<number>();
  for (const { start, end } of identifiers.find(text, 'all')) for (let i = start; i < end; i++) known.add(i);
  const withoutPatterns = text.replace(PATTERNS, (match) => ' '.repeat(match.length));
  const words = [...withoutPatterns.matchAll(/\S+/g)].map((match) => keptOf(match[0], match.index, known));
  const left = tidy(words.filter((word) => word !== '').join(' '));
  return left === '' && text.trim() !== '' ? REMOVED : left;
}

/** Dates, times of day, mail and web addresses, UIDs, telephone numbers. */
const PATTERNS =
  /\d{1,4}[.\-/]\d{1,2}[.\-/]\d{1,4}|\b\d{1,2}[:.]\d{2}(?::\d{2})?\b(?!\s?(?:mm|cm|s|ms)\b)|\S+@\S+|https?:\S+|www\.\S+|\d+(?:\.\d+){3,}|\+?\d[\d\s/()-]{5,}\d/gi;

/** The parts of one word between blanks that may stay, with the signs between them. */
function keptOf(word: string, at: number, known: ReadonlySet<number>): string {
  const parts = [...word.matchAll(/[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+/gu)];
  let out = '';
  let odd = 0;
  for (const part of parts) {
    const text = part[0];
    const start = at + part.index;
    if (!/[\p{L}\p{N}]/u.test(text)) out += text;
    else if (hits(known, start, start + text.length)) return '';
    else if (isVocabulary(foldText(text)) || isVocabulary(foldText(text, 'german'))) out += text;
    else if (isTechnical(text) && ++odd <= 2) out += text;
    else out = out.trimEnd();
  }
  return /[\p{L}\p{N}]/u.test(out) ? out.replace(/^[^\p{L}\p{N}(]+|[^\p{L}\p{N}).%]+$/gu, '') : '';
}

function hits(known: ReadonlySet<number>, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (known.has(i)) return true;
  return false;
}

/** Numbers of at most three digits with their unit, T1, B30f, L5, 3D: too short to name anybody. */
function isTechnical(text: string): boolean {
  return /^([a-z]?\d{1,3}|t[12][wc]?|b\d{2}[fsh]?|\d{1,3}(mm|cm|kv|kvp|ms|s|d|t|x|ml|mg|min|sec|hz|mas|ma)|[ivx]{1,3}|[a-z])$/i.test(
    text,
  );
}

function replaceUids(text: string, identifiers: Identifiers, mapUid: (uid: string) => string): string {
  if (!/\d\.\d+\.\d+\.\d/.test(text)) return text;
  return text.replace(/\d+(?:\.\d+){3,}/g, (uid) => (identifiers.hasUid(uid) ? mapUid(uid) : uid));
}

const MONTHS = ['jan', 'feb', 'mar|mär|mae', 'apr', 'may|mai', 'jun', 'jul', 'aug', 'sep', 'oct|okt', 'nov', 'dec|dez'];

/** The patient's and the examination's dates in the ways people write them. */
function removeKnownDates(text: string, { dates }: Identifiers): string {
  if (dates.size === 0 || !/\d/.test(text)) return text;
  let out = text;
  for (const date of dates) {
    const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6)];
    if (!text.includes(year) && !text.includes(year.slice(2))) continue;
    out = out.replace(datePattern(year, month, day), ' ');
  }
  return out;
}

const patterns = new Map<string, RegExp>();

function datePattern(year: string, month: string, day: string): RegExp {
  const key = year + month + day;
  const known = patterns.get(key);
  if (known !== undefined) return known;
  const [m, d] = [`0?${Number(month)}`, `0?${Number(day)}`];
  const name = `(?:${MONTHS[Number(month) - 1] ?? '\\0'})[\\p{L}]*\\.?`;
  const gap = '[\\s.,\\-/_]*';
  const mark = '[\\s.\\-/_]+';
  const years = `(?:${year}|${year.slice(2)})`;
  const forms = [
    `${year}${mark}${m}${mark}${d}`,
    `${d}${mark}${m}${mark}${years}`,
    `${m}${mark}${d}${mark}${years}`,
    `${year}${month}${day}`,
    `${day}${month}${year}`,
    `${month}${day}${year}`,
    `${day}${month}${year.slice(2)}`,
    `${year.slice(2)}${month}${day}`,
    `${d}${gap}${name}${gap}${years}`,
    `${name}${gap}${d}(?:st|nd|rd|th)?${gap}${years}`,
    `${year}${gap}${name}${gap}${d}`,
    `${year}年${m}月${d}日`,
  ];
  const pattern = new RegExp(`(?<!\\d)(?:${forms.join('|')})(?!\\d)`, 'giu');
  if (patterns.size > 5_000) patterns.clear();
  patterns.set(key, pattern);
  return pattern;
}

function cutOut(text: string, spans: readonly Span[]): string {
  let out = '';
  let at = 0;
  for (const { start, end } of spans) {
    out += text.slice(at, start);
    at = end;
  }
  return out + text.slice(at);
}

/** Signs and blanks that stood around what is gone. */
function tidy(text: string): string {
  const left = text
    .replace(/[ \t]{2,}/g, ' ')
    .replace(/([,;:_/-])(\s*[,;:_/-])+/g, '$1')
    .trim();
  return /[\p{L}\p{N}]/u.test(left) ? left : '';
}
