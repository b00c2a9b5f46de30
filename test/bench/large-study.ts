import { readFileSync } from 'node:fs';
import { type ChildProcess } from 'node:child_process';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { type Ran, start } from '../support/cli.js';
import { digestsOf, isPublished, writeFiles } from '../support/files.js';
import { createWorld } from '../support/world.js';

/**
 * `npm run bench:memory -- [INSTANCES] [CODING]`: a study of 4,000 CT slices (2 GB) through the real path; peak resident memory of
 * sender, relay and receiver as the kernel counts it (VmHWM), wall time, and whether every byte arrived.
 */

const MEGABYTE = 1_000_000;

/** Peak resident set in bytes of a process and, for the relay, without its database. Linux only. */
function peakBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

function watchPeak(child: ChildProcess): () => number {
  let peak = 0;
  const look = (): void => {
    try {
      if (child.pid !== undefined) peak = Math.max(peak, peakBytes(child.pid));
    } catch {
      // The process has ended: the last value stands.
    }
  };
  const timer = setInterval(look, 20);
  child.once('exit', () => clearInterval(timer));
  return () => {
    look();
    return peak;
  };
}

async function measured(args: readonly string[]): Promise<{ ran: Ran; peak: number; seconds: number }> {
  const begin = performance.now();
  const running = start(args);
  const peak = watchPeak(running.child);
  const ran = await running.done;
  if (ran.code !== 0) throw new Error(`${args[0]} ended with ${ran.code}: ${ran.err}`);
  return { ran, peak: peak(), seconds: (performance.now() - begin) / 1000 };
}

const instances = Number(process.argv[2] ?? 4000);
const coding = process.argv[3] ?? 'auto';
const world = await createWorld();
try {
  const nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
  const sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
  const study = world.path('study');
  await writeFiles(study, ctStudy({ slices: instances }));
  const relayPeak = (): number => peakBytes(world.relayPid());
  const send = await measured(['send', '--keystore', nord.keystore, '--to', sued.address, '--coding', coding, study]);
  const sent = send.ran.lines.at(-1) ?? {};
  const out = world.path('out');
  const fetch = await measured(['fetch', String(sent['messageId']), '--keystore', sued.keystore, '--out', out]);
  const same = JSON.stringify(await digestsOf(study)) === JSON.stringify(await digestsOf(out, isPublished));
  const row = (name: string, peak: number, seconds: number | null): string =>
    `${name.padEnd(10)} ${(peak / MEGABYTE).toFixed(0).padStart(6)} MB ${seconds === null ? '' : `${seconds.toFixed(1).padStart(8)} s`}`;
  process.stdout.write(
    [
      `${instances} instances, ${(Number(sent['bytes']) / MEGABYTE).toFixed(0)} MB, ${(Number(sent['wireBytes']) / MEGABYTE).toFixed(0)} MB sent; peak resident memory and wall time`,
      row('sender', send.peak, send.seconds),
      row('relay', relayPeak(), null),
      row('receiver', fetch.peak, fetch.seconds),
      `first instance ${String(fetch.ran.lines.at(-1)?.['firstInstanceMs'])} ms after the fetch began to download`,
      same ? 'every file byte for byte' : 'FILES DIFFER',
      '',
    ].join('\n'),
  );
  if (!same) process.exitCode = 1;
} finally {
  await world.close();
}
