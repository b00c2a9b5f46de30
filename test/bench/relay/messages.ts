import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { firstMissing } from '../../../client/cli/bench/ground/programs.js';
import { messageTo } from '../../support/sealed-payload.js';
import { type RelayGround, createClient, inParallel, percentile } from './ground.js';

/** Small messages through the whole relay, and transactions of pgbench on the same PostgreSQL beside it. */

const run = promisify(execFile);
const PGBENCH_CLIENTS = 8;
const PGBENCH_SECONDS = 10;
const LATENCY_CONNECTIONS = 16;

export async function measureMessages(ground: RelayGround, messages: number) {
  const before = await countDeliveries(ground);
  const quick = await post(ground, messages, PGBENCH_CLIENTS);
  const wide = await post(ground, messages, LATENCY_CONNECTIONS);
  const lost = before + 2 * messages - (await countDeliveries(ground));
  const pgbench = (await firstMissing(['pgbench'])) === null ? await pgbenchRate(ground) : null;
  return {
    messages,
    perSecond: quick.perSecond,
    pgbenchPerSecond: pgbench,
    ofPgbench: pgbench === null ? null : quick.perSecond / pgbench,
    p99Ms: wide.p99Ms,
    lost,
  };
}

async function post({ plain, actors }: RelayGround, messages: number, connections: number) {
  using client = createClient(plain.url, connections);
  const bodies = Array.from({ length: messages }, (_, i) => {
    const to = actors[(i + 1) % actors.length];
    return Buffer.from(JSON.stringify(messageTo(to === undefined ? [] : [to.mailboxId])));
  });
  const times: number[] = [];
  const begun = performance.now();
  await inParallel(messages, connections, async (i) => {
    const token = actors[i % actors.length]?.token ?? '';
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = performance.now();
    await client({ method: 'POST', path: '/api/messages', headers, body: bodies[i] ?? Buffer.alloc(0) });
    times.push(performance.now() - sent);
  });
  return { perSecond: (messages * 1000) / (performance.now() - begun), p99Ms: percentile(times, 0.99) };
}

async function countDeliveries({ db }: RelayGround): Promise<number> {
  const row = await db('deliveries').count<{ count: string | number }>('* as count').first();
  return Number(row?.count ?? 0);
}

/** `tpcb-like`, the default of pgbench, at a scale where its clients do not wait for each other's rows. */
async function pgbenchRate({ db, postgres }: RelayGround): Promise<number> {
  await db.raw('create database pgbench');
  const url = new URL(postgres.url);
  url.pathname = '/pgbench';
  await run('pgbench', ['-i', '-q', '-s', '20', url.href]);
  const args = ['-c', `${PGBENCH_CLIENTS}`, '-j', '2', '-T', `${PGBENCH_SECONDS}`, url.href];
  const { stdout } = await run('pgbench', args);
  const found = /tps = ([\d.]+)/.exec(stdout);
  if (found === null) throw new Error(stdout);
  return Number(found[1]);
}
