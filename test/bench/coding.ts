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
import { detectorFile } from '../../client/cli/bench/studies.js';

const CR = { modality: 'CR', sopClass: '1.2.840.10008.5.1.4.1.1.1' };

/**
 * `npm run bench:coding`: sets of files through coding and back. Ratio of whole files, beside deflate alone and JPEG-LS at 16
 * bits of whole frames; throughput with the sender's check, in wall time and per CPU second; and whether every byte came back.
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

const SETS: readonly (() => FileSet)[] = [
  () => ({ name: 'CT head GE', files: fromCorpus(({ path }) => path.includes('dcm_qa_ct/In/GE')) }),
  () => ({ name: 'CT phantom Philips', files: fromCorpus(({ path }) => path.includes('dcm_qa_ct/In/Philips')) }),
  () => ({ name: 'MR T1 defaced', files: fromCorpus(({ collection }) => collection === 'mr-structural') }),
  () => ({ name: 'transfer syntaxes', files: fromCorpus(({ collection }) => collection === 'made-ts') }),
  () => ({ name: 'pydicom (all kinds)', files: fromCorpus(({ collection }) => /^pydicom|pylibjpeg/.test(collection)) }),
  () => ({ name: 'cornerstone3D', files: fromCorpus(({ collection }) => collection === 'cornerstone3D') }),
  () => ({ name: 'malformed', files: fromCorpus(({ collection }) => collection === 'malformed') }),
  () => ({ name: 'made: CT 512², 100', files: made(ctStudy({ slices: 100 })) }),
  () => ({ name: 'made: MR 256², 48', files: made(mrStudy({ slices: 48 })) }),
  () => ({
    name: 'made: CR 3000 × 2400',
    files: made([detectorFile('cr', 0, { rows: 3000, columns: 2400, bits: 12, ...CR })]),
  }),
  () => ({
    name: 'made: MG 4096 × 3328',
    files: made([detectorFile('mg', 0, { rows: 4096, columns: 3328, bits: 14, ...CR })]),
  }),
];

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
const header = ['', 'MB', 'deflate', 'JPEG-LS', 'gear', 'ratio', 'MB/s', 'per CPU s', 'back MB/s', 'same'];
const line = (cells: readonly string[]): void =>
  void process.stdout.write(`${cells.map((cell, i) => (i === 0 ? cell.padEnd(22) : cell.padStart(10))).join('')}\n`);
line(header);
for (const set of SETS.map((make) => make()).filter(({ files }) => files.length > 0)) {
  const all = await Promise.all(set.files.map((source) => source.read(0, source.size)));
  const bytes = set.files.reduce((sum, { size }) => sum + size, 0);
  const known = [
    set.name,
    (bytes / MEGABYTE).toFixed(1),
    deflateRatio(set, all).toFixed(2),
    (await jpegLsRatio(set)).toFixed(2),
  ];
  for (const gear of ['small', 'fast'] as const) {
    await measure(set, gear, coding);
    const { ratio, wallMBs, cpuMBs, backMBs, isSame } = await measure(set, gear, coding);
    const figures = [
      ratio.toFixed(2),
      wallMBs.toFixed(0),
      cpuMBs.toFixed(0),
      backMBs.toFixed(0),
      isSame ? 'yes' : 'NO',
    ];
    line([...(gear === 'small' ? known : ['', '', '', '']), gear, ...figures]);
    if (!isSame) process.exitCode = 1;
  }
}
await coding[Symbol.asyncDispose]();
