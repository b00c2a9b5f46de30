import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { toHex } from '../../crypto/wire/bytes.js';
import { headOf } from '../../crypto/wire/chain.js';
import { merkleRoot, verifyConsistency } from '../../crypto/wire/merkle.js';
import { entryHash, mapIndex, parseEntry } from '../../crypto/log/entry.js';
import { parseEntryBundle, splitTile } from '../../crypto/log/tile.js';
import { parseAddress } from '../../crypto/wire/ids.js';
import { openAdministration } from '../../server/main.js';
import { databases } from '../support/database.js';
import { createFolder } from '../support/folder.js';
import { createDevice } from '../support/mailbox.js';
import { proveAddress, readCheckpoint, readPolicy, until } from '../support/public-log.js';
import { type Actor, type TestRelay, base64Url, expectStatus, startTestRelay } from '../support/relay.js';
import { secondMapHash } from '../vectors/log-map/generate.js';

/** docs/spec/directory.md §4 to §8, read with the formats alone. */
for (const kind of databases('every')) {
  describe(`the directory's log on ${kind.label}`, function () {
    this.timeout(120_000);
    let t: TestRelay;
    before(async () => {
      t = await startTestRelay(kind);
    });
    after(() => t.close());

    const provedAt = (actor: Actor, seq: number) =>
      until(
        () => proveAddress(actor.ask, actor.address),
        ({ value }) => value?.seq === seq,
      );
    const append = (actor: Actor, statement: Uint8Array) =>
      expectStatus(
        201,
        actor.ask('POST', `/api/mailboxes/${actor.mailboxId}/statements`, {
          json: { statements: [base64Url(statement)] },
        }),
      );

    it('proves a new statement within two seconds, and its head is the chain’s', async () => {
      const alice = await t.enrol('alice@nord.example');
      const begun = performance.now();
      const first = await provedAt(alice, 3);
      assert.equal(toHex(first.value?.head ?? new Uint8Array(0)), toHex(headOf(alice.mailbox.state)));
      await append(alice, alice.mailbox.commit(alice.mailbox.addDevice(createDevice())));
      const second = await until(
        () => proveAddress(alice.ask, alice.address, first.checkpoint),
        ({ value }) => value?.seq === 4,
      );
      assert.equal(toHex(second.value?.head ?? new Uint8Array(0)), toHex(headOf(alice.mailbox.state)));
      assert.isBelow(performance.now() - begun, 2_000);
      assert.isBelow(second.bytes, 50_000);
    });

    it('proves that an address has no mailbox', async () => {
      const bob = await t.enrol('bob@nord.example');
      await provedAt(bob, 3);
      for (const address of ['nobody@nord.example', 'bob2@nord.example', 'x@y.example']) {
        assert.equal((await proveAddress(bob.ask, address)).value, null);
      }
    });

    it('keeps every statement, hashed, in the entries that its tiles and its root are of', async () => {
      const carol = await t.enrol('carol@nord.example');
      await provedAt(carol, 3);
      const { size, root } = await readCheckpoint(t.ask);
      const bundle = parseEntryBundle((await t.ask('GET', `/log/tile/entries/000.p/${size}`)).bytes);
      assert.lengthOf(bundle, size);
      const tile = splitTile((await t.ask('GET', `/log/tile/0/000.p/${size}`)).bytes);
      assert.deepEqual(bundle.map(entryHash).map(toHex), tile.map(toHex));
      assert.equal(toHex(merkleRoot(tile)), toHex(root));
      const own = toHex(mapIndex(parseAddress('carol@nord.example')));
      const entries = bundle.map(parseEntry);
      const seqs = entries.flatMap((one) => (one.kind === 'statement' && toHex(one.index) === own ? [one.seq] : []));
      assert.deepEqual(seqs, [1, 2, 3]);
      assert.notInclude(Buffer.concat(bundle).toString('latin1'), 'nord.example');
      // The map's root is what its definition says of all newest heads.
      const heads = await t.db('log_map_leaves').select('map_index', 'seq', 'head');
      const leaves = heads.map((row: { map_index: Buffer; seq: number; head: Buffer }) => ({
        index: row.map_index,
        seq: row.seq,
        head: row.head,
      }));
      const last = entries.at(-1);
      assert.equal(last?.kind === 'map-root' ? toHex(last.root) : '', secondMapHash(leaves).toString('hex'));
    });

    it('serves no tile that is wider than what is published, or spelled otherwise', async () => {
      const { size } = await readCheckpoint(t.ask);
      const paths = [
        `0/000.p/${size + 1}`,
        '0/000',
        '0/001.p/1',
        '1/000.p/1',
        '0/0',
        '00/000',
        `entries/000.p/${size + 1}`,
      ];
      for (const path of paths) assert.equal((await t.ask('GET', `/log/tile/${path}`)).status, 404, path);
      const answer = await t.ask('GET', `/log/tile/0/000.p/${size}`);
      assert.include(answer.headers.get('Cache-Control') ?? '', 'immutable');
      assert.include((await t.ask('GET', '/log/checkpoint')).headers.get('Cache-Control') ?? '', 'no-cache');
    });

    it('gives proofs to devices that are signed in only, and none of what cannot be', async () => {
      const dora = await t.enrol('dora@nord.example');
      await provedAt(dora, 3);
      const { size } = await readCheckpoint(t.ask);
      const index = 'ab'.repeat(32);
      assert.equal((await t.ask('GET', `/api/log/proofs/${index}`)).status, 401);
      assert.equal((await t.ask('GET', `/api/log/consistency?from=1&to=${size}`)).status, 401);
      assert.equal((await dora.ask('GET', `/api/log/proofs/${'AB'.repeat(32)}`)).status, 400);
      assert.equal((await dora.ask('GET', `/api/log/proofs/${index}?from=-1`)).status, 400);
      assert.equal((await dora.ask('GET', `/api/log/consistency?from=0&to=${size}`)).status, 400);
      assert.equal((await dora.ask('GET', `/api/log/consistency?from=2&to=1`)).status, 404);
      assert.equal((await dora.ask('GET', `/api/log/consistency?from=1&to=${size + 1}`)).status, 404);
      const beyond = await dora.ask('GET', `/api/log/proofs/${index}?from=${size + 1000}`);
      assert.equal((beyond.json as { consistency: unknown }).consistency, null);
    });

    it('proves each size consistent with each later one', async () => {
      const erin = await t.enrol('erin@nord.example');
      const { checkpoint: first } = await provedAt(erin, 3);
      const frank = await t.enrol('frank@nord.example');
      const { checkpoint: second } = await provedAt(frank, 3);
      const answer = await erin.ask('GET', `/api/log/consistency?from=${first.size}&to=${second.size}`);
      const hashes = (answer.json as { hashes: string[] }).hashes.map((text) => Buffer.from(text, 'base64url'));
      verifyConsistency(first.size, second.size, first.root, second.root, hashes);
    });

    it('keeps its key for its owner alone, names itself after the relay, and says so in its policy', async () => {
      const path = join(t.dataDir, 'log-key.json');
      if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o600);
      const policy = await readPolicy(t.ask);
      assert.equal(policy.log.name, `${new URL(t.url).host}/log`);
      assert.deepEqual(policy.quorum, { kind: 'none' });
      const { seed } = JSON.parse(await readFile(path, 'utf8')) as { seed: string };
      for (const answer of [await t.ask('GET', '/log/policy'), await t.ask('GET', '/log/checkpoint')]) {
        assert.notInclude(answer.bytes.toString('hex'), seed);
      }
    });

    it('is made anew from its entries with the same root, and notices what does not fit', async () => {
      const gina = await t.enrol('gina@nord.example');
      await provedAt(gina, 3);
      const before = await readCheckpoint(t.ask);
      const rows = async () => ({
        tiles: await t.db('log_tiles').orderBy(['level', 'tile']),
        leaves: await t.db('log_map_leaves').select('map_index', 'seq', 'head').orderBy('map_index'),
        nodes: await t.db('log_map_nodes').select('depth', 'prefix', 'hash', 'leaf').orderBy(['depth', 'prefix']),
      });
      const first = await rows();
      await t.db('log_tiles').update({ hashes: Buffer.alloc(32) });
      await t.db('log_map_nodes').update({ hash: Buffer.alloc(32) });
      const administration = await openAdministration({ dataDir: t.dataDir });
      try {
        const rebuilt = await administration.rebuildLog();
        assert.deepInclude(rebuilt, { kind: 'rebuilt', size: before.size });
        assert.deepEqual(await rows(), first);
        assert.equal(toHex((await readCheckpoint(t.ask)).root), toHex(before.root));
        await proveAddress(gina.ask, gina.address, before);

        const where = { position: 1 };
        const entry = (await t.db('log_entries').where(where).first<{ entry: Buffer }>()).entry;
        const altered = Buffer.from(entry);
        altered[72] = (altered[72] ?? 0) ^ 1;
        await t.db('log_entries').where(where).update({ entry: altered });
        assert.include(await administration.rebuildLog(), { kind: 'failed', reason: 'statement-missing' });
        await t
          .db('log_entries')
          .where(where)
          .update({ entry: Buffer.from([9]) });
        assert.include(await administration.rebuildLog(), { kind: 'failed', reason: 'entry-unknown', position: 1 });
        await t.db('log_entries').where(where).update({ entry });
        assert.deepEqual(await rows(), first, 'a failure changes nothing');
      } finally {
        await administration.close();
      }
    });

    it('is one log on several nodes: both publish in turn, and what one accepts the other proves', async () => {
      const folder = await createFolder();
      const key = await readFile(join(t.dataDir, 'log-key.json'));
      const { writeFile } = await import('node:fs/promises');
      await writeFile(join(folder.path, 'log-key.json'), key, { mode: 0o600 });
      const { startRelay } = await import('../../server/main.js');
      const { asker } = await import('../support/http.js');
      const options = { databaseUrl: t.databaseUrl, dataDir: folder.path, port: 0, logLevel: 'silent' as const };
      const second = await startRelay({ ...options, rateLimit: 'off', origin: t.relay.origin });
      try {
        const names = Array.from({ length: 6 }, (_, i) => `node${i}@nord.example`);
        const actors = await Promise.all(names.map((name) => t.enrol(name)));
        for (const actor of actors) await provedAt(actor, 3);
        const there = asker(second.url, actors[0]?.token ?? '');
        for (const actor of actors) {
          const { value } = await proveAddress(there, actor.address);
          assert.equal(toHex(value?.head ?? new Uint8Array(0)), toHex(headOf(actor.mailbox.state)));
        }
        const administration = await openAdministration({ dataDir: t.dataDir });
        assert.equal((await administration.rebuildLog()).kind, 'rebuilt');
        await administration.close();
      } finally {
        await second.close();
        await folder.remove();
      }
    });

    it('is served, and not signed, by a node that does not hold its key', async () => {
      const folder = await createFolder();
      const { startRelay } = await import('../../server/main.js');
      const { asker } = await import('../support/http.js');
      const before = await readPolicy(t.ask);
      const options = { databaseUrl: t.databaseUrl, dataDir: folder.path, port: 0, logLevel: 'silent' as const };
      const second = await startRelay({ ...options, rateLimit: 'off', origin: t.relay.origin });
      try {
        const there = await readPolicy(asker(second.url));
        assert.deepEqual(there, before);
        assert.equal((await readCheckpoint(asker(second.url))).origin, before.log.name);
      } finally {
        await second.close();
        await folder.remove();
      }
    });
  });
}
