import { concatBytes, equalBytes, isZero, writeUint64 } from '../wire/bytes.js';
import { sha256 } from '../wire/hash.js';
import { LogError } from './error.js';

/**
 * The map index → (seq, head) as a sparse Merkle tree of 256 levels (docs/spec/directory.md §6): one root says of every
 * address what the newest head of its mailbox is, or that there is none.
 */

/** The newest state of the mailbox at an index. */
export interface MapValue {
  readonly seq: number;
  /** `TH("stmt", …)` of statement `seq`. */
  readonly head: Uint8Array;
}

/** The siblings on the way from a leaf to the root; those of empty subtrees are left out. */
export interface MapProof {
  /** 32 bytes; bit d, counted from the first byte's highest, is set when the sibling at depth d + 1 is in the list. */
  readonly bitmap: Uint8Array;
  /** From the root downwards. */
  readonly siblings: readonly Uint8Array[];
}

export type HashFunction = (bytes: Uint8Array) => Uint8Array;

export const MAP_DEPTH = 256;
const INDEX_BYTES = 32;
/** RFC 6962 uses 0 and 1: no node of one tree is ever one of the other. */
const LEAF = Uint8Array.of(2);
const NODE = Uint8Array.of(3);

export function mapLeafHash(index: Uint8Array, { seq, head }: MapValue, hash: HashFunction = sha256): Uint8Array {
  return hash(concatBytes(LEAF, index, writeUint64(seq), head));
}

export function mapNodeHash(left: Uint8Array, right: Uint8Array, hash: HashFunction = sha256): Uint8Array {
  return hash(concatBytes(NODE, left, right));
}

/** `EMPTY[d]` is the hash of an empty subtree whose root is at depth d; an empty leaf is 32 zero bytes. */
export const EMPTY: readonly Uint8Array[] = emptyHashes();

function emptyHashes(): Uint8Array[] {
  const hashes: Uint8Array[] = [new Uint8Array(32)];
  for (let depth = MAP_DEPTH; depth > 0; depth--) {
    const below = hashes[0] ?? new Uint8Array(32);
    hashes.unshift(mapNodeHash(below, below));
  }
  return hashes;
}

export function emptyAt(depth: number): Uint8Array {
  const hash = EMPTY[depth];
  if (hash === undefined) throw new LogError('tree', 'no such depth');
  return hash;
}

/** Bit `depth` of an index, from the highest: 0 leads left, 1 right. */
export function bitAt(index: Uint8Array, depth: number): 0 | 1 {
  return (((index[depth >>> 3] ?? 0) >>> (7 - (depth & 7))) & 1) as 0 | 1;
}

/** From a node at `from` up to one at `to`, when every sibling between is empty. */
export function climbEmpty(
  index: Uint8Array,
  node: Uint8Array,
  from: number,
  to: number,
  hash: HashFunction = sha256,
): Uint8Array {
  let top = node;
  // One buffer for up to 256 nodes: this is most of what a new mailbox costs the log.
  const both = new Uint8Array(1 + 2 * INDEX_BYTES);
  both.set(NODE);
  for (let depth = from; depth > to; depth--) {
    const isLeft = bitAt(index, depth - 1) === 0;
    both.set(top, isLeft ? 1 : 1 + INDEX_BYTES);
    both.set(emptyAt(depth), isLeft ? 1 + INDEX_BYTES : 1);
    top = hash(both);
  }
  return top;
}

/**
 * That the map of this root has `value` at `index`, or nothing when it is null.
 * @throws LogError `map-proof`, also for a proof that lists an empty sibling: one proof, one spelling
 */
export function verifyMapProof(root: Uint8Array, index: Uint8Array, value: MapValue | null, proof: MapProof): void {
  const { bitmap, siblings } = proof;
  if (index.length !== INDEX_BYTES || bitmap.length !== INDEX_BYTES) refuse('an index has 32 bytes');
  const rest = [...siblings];
  let node = value === null ? emptyAt(MAP_DEPTH) : mapLeafHash(index, value);
  for (let depth = MAP_DEPTH; depth > 0; depth--) {
    const sibling = bitAt(bitmap, depth - 1) === 1 ? listed(rest.pop(), depth) : emptyAt(depth);
    node = bitAt(index, depth - 1) === 0 ? mapNodeHash(node, sibling) : mapNodeHash(sibling, node);
  }
  if (rest.length > 0 || !equalBytes(node, root)) refuse('the proof does not lead to the root');
}

function listed(sibling: Uint8Array | undefined, depth: number): Uint8Array {
  if (sibling?.length !== 32 || equalBytes(sibling, emptyAt(depth)) || isZero(sibling)) {
    return refuse('not a sibling that is listed');
  }
  return sibling;
}

function refuse(why: string): never {
  throw new LogError('map-proof', why);
}

/** @param at the sibling at each depth of 1 to 256, null for an empty subtree */
export function createMapProof(at: (depth: number) => Uint8Array | null): MapProof {
  const bitmap = new Uint8Array(INDEX_BYTES);
  const siblings: Uint8Array[] = [];
  for (let depth = 1; depth <= MAP_DEPTH; depth++) {
    const sibling = at(depth);
    if (sibling === null) continue;
    bitmap[(depth - 1) >>> 3] = (bitmap[(depth - 1) >>> 3] ?? 0) | (0x80 >>> ((depth - 1) & 7));
    siblings.push(sibling);
  }
  return { bitmap, siblings };
}

/** The index with all bits from `depth` on cleared: the name of a node at that depth. */
export function prefixAt(index: Uint8Array, depth: number): Uint8Array<ArrayBuffer> {
  const prefix = new Uint8Array(INDEX_BYTES);
  prefix.set(index.subarray(0, depth >>> 3));
  if ((depth & 7) !== 0) prefix[depth >>> 3] = (index[depth >>> 3] ?? 0) & (0xff << (8 - (depth & 7)));
  return prefix;
}

/** The name of the sibling of the node at `depth` (1 to 256) on the way to `index`. */
export function siblingPrefix(index: Uint8Array, depth: number): Uint8Array<ArrayBuffer> {
  const prefix = prefixAt(index, depth);
  prefix[(depth - 1) >>> 3] = (prefix[(depth - 1) >>> 3] ?? 0) ^ (0x80 >>> ((depth - 1) & 7));
  return prefix;
}
