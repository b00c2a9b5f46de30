import { assert } from 'chai';
import fc from 'fast-check';
import { fromBase64, toBase64 } from '../../../crypto/log/base64.js';
import { encodeEntry, entryHash, mapIndex, parseEntry } from '../../../crypto/log/entry.js';
import { parseNote } from '../../../crypto/log/note.js';
import { parsePolicy } from '../../../crypto/log/policy.js';
import {
  encodeEntryBundle,
  parseEntryBundle,
  parseTilePath,
  splitTile,
  tilePath,
  tileWidthAt,
} from '../../../crypto/log/tile.js';
import { type TileReader, consistencyQuery, inclusionQuery, rootQuery } from '../../../crypto/log/tile-tree.js';
import { parseVerifierKey } from '../../../crypto/log/verifier-key.js';
import { LogError } from '../../../crypto/log/error.js';
import { WireError } from '../../../crypto/wire/error.js';
import { concatBytes, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { parseAddress } from '../../../crypto/wire/ids.js';
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  merkleRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../../crypto/wire/merkle.js';
import { codeOf } from '../../support/codes.js';

const LEAVES = Array.from({ length: 66_000 }, (_, i) => leafHash(utf8(`leaf ${i}`)));

/** Tiles made the plain way: each hash is the root of the 256 below it. */
function tilesOver(leaves: readonly Uint8Array[]): TileReader {
  const levels = [leaves];
  for (let below = leaves; below.length >= 256; below = levels.at(-1) ?? []) {
    levels.push(
      Array.from({ length: Math.floor(below.length / 256) }, (_, i) => merkleRoot(below.slice(256 * i, 256 * i + 256))),
    );
  }
  return (level, n) => levels[level]?.slice(256 * n, 256 * n + 256) ?? [];
}

const hex = (hashes: readonly Uint8Array[]): string[] => hashes.map(toHex);
const SIZES = [1, 2, 3, 255, 256, 257, 511, 512, 513, 1000];

describe('trees from tiles', () => {
  it('have the roots and proofs of the trees they stand for', () => {
    for (const size of SIZES) {
      const leaves = LEAVES.slice(0, size);
      const read = tilesOver(leaves);
      assert.equal(toHex(rootQuery(size).compute(read)), toHex(merkleRoot(leaves)));
      for (const index of [0, Math.floor(size / 2), size - 1]) {
        assert.deepEqual(hex(inclusionQuery(index, size).compute(read)), hex(inclusionProof(leaves, index)));
      }
      for (const from of SIZES.filter((one) => one <= size)) {
        assert.deepEqual(hex(consistencyQuery(from, size).compute(read)), hex(consistencyProof(leaves, from)));
      }
    }
  });

  it('prove across three levels, and read no tile that they do not name', () => {
    const read = tilesOver(LEAVES);
    const size = LEAVES.length;
    const asked = (tiles: readonly { level: number; n: number }[]): TileReader => {
      const named = new Set(tiles.map(({ level, n }) => `${level}/${n}`));
      return (level, n) =>
        named.has(`${level}/${n}`) ? read(level, n) : assert.fail(`tile ${level}/${n} was not named`);
    };
    const whole = rootQuery(size);
    const root = whole.compute(asked(whole.tiles));
    for (const index of [0, 255, 256, 65_535, 65_536, size - 1]) {
      const query = inclusionQuery(index, size);
      assert.isAtMost(query.tiles.length, 9);
      verifyInclusion(LEAVES[index] ?? root, index, size, query.compute(asked(query.tiles)), root);
    }
    for (const from of [1, 255, 256, 257, 65_536, 65_537, size]) {
      const query = consistencyQuery(from, size);
      const old = rootQuery(from);
      const oldRoot = old.compute(asked(old.tiles));
      verifyConsistency(from, size, oldRoot, root, query.compute(asked(query.tiles)));
    }
  });

  it('refuse leaves and sizes that cannot be, and tiles that are too short', async () => {
    assert.equal(await codeOf(() => inclusionQuery(3, 3)), 'tree');
    assert.equal(await codeOf(() => consistencyQuery(0, 3)), 'tree');
    assert.equal(await codeOf(() => consistencyQuery(4, 3)), 'tree');
    assert.equal(await codeOf(() => rootQuery(3).compute(tilesOver(LEAVES.slice(0, 2)))), 'tree');
  });
});

describe('tiles and bundles', () => {
  it('have one path each', () => {
    fc.assert(
      fc.property(fc.nat(63), fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (level, n, width) => {
        const tile = { kind: 'hashes', level, n, width } as const;
        assert.deepEqual(parseTilePath(tilePath(tile)), tile);
        const bundle = { kind: 'entries', n, width } as const;
        assert.deepEqual(parseTilePath(tilePath(bundle)), bundle);
      }),
    );
  });

  it('are as wide as the tree of 70,000 leaves in the specification', () => {
    assert.deepEqual(
      [
        [0, 272],
        [0, 273],
        [0, 274],
        [1, 0],
        [1, 1],
        [2, 0],
        [3, 0],
      ].map(([level = 0, n = 0]) => tileWidthAt(level, n, 70_000)),
      [256, 112, 0, 256, 17, 1, 0],
    );
    assert.equal(tileWidthAt(1, 0, 256), 1);
  });

  it('hold entries behind their lengths, and nothing that is cut off', async () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (entries) => {
        assert.deepEqual(hex(parseEntryBundle(encodeEntryBundle(entries))), hex(entries));
      }),
    );
    assert.equal(await codeOf(() => parseEntryBundle(Uint8Array.of(0, 3, 1, 2))), 'bundle-format');
    assert.equal(await codeOf(() => parseEntryBundle(Uint8Array.of(0))), 'bundle-format');
    assert.equal(splitTile(new Uint8Array(64)).length, 2);
    assert.equal(await codeOf(() => splitTile(new Uint8Array(33))), 'tree');
    assert.equal(await codeOf(() => splitTile(new Uint8Array(257 * 32))), 'tree');
  });
});

describe('entries of the log', () => {
  const digest = new Uint8Array(32).fill(7);
  const index = mapIndex(parseAddress('befund@radiologie-nord.example'));

  it('come back as they were written, and hold no name', () => {
    for (const entry of [
      { kind: 'statement', index, seq: 3, digest },
      { kind: 'map-root', covers: 12, timeMs: 1_790_000_000_123, root: digest },
    ] as const) {
      const bytes = encodeEntry(entry);
      assert.deepEqual(parseEntry(bytes), entry);
      assert.notInclude(Buffer.from(bytes).toString('latin1'), 'radiologie');
      assert.lengthOf(entryHash(bytes), 32);
    }
  });

  it('are refused with another length or another first byte', async () => {
    const bytes = encodeEntry({ kind: 'statement', index, seq: 3, digest });
    for (const wrong of [bytes.subarray(1), concatBytes(bytes, Uint8Array.of(0)), new Uint8Array(0)]) {
      assert.equal(await codeOf(() => parseEntry(wrong)), 'entry-format');
    }
    const unknown = bytes.slice();
    unknown[0] = 3;
    assert.equal(await codeOf(() => parseEntry(unknown)), 'entry-format');
  });
});

describe('what comes from outside', () => {
  it('has one spelling in base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
        assert.deepEqual([...fromBase64(toBase64(bytes))], [...bytes]);
      }),
    );
    for (const text of ['A', 'AA', 'AAA', 'AB==', 'AAB=', 'AA=A', '====', 'AA==AA==', 'AA ==', 'AA==\n', 'A-__']) {
      assert.throws(() => fromBase64(text), LogError, undefined, text);
    }
  });

  it('is refused with an error of ours, whatever it is', () => {
    const fails = (run: () => unknown): void => {
      try {
        run();
      } catch (error) {
        assert.isTrue(error instanceof LogError || error instanceof WireError, String(error));
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.string({ unit: 'binary', maxLength: 200 }), (bytes, text) => {
        fails(() => parseNote(bytes));
        fails(() => parseNote(utf8(`${text}\n\n\u2014 ${text}\n`)));
        fails(() => parsePolicy(utf8(`log ${text}\nwitness ${text}\ngroup ${text}\nquorum ${text}\n`)));
        fails(() => parseVerifierKey('log', text));
        fails(() => parseTilePath(text));
        fails(() => parseEntry(bytes));
        fails(() => parseEntryBundle(bytes));
      }),
      { numRuns: 300 },
    );
  });
});
