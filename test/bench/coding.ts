import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { ctStudy, mrStudy } from '../../client/cli/demo/phantom.js';
import type { Coding } from '../../client/core/coding/coding.js';
import { locatePixels, type PixelPlace } from '../../client/core/dicom/pixel-place.js';
import type { ByteSource } from '../../client/core/ports.js';
import { packPackage } from '../../client/core/send/pack.js';
import { codingIn, compiledThreads, nodeCodecs, planOf, sourceDigests, unpackedDigests } from '../support/coding.js';
import { corpusFiles, readCorpusFile, type CorpusFile } from '../support/corpus.js';
import { memorySource } from '../support/memory-source.js';
import { nodeSha256 } from '../support/node-sha256.js';
import { STUDIES, writeStudy } from '../../client/cli/bench/studies.js';
import { withFolder } from '../support/folder.js';

/**
 * `npm run bench:coding`: sets of files through coding and back. Ratio of whole files, beside deflate alone and JPEG-LS at 16
 * bits of whole frames; throughput with the sender's check, in wall time and per CPU second; and whether every byte came back. Then a CT study from
 * disk in a process of its own: throughput, and its peak of memory. Ends with 1 where a byte is another one, or a set comes to less than JPEG-LS alone.
 */

interface FileSet {
  readonly name: string;
  readonly files: readonly ByteSource[];
}

const MEGABYTE = 1_000_000;

const fromCorpus = (fits: (file: CorpusFile) => boolean): ByteSource[] =>
  (corpusFiles() ?? []).filter(fits).map((file) => memorySource(file.path, readCorpusFile(file), 1 << 20));

function made(files: Iterable<{ readonly name: string; readonly bytes: Uint8Array }>): ByteSource[] {
  return [...files].map(({ name, bytes }) => memorySource(name, bytes, 1 << 20));
}

const NATIVE = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2']);

/** Uncompressed images of a modality that no set above has. */
const native = (...modalities: readonly string[]): ByteSource[] =>
  fromCorpus(
    ({ collection, modality, transferSyntaxUid }) =>
      modalities.includes(modality) &&
      NATIVE.has(transferSyntaxUid) &&
      !['dcm_qa_ct', 'mr-structural', 'malformed'].includes(collection),
  );

const SETS: readonly (() => FileSet)[] = [
  () => ({ name: 'CT head GE', files: fromCorpus(({ path }) => path.includes('dcm_qa_ct/In/GE')) }),
  () => ({ name: 'CT phantom Philips', files: fromCorpus(({ path }) => path.includes('dcm_qa_ct/In/Philips')) }),
  () => ({ name: 'CT, others', files: native('CT') }),
  () => ({ name: 'MR T1 defaced', files: fromCorpus(({ collection }) => collection === 'mr-structural') }),
  () => ({ name: 'MR, others', files: native('MR') }),
  () => ({ name: 'CR and DX', files: native('CR', 'DX') }),
  () => ({ name: 'NM', files: native('NM') }),
  () => ({ name: 'US', files: native('US') }),
  () => ({ name: 'photographs, slides', files: native('OP', 'SM', 'XC', 'OT') }),
  () => ({ name: 'transfer syntaxes', files: fromCorpus(({ collection }) => collection === 'made-ts') }),
  () => ({ name: 'pydicom (all kinds)', files: fromCorpus(({ collection }) => /^pydicom|pylibjpeg/.test(collection)) }),
  () => ({ name: 'malformed', files: fromCorpus(({ collection }) => collection === 'malformed') }),
  () => ({ name: 'made: CT 512², 100', files: made(ctStudy({ slices: 100 })) }),
  () => ({ name: 'made: MR 256², 48', files: made(mrStudy({ slices: 48 })) }),
  ...['cr', 'mg'].map((name) => () => ({ name: `made: ${name.toUpperCase()}`, files: made(studyFiles(name)) })),
];

function studyFiles(name: string): Iterable<{ readonly name: string; readonly bytes: Uint8Array }> {
  return STUDIES.find((study) => study.name === name)?.files() ?? [];
}

interface Figures {
  readonly ratio: number;
  readonly wallMBs: number;
  readonly cpuMBs: number;
  readonly backMBs: number;
  readonly isSame: boolean;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function measure({ files }: FileSet, gear: 'fast' | 'small', coding: Coding): Promise<Figures> {
  const { plan, sources } = await planOf(files);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const pieces: Uint8Array[] = [];
  let coded = 0;
  const [wallBegin, cpuBegin] = [performance.now(), cpuSeconds()];
  for await (const chunk of packPackage({ plan, sources, createSha256: nodeSha256, coding: codingIn(gear, coding) })) {
    if (chunk.kind === 'bytes') pieces.push(chunk.bytes.slice());
    else coded += chunk.entries.reduce((sum, { codedLength }) => sum + codedLength, 0);
  }
  const [wall, cpu] = [(performance.now() - wallBegin) / 1000, cpuSeconds() - cpuBegin];
  const backBegin = performance.now();
  const digests = await unpackedDigests(segments(pieces), coding);
  const back = (performance.now() - backBegin) / 1000;
  const expected = await sourceDigests(plan, sources);
  const isSame = digests.size === expected.size && [...expected].every(([id, digest]) => digests.get(id) === digest);
  const rate = (seconds: number): number => bytes / MEGABYTE / seconds;
  return { ratio: bytes / coded, wallMBs: rate(wall), cpuMBs: rate(cpu), backMBs: rate(back), isSame };
}

/** As they are opened: 256 KiB at a time. */
async function* segments(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const all = Buffer.concat(pieces);
  for (let at = 0; at < all.length; at += 262_112) yield await Promise.resolve(all.subarray(at, at + 262_112));
}

/** What JPEG-LS alone comes to: 16 bits a sample, signed ones shifted, a frame as one image; the rest deflated. */
async function jpegLsRatio({ files }: FileSet): Promise<number> {
  let bytes = 0;
  let coded = 0;
  for (const source of files) {
    const all = Uint8Array.from(await source.read(0, source.size));
    const place = await locatePixels(source);
    bytes += all.length;
    coded += Math.min(all.length, (await jpegLsBytes(all, place)) ?? deflateRawSync(all).length);
  }
  return bytes / coded;
}

async function jpegLsBytes(all: Uint8Array<ArrayBuffer>, place: PixelPlace | null): Promise<number | null> {
  const native = place?.native ?? null;
  if (place === null || native === null || native.samplesPerPixel !== 1 || !native.littleEndian) return null;
  const { rows, columns, frames, bitsAllocated, isSigned } = native;
  if (bitsAllocated !== 16 && bitsAllocated !== 8) return null;
  const frameBytes = (rows * columns * bitsAllocated) / 8;
  let coded = 0;
  for (let frame = 0; frame < frames; frame++) {
    const at = place.offset + frame * frameBytes;
    const samples = all.slice(at, at + frameBytes);
    if (isSigned && bitsAllocated === 16)
      for (let i = 1; i < samples.length; i += 2) samples[i] = (samples[i] ?? 0) ^ 0x80;
    const size = { width: columns, height: rows, precision: bitsAllocated };
    coded += (await nodeCodecs.jpegLs?.encode(samples, size).catch(() => samples))?.length ?? 0;
  }
  const rest = Buffer.concat([all.subarray(0, place.offset), all.subarray(place.offset + frames * frameBytes)]);
  return coded + deflateRawSync(rest).length;
}

function deflateRatio({ files }: FileSet, all: readonly Uint8Array[]): number {
  const coded = all.reduce((sum, bytes) => sum + Math.min(bytes.length, deflateRawSync(bytes).length), 0);
  return files.reduce((sum, { size }) => sum + size, 0) / coded;
}

const coding = compiledThreads();
if (coding === null) throw new Error('run `npx tsc -b` first');
const header = [
  '',
  'MB',
  'deflate',
  'JPEG-LS',
  'gear',
  'ratio',
  'MB/s',
  'per CPU s',
  'back MB/s',
  'same',
  'to JPEG-LS',
];
const line = (cells: readonly string[]): void =>
  void process.stdout.write(`${cells.map((cell, i) => (i === 0 ? cell.padEnd(22) : cell.padStart(10))).join('')}\n`);
line(header);
/** A frame of more than 2 MiB is coded in strips, each of which learns anew: half a per cent on average. More is a fault. */
const LEAST = 0.99;
for (const set of SETS.map((make) => make()).filter(({ files }) => files.length > 0)) {
  const all = await Promise.all(set.files.map((source) => source.read(0, source.size)));
  const bytes = set.files.reduce((sum, { size }) => sum + size, 0);
  const jpegLs = await jpegLsRatio(set);
  const known = [set.name, (bytes / MEGABYTE).toFixed(1), deflateRatio(set, all).toFixed(2), jpegLs.toFixed(2)];
  for (const gear of ['small', 'fast'] as const) {
    await measure(set, gear, coding);
    const { ratio, wallMBs, cpuMBs, backMBs, isSame } = await measure(set, gear, coding);
    const isEnough = gear === 'fast' || ratio >= LEAST * jpegLs;
    const rates = [wallMBs, cpuMBs, backMBs].map((rate) => rate.toFixed(0));
    const more = gear === 'fast' ? '' : `${(100 * (ratio / jpegLs - 1)).toFixed(1)} %`;
    line([
      ...(gear === 'small' ? known : ['', '', '', '']),
      gear,
      ratio.toFixed(2),
      ...rates,
      isSame ? 'yes' : 'NO',
      more,
    ]);
    if (!isSame || !isEnough) process.exitCode = 1;
  }
}
await coding[Symbol.asyncDispose]();

interface FromDisk {
  readonly bytes: number;
  readonly coded: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** As a sender does it: files from disk, read, coded, checked and packed; what comes out is let go. */
await withFolder(async (folder) => {
  const study = STUDIES.find(({ name }) => name === (process.argv[2] ?? 'ct200'));
  if (study === undefined) throw new Error('no such study');
  await writeStudy(study, folder);
  const child = new URL('coding-child.mjs', import.meta.url);
  for (const gear of ['small', 'fast']) {
    const ran = spawnSync(process.execPath, [fileURLToPath(child), folder, gear], { encoding: 'utf8' });
    if (ran.status !== 0) throw new Error(ran.stderr);
    const { bytes, coded, seconds, cpuSeconds, peakBytes } = JSON.parse(ran.stdout) as FromDisk;
    process.stdout.write(
      `${study.title}, from disk, ${gear}: ratio ${(bytes / coded).toFixed(2)}, ${(bytes / MEGABYTE / seconds).toFixed(0)} MB/s (bar: 100), ` +
        `${(bytes / MEGABYTE / cpuSeconds).toFixed(0)} MB per CPU s, peak ${(peakBytes / MEGABYTE).toFixed(0)} MB (bar: 250)\n`,
    );
  }
});
