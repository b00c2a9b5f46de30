import { cp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { sealAudit } from '../../server/audit/seal.js';
import { backup } from '../../server/backup/backup.js';
import { openSnapshot, restore } from '../../server/backup/restore.js';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import type { BlobStore } from '../../server/blobs/store.js';
import { checkRelay } from '../../server/check/check.js';
import type { FindingKind } from '../../server/check/findings.js';
import { listTables } from '../../server/db/copy.js';
import { openDatabase } from '../../server/db/open.js';
import { databases } from '../support/database.js';
import { type TestFolder, createFolder } from '../support/folder.js';
import { type Actor, type TestRelay, startTestRelay } from '../support/relay.js';
import { type SealedPayload, createPayload, messageTo, post, putPart, putTally } from '../support/sealed-payload.js';

for (const kind of databases()) {
  describe(`server/check and server/backup on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let alice: Actor;
    let bob: Actor;
    let blobs: BlobStore;
    let folder: TestFolder;
    let payload: SealedPayload;

    beforeEach(async () => {
      folder = await createFolder();
      t = await startTestRelay(kind);
      [alice, bob] = [await t.enrol('alice@nord.example'), await t.enrol('bob@sued.example')];
      blobs = await openDiskBlobs(t.blobsDir);
      payload = createPayload({ segments: 5 });
      await post(alice, messageTo([bob.mailboxId, alice.mailboxId], { payloads: [payload] }));
      await putPart(alice, payload, 0, 3);
      await putPart(alice, payload, 3, 2);
      await putTally(alice, payload.payloadId, 1, 4);
      // The log is published by itself; from here on it has nothing more to say.
      // The same with the audit: what is queued is chained before the snapshot.
      while ((await countOf('audit_queue')) > 0) await sealAudit({ db: t.db });
      while ((await countOf('log_queue')) > 0 || (await countOf('log_checkpoints', 'published_at')) > 0) {
        await new Promise(setImmediate);
      }
    });
    afterEach(async () => {
      await t.close();
      await folder.remove();
    });

    const countOf = async (table: string, open?: string): Promise<number> => {
      const query = t.db(table).count<{ count: number }[]>('* as count');
      const [row] = await (open === undefined ? query : query.whereNull(open));
      return row?.count ?? 0;
    };
    const check = (depth: 'quick' | 'whole' = 'whole') => checkRelay({ db: t.db, blobs, depth });
    const findings = async (depth?: 'quick' | 'whole'): Promise<FindingKind[]> =>
      (await check(depth)).findings.map((one) => one.kind);
    const blobPaths = async (): Promise<string[]> => {
      const names = await readdir(t.blobsDir, { recursive: true });
      return names.filter((name) => /[0-9a-f]{32}$/.test(name)).map((name) => join(t.blobsDir, name));
    };

    describe('a check', () => {
      it('finds nothing in a relay that is in order, and counts', async () => {
        await putPart(alice, payload, 3, 2);
        const { counts, findings: found } = await check();
        assert.deepEqual(found, []);
        assert.deepInclude(counts, { mailboxes: 2, statements: 6, deliveries: 2, payloads: 1, parts: 2, orphans: 0 });
        assert.isAbove(counts.bytes, 0);
      });

      it('finds a part that is gone, one that is short, and, reading all, one bit that has turned', async () => {
        const [path = ''] = await blobPaths();
        const bytes = await readFile(path);
        await rm(path);
        assert.deepEqual(await findings('quick'), ['part-missing']);
        await writeFile(path, bytes);
        await truncate(path, bytes.length - 1);
        assert.deepEqual(await findings('quick'), ['part-missing']);
        bytes[100] = (bytes[100] ?? 0) ^ 1;
        await writeFile(path, bytes);
        assert.deepEqual(await findings('quick'), []);
        assert.deepEqual(await findings('whole'), ['part-damaged']);
      });

      it('finds a tally over nothing and a list with a hole', async () => {
        await t.db('parts').where({ first_segment: 3 }).delete();
        await t
          .db('deliveries')
          .where({ mailbox_id: Buffer.from(bob.mailboxId, 'hex') })
          .delete();
        const found = await check();
        assert.deepEqual(
          found.findings.map((one) => [one.kind, one.subject]),
          [
            ['delivery-gap', bob.mailboxId],
            ['tally-uncovered', payload.payloadId],
          ],
        );
        assert.equal(found.counts.orphans, 1);
      });

      it('finds a statement with another byte, and rows that say more than their chain', async () => {
        const key = { mailbox_id: Buffer.from(bob.mailboxId, 'hex') };
        await t.db('devices').where(key).update({ revoked_seq: 3 });
        assert.deepEqual(await findings(), ['chain-row-differs']);
        await t.db('devices').where(key).update({ revoked_seq: null });
        await t
          .db('balances')
          .insert({ ...key, seq: 3, carried: Buffer.from('a balance that the chain does not have') });
        assert.deepEqual(await findings(), ['chain-row-differs']);
        await t.db('balances').where(key).delete();
        const row = await t
          .db('statements')
          .where({ ...key, seq: 2 })
          .first<{ bytes: Buffer }>('bytes');
        const bytes = Buffer.from(row?.bytes ?? []);
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        await t
          .db('statements')
          .where({ ...key, seq: 2 })
          .update({ bytes });
        assert.deepEqual(await findings(), ['chain-invalid', 'log-differs']);
      });

      it('finds a public log whose entries are not those that were signed', async () => {
        const row = await t.db('log_entries').where({ position: 0 }).first<{ entry: Buffer }>('entry');
        const entry = Buffer.from(row?.entry ?? []);
        entry[entry.length - 1] = (entry.at(-1) ?? 0) ^ 1;
        await t.db('log_entries').where({ position: 0 }).update({ entry });
        assert.deepEqual(await findings('quick'), []);
        assert.deepEqual(await findings('whole'), ['log-differs']);
      });

      it('finds a database that this version does not know', async () => {
        await t.db('knex_migrations').insert({ name: '9999-later', batch: 99, migration_time: new Date() });
        assert.deepEqual((await check()).findings, [{ kind: 'migrations-unknown', subject: '9999-later' }]);
      });
    });

    describe('a backup', () => {
      const take = (keep = 3) =>
        backup({
          db: t.db,
          blobs,
          dataDir: t.dataDir,
          origin: t.relay.origin,
          version: '0.0.0',
          target: join(folder.path, 'backup'),
          keep,
        });

      async function restored(from: string) {
        const database = await kind.create();
        const db = openDatabase({ url: database.url, poolSize: 4 });
        const dataDir = await createFolder();
        const store = await openDiskBlobs(join(dataDir.path, 'blobs'));
        const close = async (): Promise<void> => {
          await db.destroy();
          await database.drop();
          await dataDir.remove();
        };
        try {
          const snapshot = await openSnapshot(from);
          const result = await restore({ db, blobs: store, dataDir: dataDir.path, snapshot });
          return { result, db, blobs: store, dataDir: dataDir.path, close };
        } catch (error) {
          await close();
          throw error;
        }
      }

      const SHORT_LIVED = ['sessions', 'challenges', 'pairings', 'pairing_blobs'];

      it('of a relay that works becomes the same relay again, row for row and byte for byte', async () => {
        await writeFile(join(t.dataDir, 'some-key.json'), 'the relay’s own secret');
        const result = await take();
        assert.deepInclude(result, { blobs: 2, newBlobs: 2 });
        const back = await restored(join(folder.path, 'backup'));
        try {
          assert.deepInclude(back.result, { blobs: 2, partsWithoutBytes: 0, rows: result.rows });
          const found = await checkRelay({ db: back.db, blobs: back.blobs, depth: 'whole' });
          assert.deepEqual(found, await check());
          for (const { name } of await listTables(t.db)) {
            // Signed by the relay whenever a minute is over, also between the snapshot and here.
            if (name === 'audit_checkpoints') continue;
            const [before, after] = [await t.db(name).select('*'), await back.db(name).select('*')];
            const sorted = (rows: unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
            assert.deepEqual(sorted(after), SHORT_LIVED.includes(name) ? [] : sorted(before), name);
          }
          assert.equal(await readFile(join(back.dataDir, 'some-key.json'), 'utf8'), 'the relay’s own secret');
          assert.notInclude(await readdir(back.dataDir), 'relay.json');
          // Numbers go on after the highest.
          const [row] = await back
            .db('practices')
            .insert({ name: 'next', folded_name: 'next' })
            .returning('practice_id');
          const ids = (await t.db('practices').select('practice_id')) as { practice_id: number }[];
          assert.isAbove((row as { practice_id: number }).practice_id, Math.max(...ids.map((one) => one.practice_id)));
        } finally {
          await back.close();
        }
      });

      it('copies what is new only, keeps as many snapshots as told, and lets go of what has expired', async () => {
        await take(2);
        assert.deepInclude(await take(2), { blobs: 2, newBlobs: 0 });
        await t.db('parts').where({ first_segment: 3 }).delete();
        await take(2);
        const stored = async (): Promise<number> =>
          (await readdir(join(folder.path, 'backup', 'blobs'), { recursive: true })).filter((name) =>
            /[0-9a-f]{32}$/.test(name),
          ).length;
        assert.equal(await stored(), 2, 'the snapshot before still names it');
        await take(2);
        assert.equal(await stored(), 1);
        const snapshots = (await readdir(join(folder.path, 'backup'))).filter((name) => name.startsWith('2'));
        assert.lengthOf(snapshots, 2);
      });

      it('does without a part that was replaced meanwhile: the restored relay asks for it again', async () => {
        const [path = ''] = await blobPaths();
        await rm(path);
        await take();
        const back = await restored(join(folder.path, 'backup'));
        assert.deepInclude(back.result, { blobs: 1, partsWithoutBytes: 1 });
        await back.close();
      });

      it('that is damaged, unfinished or newer is refused, and so is a database that is not empty', async () => {
        const { snapshot } = await take();
        const codeOf = (work: Promise<unknown>): Promise<unknown> =>
          work.then(
            () => 'restored',
            (error: { code?: string }) => error.code,
          );
        const copy = join(folder.path, 'backup', '2000-01-01T00-00-00-000Z');
        const spoilt = async (spoil: () => Promise<unknown>): Promise<unknown> => {
          await cp(snapshot, copy, { recursive: true });
          await spoil();
          const code = await codeOf(restored(copy));
          await rm(copy, { recursive: true });
          return code;
        };
        const manifest = async (change: (text: string) => string): Promise<void> => {
          const path = join(copy, 'manifest.json');
          await writeFile(path, change(await readFile(path, 'utf8')));
        };
        assert.equal(await spoilt(() => rm(join(copy, 'manifest.json'))), 'backup-unusable');
        assert.equal(await spoilt(() => rm(join(copy, 'tables', 'parts.gz'))), 'backup-unusable');
        assert.equal(await spoilt(() => truncate(join(copy, 'tables', 'statements.gz'), 10)), 'backup-unusable');
        assert.equal(await spoilt(() => manifest((text) => text.slice(0, -3))), 'backup-unusable');
        assert.equal(
          await spoilt(() => manifest((text) => text.replace('0004-uploads', '9999-later'))),
          'backup-unusable',
        );
        assert.equal(await spoilt(() => Promise.resolve()), 'restored');
        const work = restore({ db: t.db, blobs, dataDir: t.dataDir, snapshot: await openSnapshot(snapshot) });
        assert.equal(await codeOf(work), 'database-not-empty');
      });
    });
  });
}
