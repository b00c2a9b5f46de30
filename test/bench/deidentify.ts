import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EXPLICIT } from '../../client/core/dicom/element.js';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { element, head, meta } from '../support/dicom-bytes.js';
import { start } from '../support/cli.js';
import { writeFiles } from '../support/files.js';

/**
 * `npm run bench:deid -- [FILES] [GIGABYTES]`: CT slices of 0.5 MB through `bildbote deidentify` with the Basic Profile, against reading and hashing the
 * same files in one thread, start of the process included on both sides; then one multi-frame file of 2.5 GB (sparse) and its peak resident memory.
 * Beside the wall time stands the processor time of each process (Linux): it says the same on a machine that does other work, too.
 */

const root = mkdtempSync(join(tmpdir(), 'bildbote-bench-'));
const count = Number(process.argv[2] ?? 1000);
const gigabytes = Number(process.argv[3] ?? 2.5);

interface Took {
  readonly seconds: number;
  /** Of all threads; 0 where nobody counts it. */
  readonly cpuSeconds: number;
}

/** Of all processes that this one has started and that have ended: fields 16 and 17, in hundredths. */
function childrenCpuSeconds(): number {
  try {
    const [, rest = ''] = readFileSync('/proc/self/stat', 'utf8').split(') ');
    const fields = rest.split(' ');
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return 0;
  }
}

function readAndHash(folder: string): Took {
  const code =
    "const fs=require('fs'),p=require('path'),c=require('crypto');for(const f of fs.readdirSync(process.argv[1]))c.createHash('sha256').update(fs.readFileSync(p.join(process.argv[1],f))).digest()";
  const [begin, cpu] = [performance.now(), childrenCpuSeconds()];
  const ran = spawnSync(process.execPath, ['-e', code, folder]);
  if (ran.status !== 0) throw new Error(String(ran.stderr));
  return { seconds: (performance.now() - begin) / 1000, cpuSeconds: childrenCpuSeconds() - cpu };
}

async function deidentify(input: string, output: string): Promise<Took & { readonly peakBytes: number }> {
  const [begin, cpu] = [performance.now(), childrenCpuSeconds()];
  const { child, done } = start(['deidentify', input, output, '--profile', 'basic']);
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
    } catch {
      // The process has ended, or this is not Linux.
    }
  }, 20);
  const ran = await done;
  clearInterval(timer);
  if (ran.code !== 0) throw new Error(ran.err);
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, cpuSeconds: childrenCpuSeconds() - cpu, peakBytes: peak };
}

/** 512 × 512 × 16 bit, as many frames as it takes, all of them holes. */
async function writeSparse(path: string, bytes: number): Promise<void> {
  const frames = Math.floor(bytes / 524_288);
  const front = Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    meta('1.2.840.10008.1.2.1'),
    element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    element(0x00080018, 'UI', '1.2.3.4'),
    element(0x00080060, 'CS', 'CT'),
    element(0x00100010, 'PN', 'Muster^Erika'),
    element(0x0020000d, 'UI', '1.2.3'),
    element(0x0020000e, 'UI', '1.2.3.1'),
    element(0x00280002, 'US', 1),
    element(0x00280008, 'IS', String(frames)),
    element(0x00280010, 'US', 512),
    element(0x00280011, 'US', 512),
    element(0x00280100, 'US', 16),
    element(0x00280101, 'US', 12),
    element(0x00280102, 'US', 11),
    element(0x00280103, 'US', 0),
    head(0x7fe00010, 'OW', frames * 524_288, EXPLICIT),
  ]);
  const handle = await open(path, 'w');
  await handle.write(front);
  await handle.truncate(front.length + frames * 524_288);
  await handle.close();
}

try {
  const study = join(root, 'study');
  await mkdir(study);
  await writeFiles(study, ctStudy({ slices: count }));
  const folder = readdirSync(study).length === count ? study : resolve(study, readdirSync(study)[0] ?? '');
  const ratios: number[] = [];
  for (let round = 0; round < 3; round++) {
    const plain = readAndHash(folder);
    const ours = await deidentify(folder, join(root, `out-${round}`));
    ratios.push(plain.seconds / ours.seconds);
    process.stdout.write(
      `${count} files: read + sha256 ${(count / plain.seconds).toFixed(0)}/s (${plain.cpuSeconds.toFixed(2)} CPU s), ` +
        `de-identified ${(count / ours.seconds).toFixed(0)}/s (${ours.cpuSeconds.toFixed(2)} CPU s), ` +
        `ratio ${(plain.seconds / ours.seconds).toFixed(2)}, of CPU ${(plain.cpuSeconds / ours.cpuSeconds).toFixed(2)}, ` +
        `peak ${(ours.peakBytes / 1e6).toFixed(0)} MB\n`,
    );
    rmSync(join(root, `out-${round}`), { recursive: true });
  }
  process.stdout.write(`median ratio ${[...ratios].sort((a, b) => a - b)[1]?.toFixed(2)} (bar: 0.5)\n`);
  const large = join(root, 'large.dcm');
  await writeSparse(large, gigabytes * 1e9);
  const { seconds, peakBytes } = await deidentify(large, join(root, 'large-out.dcm'));
  process.stdout.write(
    `${gigabytes} GB: ${seconds.toFixed(1)} s, peak ${(peakBytes / 1e6).toFixed(0)} MB (bar: 150)\n`,
  );
} finally {
  rmSync(root, { recursive: true, force: true });
}
