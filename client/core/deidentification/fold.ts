/**
 * Text in the form in which names are compared: lower case, without accents, letters and digits only, with the place of each in the
 * original. German umlauts have two forms that people mix, so there are two foldings.
 */
export interface Folded {
  readonly text: string;
  /** For each unit of `text` the first unit of the original it comes from. */
  readonly places: readonly number[];
}

export type Folding = 'plain' | 'german';

const GERMAN: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', Ä: 'ae', Ö: 'oe', Ü: 'ue' };
const SPECIAL: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'ss',
  æ: 'ae',
  Æ: 'ae',
  œ: 'oe',
  Œ: 'oe',
  ø: 'o',
  Ø: 'o',
  đ: 'd',
  Đ: 'd',
  ł: 'l',
  Ł: 'l',
  ı: 'i',
};

const remembered = new Map<string, string>();
const MAX_REMEMBERED = 20_000;

export function hasUmlaut(text: string): boolean {
  return /[äöüÄÖÜ]/.test(text);
}

export function fold(text: string, folding: Folding = 'plain'): Folded {
  let out = '';
  const places: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    let letters: string;
    if (code < 0x80) {
      if (code >= 0x61 && code <= 0x7a) letters = text[i] ?? '';
      else if (code >= 0x41 && code <= 0x5a) letters = String.fromCharCode(code + 32);
      else if (code >= 0x30 && code <= 0x39) letters = text[i] ?? '';
      else continue;
    } else {
      const point = String.fromCodePoint(text.codePointAt(i) ?? 0);
      letters = (folding === 'german' ? GERMAN[point] : undefined) ?? foldPoint(point);
      for (let k = 0; k < letters.length; k++) places.push(i);
      out += letters;
      i += point.length - 1;
      continue;
    }
    places.push(i);
    out += letters;
  }
  return { text: out, places };
}

function foldPoint(point: string): string {
  const known = SPECIAL[point] ?? remembered.get(point);
  if (known !== undefined) return known;
  const folded = point
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
  if (remembered.size < MAX_REMEMBERED) remembered.set(point, folded);
  return folded;
}

export function foldText(text: string, folding: Folding = 'plain'): string {
  return fold(text, folding).text;
}

/** Chinese, Japanese and Korean write words without spaces, and names of two characters. */
export function isDenseScript(text: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(text);
}
