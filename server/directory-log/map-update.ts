import { hash } from 'node:crypto';
import {
  MAP_DEPTH,
  type HashFunction,
  bitAt,
  climbEmpty,
  emptyAt,
  mapNodeHash,
  prefixAt,
} from '../../crypto/log/map.js';

/**
 * New values in the sparse map, from the nodes on their ways (docs/spec/directory.md §6). A subtree with one mailbox is kept as
 * its topmost node alone: a mailbox costs about two rows and not 256.
 */

export interface MapNode {
  readonly depth: number;
  /** The index of any leaf below, cut to `depth` bits. */
  readonly prefix: Uint8Array;
  readonly hash: Uint8Array;
  /** The one index below; null when there are more. */
  readonly leaf: Uint8Array | null;
}

export interface MapLeaf {
  readonly index: Uint8Array;
  readonly hash: Uint8Array;
}

/** Nodes as they are before the change, by `nodeKey`. */
export type MapNodes = ReadonlyMap<string, MapNode>;

/** Native, and in one call: an update hashes some 240 times per new mailbox. */
export const mapHash: HashFunction = (bytes) => hash('sha256', bytes, 'buffer');

export function nodeKey(depth: number, prefix: Uint8Array): string {
  return `${depth}:${Buffer.from(prefix.buffer, prefix.byteOffset, prefix.byteLength).toString('hex')}`;
}

export interface MapUpdate {
  readonly root: Uint8Array;
  /** New and changed nodes. */
  readonly nodes: readonly MapNode[];
}

/**
 * @param nodes all nodes on the ways to the changed leaves, and both children of each that has more than one leaf below
 * @param leafHash of a leaf that is there and has not changed
 */
export function updateMap(
  nodes: MapNodes,
  changed: readonly MapLeaf[],
  leafHash: (index: Uint8Array) => Uint8Array,
): MapUpdate {
  const written: MapNode[] = [];
  const write = (node: MapNode): Uint8Array => {
    written.push(node);
    return node.hash;
  };

  const update = (depth: number, prefix: Uint8Array, leaves: readonly MapLeaf[]): Uint8Array => {
    const node = nodes.get(nodeKey(depth, prefix));
    if (leaves.length === 0) return node?.hash ?? emptyAt(depth);
    if (node === undefined) return grow(depth, prefix, leaves);
    if (node.leaf !== null) return grow(depth, prefix, withLeaf(leaves, node.leaf, leafHash));
    return branch(depth, prefix, leaves, update);
  };

  /** A subtree of which nothing is kept below its top. */
  const grow = (depth: number, prefix: Uint8Array, leaves: readonly MapLeaf[]): Uint8Array => {
    const [only] = leaves;
    if (only === undefined) return emptyAt(depth);
    if (leaves.length > 1) return branch(depth, prefix, leaves, grow);
    const hash = climbEmpty(only.index, only.hash, MAP_DEPTH, depth, mapHash);
    return write({ depth, prefix, hash, leaf: only.index });
  };

  const branch = (depth: number, prefix: Uint8Array, leaves: readonly MapLeaf[], below: typeof grow): Uint8Array => {
    const [left, right] = childPrefixes(depth, prefix);
    const side = (bit: 0 | 1): MapLeaf[] => leaves.filter(({ index }) => bitAt(index, depth) === bit);
    const hash = mapNodeHash(below(depth + 1, left, side(0)), below(depth + 1, right, side(1)), mapHash);
    return write({ depth, prefix, hash, leaf: null });
  };

  return { root: update(0, new Uint8Array(32), changed), nodes: written };
}

function withLeaf(
  leaves: readonly MapLeaf[],
  index: Uint8Array,
  leafHash: (index: Uint8Array) => Uint8Array,
): readonly MapLeaf[] {
  const isChanged = leaves.some((leaf) => Buffer.compare(leaf.index, index) === 0);
  return isChanged ? leaves : [...leaves, { index, hash: leafHash(index) }];
}

export function childPrefixes(depth: number, prefix: Uint8Array): [Uint8Array, Uint8Array] {
  const right = prefixAt(prefix, depth);
  right[depth >>> 3] = (right[depth >>> 3] ?? 0) | (0x80 >>> (depth & 7));
  return [prefix, right];
}
