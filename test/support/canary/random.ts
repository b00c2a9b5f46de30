/** Seeded chance: the same seed makes the same canaries. */
export interface Random {
  /** Whole number from 0 to below `n`. */
  below(n: number): number;
  pick<T>(list: readonly T[]): T;
  chance(share: number): boolean;
}

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    below: (n) => Math.floor(next() * n),
    pick: (list) => list[Math.floor(next() * list.length)] ?? fail(),
    chance: (share) => next() < share,
  };
}

function fail(): never {
  throw new RangeError('an empty list has nothing to pick');
}

const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

/** A word that stands nowhere else: consonants, so that no dictionary knows it. */
export function word(random: Random, length = 9): string {
  let out = '';
  for (let i = 0; i < length; i++) out += LETTERS[random.below(LETTERS.length)] ?? '';
  return out;
}

export function digits(random: Random, length: number): string {
  let out = String(1 + random.below(9));
  while (out.length < length) out += String(random.below(10));
  return out;
}

/** A value of a VR that can be found again; null for VRs that hold only numbers of a machine. */
export function token(vr: string, random: Random): string | null {
  switch (vr) {
    case 'PN':
      return `${word(random)}^${word(random, 7)}`;
    case 'DA':
      return date(random);
    case 'DT':
      return `${date(random)}${time(random)}`;
    case 'TM':
      return time(random);
    case 'UI':
      return `1.2.276.0.${digits(random, 7)}.${digits(random, 9)}`;
    case 'UR':
      return `http://${word(random).toLowerCase()}.example/`;
    case 'AS':
      return `${String(random.below(1000)).padStart(3, '0')}D`;
    case 'DS':
    case 'IS':
      return digits(random, 9);
    case 'AE':
    case 'CS':
    case 'LO':
    case 'LT':
    case 'SH':
    case 'ST':
    case 'UC':
    case 'UT':
    case 'OB':
    case 'UN':
      return word(random, 12);
    default:
      return null;
  }
}

/** Of a time from which nothing else in the data is. */
export function date(random: Random): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${1921 + random.below(38)}${pad(1 + random.below(12))}${pad(1 + random.below(28))}`;
}

function time(random: Random): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(random.below(24))}${pad(random.below(60))}${pad(random.below(60))}.${digits(random, 6)}`;
}
