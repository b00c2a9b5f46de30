import { fromHex, toHex } from '../../../crypto/wire/bytes.js';
import { join, sha256Of } from '../second.js';
import { type Vector, type VectorSet, flipBit, writeVectorsWhenRun } from '../vector-files.js';

/** The trees of RFC 6962 §2.1 written as the RFC defines them; the leaves are those of the RFC authors' own tests. */

export interface Inclusion {
  readonly kind: 'inclusion';
  readonly leaf: string;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly string[];
  readonly root: string;
}

export interface Consistency {
  readonly kind: 'consistency';
  readonly from: number;
  readonly to: number;
  readonly fromRoot: string;
  readonly toRoot: string;
  readonly proof: readonly string[];
}

export interface MerkleVector extends Vector {
  /** Data of the leaves, not their hashes. */
  readonly leaves?: readonly string[];
  /** Roots of the first 0, 1, 2 … leaves. */
  readonly roots?: readonly string[];
  readonly proofs: readonly (Inclusion | Consistency)[];
}

const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];

type Data = readonly Uint8Array[];

function hashOfLeaf(data: Uint8Array): Uint8Array {
  return sha256Of(join(Uint8Array.of(0), data));
}

function split(data: Data): [Data, Data] {
  let k = 1;
  while (2 * k < data.length) k *= 2;
  return [data.slice(0, k), data.slice(k)];
}

function mth(data: Data): Uint8Array {
  const [only] = data;
  if (only === undefined) return sha256Of(new Uint8Array(0));
  if (data.length === 1) return hashOfLeaf(only);
  const [left, right] = split(data);
  return sha256Of(join(Uint8Array.of(1), mth(left), mth(right)));
}

function path(m: number, data: Data): Uint8Array[] {
  if (data.length <= 1) return [];
  const [left, right] = split(data);
  return m < left.length ? [...path(m, left), mth(right)] : [...path(m - left.length, right), mth(left)];
}

function subproof(m: number, data: Data, whole: boolean): Uint8Array[] {
  if (m === data.length) return whole ? [] : [mth(data)];
  const [left, right] = split(data);
  if (m <= left.length) return [...subproof(m, left, whole), mth(right)];
  return [...subproof(m - left.length, right, false), mth(left)];
}

function inclusion(index: number, size: number): Inclusion {
  const data = LEAVES.slice(0, size).map(fromHex);
  const leaf = toHex(hashOfLeaf(fromHex(LEAVES[index] ?? '')));
  return { kind: 'inclusion', leaf, index, size, proof: path(index, data).map(toHex), root: toHex(mth(data)) };
}

function consistency(from: number, to: number): Consistency {
  const data = LEAVES.slice(0, to).map(fromHex);
  return {
    kind: 'consistency',
    from,
    to,
    fromRoot: toHex(mth(data.slice(0, from))),
    toRoot: toHex(mth(data)),
    proof: subproof(from, data, true).map(toHex),
  };
}

function inclusionFailures(): VectorSet<MerkleVector> {
  const right = inclusion(5, 8);
  const [first = '', ...rest] = right.proof;
  const refused = (description: string, change: Partial<Inclusion>): MerkleVector => ({
    description,
    expect: 'proof',
    proofs: [{ ...right, ...change }],
  });
  return {
    'inclusion-leaf-flipped': refused('Another leaf', { leaf: flipBit(right.leaf, 0) }),
    'inclusion-root-flipped': refused('Another root', { root: flipBit(right.root, 31) }),
    'inclusion-hash-flipped': refused('A bit of the proof is flipped', { proof: [flipBit(first, 0), ...rest] }),
    'inclusion-wrong-index': refused('The right leaf at a wrong index', { index: 4 }),
    'inclusion-wrong-size': refused('A tree of another size', { size: 6 }),
    'inclusion-index-beyond': refused('An index beyond the end', { index: 8 }),
    'inclusion-proof-cut-off': refused('The uppermost hash is missing', { proof: right.proof.slice(0, -1) }),
    'inclusion-proof-extended': refused('One hash too many', { proof: [...right.proof, right.root] }),
    'inclusion-proof-reversed': refused('The hashes from top to bottom', { proof: [...right.proof].reverse() }),
    'inclusion-node-as-leaf': refused('A node passes for a leaf of a smaller tree', {
      leaf: toHex(mth(LEAVES.slice(4, 6).map(fromHex))),
      index: 2,
      size: 4,
      proof: right.proof.slice(1),
      root: flipBit(right.root, 0),
    }),
  };
}

function consistencyFailures(): VectorSet<MerkleVector> {
  const right = consistency(6, 8);
  const [first = '', ...rest] = right.proof;
  const refused = (description: string, change: Partial<Consistency>): MerkleVector => ({
    description,
    expect: 'proof',
    proofs: [{ ...right, ...change }],
  });
  return {
    'consistency-from-root-flipped': refused('Another earlier root', { fromRoot: flipBit(right.fromRoot, 0) }),
    'consistency-to-root-flipped': refused('Another later root', { toRoot: flipBit(right.toRoot, 0) }),
    'consistency-hash-flipped': refused('A bit of the proof is flipped', { proof: [flipBit(first, 0), ...rest] }),
    'consistency-backwards': refused('The later tree passes for the earlier one', { from: 8, to: 6 }),
    'consistency-from-empty': refused('From the empty tree', { from: 0, proof: [] }),
    'consistency-wrong-size': refused('The earlier tree with another size', { from: 5 }),
    'consistency-proof-cut-off': refused('The uppermost hash is missing', { proof: right.proof.slice(0, -1) }),
    'consistency-proof-extended': refused('One hash too many', { proof: [...right.proof, right.toRoot] }),
    'consistency-same-size': refused('Two trees of one size and different roots', {
      to: 6,
      toRoot: right.toRoot,
      proof: [],
    }),
  };
}

export function generateMerkleVectors(): Promise<VectorSet<MerkleVector>> {
  const roots = Array.from({ length: 9 }, (_, n) => toHex(mth(LEAVES.slice(0, n).map(fromHex))));
  const proofs = [
    inclusion(0, 1),
    inclusion(0, 8),
    inclusion(5, 8),
    inclusion(2, 3),
    inclusion(1, 5),
    inclusion(4, 5),
    consistency(1, 1),
    consistency(1, 8),
    consistency(6, 8),
    consistency(2, 5),
    consistency(4, 8),
    consistency(3, 7),
  ];
  const valid = { description: 'Roots and proofs of trees of up to 8 leaves', expect: 'valid', leaves: LEAVES, roots };
  return Promise.resolve({ valid: { ...valid, proofs }, ...inclusionFailures(), ...consistencyFailures() });
}

await writeVectorsWhenRun(import.meta.url, generateMerkleVectors);
