import { assert } from 'chai';
import fc from 'fast-check';
import { fromHex, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import {
  CompactRange,
  EMPTY_ROOT,
  consistencyProof,
  inclusionProof,
  leafHash,
  merkleRoot,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
} from '../../../crypto/wire/merkle.js';
import { type MerkleVector, generateMerkleVectors } from '../../vectors/merkle/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { altered, refusalOf, refused } from './refused.js';

const MAX = 40;
const LEAVES = Array.from({ length: MAX }, (_, i) => leafHash(utf8(`leaf ${i}`)));
const ROOTS = Array.from({ length: MAX + 1 }, (_, n) => naiveRoot(LEAVES.slice(0, n)));

/** RFC 6962 §2.1 word for word. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return EMPTY_ROOT;
  if (leaves.length === 1) return only;
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

const root = (n: number): Uint8Array => ROOTS[n] ?? EMPTY_ROOT;
const leaf = (i: number): Uint8Array => LEAVES[i] ?? EMPTY_ROOT;

describe('merkle', () => {
  it('CompactRange and merkleRoot agree with the naive tree at every size', () => {
    const range = new CompactRange();
    assert.equal(toHex(range.root()), toHex(EMPTY_ROOT));
    for (let n = 1; n <= MAX; n++) {
      range.append(leaf(n - 1));
      assert.equal(range.size, n);
      assert.equal(toHex(range.root()), toHex(root(n)));
      assert.equal(toHex(merkleRoot(LEAVES.slice(0, n))), toHex(root(n)));
    }
  });

  it('a clone of a CompactRange grows by itself', () => {
    const range = new CompactRange();
    for (const item of LEAVES.slice(0, 5)) range.append(item);
    const copy = range.clone();
    copy.append(leaf(5));
    assert.equal(toHex(range.root()), toHex(root(5)));
    assert.equal(toHex(copy.root()), toHex(root(6)));
  });

  it('proves every leaf of every tree of 1 to 40 leaves', () => {
    for (let n = 1; n <= MAX; n++) {
      for (let i = 0; i < n; i++) verifyInclusion(leaf(i), i, n, inclusionProof(LEAVES.slice(0, n), i), root(n));
    }
  });

  it('proves every tree of 1 to 40 leaves a prefix of every later one', () => {
    for (let to = 1; to <= MAX; to++) {
      for (let from = 1; from <= to; from++) {
        verifyConsistency(from, to, root(from), root(to), consistencyProof(LEAVES.slice(0, to), from));
      }
    }
  });

  it('refuses an inclusion proof at another index, size or root, or altered', () => {
    const sizes = fc.integer({ min: 1, max: MAX }).chain((n) => fc.tuple(fc.constant(n), fc.nat({ max: n - 1 })));
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat({ max: MAX }), ([n, i], place, other) => {
        const proof = inclusionProof(LEAVES.slice(0, n), i);
        refused(() => verifyInclusion(altered(leaf(i), place % 32), i, n, proof, root(n)), 'proof');
        refused(() => verifyInclusion(leaf(i), i, n, proof, altered(root(n), place % 32)), 'proof');
        refused(() => verifyInclusion(leaf(i), i, n, [...proof, root(n)], root(n)), 'proof');
        refused(() => verifyInclusion(leaf(i), i, n, [root(n), ...proof], root(n)), 'proof');
        if (other !== i) refused(() => verifyInclusion(leaf(i), other, n, proof, root(n)), 'proof');
        if (proof.length === 0) return;
        const at = place % proof.length;
        const changed = proof.map((hash, k) => (k === at ? altered(hash, place % 32) : hash));
        refused(() => verifyInclusion(leaf(i), i, n, changed, root(n)), 'proof');
        refused(() => verifyInclusion(leaf(i), i, n, proof.slice(1), root(n)), 'proof');
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('refuses a consistency proof between other trees, or altered', () => {
    const pairs = fc
      .integer({ min: 2, max: MAX })
      .chain((to) => fc.tuple(fc.integer({ min: 1, max: to - 1 }), fc.constant(to)));
    fc.assert(
      fc.property(pairs, fc.nat(), ([from, to], place) => {
        const proof = consistencyProof(LEAVES.slice(0, to), from);
        refused(() => verifyConsistency(from, to, altered(root(from), place % 32), root(to), proof), 'proof');
        refused(() => verifyConsistency(from, to, root(from), altered(root(to), place % 32), proof), 'proof');
        refused(() => verifyConsistency(from, to, root(from), root(to), proof.slice(1)), 'proof');
        refused(() => verifyConsistency(from, to, root(from), root(to), [...proof, root(to)]), 'proof');
        refused(() => verifyConsistency(from, to, root(from), root(to), [root(to), ...proof]), 'proof');
        refused(() => verifyConsistency(to, from, root(to), root(from), proof), 'proof');
        const at = place % proof.length;
        const changed = proof.map((hash, k) => (k === at ? altered(hash, place % 32) : hash));
        refused(() => verifyConsistency(from, to, root(from), root(to), changed), 'proof');
      }),
      { numRuns: 200, seed: 8 },
    );
  });

  it('refuses sizes that are none, and comes to an end', () => {
    for (const size of [0, -1, 1.5, NaN, Infinity, 2 ** 60]) {
      refused(() => verifyInclusion(leaf(0), 0, size, [leaf(1)], root(2)), 'proof');
      refused(() => verifyConsistency(1, size, root(1), root(2), [leaf(1)]), 'proof');
      refused(() => verifyConsistency(size, 8, root(1), root(2), [leaf(1)]), 'proof');
    }
    refused(() => verifyInclusion(leaf(0), -1, 2, [leaf(1)], root(2)), 'proof');
    refused(() => verifyInclusion(leaf(0), 0, Number.MAX_SAFE_INTEGER, LEAVES, root(2)), 'proof');
    refused(() => inclusionProof(LEAVES, MAX), 'proof');
    refused(() => inclusionProof([], 0), 'proof');
    refused(() => consistencyProof(LEAVES, 0), 'proof');
    refused(() => consistencyProof(LEAVES, MAX + 1), 'proof');
  });

  it('never takes a node for a leaf', () => {
    assert.notEqual(toHex(leafHash(new Uint8Array(64))), toHex(nodeHash(new Uint8Array(32), new Uint8Array(32))));
  });

  describe('vectors', () => {
    const vectors = readVectors<MerkleVector>('merkle');

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateMerkleVectors());
    });

    it('roots', () => {
      const { leaves = [], roots = [] } = vectors['valid'] ?? {};
      assert.equal(roots[8], '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
      const hashes = leaves.map((data) => leafHash(fromHex(data)));
      roots.forEach((expected, n) => assert.equal(toHex(merkleRoot(hashes.slice(0, n))), expected));
    });

    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, () => {
        const expected = vector.expect === 'valid' ? null : vector.expect;
        for (const proof of vector.proofs)
          assert.equal(
            refusalOf(() => verify(proof)),
            expected,
          );
      });
    }
  });
});

function verify(claim: MerkleVector['proofs'][number]): void {
  const hashes = claim.proof.map(fromHex);
  if (claim.kind === 'inclusion') {
    verifyInclusion(fromHex(claim.leaf), claim.index, claim.size, hashes, fromHex(claim.root));
  } else {
    verifyConsistency(claim.from, claim.to, fromHex(claim.fromRoot), fromHex(claim.toRoot), hashes);
  }
}
