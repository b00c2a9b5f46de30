import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type Socket, io } from 'socket.io-client';
import { messageTo } from '../../support/sealed-payload.js';
import { type Actor } from '../../support/relay.js';
import { type RelayGround, createClient, percentile } from './ground.js';

/** Devices that are connected and wait, what each takes of the relay's memory, and how soon hints are heard meanwhile. */

const CONNECTING_AT_ONCE = 50;
const SETTLE_MS = 3_000;

export interface HintLoad {
  readonly devices: number;
  readonly deliveriesPerS: number;
  readonly seconds: number;
}

export async function measureConnections(ground: RelayGround, load: HintLoad) {
  const { plain, actors } = ground;
  const [sender, recipient, waiting] = actors;
  if (sender === undefined || recipient === undefined || waiting === undefined) throw new Error('three mailboxes');
  const listener = await connect(plain.url, recipient);
  await pause(SETTLE_MS);
  const before = residentBytes(plain.pid);
  const begun = performance.now();
  const sockets = await connectMany(plain.url, waiting, load.devices);
  const connectS = (performance.now() - begun) / 1000;
  await pause(SETTLE_MS);
  const bytesEach = (residentBytes(plain.pid) - before) / load.devices;
  const hints = await measureHints(ground, sender, recipient, listener, load);
  const connected = sockets.filter((socket) => socket.connected).length;
  for (const socket of [...sockets, listener]) socket.disconnect();
  return { devices: load.devices, connected, connectedPerS: load.devices / connectS, bytesEach, ...hints };
}

async function connectMany(url: string, actor: Actor, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let at = 0; at < count; at += CONNECTING_AT_ONCE) {
    const step = Math.min(CONNECTING_AT_ONCE, count - at);
    sockets.push(...(await Promise.all(Array.from({ length: step }, () => connect(url, actor)))));
  }
  return sockets;
}

async function connect(url: string, { token }: Actor): Promise<Socket> {
  const socket = io(url, { path: '/api/hints', auth: { token }, transports: ['websocket'], forceNew: true });
  await new Promise<void>((done, fail) => {
    socket.once('connect', done);
    socket.once('connect_error', fail);
  });
  return socket;
}

/** From the moment a message is handed to the relay until the device of its recipient hears of it. */
async function measureHints(
  { plain }: RelayGround,
  sender: Actor,
  recipient: Actor,
  listener: Socket,
  { deliveriesPerS, seconds }: HintLoad,
) {
  using client = createClient(plain.url, 64);
  const headers = { authorization: `Bearer ${sender.token}`, 'content-type': 'application/json' };
  const bodies = Array.from({ length: deliveriesPerS * seconds }, () =>
    Buffer.from(JSON.stringify(messageTo([recipient.mailboxId]))),
  );
  const sentAt: number[] = [];
  const answeredAt: number[] = [];
  const heardAt: number[] = [];
  listener.on('delivery', () => heardAt.push(performance.now()));
  const begun = performance.now();
  const requests = bodies.map(async (body, i) => {
    await pause(Math.max(0, begun + (i * 1000) / deliveriesPerS - performance.now()));
    sentAt.push(performance.now());
    await client({ method: 'POST', path: '/api/messages', headers, body });
    answeredAt.push(performance.now());
  });
  await Promise.all(requests);
  await pause(1_000);
  // Deliveries of one mailbox are numbered and told of in their order: the first heard is the first that was answered.
  const afterSent = heardAt.map((at, i) => at - (sentAt[i] ?? at));
  const afterAnswer = heardAt.map((at, i) => Math.max(0, at - (answeredAt[i] ?? at)));
  return {
    ...{ deliveriesPerS, hintsHeard: heardAt.length, hintsExpected: bodies.length },
    ...{ p99AfterSentMs: percentile(afterSent, 0.99), p99AfterAnswerMs: percentile(afterAnswer, 0.99) },
  };
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
}
