/**
 * Boosted decision trees. Each tree is a list of numbers: at an inner node feature, limit, and how far on the right branch lies
 * (the left one follows at once); at a leaf −1 and its value.
 */
export interface Forest {
  readonly base: number;
  readonly trees: readonly (readonly number[])[];
}

/** @returns a probability, 0 to 1 */
export function judge({ base, trees }: Forest, features: readonly number[]): number {
  let sum = base;
  for (const tree of trees) sum += walk(tree, features);
  return 1 / (1 + Math.exp(-sum));
}

function walk(tree: readonly number[], features: readonly number[]): number {
  let at = 0;
  for (;;) {
    const feature = tree[at]!;
    if (feature < 0) return tree[at + 1]!;
    at += features[feature]! <= tree[at + 1]! ? 3 : tree[at + 2]!;
  }
}
