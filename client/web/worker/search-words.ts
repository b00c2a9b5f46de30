/** How texts are searched: without case, accents and signs, by parts of words, and umlauts in both of their spellings. */

const DIGRAPHS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue' };

/** The two spellings of a text behind each other: `muller` and `mueller`. */
export function folded(text: string): string {
  const lower = text.normalize('NFC').toLowerCase().replaceAll('ß', 'ss');
  const short = plain(lower);
  const long = plain(lower.replaceAll(/[äöü]/g, (sign) => DIGRAPHS[sign] ?? sign));
  return short === long ? short : `${short}\n${long}`;
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Each word of the query stands somewhere in the text, whole or as a part of a word. */
export function matches(foldedText: string, query: string): boolean {
  return termsOf(query).every((term) => foldedText.includes(term));
}

/** As typed: who writes an umlaut means it in either spelling. */
function termsOf(query: string): string[] {
  const lower = query.normalize('NFC').toLowerCase().replaceAll('ß', 'ss');
  return plain(lower)
    .split(' ')
    .filter((term) => term !== '');
}
