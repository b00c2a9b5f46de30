import { concatBytes, equalBytes } from './bytes.js';
import { WireError } from './error.js';
import { sha256 } from './hash.js';

/** RFC 6962 §2.1: SHA-256 trees in which leaves and nodes have their own prefixes. All hashes are 32 bytes. */

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The root of a tree without leaves: the hash of nothing. */
export const EMPTY_ROOT = sha256(new Uint8Array(0));

export function leafHash(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(concatBytes(LEAF, data));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256(concatBytes(NODE, left, right));
}

/**
 * A tree that only grows, kept as the roots of its perfect subtrees, largest first: O(log n) memory at any size.
 * Appending on top of an earlier state proves the earlier tree a prefix of the later one.
 */
export class CompactRange {
  #size = 0;
  readonly #subtrees: { root: Uint8Array; height: number }[] = [];

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): void {
    let node = { root: leaf, height: 0 };
    for (let last = this.#subtrees.at(-1); last?.height === node.height; last = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      node = { root: nodeHash(last.root, node.root), height: node.height + 1 };
    }
    this.#subtrees.push(node);
    this.#size += 1;
  }

  root(): Uint8Array {
    const roots = this.#subtrees.map((subtree) => subtree.root);
    return roots.length === 0 ? EMPTY_ROOT : roots.reduceRight((right, left) => nodeHash(left, right));
  }

  clone(): CompactRange {
    const copy = new CompactRange();
    copy.#size = this.#size;
    copy.#subtrees.push(...this.#subtrees);
    return copy;
  }
}

export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const range = new CompactRange();
  for (const leaf of leaves) range.append(leaf);
  return range.root();
}

/** RFC 6962 §2.1.1: the audit path of leaf `index`, lowest first. */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (index < 0 || index >= leaves.length) throw new WireError('proof', 'no such leaf');
  if (leaves.length === 1) return [];
  const split = splitPoint(leaves.length);
  return index < split
    ? [...inclusionProof(leaves.slice(0, split), index), merkleRoot(leaves.slice(split))]
    : [...inclusionProof(leaves.slice(split), index - split), merkleRoot(leaves.slice(0, split))];
}

/** RFC 6962 §2.1.2: the proof that the tree of the first `size` leaves is a prefix of the whole. */
export function consistencyProof(leaves: readonly Uint8Array[], size: number): Uint8Array[] {
  if (size < 1 || size > leaves.length) throw new WireError('proof', 'no such tree');
  return subProof(leaves, size, true);
}

function subProof(leaves: readonly Uint8Array[], size: number, complete: boolean): Uint8Array[] {
  if (size === leaves.length) return complete ? [] : [merkleRoot(leaves)];
  const split = splitPoint(leaves.length);
  return size <= split
    ? [...subProof(leaves.slice(0, split), size, complete), merkleRoot(leaves.slice(split))]
    : [...subProof(leaves.slice(split), size - split, false), merkleRoot(leaves.slice(0, split))];
}

/** The largest power of two below n. */
function splitPoint(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

/** Sizes come from outside: an infinite one would never be split. */
function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 1;
}

/** @throws WireError `proof` unless `proof` leads from leaf `index` of `size` to `root` */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): void {
  if (!isSize(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new WireError('proof', 'no such leaf');
  }
  const rest = [...proof];
  const computed = climb(leaf, index, size, rest);
  if (rest.length !== 0 || !equalBytes(computed, root)) throw new WireError('proof', 'inclusion proof fails');
}

/** Recomputes the root from the top down; `proof` is consumed from its end, where the topmost sibling stands. */
function climb(leaf: Uint8Array, index: number, size: number, proof: Uint8Array[]): Uint8Array {
  if (size === 1) return leaf;
  const sibling = proof.pop();
  if (sibling === undefined) throw new WireError('proof', 'inclusion proof is too short');
  const split = splitPoint(size);
  return index < split
    ? nodeHash(climb(leaf, index, split, proof), sibling)
    : nodeHash(sibling, climb(leaf, index - split, size - split, proof));
}

/** @throws WireError `proof` unless the tree `(from, fromRoot)` is proved a prefix of `(to, toRoot)` */
export function verifyConsistency(
  from: number,
  to: number,
  fromRoot: Uint8Array,
  toRoot: Uint8Array,
  proof: readonly Uint8Array[],
): void {
  if (!isSize(from) || !isSize(to) || from > to) throw new WireError('proof', 'no such tree');
  const rest = [...proof];
  const [old, whole] = rebuild(from, to, true, fromRoot, rest);
  if (rest.length !== 0 || !equalBytes(old, fromRoot) || !equalBytes(whole, toRoot)) {
    throw new WireError('proof', 'consistency proof fails');
  }
}

/** Both roots, of the first `from` leaves and of all `to`, recomputed from the proof (mirrors `subProof`). */
function rebuild(
  from: number,
  to: number,
  complete: boolean,
  fromRoot: Uint8Array,
  proof: Uint8Array[],
): [Uint8Array, Uint8Array] {
  if (from === to && complete) return [fromRoot, fromRoot];
  const hash = proof.pop();
  if (hash === undefined) throw new WireError('proof', 'consistency proof is too short');
  if (from === to) return [hash, hash];
  const split = splitPoint(to);
  if (from <= split) {
    const [old, left] = rebuild(from, split, complete, fromRoot, proof);
    return [old, nodeHash(left, hash)];
  }
  const [old, right] = rebuild(from - split, to - split, false, fromRoot, proof);
  return [nodeHash(hash, old), nodeHash(hash, right)];
}
