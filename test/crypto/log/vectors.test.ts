import { assert } from 'chai';
import { verifyNote } from '../../../crypto/log/cosignature.js';
import { verifyCheckpoint } from '../../../crypto/log/checkpoint.js';
import { encodeNote, parseNote } from '../../../crypto/log/note.js';
import { verifyMapProof } from '../../../crypto/log/map.js';
import { encodePolicy, isQuorum, parsePolicy } from '../../../crypto/log/policy.js';
import { encodeTestimonyBody, readVerifiedTestimony, verifyTestimony } from '../../../crypto/log/testimony.js';
import { parseTilePath, tilePath } from '../../../crypto/log/tile.js';
import { encodeVerifierKey, parseVerifierKey } from '../../../crypto/log/verifier-key.js';
import { fromBase64Url, fromHex, fromUtf8, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { codeOf } from '../../support/codes.js';
import { type MapVector, generateMapVectors } from '../../vectors/log-map/generate.js';
import { type NoteVector, generateNoteVectors } from '../../vectors/log-note/generate.js';
import { type PolicyVector, generatePolicyVectors } from '../../vectors/log-policy/generate.js';
import { type TileVector, generateTileVectors } from '../../vectors/log-tile/generate.js';
import { type TestimonyVector, generateTestimonyVectors } from '../../vectors/testimony/generate.js';
import { type Vector, readVectors } from '../../vectors/vector-files.js';

/** docs/spec/directory.md: one valid case, then one failure a file. */
function eachVector<T extends Vector>(
  folder: string,
  generate: () => Promise<unknown>,
  run: (vector: T) => unknown,
): void {
  describe(`vectors of ${folder}`, () => {
    const vectors = readVectors<T>(folder);
    it('are what their generator makes', async () => {
      assert.deepEqual(vectors as unknown, JSON.parse(JSON.stringify(await generate())));
    });
    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, async () => {
        if (vector.expect === 'valid') run(vector);
        else assert.equal(await codeOf(() => run(vector)), vector.expect);
      });
    }
  });
}

eachVector<NoteVector>('log-note', generateNoteVectors, (vector) => {
  const log = parseVerifierKey('log', vector.log);
  assert.equal(encodeVerifierKey(log), vector.log);
  const witnesses = vector.witnesses.map((key) => parseVerifierKey('witness', key));
  const bytes = utf8(vector.note);
  const cosigned =
    vector.form === 'checkpoint'
      ? verifyCheckpoint(bytes, log, witnesses).cosignatures
      : verifyNote(parseNote(bytes), [log, ...witnesses]).filter(({ key }) => key.kind === 'witness');
  assert.deepEqual(
    cosigned.map(({ key }) => key.name),
    vector.cosigned,
  );
  assert.equal(fromUtf8(encodeNote(parseNote(bytes))), vector.note, 'a note has one spelling');
});

eachVector<PolicyVector>('log-policy', generatePolicyVectors, (vector) => {
  const policy = parsePolicy(utf8(vector.policy));
  const canonical = encodePolicy(policy);
  if (vector.canonical !== undefined) assert.equal(fromUtf8(canonical), vector.canonical);
  assert.deepEqual(encodePolicy(parsePolicy(canonical)), canonical);
  for (const { names, enough } of vector.quorums ?? []) {
    assert.equal(isQuorum(policy.quorum, new Set(names)), enough, names.join(' '));
  }
});

eachVector<MapVector>('log-map', generateMapVectors, ({ index, seq, head, bitmap, siblings, root }) => {
  const value = seq === null || head === null ? null : { seq, head: fromHex(head) };
  verifyMapProof(fromHex(root), fromHex(index), value, { bitmap: fromHex(bitmap), siblings: siblings.map(fromHex) });
});

eachVector<TileVector>('log-tile', generateTileVectors, ({ expect, paths, tiles }) => {
  if (expect !== 'valid') {
    // Each of them is refused; the last one's refusal is the vector's.
    for (const path of paths.slice(0, -1)) assert.throws(() => parseTilePath(path), undefined, undefined, path);
    return parseTilePath(paths.at(-1) ?? '');
  }
  const parsed = paths.map(parseTilePath);
  assert.deepEqual(
    parsed.map((tile) => [tile.kind === 'entries' ? null : tile.level, tile.n, tile.width]),
    tiles?.map((tile) => [...tile]),
  );
  assert.deepEqual(parsed.map(tilePath), [...paths]);
  return parsed;
});

/** docs/spec/withdrawal.md §2 */
eachVector<TestimonyVector>('testimony', generateTestimonyVectors, ({ log, testimony, body }) => {
  const read = verifyTestimony(fromBase64Url(testimony), parseVerifierKey('log', log));
  assert.equal(toHex(encodeTestimonyBody(read)), body, 'a testimony has one spelling');
  assert.deepEqual(readVerifiedTestimony(fromBase64Url(testimony)), read);
});
