import { assert } from 'chai';
import { sealAudit } from '../../server/audit/seal.js';
import { type Upkeep, openUpkeep } from '../../server/main.js';
import type { ExportLine } from '../../server/export/practice-export.js';
import { databases } from '../support/database.js';
import { type Actor, type TestRelay, startTestRelay } from '../support/relay.js';
import { createPayload, messageTo, post, putPart, putTally, sha256 } from '../support/sealed-payload.js';

const [kind] = databases();

/** Tables of nobody in particular: the public log, the audit, which is told by its entries, and how the relay keeps itself. */
const NOT_A_PRACTICES = [
  /^(log|audit)_/,
  /^(knex_.*|relay_nodes|protected_names|tree_blocks)$/,
  // They let somebody in, for minutes.
  /^(sessions|challenges|pairings|pairing_blobs)$/,
];

describe('server/export', function () {
  this.timeout(60_000);
  let t: TestRelay;
  let upkeep: Upkeep;
  let [alice, bob, eve] = [] as unknown as [Actor, Actor, Actor];

  before(async () => {
    t = await startTestRelay(kind ?? assert.fail());
    alice = await t.enrol('alice@nord.example', 'Nord');
    bob = await t.enrol('bob@sued.example', 'Süd');
    eve = await t.enrol('eve@west.example', 'West');
    upkeep = await openUpkeep({ dataDir: t.dataDir });
  });
  after(async () => {
    await upkeep.close();
    await t.close();
  });

  async function exported(name: string) {
    const lines: ExportLine[] = [];
    const parts = new Map<string, Buffer>();
    const result = await upkeep.exportPractice(name, {
      line: (line) => Promise.resolve(void lines.push(line)),
      part: async (partName, bytes) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of bytes) chunks.push(chunk);
        parts.set(partName, Buffer.concat(chunks));
      },
    });
    return { lines, parts, result, of: (table: string) => lines.filter((line) => line.kind === table) };
  }

  it('is everything of a practice, sealed parts as well, and nothing of another', async () => {
    const payload = createPayload({ segments: 3 });
    const message = messageTo([bob.mailboxId], { payloads: [payload] });
    await post(alice, message);
    await putPart(alice, payload, 0, 3);
    await putTally(alice, payload.payloadId, 1, 3);
    await post(eve, messageTo([bob.mailboxId]));
    await sealAudit({ db: t.db });
    const nord = await exported('Nord');
    const hex = (id: string): string => Buffer.from(id, 'hex').toString('base64url');
    assert.deepInclude(nord.of('mailboxes')[0], { address: 'alice@nord.example', mailbox_id: hex(alice.mailboxId) });
    assert.lengthOf(nord.of('statements'), alice.mailbox.statements.length);
    assert.deepInclude(nord.of('messages')[0], { message_id: hex(message.messageId) });
    assert.lengthOf(nord.of('deliveries'), 1);
    assert.lengthOf(nord.of('tallies'), 1);
    assert.isAbove(nord.of('audit').length, 0);
    const part = nord.parts.get(`${payload.payloadId}-0`) ?? assert.fail();
    assert.isTrue(sha256(part).equals(sha256(Buffer.concat([...payload.segments]))));
    const text = JSON.stringify(nord.lines);
    for (const other of ['eve@west', hex(eve.mailboxId), eve.mailboxId, alice.token, 'bob@sued'])
      assert.notInclude(text, other);
    const sued = await exported('Süd');
    assert.lengthOf(sued.of('deliveries'), 2, 'what others sent to it');
    assert.lengthOf([...sued.parts], 0);
    assert.equal(sued.result.lines, sued.lines.length);
    await sealAudit({ db: t.db });
    const entries = await t.db('audit_entries').select<{ entry: string }[]>('entry');
    assert.isTrue(entries.some(({ entry }) => entry.includes('practice-exported')));
  });

  it('leaves out no table that belongs to practices', async () => {
    const { rows } = await t.db.raw<{ rows: { name: string }[] }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    const practices = rows.map(({ name }) => name).filter((name) => !NOT_A_PRACTICES.some((one) => one.test(name)));
    const { findExportedTables } = await import('../../server/export/exported-tables.js');
    const found = await t.db.transaction((trx) => findExportedTables(trx));
    assert.includeMembers(
      found.map(({ name }) => name),
      practices,
    );
    for (const { columns } of found) assert.notInclude(columns, 'token_digest');
  });

  it('says when there is no such practice', async () => {
    const code = await exported('Nirgends').catch((error: { code?: string }) => error.code);
    assert.equal(code, 'practice-unknown');
  });
});
