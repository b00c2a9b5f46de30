/** Character sets of GDT files (docs/spec/gdt.md §3): what field 9206 can name, and UTF-8, for which it has no number. */
export const GDT_CHARSETS = ['ascii', 'cp437', 'windows-1252', 'iso-8859-15', 'utf-8'] as const;
export type GdtCharset = (typeof GDT_CHARSETS)[number];

const NUMBERS: Readonly<Record<GdtCharset, string | null>> = {
  ascii: '1',
  cp437: '2',
  'windows-1252': '3',
  'iso-8859-15': '4',
  'utf-8': null,
};

/** The value of 9206; null where there is none. */
export function charsetNumber(charset: GdtCharset): string | null {
  return NUMBERS[charset];
}

export function charsetOfNumber(text: string): GdtCharset | null {
  return GDT_CHARSETS.find((one) => NUMBERS[one] === text) ?? null;
}

/** Code page 437 from 0x80 on. */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐' +
  '└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';
/** The German places of seven bits (DIN 66003), which old systems mean by ASCII. */
const DIN_66003: Readonly<Record<string, string>> = {
  ...{ '[': 'Ä', '\\': 'Ö', ']': 'Ü', '{': 'ä', '|': 'ö', '}': 'ü', '~': 'ß' },
};

/** From 0x80 to 0x9f; Node's own decoder reads these places as control characters. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const LATIN_1 = String.fromCharCode(...Array.from({ length: 128 }, (_, at) => 128 + at));
/** Where it differs from Latin-1. */
const LATIN_9: Readonly<Record<string, string>> = {
  ...{ '¤': '€', '¦': 'Š', '¨': 'š', '´': 'Ž', '¸': 'ž', '¼': 'Œ', '½': 'œ', '¾': 'Ÿ' },
};
const UPPER: Readonly<Partial<Record<GdtCharset, string>>> = {
  cp437: CP437,
  'windows-1252': WINDOWS_1252 + LATIN_1.slice(WINDOWS_1252.length),
  'iso-8859-15': [...LATIN_1].map((char) => LATIN_9[char] ?? char).join(''),
};
const BYTES = new Map(
  Object.entries(UPPER).map(([charset, upper]) => [charset, new Map([...upper].map((char, at) => [char, 128 + at]))]),
);

/** Never fails: a byte that means nothing becomes U+FFFD. */
export function decodeGdt(bytes: Uint8Array, charset: GdtCharset): string {
  if (charset === 'utf-8') return new TextDecoder().decode(bytes);
  const upper = UPPER[charset] ?? '';
  return Array.from(bytes, (byte) => {
    if (byte >= 128) return upper[byte - 128] ?? '\ufffd';
    const char = String.fromCharCode(byte);
    return charset === 'ascii' ? (DIN_66003[char] ?? char) : char;
  }).join('');
}

/** What a character set lacks, in the words that it has. */
const INSTEAD: Readonly<Record<string, string>> = {
  ...{ '–': '-', '—': '-', '−': '-', '‑': '-', '•': '-', '…': '...', '\u00a0': ' ', '\u202f': ' ', '€': 'EUR' },
  ...{ '„': '"', '“': '"', '”': '"', '«': '"', '»': '"', '‚': "'", '‘': "'", '’': "'", '≤': '<=', '≥': '>=' },
  ...{ ä: 'ae', ö: 'oe', ü: 'ue', Ä: 'Ae', Ö: 'Oe', Ü: 'Ue', ß: 'ss', ẞ: 'SS', '×': 'x', '±': '+/-', '²': '2' },
  ...{ µ: 'u', μ: 'u', Ø: 'O', ø: 'o', Ł: 'L', ł: 'l', đ: 'd', Đ: 'D', '°': ' Grad' },
};

/** What cannot be written is written in other words, in the end as `?`: a text that lacks letters is better than no text. */
export function encodeGdt(text: string, charset: GdtCharset): Uint8Array {
  if (charset === 'utf-8') return new TextEncoder().encode(text);
  return Uint8Array.from([...text.normalize('NFC')].flatMap((char) => bytesOf(char, charset)));
}

function bytesOf(char: string, charset: GdtCharset): number[] {
  const direct = byteOf(char, charset);
  if (direct !== null) return [direct];
  const instead = INSTEAD[char] ?? char.normalize('NFD').replaceAll(/\p{M}/gu, '');
  const bytes = [...instead].map((one) => byteOf(one, charset));
  return bytes.length > 0 && bytes.every((byte) => byte !== null) ? bytes : [QUESTION_MARK];
}

const QUESTION_MARK = 0x3f;

function byteOf(char: string, charset: GdtCharset): number | null {
  const code = char.codePointAt(0) ?? QUESTION_MARK;
  // Seven bits without the places that somebody may read as umlauts.
  if (code < 128) return charset === 'ascii' && char in DIN_66003 ? null : code;
  return BYTES.get(charset)?.get(char) ?? null;
}
