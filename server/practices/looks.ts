import unhomoglyph from 'unhomoglyph';

/** What a name looks like, whatever characters it is made of (docs/spec/names.md §6, attack A3). */

/** Unicode Technical Standard 39 §4, without the bidirectional step: names hold no characters that turn text. */
function skeleton(text: string): string {
  return unhomoglyph(text.normalize('NFD')).normalize('NFD');
}

function prepared(text: string): string {
  return text.normalize('NFKC').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '');
}

/** Capitals hide other letters than small ones do: both ways of looking count. */
function looksOf(text: string, finish: (text: string) => string): string[] {
  const plain = prepared(text);
  return [...new Set([finish(skeleton(plain)), finish(skeleton(plain.toLowerCase()))])];
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
