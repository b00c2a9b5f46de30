import unhomoglyph from 'unhomoglyph';

/** What a name looks like, whatever characters it is made of (docs/spec/names.md §6, attack A3). */

/**
 * Unicode Technical Standard 39 §4, without the bidirectional step: names hold no characters that turn text. Two v beside each other, which
 * the standard leaves alone, are a w.
 */
function skeleton(text: string): string {
  return unhomoglyph(text.normalize('NFD')).normalize('NFD').replaceAll(/vv/giu, 'w');
}

function visible(text: string): string {
  return text.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '');
}

/** In a word of capitals an l, a 1 and a stroke are read as I, which is an i in small letters. */
const WORD_OF_CAPITALS = /(?<![\p{L}\p{N}])[\p{Lu}\p{M}l1|0]*\p{Lu}[\p{Lu}\p{M}l1|0]*(?![\p{L}\p{N}])/gu;

function withCapitalI(text: string): string {
  return text.replaceAll(WORD_OF_CAPITALS, (word) => word.replaceAll(/[l1|]/gu, 'I').replaceAll('0', 'O'));
}

/** As German is written where there are no umlauts: Mueller is read as Müller, and Strasse as Straße. */
const SPELT: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };

function spelt(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[äöüß]/gu, (letter) => SPELT[letter] ?? letter);
}

/**
 * Capitals hide other letters than small ones do: both ways of looking count. So does a character before its compatible form, which may
 * look different: the lunate sigma is a C to the eye, and a Σ by its form.
 */
function looksOf(text: string, finish: (text: string) => string): string[] {
  const plain = visible(text.normalize('NFKC'));
  const readings = [plain, plain.toLowerCase(), visible(text), withCapitalI(plain).toLowerCase(), spelt(plain)];
  const skeletons = new Set([...new Set(readings)].map(skeleton));
  return [...new Set([...skeletons].map(finish))];
}

const LATIN = /\p{Script=Latin}/u;
const GREEK = /\p{Script=Greek}/u;
const CYRILLIC = /\p{Script=Cyrillic}/u;
const LETTER_OF_ANOTHER_SCRIPT = /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}\P{L}]/u;

/** Letters of several scripts in one name are a disguise, also where no practice is known yet that it would be of. */
export function isOneScript(name: string): boolean {
  if (LATIN.test(name)) return !LETTER_OF_ANOTHER_SCRIPT.test(name);
  return !(GREEK.test(name) && CYRILLIC.test(name));
}

/** Words of letters and digits, without marks. */
function squeezed(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Two names look alike when they share a form. */
export function formsOfName(name: string): string[] {
  return looksOf(name, (text) => squeezed(text).replaceAll(' ', ''));
}

/** Two addresses look alike when they share a form. */
export function formsOfAddress(address: string): string[] {
  return looksOf(address, (text) => text.toLowerCase());
}

/** The forms of everything that stands in a name as whole words: for names that must not stand in any other. */
export function formsWithin(name: string): string[] {
  const forms = new Set<string>();
  for (const text of looksOf(name, squeezed)) {
    const words = text.split(' ');
    for (let first = 0; first < words.length; first++) {
      let run = '';
      for (const word of words.slice(first)) forms.add((run += word));
    }
  }
  return [...forms];
}
