import { EMPTY_ROOT, merkleRoot, nodeHash } from '../wire/merkle.js';
import { LogError } from './error.js';
import { TILE_HEIGHT, TILE_WIDTH } from './tile.js';

/**
 * Roots and proofs of RFC 6962, computed from tiles instead of leaves (docs/spec/directory.md §5). What is asked for is
 * first a list of tiles to be read, then a value: a relay reads them from its tables, a monitor over HTTP.
 */

/** Hashes of tile `n` at `level`, as far as the tree goes. */
export type TileReader = (level: number, n: number) => readonly Uint8Array[];

export interface TileId {
  readonly level: number;
  readonly n: number;
}

/** A value to be computed from tiles. */
export interface TreeQuery<T> {
  readonly tiles: readonly TileId[];
  compute(read: TileReader): T;
}

/** The root of the first `size` leaves. */
export function rootQuery(size: number): TreeQuery<Uint8Array> {
  if (size === 0) return { tiles: [], compute: () => EMPTY_ROOT };
  const range = { from: 0, to: size };
  return { tiles: tilesOf([range]), compute: (read) => rangeHash(range, read) };
}

/** RFC 6962 §2.1.1: the audit path of leaf `index` in the tree of `size` leaves. @throws LogError `tree` */
export function inclusionQuery(index: number, size: number): TreeQuery<Uint8Array[]> {
  if (index < 0 || index >= size) throw new LogError('tree', 'no such leaf');
  return rangesQuery(inclusionRanges(index, { from: 0, to: size }));
}

/** RFC 6962 §2.1.2: that the first `from` leaves are a prefix of the first `to`. @throws LogError `tree` */
export function consistencyQuery(from: number, to: number): TreeQuery<Uint8Array[]> {
  if (from < 1 || from > to) throw new LogError('tree', 'no such tree');
  return rangesQuery(consistencyRanges(from, { from: 0, to }, 'complete'));
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function rangesQuery(ranges: readonly Range[]): TreeQuery<Uint8Array[]> {
  return { tiles: tilesOf(ranges), compute: (read) => ranges.map((range) => rangeHash(range, read)) };
}

function inclusionRanges(index: number, range: Range): Range[] {
  if (range.to - range.from === 1) return [];
  const [left, right] = halves(range);
  return index < left.to ? [...inclusionRanges(index, left), right] : [...inclusionRanges(index, right), left];
}

/** Whether the old tree is the whole of this subtree's beginning: then its root is known to who asks. */
type Known = 'complete' | 'part';

function consistencyRanges(size: number, range: Range, known: Known): Range[] {
  if (size === range.to) return known === 'complete' ? [] : [range];
  const [left, right] = halves(range);
  return size <= left.to
    ? [...consistencyRanges(size, left, known), right]
    : [...consistencyRanges(size, right, 'part'), left];
}

function halves({ from, to }: Range): [Range, Range] {
  let half = 1;
  while (half * 2 < to - from) half *= 2;
  return [
    { from, to: from + half },
    { from: from + half, to },
  ];
}

/** A range that begins at a multiple of its half is one node, or two halves of which the first is one. */
function rangeHash(range: Range, read: TileReader): Uint8Array {
  const height = perfectHeight(range);
  if (height !== null) return perfectHash(height, range.from, read);
  const [left, right] = halves(range);
  return nodeHash(rangeHash(left, read), rangeHash(right, read));
}

function perfectHeight({ from, to }: Range): number | null {
  const height = Math.log2(to - from);
  return Number.isInteger(height) && from % (to - from) === 0 ? height : null;
}

function tilesOf(ranges: readonly Range[]): TileId[] {
  const found = new Map<string, TileId>();
  const visit = (range: Range): void => {
    const height = perfectHeight(range);
    if (height === null) return halves(range).forEach(visit);
    const { level, n } = tileOf(height, range.from);
    found.set(`${level}/${n}`, { level, n });
  };
  ranges.forEach(visit);
  return [...found.values()];
}

function tileOf(height: number, from: number): TileId & { readonly offset: number; readonly count: number } {
  const level = Math.floor(height / TILE_HEIGHT);
  const at = from / TILE_WIDTH ** level;
  return { level, n: Math.floor(at / TILE_WIDTH), offset: at % TILE_WIDTH, count: 2 ** (height % TILE_HEIGHT) };
}

function perfectHash(height: number, from: number, read: TileReader): Uint8Array {
  const { level, n, offset, count } = tileOf(height, from);
  const hashes = read(level, n).slice(offset, offset + count);
  if (hashes.length !== count) throw new LogError('tree', 'a tile is shorter than the tree');
  return merkleRoot(hashes);
}
