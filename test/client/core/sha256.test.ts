import fc from 'fast-check';
import { createSha256 } from '../../../client/core/sha256.js';
import { nodeSha256 } from '../../support/node-sha256.js';
import { assertSameBytes } from '../../support/same-bytes.js';

describe('the default SHA-256', () => {
  it('agrees with the one of Node, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (pieces) => {
        const [ours, theirs] = [createSha256(), nodeSha256()];
        for (const piece of pieces) {
          ours.update(piece);
          theirs.update(piece);
        }
        assertSameBytes(ours.digest(), theirs.digest());
      }),
    );
  });
});
