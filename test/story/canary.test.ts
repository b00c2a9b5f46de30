import { gzipSync, inflateRawSync, inflateSync, gunzipSync } from 'node:zlib';
import { createServer, connect } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok } from '../support/cli.js';
import { filesBelow, writeFiles } from '../support/files.js';
import { type World, createWorld } from '../support/world.js';

/** Attack A7, A17: marks in pixels, names, texts; then a search of everything the relay has and everything on the wire. */

const CANARY = 'KANARIENVOGEL7341';

/** The mark as it might hide: plain, reversed byte order, UTF-16, hex, base64 at each of three offsets. */
function disguises(mark: string): Buffer[] {
  const plain = Buffer.from(mark, 'latin1');
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), plain]).toString('base64');
    // The first and last characters also depend on what stands around.
    return Buffer.from(text.slice(shift === 0 ? 0 : 4, -4), 'latin1');
  });
  const url = base64.map((text) =>
    Buffer.from(text.toString('latin1').replaceAll('+', '-').replaceAll('/', '_'), 'latin1'),
  );
  return [
    plain,
    Buffer.from(mark.toLowerCase()),
    Buffer.from(mark, 'utf16le'),
    Buffer.from(plain.toString('hex')),
    ...base64,
    ...url,
  ];
}

const NEEDLES = disguises(CANARY);

function findCanary(haystack: Buffer): boolean {
  if (NEEDLES.some((needle) => haystack.includes(needle))) return true;
  return [gunzipSync, inflateSync, inflateRawSync].some((inflate) => {
    try {
      const plain = inflate(haystack, { maxOutputLength: 64 * 1024 * 1024 });
      return NEEDLES.some((needle) => plain.includes(needle));
    } catch {
      return false;
    }
  });
}

describe('a canary', function () {
  this.timeout(120_000);
  let world: World;
  let tap: Tap;

  before(async () => {
    tap = await startTap();
    world = await createWorld({ BILDBOTE_LOG_LEVEL: 'debug', BILDBOTE_ORIGIN: tap.url });
    tap.connectTo(world.url);
  });
  after(() => world.close());

  it('would be found if it were there', () => {
    const around = randomBytes(50);
    for (const needle of NEEDLES) expect(findCanary(Buffer.concat([around, needle, around]))).to.equal(true);
    expect(findCanary(gzipSync(Buffer.from(`x${CANARY}y`)))).to.equal(true);
    expect(findCanary(Buffer.from(Buffer.from(`ab${CANARY}cd`).toString('base64')))).to.equal(true);
    expect(findCanary(Buffer.from(`${CANARY.slice(1)} `))).to.equal(false);
  });

  it('in pixels, patient, subject, text, report and file names appears nowhere at the relay or on the wire', async () => {
    const nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    const sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    const folder = world.path(`study-${CANARY}`);
    await writeFiles(folder, markedStudy());
    const pdf = world.path(`${CANARY}.pdf`);
    await writeFile(pdf, `%PDF-1.4\n${CANARY}\n%%EOF\n`);

    const letter = ['--subject', CANARY, '--text', `Text ${CANARY}`, '--report', pdf, '--all-files'];
    const sent = await ok(['send', '--keystore', nord.keystore, '--to', sued.address, ...letter, folder]);
    const out = world.path('out');
    await ok(['fetch', String(sent.lines.at(-1)?.['messageId']), '--keystore', sued.keystore, '--out', out]);
    await ok(['receipts', String(sent.lines.at(-1)?.['messageId']), '--keystore', nord.keystore]);
    const received = await Promise.all((await filesBelow(out)).map((path) => readFile(join(out, path))));
    expect(received.some(findCanary), 'the recipient has it').to.equal(true);

    const rows = await databaseRows(world);
    expect(rows.length).to.be.greaterThan(1000);
    expect(findCanary(Buffer.from(rows))).to.equal(false);
    expect(findCanary(Buffer.from(world.relayLog()))).to.equal(false);
    tap.close();
    const wire = Buffer.concat(tap.recorded);
    expect(wire.length, 'the wire was tapped').to.be.greaterThan(1_000_000);
    expect(findCanary(wire)).to.equal(false);
    await world.stopRelay();
    let bytes = 0;
    for (const path of await filesBelow(world.relayData)) {
      const content = await readFile(join(world.relayData, path));
      bytes += content.length;
      expect(findCanary(content), path).to.equal(false);
      expect(findCanary(Buffer.from(path)), path).to.equal(false);
    }
    expect(bytes).to.be.greaterThan(1_000_000);
  });
});

/** Three slices with the mark in the patient's name and id, in the description, and written over pixels. */
function* markedStudy() {
  const options = { slices: 3, patientName: `${CANARY}^Erika`, patientId: CANARY, description: CANARY };
  for (const { name, bytes } of ctStudy(options)) {
    const marked = Buffer.from(bytes);
    Buffer.from(CANARY).copy(marked, marked.length - 4000);
    yield { name: `${CANARY}-${name.replaceAll('/', '-')}`, bytes: marked };
  }
}

interface Tap {
  readonly url: string;
  readonly recorded: readonly Buffer[];
  connectTo(target: string): void;
  close(): void;
}

/** A proxy between the practices and the relay that writes down both directions. */
async function startTap(): Promise<Tap> {
  const recorded: Buffer[] = [];
  let target = new URL('http://127.0.0.1:9');
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    near.on('data', (chunk: Buffer) => void recorded.push(chunk));
    far.on('data', (chunk: Buffer) => void recorded.push(chunk));
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorded,
    connectTo: (url) => void (target = new URL(url)),
    close: () => void server.close(),
  };
}

/** Every row of every table, as text, bytea in hex and decoded. */
async function databaseRows(world: World): Promise<string> {
  const state = JSON.parse(await readFile(join(world.relayData, 'relay.json'), 'utf8')) as { databaseUrl: string };
  const client = new pg.Client({ connectionString: state.databaseUrl });
  await client.connect();
  let text = '';
  const tables = await client.query<{ name: string }>(
    "select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')",
  );
  for (const { name } of tables.rows) {
    for (const row of (await client.query<Record<string, unknown>>(`select * from ${name}`)).rows) {
      for (const value of Object.values(row)) {
        text += Buffer.isBuffer(value) ? `${value.toString('latin1')}\n` : `${String(value)}\n`;
      }
    }
  }
  await client.end();
  return text;
}
