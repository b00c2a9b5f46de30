import { createHash } from 'node:crypto';
import { type Vector, type VectorSet, flipBit, writeVectorsWhenRun } from '../vector-files.js';

/** The map computed as its definition reads, all 256 levels, without any shortcut. */
export interface MapVector extends Vector {
  readonly index: string;
  readonly seq: number | null;
  readonly head: string | null;
  readonly bitmap: string;
  readonly siblings: readonly string[];
  readonly root: string;
}

const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

export interface Leaf {
  readonly index: Buffer;
  readonly seq: number;
  readonly head: Buffer;
}

function leafOf({ index, seq, head }: Leaf): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(seq));
  return sha(Buffer.from([2]), index, number, head);
}

const bit = (index: Buffer, depth: number): number => ((index[depth >> 3] ?? 0) >> (7 - (depth % 8))) & 1;

/** The hash of the subtree at `depth` that holds `leaves`. */
export function secondMapHash(leaves: readonly Leaf[], depth = 0): Buffer {
  if (leaves.length === 0) return empty(depth);
  const [only] = leaves;
  if (depth === 256 && only !== undefined) return leafOf(only);
  const side = (wanted: number): Leaf[] => leaves.filter(({ index }) => bit(index, depth) === wanted);
  return sha(Buffer.from([3]), secondMapHash(side(0), depth + 1), secondMapHash(side(1), depth + 1));
}

const empties = new Map<number, Buffer>([[256, Buffer.alloc(32)]]);

function empty(depth: number): Buffer {
  const known = empties.get(depth);
  if (known !== undefined) return known;
  const below = empty(depth + 1);
  const hash = sha(Buffer.from([3]), below, below);
  empties.set(depth, hash);
  return hash;
}

export function secondMapProof(leaves: readonly Leaf[], index: Buffer): { bitmap: string; siblings: string[] } {
  const bitmap = Buffer.alloc(32);
  const siblings: string[] = [];
  let inside = leaves;
  for (let depth = 0; depth < 256; depth++) {
    const beside = inside.filter((leaf) => bit(leaf.index, depth) !== bit(index, depth));
    inside = inside.filter((leaf) => bit(leaf.index, depth) === bit(index, depth));
    if (beside.length === 0) continue;
    bitmap[depth >> 3] = (bitmap[depth >> 3] ?? 0) | (0x80 >> (depth % 8));
    siblings.push(secondMapHash(beside, depth + 1).toString('hex'));
  }
  return { bitmap: bitmap.toString('hex'), siblings };
}

const leafFor = (address: string, seq: number): Leaf => ({
  index: sha(Buffer.from(address)),
  seq,
  head: sha(Buffer.from(`head of ${address}`)),
});

/** Two indexes that differ in their last bit only: the deepest branch there is. */
const twin = (leaf: Leaf): Leaf => ({ ...leaf, index: Buffer.from(flipBit(leaf.index.toString('hex'), 31), 'hex') });

export async function generateMapVectors(): Promise<VectorSet<MapVector>> {
  const leaves = ['befund@radiologie-nord.example', 'praxis@hausarzt-sued.example', 'empfang@klinik.example'].map(
    (address, i) => leafFor(address, i + 3),
  );
  const [first, second] = leaves;
  if (first === undefined || second === undefined) throw new Error('no leaves');
  const root = secondMapHash(leaves).toString('hex');
  const valueOf = (leaf: Leaf) => ({ index: leaf.index.toString('hex'), seq: leaf.seq, head: leaf.head.toString('hex') });
  const valid = { ...valueOf(first), ...secondMapProof(leaves, first.index), root };
  const absent = sha(Buffer.from('nobody@klinik.example'));
  const nothing = { index: absent.toString('hex'), seq: null, head: null, ...secondMapProof(leaves, absent), root };
  const twins = [first, twin(first)];
  const deep = { ...valueOf(first), ...secondMapProof(twins, first.index), root: secondMapHash(twins).toString('hex') };
  const [sibling = '', ...others] = valid.siblings;
  const fails = 'map-proof';
  return Promise.resolve({
    valid: { description: 'A mailbox among three', expect: 'valid', ...valid },
    'valid-absent': { description: 'An address without a mailbox', expect: 'valid', ...nothing },
    'valid-alone': {
      description: 'The only mailbox: no sibling is listed',
      expect: 'valid',
      ...valueOf(first),
      ...secondMapProof([first], first.index),
      root: secondMapHash([first]).toString('hex'),
    },
    'valid-empty': { description: 'Nothing in an empty map', expect: 'valid', ...nothing, ...secondMapProof([], absent), root: secondMapHash([]).toString('hex') },
    'valid-deepest': { description: 'Two that differ in the last bit', expect: 'valid', ...deep },
    'absent-as-present': { description: 'A value where there is none', expect: fails, ...nothing, seq: 1, head: valid.head },
    'present-as-absent': { description: 'No value where there is one', expect: fails, ...valid, seq: null, head: null },
    'seq-other': { description: 'An older seq', expect: fails, ...valid, seq: valid.seq - 1 },
    'head-other': { description: 'Another head', expect: fails, ...valid, head: flipBit(valid.head, 0) },
    'index-other': { description: 'The value of another mailbox', expect: fails, ...valid, index: valueOf(second).index },
    'root-flipped': { description: 'Another root', expect: fails, ...valid, root: flipBit(root, 0) },
    'sibling-flipped': { description: 'A sibling altered', expect: fails, ...valid, siblings: [flipBit(sibling, 5), ...others] },
    'sibling-missing': { description: 'A sibling left out', expect: fails, ...valid, siblings: others },
    'sibling-more': { description: 'A sibling too many', expect: fails, ...valid, siblings: [...valid.siblings, sibling] },
    'sibling-short': { description: 'A sibling of 31 bytes', expect: fails, ...valid, siblings: [sibling.slice(2), ...others] },
    'siblings-reversed': { description: 'Siblings from below', expect: fails, ...deep, siblings: [...valid.siblings].reverse() },
    'bitmap-flipped': { description: 'A sibling at another depth', expect: fails, ...valid, bitmap: flipBit(valid.bitmap, 31) },
    'bitmap-short': { description: 'A bitmap of 31 bytes', expect: fails, ...valid, bitmap: valid.bitmap.slice(2) },
    'empty-listed': {
      description: 'An empty sibling that is listed: a second spelling of the same proof',
      expect: fails,
      ...valid,
      bitmap: flipBit(valid.bitmap, 31),
      siblings: [...valid.siblings, empty(256).toString('hex')],
    },
  });
}

await writeVectorsWhenRun(import.meta.url, generateMapVectors);
