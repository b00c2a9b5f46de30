import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Socket, io } from 'socket.io-client';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import { openDatabase } from '../../server/db/open.js';
import { startEmbeddedPostgres } from '../../server/embedded-postgres/start.js';
import { startBalancer } from '../support/balancer.js';
import { createFolder } from '../support/folder.js';
import { asker } from '../support/http.js';
import { judge, nothingYet, runLoad } from '../support/load.js';
import { TestMailbox } from '../support/mailbox.js';
import { spawnRelay } from '../support/relay-process.js';
import { enrolWith, expectStatus, invite } from '../support/relay.js';

/**
 * `npm run bench:nodes`: three relays on one PostgreSQL and one blob folder behind a balancer, connected devices, uploads in parallel;
 * client, relays and database on this machine. Prints one JSON object.
 */
const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '2000' },
    uploads: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    mailboxes: { type: 'string', default: '40' },
  },
});
const [devices, uploads, seconds, mailboxCount] = [
  values.devices,
  values.uploads,
  values.seconds,
  values.mailboxes,
].map(Number) as [number, number, number, number];
const ORIGIN = 'https://relay.example';
const SEGMENTS = 8;
const CONNECTING_AT_ONCE = 50;

const folder = await createFolder();
const postgres = await startEmbeddedPostgres({
  dataDir: folder.path,
  // Meant for one node.
  settings: { max_connections: '200' },
});
const db = openDatabase({ url: postgres.url, poolSize: 4 });
const start = (i: number) =>
  spawnRelay({
    dataDir: join(folder.path, `node-${i}`),
    databaseUrl: postgres.url,
    blobs: `disk:${join(folder.path, 'blobs')}`,
    origin: ORIGIN,
    web: 'off',
    messagesPerDay: 1_000_000,
    parallelUploads: 1_000,
  });
const nodes = [await start(0), await start(1), await start(2)];
const balancer = await startBalancer();
balancer.use(nodes.map(({ url }) => url));

const mailboxes: TestMailbox[] = [];
for (let i = 0; i < mailboxCount; i++) {
  const mailbox = await TestMailbox.create(`praxis-${i}@nord.example`);
  const token = await invite(join(folder.path, 'node-0'), `praxis-${i}@nord.example`, `Practice ${i}`);
  await expectStatus(201, enrolWith(asker(balancer.url), token, mailbox));
  mailboxes.push(mailbox);
}

/** A session of the mailbox's device, entered as the relay would: signing in two thousand times is not what is measured. */
async function sessionOf(mailbox: TestMailbox): Promise<string> {
  const token = randomBytes(32);
  await db('sessions').insert({
    token_digest: createHash('sha256').update(token).digest(),
    mailbox_id: Buffer.from(mailbox.state.mailboxId, 'hex'),
    device_id: Buffer.from(mailbox.device.deviceId, 'hex'),
    expires_at: db.raw("now() + interval '15 minutes'"),
  });
  return token.toString('base64url');
}

const acknowledged = nothingYet();
const heardMs: number[] = [];
let lost = 0;
const sockets: Socket[] = [];
const connectStarted = performance.now();
for (let at = 0; at < devices; at += CONNECTING_AT_ONCE) {
  const count = Math.min(CONNECTING_AT_ONCE, devices - at);
  await Promise.all(Array.from({ length: count }, (_, i) => connectOne(at + i)));
}
const connectMs = performance.now() - connectStarted;

async function connectOne(i: number): Promise<void> {
  const mailbox = mailboxes[i % mailboxes.length];
  if (mailbox === undefined) throw new Error('no mailbox');
  const token = await sessionOf(mailbox);
  const options = { path: '/api/hints', auth: { token }, transports: ['websocket'], forceNew: true };
  const socket = io(balancer.url, options);
  sockets.push(socket);
  await new Promise<void>((done, fail) => {
    socket.once('connect', done);
    socket.once('connect_error', fail);
  });
  socket.on('disconnect', () => (lost += 1));
  socket.on('delivery', () => heardMs.push(performance.now()));
}

const loadStarted = performance.now();
const cpuBefore = process.cpuUsage();
const load = runLoad(
  {
    url: () => balancer.url,
    origin: ORIGIN,
    mailboxes,
    senders: uploads,
    segments: SEGMENTS,
    isOver: () => performance.now() - loadStarted > seconds * 1_000,
  },
  acknowledged,
);
await load;
const loadSeconds = (performance.now() - loadStarted) / 1_000;
const clientCpu = process.cpuUsage(cpuBefore);
const bytes = acknowledged.parts.reduce((sum, { payload, first }) => sum + (payload.segments[first]?.length ?? 0), 0);
const connected = sockets.filter((socket) => socket.connected).length;
for (const socket of sockets) socket.disconnect();
const verdict = await judge(db, await openDiskBlobs(join(folder.path, 'blobs')), acknowledged);
process.stdout.write(
  `${JSON.stringify({
    nodes: nodes.length,
    devices,
    connectedAtTheEnd: connected,
    disconnected: lost,
    connectionsPerSecond: Math.round((devices / connectMs) * 1_000),
    uploadsInParallel: uploads,
    seconds: Math.round(loadSeconds),
    messagesPerSecond: Math.round(acknowledged.messages.size / loadSeconds),
    partsPerSecond: Math.round(acknowledged.parts.length / loadSeconds),
    megabytesPerSecond: Math.round(bytes / loadSeconds / 1e5) / 10,
    hints: heardMs.length,
    clientCpuSeconds: Math.round((clientCpu.user + clientCpu.system) / 1e6),
    ...verdict,
  })}\n`,
);
await Promise.all(nodes.map((node) => node.stop()));
await balancer.close();
await db.destroy();
await postgres.stop();
await folder.remove();
