import type { Character } from './characters.js';

/** Characters that stand side by side. */
export interface Line {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** From left to right. */
  readonly characters: readonly Character[];
}

/** How far apart two neighbours of a line may be, in heights of the taller one: a space in wide type. */
const MAX_GAP = 1.3;

/** Groups what is alike in height, brightness and stroke and stands on one line. Groups of one are lines of touching characters. */
export function findLines(characters: readonly Character[]): Line[] {
  const sorted = [...characters].sort((a, b) => a.left - b.left);
  const group = sorted.map((_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (group[at]! !== at) at = group[at] = group[group[at]!]!;
    return at;
  };
  const bands = byBand(sorted);
  sorted.forEach((character, i) => {
    for (const j of neighbours(character, i, sorted, bands)) {
      const [a, b] = [root(i), root(j)];
      if (a !== b) group[Math.max(a, b)] = Math.min(a, b);
    }
  });
  const lines = new Map<number, Character[]>();
  sorted.forEach((character, i) => {
    const members = lines.get(root(i));
    if (members === undefined) lines.set(root(i), [character]);
    else members.push(character);
  });
  return [...lines.values()].map(lineOf);
}

export function lineOf(characters: readonly Character[]): Line {
  return {
    left: Math.min(...characters.map(({ left }) => left)),
    top: Math.min(...characters.map(({ top }) => top)),
    right: Math.max(...characters.map(({ right }) => right)),
    bottom: Math.max(...characters.map(({ bottom }) => bottom)),
    characters,
  };
}

const BAND = 16;

/** Places in `sorted` by the horizontal bands a character touches. */
function byBand(sorted: readonly Character[]): ReadonlyMap<number, readonly number[]> {
  const bands = new Map<number, number[]>();
  sorted.forEach(({ top, bottom }, i) => {
    for (let band = Math.floor(top / BAND); band <= Math.floor((bottom - 1) / BAND); band++) {
      const members = bands.get(band);
      if (members === undefined) bands.set(band, [i]);
      else members.push(i);
    }
  });
  return bands;
}

/** What follows to the right, within reach, and fits. Members of a band are in order, so the search ends early. */
function* neighbours(
  character: Character,
  index: number,
  sorted: readonly Character[],
  bands: ReadonlyMap<number, readonly number[]>,
): Iterable<number> {
  const reach = character.right + MAX_GAP * 2 * (character.bottom - character.top);
  const middle = Math.floor((character.top + character.bottom) / 2 / BAND);
  for (let band = middle - 1; band <= middle + 1; band++) {
    const members = bands.get(band) ?? [];
    for (let at = firstAfter(members, index); at < members.length; at++) {
      const other = sorted[members[at]!]!;
      if (other.left > reach) break;
      if (areNeighbours(character, other)) yield members[at]!;
    }
  }
}

/** Members are sorted: the first that is larger than `index`. */
function firstAfter(members: readonly number[], index: number): number {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (members[middle]! <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}

function areNeighbours(a: Character, b: Character): boolean {
  const [heightA, heightB] = [a.bottom - a.top, b.bottom - b.top];
  const [small, tall] = heightA < heightB ? [heightA, heightB] : [heightB, heightA];
  if (tall > 2.1 * small) return false;
  const gap = b.left - a.right;
  // Small letters stand closer than their height suggests beside tall ones.
  if (gap > MAX_GAP * Math.max(tall * 0.8, small) || gap < -0.5 * small) return false;
  const common = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (common < 0.55 * small) return false;
  if (Math.abs(a.brightness - b.brightness) > 45) return false;
  const strokes = a.strokeWidth / b.strokeWidth;
  return strokes < 2.6 && strokes > 1 / 2.6;
}
