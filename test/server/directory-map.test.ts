import { createHash } from 'node:crypto';
import { assert } from 'chai';
import fc from 'fast-check';
import { toHex } from '../../crypto/wire/bytes.js';
import { verifyMapProof } from '../../crypto/log/map.js';
import { openDatabase } from '../../server/db/open.js';
import { migrateToLatest } from '../../server/db/migrate.js';
import { findMapRoot, proveMapValue, writeMapValues } from '../../server/directory-log/map-store.js';
import { databases } from '../support/database.js';
import { type Leaf, secondMapHash } from '../vectors/log-map/generate.js';

const sha = (text: string): Buffer => createHash('sha256').update(text).digest();

/** An index that shares its first `bits` bits with another: mailboxes whose addresses were chosen to lie close together. */
function near(index: Buffer, bits: number): Buffer {
  const other = Buffer.from(index);
  other[bits >> 3] = (other[bits >> 3] ?? 0) ^ (0x80 >> (bits % 8));
  return other;
}

describe('the map in the tables', function () {
  this.timeout(120_000);

  it('has the root and the proofs of its definition, now and at the version before', async () => {
    const [kind] = databases();
    const database = await kind?.create();
    if (database === undefined) return assert.fail('no database');
    const db = openDatabase({ url: database.url, poolSize: 2 });
    try {
      await migrateToLatest(db);
      let before = new Map<string, Leaf>();
      let [version, leaves] = [0, before];
      const indexes = Array.from({ length: 12 }, (_, i) => sha(`mailbox ${i}`));
      const [first = sha('')] = indexes;
      const pool = [...indexes, near(first, 255), near(first, 254), near(first, 100), near(first, 9), near(first, 8)];

      const check = async (index: Buffer): Promise<void> => {
        for (const [at, map] of [
          [version, leaves],
          [version - 1, before],
        ] as const) {
          if (at < 1) continue;
          const { value, proof } = await proveMapValue(db, index, at);
          const expected = map.get(toHex(index));
          assert.equal(value?.seq, expected?.seq);
          assert.equal(toHex(value?.head ?? new Uint8Array(0)), expected?.head.toString('hex') ?? '');
          verifyMapProof(secondMapHash([...map.values()]), index, value, proof);
        }
      };

      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(pool.length - 1), { minLength: 1, maxLength: 4 }), async (picks) => {
          version += 1;
          before = leaves;
          leaves = new Map(leaves);
          const values = [...new Set(picks)].map((pick) => {
            const index = pool[pick] ?? first;
            const seq = (before.get(toHex(index))?.seq ?? 0) + 1;
            return { index, seq, head: sha(`head ${pick} ${seq}`) };
          });
          for (const value of values) leaves.set(toHex(value.index), value);
          const root = await db.transaction((trx) => writeMapValues(trx, values, version));
          assert.equal(toHex(root), secondMapHash([...leaves.values()]).toString('hex'));
          assert.equal(toHex(await findMapRoot(db)), toHex(root));
          for (const index of [
            ...values.map((value) => value.index),
            near(first, 200),
            sha('absent'),
            pool[13] ?? first,
          ]) {
            await check(index);
          }
        }),
        { numRuns: 25, seed: 5 },
      );
      for (const index of pool) await check(index);
    } finally {
      await db.destroy();
      await database.drop();
    }
  });
});
