import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { freePort } from '../support/gateways.js';
import { hasProgram } from '../support/programs.js';

/**
 * `npm run bench:storescp -- [SLICES] [ROUNDS] [ASSOCIATIONS]`: CT slices of 0.5 MB through DCMTK's storescu, in turn to the gateway's port (every instance synced before
 * it is answered for) and to DCMTK's storescp (which syncs nothing), both as it is by default and with `+B`, where it writes without decoding. The ratio is the
 * gateway's rate to that of the faster one, by the medians of one run. On one association the sender waits for each answer, so every sync lies in the line; what the disk takes for that is
 * measured in the same run, and with it the rate that no synced receiver can surpass. On several associations syncs share their turns.
 */

const [slices, rounds] = [Number(process.argv[2] ?? 200), Number(process.argv[3] ?? 5)];
const associations = Number(process.argv[4] ?? 1);
const env = { ...process.env, TCP_NODELAY: '1' };
const PDU = ['--max-pdu', '131072'];

interface Receiver {
  readonly name: string;
  readonly port: number;
  readonly calledAe: string;
  readonly folder: string;
  readonly child: ChildProcess;
}

async function gateway(root: string): Promise<Receiver> {
  const folder = join(root, 'gateway');
  const child = spawn(process.execPath, ['--import', 'tsx', resolve('test/bench/storescp-child.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    name: 'gateway',
    port: Number(line.toString()),
    calledAe: 'GATEWAY',
    folder: join(folder, 'studies'),
    child,
  };
}

async function dcmtk(root: string, name: string, args: readonly string[]): Promise<Receiver> {
  const folder = join(root, name);
  await mkdir(folder);
  const port = await freePort();
  const child = spawn('storescp', [...PDU, ...args, '-od', folder, String(port)], { env, stdio: 'ignore' });
  await listening(port);
  return { name, port, calledAe: 'STORESCP', folder, child };
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
  }
}

/** @returns bytes a second */
async function run({ port, calledAe, folder }: Receiver, paths: readonly string[], bytes: number): Promise<number> {
  const begin = performance.now();
  const args = [...PDU, '--max-send-pdu', '131072', '-aec', calledAe, '127.0.0.1', String(port)];
  const codes = await Promise.all(
    Array.from({ length: associations }, async (_, n) => {
      const mine = paths.filter((_path, at) => at % associations === n);
      const [code] = (await once(spawn('storescu', [...args, ...mine], { env, stdio: 'inherit' }), 'close')) as [
        number,
      ];
      return code;
    }),
  );
  const seconds = (performance.now() - begin) / 1000;
  if (codes.some((code) => code !== 0)) throw new Error(`storescu: ${codes.join(', ')}`);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'collection.json' && !entry.name.endsWith('.part'),
  );
  if (files.length % slices !== 0 || files.length === 0) throw new Error(`${files.length} files have come`);
  return bytes / seconds;
}

/** @returns the seconds that an instance of this size takes to be on the disk, written as fast as can be: the median of as many as are sent */
async function syncSeconds(folder: string, bytes: number): Promise<number> {
  const piece = Buffer.alloc(bytes, 7);
  const times: number[] = [];
  for (let n = 0; n < slices; n++) {
    const handle = await open(join(folder, `sync-${n}`), 'wx');
    await handle.writeFile(piece);
    const begin = performance.now();
    await handle.datasync();
    times.push((performance.now() - begin) / 1000);
    await handle.close();
  }
  return median(times);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function main(): Promise<void> {
  if (!hasProgram('storescu') || !hasProgram('storescp')) throw new Error('DCMTK is not installed');
  const root = await mkdtemp(join(tmpdir(), 'bildbote-bench-'));
  const receivers: Receiver[] = [];
  try {
    const paths: string[] = [];
    let bytes = 0;
    for (const one of ctStudy({ slices })) {
      bytes += one.bytes.length;
      paths.push(join(root, `${String(paths.length)}.dcm`));
      await writeFile(paths.at(-1) ?? '', one.bytes);
    }
    receivers.push(await gateway(root), await dcmtk(root, 'storescp', []), await dcmtk(root, 'storescp +B', ['+B']));
    // Once for nothing: compilers, caches.
    for (const receiver of receivers) await run(receiver, paths, bytes);
    const rates = new Map(receivers.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round < rounds; round++) {
      for (const receiver of receivers) rates.get(receiver.name)?.push(await run(receiver, paths, bytes));
    }
    const medians = new Map([...rates].map(([name, all]) => [name, median(all)]));
    for (const [name, rate] of medians) {
      const all = rates.get(name)?.map((one) => (one / 1e6).toFixed(0)) ?? [];
      process.stdout.write(`${name.padEnd(12)} ${(rate / 1e6).toFixed(1)} MB/s   (${all.join(', ')})\n`);
    }
    const best = Math.max(medians.get('storescp') ?? 0, medians.get('storescp +B') ?? 0);
    const syncMs = 1000 * (await syncSeconds(root, Math.round(bytes / slices)));
    const eachMs = 1000 / (best / (bytes / slices));
    process.stdout.write(
      `fdatasync    ${syncMs.toFixed(2)} ms an instance beside it; storescp takes ${eachMs.toFixed(2)} ms in all\n`,
    );
    if (associations === 1) {
      process.stdout.write(`limit        ${(eachMs / (eachMs + syncMs)).toFixed(2)}   (that, and one sync after it)\n`);
    }
    process.stdout.write(`ratio        ${((medians.get('gateway') ?? 0) / best).toFixed(2)}   (P9: at least 0.8)\n`);
  } finally {
    for (const { child } of receivers) {
      child.kill();
      await once(child, 'close');
    }
    await rm(root, { recursive: true });
  }
}

await main();
