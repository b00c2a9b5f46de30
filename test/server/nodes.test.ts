import { assert } from 'chai';
import { join } from 'node:path';
import { connectHints } from '../../client/core/relay/hints.js';
import { type Relay as ClientRelay } from '../../client/core/relay/relay.js';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import { type Database, openDatabase } from '../../server/db/open.js';
import { type Balancer, startBalancer } from '../support/balancer.js';
import { type TestDatabase, databases } from '../support/database.js';
import { type TestFolder, createFolder } from '../support/folder.js';
import { asker } from '../support/http.js';
import { type Acknowledged, judge, nothingYet, runLoad } from '../support/load.js';
import { TestMailbox } from '../support/mailbox.js';
import { type RelayProcess, spawnRelay } from '../support/relay-process.js';
import { type Actor, enrolWith, expectStatus, invite, signIn } from '../support/relay.js';
import { messageTo, post } from '../support/sealed-payload.js';

const NODES = 3;
const ORIGIN = 'https://relay.example';

/** Three relays as processes of their own on one database and one blob store, and what stands before them. */
describe('three nodes', function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let folder: TestFolder;
  let db: Database;
  let balancer: Balancer;
  let nodes: RelayProcess[];
  let mailboxes: TestMailbox[];
  const dataDirs = Array.from({ length: NODES }, (_, i) => `node-${i}`);

  before(async () => {
    const [kind] = databases();
    database = await (kind ?? assert.fail()).create('migrated');
    folder = await createFolder();
    db = openDatabase({ url: database.url, poolSize: 4 });
    balancer = await startBalancer();
    nodes = [];
    // The first names the log and keeps its key; the others find it named.
    nodes.push(await startNode(0));
    nodes.push(...(await Promise.all([startNode(1), startNode(2)])));
    balancer.use(nodes.map(({ url }) => url));
    mailboxes = [];
    for (const name of ['alice', 'bob', 'carol']) mailboxes.push(await enrol(`${name}@nord.example`));
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await balancer.close();
    await db.destroy();
    await database.drop();
    await folder.remove();
  });

  const pathOf = (i: number): string => join(folder.path, dataDirs[i] ?? '');
  const startNode = (i: number): Promise<RelayProcess> =>
    spawnRelay({
      dataDir: pathOf(i),
      databaseUrl: database.url,
      blobs: `disk:${join(folder.path, 'blobs')}`,
      origin: ORIGIN,
      web: 'off',
    });
  const enrol = async (address: string): Promise<TestMailbox> => {
    const mailbox = await TestMailbox.create(address);
    const token = await invite(pathOf(0), address, `Practice ${address}`);
    await expectStatus(201, enrolWith(asker(balancer.url), token, mailbox));
    return mailbox;
  };
  const urlOf = (i: number): string => nodes[i]?.url ?? '';
  const mailboxAt = (i: number): TestMailbox => mailboxes[i] ?? assert.fail();
  const at = (actor: Actor, i: number): Actor => ({ ...actor, ask: asker(urlOf(i), actor.token) });
  const listen = (actor: Actor, url: string) =>
    connectHints({ origin: url, sessionToken: () => Promise.resolve(actor.token) } as unknown as ClientRelay);

  it('any of them serves any request, and what one has taken the others’ devices hear of', async () => {
    const alice = await signIn(urlOf(0), ORIGIN, mailboxAt(0));
    const bob = await signIn(urlOf(1), ORIGIN, mailboxAt(1));
    using hints = listen(bob, urlOf(2));
    await hints.next(20_000);
    const heard = hints.next(20_000);
    const message = messageTo([bob.mailboxId]);
    await expectStatus(201, post(at(alice, 1), message));
    await heard;
    const listed = await expectStatus(200, at(bob, 0).ask('GET', '/api/deliveries'));
    assert.equal((listed.json as { last: number }).last, 1);
    // The same again, elsewhere, is the same.
    await expectStatus(201, post(at(alice, 2), message));
    assert.equal(((await bob.ask('GET', '/api/deliveries')).json as { last: number }).last, 1);
  });

  it('a node without the log’s key has testimonies signed by the one that holds it', async () => {
    const alice = await signIn(urlOf(0), ORIGIN, mailboxAt(0));
    const message = messageTo([mailboxAt(1).state.mailboxId]);
    await expectStatus(201, post(at(alice, 2), message));
    const path = `/api/messages/${message.messageId}/withdrawal`;
    const answer = await expectStatus(200, at(alice, 2).ask('POST', path));
    const [one] = (answer.json as { recipients: { testimony: string | null }[] }).recipients;
    assert.isString(one?.testimony);
  });

  it('one killed under load: nothing acknowledged is lost, devices come back and catch up by seq', async () => {
    const acknowledged: Acknowledged = nothingYet();
    let isOver = false;
    const load = runLoad(
      { url: () => balancer.url, origin: ORIGIN, mailboxes, senders: 4, isOver: () => isOver },
      acknowledged,
    );
    const reader = await signIn(balancer.url, ORIGIN, mailboxAt(1));
    // Its connection is with the node that is going to die.
    using hints = listen(reader, balancer.url);
    const seqs: number[] = [];
    const catchUp = async (): Promise<void> => {
      for (let after = seqs.at(-1) ?? 0; ;) {
        const answer = await reader.ask('GET', `/api/deliveries?after=${after}`).catch(() => null);
        if (answer === null || answer.status !== 200) return;
        const { deliveries } = answer.json as { deliveries: { seq: number }[] };
        if (deliveries.length === 0) return;
        seqs.push(...deliveries.map(({ seq }) => seq));
        after = seqs.at(-1) ?? after;
      }
    };
    const enough = async (messages: number): Promise<void> => {
      const until = acknowledged.messages.size + messages;
      while (acknowledged.messages.size < until) {
        await hints.next(1_000);
        await catchUp();
      }
    };
    await enough(8);
    await nodes[1]?.kill();
    await enough(8);
    // Also the one that holds the log's key: what it alone can do waits, messages do not.
    await nodes[0]?.kill();
    await enough(8);
    isOver = true;
    await load;
    await catchUp();
    const [{ last } = { last: 0 }] = await db('mailboxes')
      .where({ mailbox_id: Buffer.from(reader.mailboxId, 'hex') })
      .select<{ last: number }[]>('last_delivery_seq as last');
    assert.deepEqual(
      seqs,
      Array.from({ length: last }, (_, i) => i + 1),
      'every delivery once, in order',
    );
    const verdict = await judge(db, await openDiskBlobs(join(folder.path, 'blobs')), acknowledged);
    assert.deepInclude(verdict, { lost: 0, duplicated: 0, falselyComplete: 0, orphansLeft: 0, findings: [] });
  });
});
