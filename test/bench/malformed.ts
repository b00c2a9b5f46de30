import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { concatBytes } from '../../crypto/wire/bytes.js';
import { CORPUS_FOLDER, corpusFiles, readCorpusFile } from '../support/corpus.js';
import { dataSet, file, head, UNDEFINED } from '../support/dicom-bytes.js';
import { directoryBytes } from '../support/directory-bytes.js';
import { isoBytes } from '../support/iso-bytes.js';
import { instanceBytes } from '../support/collecting.js';
import { zipBytes, type ZipEntryChoices } from '../support/zip-bytes.js';

/**
 * `npm run campaign:malformed -- [MUTATIONS]`: every malformed file of the corpus, the attacks on archives and media, and seeded
 * mutations of whole files, each in a process of its own. What it took: the clock, the processors' time (judged by, as it does not depend on who works beside), that of
 * reading the header by name, and the kernel's peak memory (VmHWM). Linux.
 */

const MOST_MS = 1000;
const MOST_BYTES = 300e6;
const TIMEOUT_MS = 30_000;
const child = resolve(import.meta.dirname, 'malformed-child.mjs');

interface Outcome {
  readonly ms: number;
  readonly cpuMs: number;
  readonly headerMs: number;
  readonly peakBytes: number;
  readonly instances: number;
  readonly reasons: Readonly<Record<string, number>>;
}

function attacks(): Map<string, Uint8Array> {
  const good: ZipEntryChoices = { name: 'good.dcm', content: instanceBytes(99) };
  const zeros = (megabytes: number): Uint8Array => new Uint8Array(megabytes * 1024 * 1024);
  const many = (count: number): ZipEntryChoices[] =>
    Array.from({ length: count }, (_, i) => ({ name: `${i}`, method: 0 }));
  let deep = zipBytes({ entries: [good] });
  for (let depth = 0; depth < 20; depth++) deep = zipBytes({ entries: [{ name: 'i.zip', content: deep }, good] });
  const open = concatBytes(head(0x00081115, 'SQ', UNDEFINED), head(0xfffee000, '', UNDEFINED));
  return new Map([
    ['bomb-1029.zip', zipBytes({ entries: [{ name: 'bomb', content: zeros(500) }, good] })],
    ['bomb-forged.zip', zipBytes({ entries: [{ name: 'bomb', content: zeros(500), size: 1000 }, good] })],
    [
      'bomb-many.zip',
      zipBytes({ entries: [...Array.from({ length: 20 }, (_, i) => ({ name: `${i}`, content: zeros(15) })), good] }),
    ],
    [
      'bomb-nested.zip',
      zipBytes({
        entries: [{ name: 'i.zip', content: zipBytes({ entries: [{ name: 'b', content: zeros(200) }, good] }) }],
      }),
    ],
    ['deep.zip', deep],
    ['overlap.zip', zipBytes({ entries: [good, { ...good, name: 'b', sharedWith: 0 }] })],
    ['slip.zip', zipBytes({ entries: [{ ...good, name: '../../x' }, good] })],
    ['encrypted.zip', zipBytes({ entries: [{ ...good, name: 'x', flags: 1 }, good] })],
    ['entries-10000.zip', zipBytes({ entries: many(10_000) })],
    ['wide.zip', zipBytes({ entries: [{ ...good, wide: true }], wide: true })],
    ['loop.iso', isoBytes({ D: {}, 'A.;1': instanceBytes(1) }, { loop: true })],
    ['cut.iso', isoBytes({ 'A.;1': instanceBytes(1) }, { longer: 2 ** 30 })],
    ['deep-open-10000.dcm', file({ extra: [concatBytes(...Array.from({ length: 10_000 }, () => open))] })],
    ['DICOMDIR', directoryBytes(['..\\..\\ETC\\PASSWD', 'C:\\X', 'A\\B', '\\\\HOST\\X'])],
  ]);
}

/** Deterministic: the same number makes the same file. */
function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  const out = bytes.slice();
  let state = seed * 2_654_435_761;
  const next = (limit: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 1) >>> 0;
    return state % limit;
  };
  for (let i = 0; i < 1 + (seed % 12); i++) out[next(out.length)] = next(256);
  return seed % 5 === 0 ? out.subarray(0, next(out.length)) : out;
}

function mutations(count: number): Map<string, Uint8Array> {
  const seeds: readonly (readonly [string, Uint8Array])[] = [
    ['dcm', file()],
    [
      'zip',
      zipBytes({
        entries: [
          { name: 'a', content: file({}, dataSet()) },
          { name: 'b', content: instanceBytes(1), method: 0 },
        ],
        wide: true,
      }),
    ],
    ['iso', isoBytes({ D: { 'A.;1': instanceBytes(1) } }, { joliet: true })],
    ['dir', directoryBytes(['A\\B', 'C\\D'], { open: true })],
  ];
  const pick = (i: number): readonly [string, Uint8Array] => seeds[i % seeds.length] ?? ['dcm', file()];
  return new Map(
    Array.from({ length: count }, (_, i) => [`mutation-${i}.${pick(i)[0]}`, mutated(pick(i)[1], i + 1)] as const),
  );
}

function measure(path: string): Outcome | string {
  const ran = spawnSync(process.execPath, [child, path], { encoding: 'utf8', timeout: TIMEOUT_MS });
  return ran.status === 0
    ? (JSON.parse(ran.stdout) as Outcome)
    : `ended with ${ran.status ?? ran.signal}: ${ran.stderr.slice(0, 300)}`;
}

const folder = await mkdtemp(join(tmpdir(), 'bildbote-malformed-'));
let [files, failed, slowest, largest] = [0, 0, 0, 0];
try {
  const corpus = (corpusFiles() ?? []).filter(({ collection }) => collection === 'malformed');
  const generated = new Map([...attacks(), ...mutations(Number(process.argv[2] ?? 40))]);
  for (const [name, bytes] of generated) await writeFile(join(folder, name), bytes);
  const paths = [
    ...corpus.map(({ path }) => join(CORPUS_FOLDER, path)),
    ...[...generated.keys()].map((name) => join(folder, name)),
  ];
  // Read once, so that the disk is not what is measured.
  for (const one of corpus) readCorpusFile(one);
  for (const path of paths) {
    const outcome = measure(path);
    files += 1;
    if (typeof outcome === 'string') {
      failed += 1;
      process.stdout.write(`${basename(path).padEnd(32)} ${outcome}\n`);
      continue;
    }
    const { ms, cpuMs, headerMs, peakBytes, instances, reasons } = outcome;
    const isOver = Math.max(cpuMs, headerMs) > MOST_MS || peakBytes > MOST_BYTES;
    if (isOver) failed += 1;
    slowest = Math.max(slowest, cpuMs, headerMs);
    largest = Math.max(largest, peakBytes);
    const told = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
    const figures = `${ms.toFixed(0).padStart(5)} ms ${cpuMs.toFixed(0).padStart(5)} ms ${headerMs.toFixed(0).padStart(5)} ms ${(peakBytes / 1e6).toFixed(0).padStart(4)} MB`;
    process.stdout.write(
      `${basename(path).padEnd(32)} ${figures}  ${[`instances ${instances}`, ...told].join(', ')}${isOver ? '  OVER' : ''}\n`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(
  `${files} files, ${failed} failed; slowest ${slowest.toFixed(0)} ms, most memory ${(largest / 1e6).toFixed(0)} MB\n`,
);
if (failed > 0) process.exitCode = 1;
