import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PASSPHRASE } from '../support/cli.js';
import { createWorld } from '../support/world.js';
import { startDiscardingStore } from './discard-s3.js';

/**
 * `npm run bench:endless -- [GIGABYTES …]`: payloads of 0.1, 10 and 100 GB (or the ones given) from a sender through a relay whose object
 * store keeps nothing. Peak resident memory of both as the kernel counts it: the same for all, or something grows with what is sent.
 */

const MAX_PEAK_BYTES = 250e6;
/** Lists of files and digests grow, at hundreds of bytes for megabytes of payload. */
const MAX_GROWTH = 1.25;

interface Sent {
  readonly bytes: number;
  readonly peak: number;
  readonly cpuS: number;
}

function peakOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

async function send(keystore: string, to: string, gigabytes: number): Promise<Sent> {
  const args = [join(import.meta.dirname, 'endless-sender.mjs'), keystore, to, String(gigabytes * 1000)];
  const env = { ...process.env, BILDBOTE_PASSPHRASE: PASSPHRASE };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the sender ended with ${code}`);
  return JSON.parse(out) as Sent;
}

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [0.1, 10, 100];
await using store = await startDiscardingStore();
const world = await createWorld({
  BILDBOTE_BLOBS: 's3://endless/',
  BILDBOTE_S3_ENDPOINT: `http://127.0.0.1:${store.port}`,
  BILDBOTE_S3_REGION: 'local',
  BILDBOTE_S3_ACCESS_KEY_ID: 'local',
  BILDBOTE_S3_SECRET_ACCESS_KEY: 'kept by a store that keeps nothing',
  BILDBOTE_QUOTA_BYTES: String(10e12),
  BILDBOTE_LOG_LEVEL: 'error',
});
try {
  const nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
  const sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
  const peaks: number[] = [];
  process.stdout.write(
    '| GB | wall s | MB/s | sender CPU s | sender peak MB | relay peak MB |\n|---|---|---|---|---|---|\n',
  );
  for (const size of sizes) {
    const startMs = performance.now();
    const before = store.bytes();
    const { bytes, peak, cpuS } = await send(nord.keystore, sued.address, size);
    const seconds = (performance.now() - startMs) / 1000;
    if (store.bytes() - before < bytes) throw new Error('less has come than was sent');
    const relay = peakOf(world.relayPid());
    peaks.push(peak, relay);
    const cells = [bytes / 1e9, seconds, bytes / 1e6 / seconds, cpuS, peak / 1e6, relay / 1e6];
    process.stdout.write(`| ${cells.map((cell) => cell.toFixed(1)).join(' | ')} |\n`);
    const grown = peak / (peaks[0] ?? peak);
    if (peak > MAX_PEAK_BYTES || relay > MAX_PEAK_BYTES || grown > MAX_GROWTH) process.exitCode = 1;
  }
} finally {
  await world.close();
}
