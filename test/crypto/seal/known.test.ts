import { assert } from 'chai';
import { fromHex, toHex } from '../../../crypto/wire/bytes.js';
import { mailboxIdFrom } from '../../../crypto/wire/ids.js';
import { knownInstanceTag, knownPairKey, knownStudyTag } from '../../../crypto/seal/known.js';
import { asSecret } from '../../../crypto/seal/secret.js';
import { type KnownVector, generateKnownVectors } from '../../vectors/known/generate.js';
import { readVectors } from '../../vectors/vector-files.js';

describe('keyed hashes of what was sent', () => {
  const vectors = readVectors<KnownVector>('known');

  it('vectors are what their generator writes', async () => {
    assert.deepEqual(vectors, await generateKnownVectors());
  });

  for (const [name, vector] of Object.entries(vectors)) {
    it(`${name}: ${vector.description}`, () => {
      const pair = knownPairKey(asSecret(fromHex(vector.root)), mailboxIdFrom(fromHex(vector.recipient)));
      assert.equal(toHex(pair), vector.pair);
      assert.equal(toHex(knownStudyTag(pair, vector.studyInstanceUid)), vector.study);
      assert.equal(toHex(knownInstanceTag(pair, vector.sopInstanceUid, fromHex(vector.sha256))), vector.tag);
    });
  }

  it('are another for every recipient, study, UID and digest', () => {
    const all = Object.values(vectors).flatMap(({ pair, study, tag }) => [pair, study, tag]);
    // Of the three vectors two have the same recipient, and with him key and study.
    assert.equal(new Set(all).size, all.length - 2);
  });
});
