import { setImmediate as nextTurn } from 'node:timers/promises';
import { merkleRoot, nodeHash } from '../../crypto/wire/merkle.js';
import { segmentLeaf } from '../../crypto/wire/payload.js';
import type { Database, Transaction } from '../db/open.js';
import { listPartsWithin } from './part-store.js';
import type { Payload as StoredPayload } from './payload-store.js';
import { digestsOf } from './segments.js';
import { insertTreeBlock, listTreeBlocks } from './tally-store.js';

/**
 * The RFC 6962 tree over a payload's segments (docs/spec/payload.md §4). Covered segments never change, so roots over whole
 * blocks of them are kept: a proof costs at most two blocks of hashing at any size.
 */

type Db = Database | Transaction;
type Payload = Pick<StoredPayload, 'number' | 'payloadId' | 'segmentBytes'>;

/** A power of two, so that blocks are perfect subtrees. */
export const BLOCK_SEGMENTS = 1024;

/** Segments `start` to `end` (exclusive). */
interface Range {
  readonly start: number;
  readonly end: number;
}

async function loadLeaves(db: Db, payload: Payload, { start, end }: Range): Promise<Uint8Array[]> {
  const parts = await listPartsWithin(db, payload.number, start, end);
  const segments = digestsOf(parts, start, end, payload.segmentBytes);
  if (segments.length !== end - start) throw new Error('a covered segment is missing');
  return segments.map(({ index, length, digest }) => segmentLeaf(payload.payloadId, index, length, digest));
}

/** Keeps the roots of the blocks that became whole when the cover grew from `before` to `after` segments. */
export async function growTree(trx: Transaction, payload: Payload, before: number, after: number): Promise<void> {
  const end = Math.floor(after / BLOCK_SEGMENTS);
  for (let block = Math.floor(before / BLOCK_SEGMENTS); block < end; block++) {
    await insertTreeBlock(trx, payload.number, block, await rootOfBlock(trx, payload, block));
    await nextTurn();
  }
}

/** The root over the digests of one whole block. */
export async function rootOfBlock(db: Db, payload: Payload, block: number): Promise<Uint8Array> {
  const range = { start: block * BLOCK_SEGMENTS, end: (block + 1) * BLOCK_SEGMENTS };
  return merkleRoot(await loadLeaves(db, payload, range));
}

/** The audit path of `segment` in the tree of the first `segments`, lowest first. All of them are covered. */
export async function proveInclusion(
  db: Db,
  payload: Payload,
  segment: number,
  segments: number,
): Promise<Uint8Array[]> {
  return hashesOf(db, payload, segments, inclusionRanges(segment, { start: 0, end: segments }));
}

/** That the tree of the first `from` segments is a prefix of the tree of the first `to`. */
export async function proveConsistency(db: Db, payload: Payload, from: number, to: number): Promise<Uint8Array[]> {
  return hashesOf(db, payload, to, consistencyRanges(from, { start: 0, end: to }, true));
}

/** RFC 6962 §2.1.1, as the ranges whose roots make the path. */
function inclusionRanges(segment: number, { start, end }: Range): Range[] {
  if (end - start === 1) return [];
  const middle = start + splitPoint(end - start);
  return segment < middle
    ? [...inclusionRanges(segment, { start, end: middle }), { start: middle, end }]
    : [...inclusionRanges(segment, { start: middle, end }), { start, end: middle }];
}

/** RFC 6962 §2.1.2. `from` is a segment number, `isWhole` says that the left edge has not been left yet. */
function consistencyRanges(from: number, { start, end }: Range, isWhole: boolean): Range[] {
  if (from === end) return isWhole ? [] : [{ start, end }];
  const middle = start + splitPoint(end - start);
  return from <= middle
    ? [...consistencyRanges(from, { start, end: middle }, isWhole), { start: middle, end }]
    : [...consistencyRanges(from, { start: middle, end }, false), { start, end: middle }];
}

/** The largest power of two below n. */
function splitPoint(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

async function hashesOf(db: Db, payload: Payload, segments: number, ranges: readonly Range[]): Promise<Uint8Array[]> {
  const roots = await listTreeBlocks(db, payload.number, Math.floor(segments / BLOCK_SEGMENTS));
  const hashes: Uint8Array[] = [];
  for (const range of ranges) hashes.push(await rootOf(db, payload, roots, range));
  return hashes;
}

/** Ranges of the RFC's trees that are larger than a block begin where a block begins. */
async function rootOf(db: Db, payload: Payload, roots: readonly Uint8Array[], range: Range): Promise<Uint8Array> {
  const { start, end } = range;
  const size = end - start;
  const kept = size === BLOCK_SEGMENTS ? roots[start / BLOCK_SEGMENTS] : undefined;
  if (kept !== undefined) return kept;
  if (size <= BLOCK_SEGMENTS) return merkleRoot(await loadLeaves(db, payload, range));
  const middle = start + splitPoint(size);
  const left = await rootOf(db, payload, roots, { start, end: middle });
  return nodeHash(left, await rootOf(db, payload, roots, { start: middle, end }));
}
