import { createHash, randomBytes } from 'node:crypto';
import { assert } from 'chai';
import { migrationSource, migrations } from '../../migrations/index.js';
import { migrateToLatest } from '../../server/db/migrate.js';
import { type Database, openDatabase } from '../../server/db/open.js';
import { type TestDatabase, databases } from '../support/database.js';

/** Everything that a schema consists of, as text. */
async function describeSchema(db: Database): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { line: string }[] }>(`
    select 'column ' || table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable || ' '
      || coalesce(column_default, '') as line
    from information_schema.columns where table_schema = 'public' and table_name not like 'knex_%'
    union all
    select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace and conrelid <> 0 and conrelid::regclass::text not like 'knex_%'
    union all
    select 'index ' || indexdef from pg_indexes where schemaname = 'public' and tablename not like 'knex_%'
    union all
    select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'd'
    order by 1`);
  return rows.map(({ line }) => line);
}

async function sqlStateOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  return (error as { code?: string } | null)?.code ?? 'accepted';
}

const CHECK = '23514';
const UNIQUE = '23505';
const FOREIGN_KEY = '23503';
const EXCLUSION = '23P01';

for (const kind of databases('every')) {
  describe(`migrations on ${kind.label}`, function () {
    this.timeout(60_000);
    let database: TestDatabase;
    let db: Database;

    beforeEach(async () => {
      database = await kind.create();
      db = openDatabase({ url: database.url });
    });
    afterEach(async () => {
      await db.destroy();
      await database.drop();
    });

    it('have names in order, each once', () => {
      const names = migrations.map(({ name }) => name);
      assert.deepEqual(names, [...new Set(names)].sort());
    });

    it('puts statements of a relay without a log into the queue of the log', async () => {
      for (const step of migrations.slice(0, 4)) await step.up(db);
      const [practice] = await db('practices')
        .insert({ name: 'P', folded_name: 'p' })
        .returning<{ practice_id: number }[]>('practice_id');
      const mailboxId = randomBytes(32);
      const address = 'a@b.example';
      await db('mailboxes').insert({
        mailbox_id: mailboxId,
        practice_id: practice?.practice_id,
        address,
        last_statement_seq: 2,
      });
      const heads = [randomBytes(32), randomBytes(32)];
      for (const [i, hash] of heads.entries()) {
        await db('statements').insert({ mailbox_id: mailboxId, seq: i + 1, bytes: Buffer.from(`s${i}`), hash });
      }
      await migrations[4]?.up(db);
      const sha = (text: string): Buffer => createHash('sha256').update(text).digest();
      assert.deepEqual(
        await db('log_queue').orderBy('queued').select('map_index', 'seq', 'digest', 'head'),
        heads.map((head, i) => ({ map_index: sha(address), seq: i + 1, digest: sha(`s${i}`), head })),
      );
    });

    it('every step goes up, down without a trace, and up again to the same schema', async () => {
      for (const step of migrations) {
        const before = await describeSchema(db);
        await step.up(db);
        const after = await describeSchema(db);
        assert.notDeepEqual(after, before, step.name);
        await step.down(db);
        assert.deepEqual(await describeSchema(db), before, step.name);
        await step.up(db);
        assert.deepEqual(await describeSchema(db), after, step.name);
      }
    });

    it('all of them go up, down and up', async () => {
      await migrateToLatest(db);
      const latest = await describeSchema(db);
      await db.migrate.rollback({ migrationSource }, true);
      assert.deepEqual(await describeSchema(db), []);
      await migrateToLatest(db);
      assert.deepEqual(await describeSchema(db), latest);
      await migrateToLatest(db);
      assert.deepEqual(await describeSchema(db), latest, 'and nothing is left to do');
    });

    it('several nodes that start at once migrate once', async () => {
      const nodes = [1, 2, 3].map(() => openDatabase({ url: database.url }));
      await Promise.all(nodes.map(migrateToLatest));
      const rows = await db('knex_migrations').select<{ name: string }[]>('name').orderBy('id');
      assert.deepEqual(
        rows.map(({ name }) => name),
        migrations.map(({ name }) => name),
      );
      await Promise.all(nodes.map((node) => node.destroy()));
    });

    it('a start after one that was killed while it migrated goes through', async () => {
      await migrateToLatest(db);
      await db('knex_migrations_lock').update({ is_locked: 1 });
      await migrateToLatest(db);
    });

    it('constraints keep what the code promises', async () => {
      await migrateToLatest(db);
      const id = randomBytes(32);
      const device = randomBytes(16);
      const [practice] = await db('practices')
        .insert({ name: 'P', folded_name: 'p' })
        .returning<{ practice_id: number }[]>('practice_id');
      const mailbox = {
        mailbox_id: id,
        practice_id: practice?.practice_id,
        address: 'a@b.example',
        last_statement_seq: 1,
      };
      const statement = { mailbox_id: id, seq: 1, bytes: Buffer.from('s'), hash: randomBytes(32) };
      const deviceRow = { mailbox_id: id, device_id: device, signing_key: Buffer.alloc(1984), added_seq: 1 };
      const insert = (table: string, row: object): Promise<string> =>
        sqlStateOf(db(table).insert(row) as unknown as Promise<unknown>);

      assert.equal(await insert('practices', { name: 'P', folded_name: 'p' }), UNIQUE);
      assert.equal(await insert('practices', { name: ' P', folded_name: 'p' }), CHECK);
      assert.equal(await insert('mailboxes', { ...mailbox, mailbox_id: randomBytes(31) }), CHECK);
      assert.equal(await insert('mailboxes', { ...mailbox, address: 'A@b.example' }), CHECK);
      assert.equal(await insert('mailboxes', { ...mailbox, practice_id: 0 }), FOREIGN_KEY);
      assert.equal(await insert('mailboxes', mailbox), 'accepted');
      assert.equal(await insert('mailboxes', { ...mailbox, mailbox_id: randomBytes(32) }), UNIQUE);
      assert.equal(await insert('devices', deviceRow), FOREIGN_KEY);
      assert.equal(await insert('statements', statement), 'accepted');
      assert.equal(await insert('statements', { ...statement, seq: 2 }), UNIQUE);
      assert.equal(await insert('devices', { ...deviceRow, signing_key: Buffer.alloc(1983) }), CHECK);
      assert.equal(await insert('devices', { ...deviceRow, revoked_seq: 1 }), CHECK);
      assert.equal(await insert('devices', deviceRow), 'accepted');
      const key = { digest: randomBytes(32), mailbox_id: id, seq: 1 };
      assert.equal(await insert('public_keys', key), 'accepted');
      assert.equal(await insert('public_keys', key), UNIQUE, 'attack A1');

      const message = {
        sender_mailbox_id: id,
        message_id: randomBytes(16),
        sender_device_id: device,
        request_digest: randomBytes(32),
        expires_at: new Date(Date.now() + 1e9),
      };
      assert.equal(await insert('messages', { ...message, expires_at: new Date(0) }), CHECK);
      assert.equal(await insert('messages', { ...message, deadline_at: new Date(Date.now() + 2e9) }), CHECK);
      assert.equal(await insert('messages', message), 'accepted');
      const delivery = {
        mailbox_id: id,
        seq: 1,
        sender_mailbox_id: id,
        message_id: message.message_id,
        envelope: Buffer.from('e'),
        envelope_bytes: 1,
        envelope_digest: randomBytes(32),
      };
      assert.equal(await insert('deliveries', { ...delivery, state: 'lost' }), CHECK);
      assert.equal(await insert('deliveries', { ...delivery, envelope: null }), CHECK);
      assert.equal(await insert('deliveries', { ...delivery, state: 'expired' }), CHECK);
      assert.equal(await insert('deliveries', { ...delivery, envelope_bytes: 2 }), CHECK);
      assert.equal(await insert('deliveries', delivery), 'accepted');
      assert.equal(await insert('deliveries', { ...delivery, seq: 2 }), UNIQUE);

      const payload = {
        payload_id: randomBytes(32),
        header: Buffer.alloc(82),
        segment_bytes: 65_536,
        size_bound: 1,
        creator_mailbox_id: id,
        message_id: message.message_id,
        expires_at: message.expires_at,
      };
      assert.equal(await insert('payloads', { ...payload, segment_bytes: 65_537 }), CHECK);
      assert.equal(await insert('payloads', { ...payload, header: Buffer.alloc(83) }), CHECK);
      const [opened] = await db('payloads').insert(payload).returning<{ payload_number: number }[]>('payload_number');
      const number = opened?.payload_number ?? 0;
      assert.equal(await insert('payloads', payload), UNIQUE);

      const part = (first: number, segments: number, isLast = false) => ({
        payload_number: number,
        first_segment: first,
        segments,
        bytes: 1,
        is_last: isLast,
        digests: Buffer.alloc(32 * segments),
        digest: randomBytes(32),
        blob_key: randomBytes(16),
      });
      assert.equal(await insert('parts', { ...part(0, 1), digests: Buffer.alloc(31) }), CHECK);
      assert.equal(await insert('parts', part(0, 33)), CHECK);
      assert.equal(await insert('parts', part(2 ** 32 - 1, 1)), CHECK);
      assert.equal(await insert('parts', part(4, 4)), 'accepted');
      assert.equal(await insert('parts', part(7, 1)), EXCLUSION);
      assert.equal(await insert('parts', part(0, 5)), EXCLUSION);
      assert.equal(await insert('parts', part(2, 1, true)), EXCLUSION, 'nothing stands behind the last segment');
      assert.equal(await insert('parts', part(8, 1, true)), 'accepted');
      assert.equal(await insert('parts', part(100, 1)), EXCLUSION);
      assert.equal(await insert('parts', part(0, 4)), 'accepted');
      const other = { ...payload, payload_id: randomBytes(32) };
      const [second] = await db('payloads').insert(other).returning<{ payload_number: number }[]>('payload_number');
      const elsewhere = { ...part(100, 1), payload_number: second?.payload_number };
      assert.equal(await insert('parts', elsewhere), 'accepted', 'payloads do not touch');
      const tally = { payload_number: number, seq: 1, segments: 1, record: Buffer.alloc(8192) };
      assert.equal(await insert('tallies', { ...tally, record: Buffer.alloc(8191) }), CHECK);
      assert.equal(await insert('tallies', { ...tally, seq: 0 }), CHECK);
      assert.equal(await insert('tallies', tally), 'accepted');
      assert.equal(await insert('tallies', tally), UNIQUE);

      const identity = { origin: 'x/log', public_key: randomBytes(32), policy: Buffer.from('quorum none') };
      assert.equal(await insert('log_identity', { ...identity, singleton: false }), CHECK);
      assert.equal(await insert('log_identity', identity), 'accepted');
      assert.equal(await insert('log_identity', { ...identity, origin: 'y/log' }), UNIQUE, 'one log per database');
      assert.equal(await insert('log_tiles', { level: 0, tile: 0, hashes: Buffer.alloc(33) }), CHECK);
      assert.equal(await insert('log_tiles', { level: 0, tile: 0, hashes: Buffer.alloc(257 * 32) }), CHECK);
      assert.equal(await insert('log_tiles', { level: 0, tile: 0, hashes: Buffer.alloc(256 * 32) }), 'accepted');
      const checkpoint = { size: 1, root: randomBytes(32), note: Buffer.from('note') };
      assert.equal(await insert('log_checkpoints', { ...checkpoint, size: 0 }), CHECK);
      assert.equal(await insert('log_checkpoints', checkpoint), 'accepted');
      assert.equal(await insert('log_checkpoints', { ...checkpoint, size: 2 }), UNIQUE, 'one waits for the witnesses');
      const leaf = { map_index: randomBytes(32), seq: 1, head: randomBytes(32), version: 1 };
      assert.equal(await insert('log_map_leaves', { ...leaf, old_seq: 1, old_head: randomBytes(32) }), CHECK);
      assert.equal(await insert('log_map_leaves', leaf), 'accepted');
    });
  });
}
