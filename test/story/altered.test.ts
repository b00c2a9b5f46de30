import { readFile, writeFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { type Ran, ok, run } from '../support/cli.js';
import { digestsOf, filesBelow, isPublished, writeFiles } from '../support/files.js';
import { type Practice, type World, createWorld } from '../support/world.js';

/** Attack A8, A9: the relay alters what it holds. Nothing unverified is written, and the failure is said in one line. */

describe('one altered bit at the relay', function () {
  this.timeout(180_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let database: pg.Client;
  let originals: string[];

  before(async () => {
    world = await createWorld();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    const study = world.path('study');
    await writeFiles(study, ctStudy({ slices: 6 }));
    originals = await digestsOf(study);
    const state = JSON.parse(await readFile(join(world.relayData, 'relay.json'), 'utf8')) as { databaseUrl: string };
    database = new pg.Client({ connectionString: state.databaseUrl });
    await database.connect();
  });
  after(async () => {
    await database.end();
    await world.close();
  });

  async function send(): Promise<string> {
    const sent = await ok(['send', '--keystore', nord.keystore, '--to', sued.address, world.path('study')]);
    return String(sent.lines.at(-1)?.['messageId']);
  }

  async function fetchAltered(id: string, code: string): Promise<void> {
    const out = world.path(`out-${id}`);
    const ran = await run(['fetch', id, '--keystore', sued.keystore, '--out', out]);
    expectRefused(ran, code);
    const published = await publishedDigests(out);
    expect(published.every((digest) => originals.includes(digest))).to.equal(true);
    expect(published.length).to.be.lessThan(originals.length);
    for (const path of await safeFiles(out)) {
      expect(path, 'nothing stays staged').not.to.include('.part');
      if (path.endsWith('manifest.json'))
        expect(await readFile(join(out, path), 'utf8')).to.include('"complete": false');
    }
  }

  function expectRefused(ran: Ran, code: string): void {
    expect(ran.code).to.equal(1);
    expect(ran.error?.code, ran.err).to.equal(code);
    expect(ran.err.trim().split('\n')).to.have.length(1);
  }

  /** Inverts one bit of one of a payload's parts, at a share of its length. */
  async function flipPart(files: readonly string[], share: number): Promise<() => Promise<void>> {
    const path = files[Math.floor(share * (files.length - 1))] ?? '';
    const before = await readFile(path);
    const altered = Buffer.from(before);
    const at = Math.floor(share * (before.length - 1));
    altered[at] = (altered[at] ?? 0) ^ 0x10;
    await writeFile(path, altered);
    return () => writeFile(path, before);
  }

  for (const share of [0, 1]) {
    it(`in a stored part, at ${share * 100} % of it, is refused, and fetching works again when the part is whole`, async () => {
      const before = new Set(await blobFiles(world));
      const id = await send();
      const restore = await flipPart(
        (await blobFiles(world)).filter((path) => !before.has(path)),
        share,
      );
      await fetchAltered(id, 'payload-damaged');
      await restore();
      const out = world.path(`out-${id}`);
      await ok(['fetch', id, '--keystore', sued.keystore, '--out', out]);
      expect(await publishedDigests(out)).to.deep.equal(originals);
    });
  }

  it('in the final tally is refused', async () => {
    const id = await send();
    for (const at of [5, 100, 4000, 8191]) {
      await database.query(
        'update tallies set record = set_byte(record, $1, get_byte(record, $1) # 1) where (payload_number, seq) = (select payload_number, seq from tallies order by payload_number desc, seq desc limit 1)',
        [at],
      );
      await fetchAltered(id, 'payload-damaged');
      await database.query(
        'update tallies set record = set_byte(record, $1, get_byte(record, $1) # 1) where (payload_number, seq) = (select payload_number, seq from tallies order by payload_number desc, seq desc limit 1)',
        [at],
      );
    }
  });

  it('in the list of digests is refused', async () => {
    const id = await send();
    const flip = (): Promise<unknown> =>
      database.query(
        'update parts set digests = set_byte(digests, 7, get_byte(digests, 7) # 1) where payload_number = (select max(payload_number) from payloads)',
      );
    await flip();
    await fetchAltered(id, 'payload-damaged');
    await flip();
  });

  it('in an envelope puts that message in quarantine, says so, and the next one arrives', async () => {
    for (const at of [3, 20, 600, 1150, 1300, 5000]) {
      const id = await send();
      await database.query(
        'update deliveries set envelope = set_byte(envelope, $1, get_byte(envelope, $1) # 1) where mailbox_id = $2 and seq = (select max(seq) from deliveries where mailbox_id = $2)',
        [at, Buffer.from(sued.mailboxId, 'hex')],
      );
      const ran = await run(['fetch', id, '--keystore', sued.keystore, '--out', world.path(`out-${id}`)]);
      expectRefused(ran, 'message-quarantined');
      expect(await safeFiles(world.path(`out-${id}`))).to.deep.equal([]);
    }
    const next = await send();
    const inbox = await ok(['inbox', '--keystore', sued.keystore]);
    expect(inbox.lines.find((line) => line['messageId'] === next)).to.include({ state: 'complete' });
    expect(inbox.lines.filter((line) => line['state'] === 'quarantined')).to.have.length(6);
  });
});

async function blobFiles(world: World): Promise<string[]> {
  const folder = join(world.relayData, 'blobs');
  return (await filesBelow(folder)).map((path) => join(folder, path)).filter((path) => !path.includes('unfinished'));
}

async function publishedDigests(out: string): Promise<string[]> {
  return (await safeFiles(out)).length === 0 ? [] : digestsOf(out, isPublished);
}

async function safeFiles(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).length === 0 ? [] : filesBelow(folder);
}
