import { assert } from 'chai';
import fc from 'fast-check';
import { migrateToLatest } from '../../server/db/migrate.js';
import { type Database, openDatabase } from '../../server/db/open.js';
import { createLimiter } from '../../server/http/rate-limit.js';
import { createLog } from '../../server/log.js';
import { shareOf, startPresence } from '../../server/nodes/presence.js';
import { type TestDatabase, databases } from '../support/database.js';

const [kind] = databases();
const log = createLog('silent');

describe('server/nodes', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let db: Database;

  before(async () => {
    database = await (kind ?? assert.fail()).create('migrated');
    db = openDatabase({ url: database.url });
    await migrateToLatest(db);
  });
  after(async () => {
    await db.destroy();
    await database.drop();
  });

  it('count those that live, and not those that have gone or were killed', async () => {
    await using first = await startPresence(db, log);
    assert.equal(first.count(), 1);
    {
      await using second = await startPresence(db, log);
      assert.equal(second.count(), 2);
      await first.look();
      assert.equal(first.count(), 2);
    }
    await first.look();
    assert.equal(first.count(), 1, 'who ends says so');
    await db('relay_nodes').insert({ node_id: Buffer.alloc(16), seen_at: new Date(Date.now() - 14_000) });
    await first.look();
    assert.equal(first.count(), 2);
    await db('relay_nodes')
      .where({ node_id: Buffer.alloc(16) })
      .update({ seen_at: new Date(Date.now() - 16_000) });
    await first.look();
    assert.equal(first.count(), 1, 'who was killed says nothing any more');
    assert.lengthOf(await db('relay_nodes').select('node_id'), 1);
  });

  it('keep their number when the database does not answer', async () => {
    const away = openDatabase({ url: 'postgres://x:y@127.0.0.1:1/none' });
    await using presence = await startPresence(away, log);
    assert.equal(presence.count(), 1);
    await away.destroy();
  });

  it('stay within a limit together, and let something through each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 50 }), (limit, nodes) => {
        const share = shareOf(limit, nodes);
        assert.isAtLeast(share, 1);
        if (limit >= nodes) assert.isAtMost(share * nodes, limit);
      }),
    );
  });

  it('share the rates of an address, also when there are more of them than before', () => {
    let now = 0;
    let nodes = 1;
    const rates = { perClient: { burst: 30, perSecond: 3 }, overall: { burst: 1e9, perSecond: 1e9 } };
    const limiter = createLimiter(
      rates,
      () => now,
      () => nodes,
    );
    const allowed = (): number => Array.from({ length: 100 }, () => limiter('192.0.2.1')).filter(Boolean).length;
    assert.equal(allowed(), 30);
    now += 20_000;
    nodes = 3;
    assert.equal(allowed(), 10);
    now += 1_000;
    assert.equal(allowed(), 1);
  });
});
