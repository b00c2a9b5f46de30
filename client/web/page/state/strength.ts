/** How long a guess would take, roughly, as the page tells it while a passphrase is typed. */
export type Strength = 'short' | 'weak' | 'fair' | 'good';

export const MIN_PASSPHRASE = 12;
const FAIR_BITS = 50;
const GOOD_BITS = 66;

const COMMON = [
  'passwor',
  'kennwort',
  'qwert',
  'asdf',
  '1234',
  'abcd',
  'praxis',
  'radiolog',
  'bildbote',
  'geheim',
  'admin',
];

export function strengthOf(passphrase: string): Strength {
  const text = passphrase.normalize('NFKC');
  if ([...text].length < MIN_PASSPHRASE) return 'short';
  const bits = bitsOf(text);
  if (bits < FAIR_BITS) return 'weak';
  return bits < GOOD_BITS ? 'fair' : 'good';
}

/** Words count as words, other signs by the alphabet they come from; what repeats or is common counts little. */
function bitsOf(text: string): number {
  let reduced = text.toLowerCase().replaceAll(/(.)\1{2,}/gu, '$1$1');
  for (const word of COMMON) reduced = reduced.replaceAll(word, '');
  const words = reduced.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  if (words.length >= 4) return new Set(words).size * 12;
  const signs = [...reduced];
  const variety = new Set(signs).size / Math.max(1, signs.length);
  return signs.length * Math.log2(alphabetOf(text)) * Math.min(1, 0.4 + variety);
}

function alphabetOf(text: string): number {
  let size = 0;
  if (/\p{Ll}/u.test(text)) size += 20;
  if (/\p{Lu}/u.test(text)) size += 12;
  if (/\p{N}/u.test(text)) size += 10;
  if (/[^\p{L}\p{N}]/u.test(text)) size += 12;
  return Math.max(size, 2);
}
