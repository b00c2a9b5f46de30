import { createHash } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { assert } from 'chai';
import pg from 'pg';
import { openAccount } from '../../client/core/account/account.js';
import { accountSigner } from '../../client/core/account/signer.js';
import type { Desk } from '../../client/core/desk.js';
import { createPinnedView } from '../../client/core/directory/pinned-view.js';
import { parseAddress } from '../../client/core/ids.js';
import type { Transport } from '../../client/core/ports.js';
import { findLetter, receivedLetters } from '../../client/core/receive/inbox.js';
import { receiveMessage } from '../../client/core/receive/receive.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { createRelay } from '../../client/core/relay/relay.js';
import { platformRetry } from '../../client/core/relay/retry.js';
import { sendMessage } from '../../client/core/send/send.js';
import type * as accountFolder from '../../client/node/account-folder.js';
import { createHttpTransport } from '../../client/node/http-transport.js';
import { openMessageFolder } from '../../client/node/message-folder.js';
import { nodeSha256 } from '../../client/node/node-sha256.js';
import { type Relay, openUpkeep, startRelay } from '../../server/main.js';
import { PASSPHRASE } from '../support/cli.js';
import { databases, type TestDatabase } from '../support/database.js';
import { type TestFolder, createFolder } from '../support/folder.js';
import { tinyStudy } from '../support/tiny-study.js';

/** Made by version 0.0.1 itself: `npm run campaign:upgrade -- --fixture test/story/relay-0.0.1`. */
const made = resolve(import.meta.dirname, 'relay-0.0.1');
const DAY_MS = 86_400_000;

interface About {
  readonly origin: string;
  readonly messageId: string;
  readonly nord: string;
  readonly madeAt: string;
}

interface OpenDesk extends Desk, AsyncDisposable {}

describe('a relay and keystores of version 0.0.1', function () {
  this.timeout(90_000);
  let about: About;
  let database: TestDatabase;
  let folder: TestFolder;
  let relay: Relay;

  before(async () => {
    about = JSON.parse(await readFile(join(made, 'about.json'), 'utf8')) as About;
    const [kind] = databases();
    database = await (kind ?? assert.fail()).create();
    folder = await createFolder();
    await loadTables(database.url);
    await cp(join(made, 'blobs'), join(folder.path, 'relay', 'blobs'), { recursive: true });
    for (const name of ['nord', 'sued']) await cp(join(made, name), join(folder.path, name), { recursive: true });
    relay = await startRelay({
      ...{ port: 0, logLevel: 'silent', rateLimit: 'off', web: 'off', origin: about.origin },
      ...{ databaseUrl: database.url, dataDir: join(folder.path, 'relay') },
    });
  });
  after(async () => {
    await relay.close();
    await database.drop();
    await folder.remove();
  });

  async function loadTables(url: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(gunzipSync(await readFile(join(made, 'tables.sql.gz'))).toString());
    } finally {
      await client.end();
    }
  }

  /** As its device opens it: under the relay's old name, wherever it listens now. */
  async function openDesk(name: string): Promise<OpenDesk> {
    const compiled = pathToFileURL(resolve(import.meta.dirname, '../../dist/client/node/account-folder.js'));
    const { openAccountFolder } = (await import(compiled.href)) as typeof accountFolder;
    const store = await openAccountFolder(join(folder.path, name));
    const account = await openAccount(store, PASSPHRASE);
    const http = createHttpTransport();
    const transport: Transport = (request) => http({ ...request, url: request.url.replace(about.origin, relay.url) });
    const retry = platformRetry(10_000);
    const client = createRelay({ origin: account.content.origin, transport, retry, signer: accountSigner(account) });
    const clock = { now: () => Date.now() };
    return {
      ...{ account, relay: client, directory: createPinnedView(account, client), clock, createSha256: nodeSha256 },
      async [Symbol.asyncDispose]() {
        http[Symbol.dispose]();
        await account[Symbol.asyncDispose]();
        await store[Symbol.asyncDispose]();
      },
    };
  }

  async function fetchStudy(desk: Desk): Promise<void> {
    const letter = findLetter(desk.account, about.messageId);
    assert.equal(letter.body.text, 'Befund folgt');
    const out = join(folder.path, 'out');
    await receiveMessage(desk, letter, {
      openSink: ({ payloadId }) =>
        openMessageFolder({ messageId: letter.stored.header.messageId, folder: out }, payloadId),
      waitForMore: () => Promise.reject(new Error('all of it was sent')),
    });
    for (const { path, bytes } of tinyStudy()) {
      const digest = (one: Uint8Array): string => createHash('sha256').update(one).digest('hex');
      assert.equal(digest(await readFile(join(out, path))), digest(bytes), path);
    }
  }

  it('go on: what was sent arrives, what is answered as well, and nothing is found wrong', async () => {
    {
      await using sued = await openDesk('sued');
      assert.equal(sued.account.content.origin, about.origin);
      await syncInbox(sued);
      // A message lives for a year at most. Later this test is about everything else, until 0.0.1 has made it anew.
      if (Date.now() < Date.parse(about.madeAt) + 364 * DAY_MS) await fetchStudy(sued);
      const answer = { subject: 'Neu', text: 'Angekommen', replyTo: null, urgency: null };
      const times = { expiresMs: Date.now() + 30 * DAY_MS };
      const to = { to: [parseAddress(about.nord)], cc: [], bcc: [] };
      await sendMessage(sued, { ...answer, ...times, ...to }, null, {
        reopen: () => Promise.reject(new Error('no files')),
      });
    }
    await using nord = await openDesk('nord');
    await syncInbox(nord);
    const texts = receivedLetters(nord.account).map(({ body }) => body.text);
    assert.sameMembers(texts, ['Danke', 'Angekommen']);
    const upkeep = await openUpkeep({ dataDir: join(folder.path, 'relay') });
    const { findings, counts } = await upkeep.check('whole').finally(() => upkeep.close());
    assert.deepEqual(findings, []);
    assert.deepInclude(counts, { mailboxes: 2, parts: 1 });
  });
});
