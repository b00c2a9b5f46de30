import { emptyAt, mapLeafHash } from '../../crypto/log/map.js';
import type { Transaction } from '../db/open.js';
import { type NewMapValue, upsertLeaves, upsertNodes } from './map-store.js';
import { type MapNode, mapHash, nodeKey, updateMap } from './map-update.js';

/**
 * The map made anew in memory, root by root, and written at the end. A map root is signed with nearly every statement: in memory
 * one costs some 260 hashes, in the tables a query for each level as well. About 1 KB a mailbox.
 */
export interface MapReplay {
  set(values: readonly NewMapValue[]): void;
  root(): Uint8Array;
  /** Into empty tables. @param version the size of the checkpoint that all this belongs to */
  write(trx: Transaction, version: number): Promise<void>;
}

/** Rows of one statement; a parameter each for four columns. */
const ROWS = 5_000;

export function createMapReplay(): MapReplay {
  const nodes = new Map<string, MapNode>();
  const values = new Map<string, NewMapValue>();
  const leafHash = (index: Uint8Array): Uint8Array => {
    const value = values.get(hexOf(index));
    if (value === undefined) throw new Error('the map names a leaf that it does not hold');
    return mapLeafHash(index, value, mapHash);
  };
  return {
    set(changed) {
      if (changed.length === 0) return;
      for (const value of changed) values.set(hexOf(value.index), value);
      const leaves = changed.map(({ index }) => ({ index, hash: leafHash(index) }));
      for (const node of updateMap(nodes, leaves, leafHash).nodes) nodes.set(nodeKey(node.depth, node.prefix), node);
    },
    root: () => nodes.get(TOP)?.hash ?? emptyAt(0),
    async write(trx, version) {
      for (const rows of slices([...values.values()])) await upsertLeaves(trx, rows, version);
      for (const rows of slices([...nodes.values()])) await upsertNodes(trx, rows, version);
    },
  };
}

const TOP = nodeKey(0, new Uint8Array(32));

function slices<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / ROWS) }, (_, i) => all.slice(i * ROWS, (i + 1) * ROWS));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
