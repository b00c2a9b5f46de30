import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../failure.js';
import { type Output } from '../output.js';
import { UsageError } from '../usage-error.js';
import { type Board, type Row, boardText, machineText, medianFigures, ratiosOf } from './board.js';
import { type Line, type LineOptions, openLine } from './ground/line.js';
import { measureTrip } from './ground/measure.js';
import { type BenchStudy, STUDIES, writeStudy } from './studies.js';
import { holdAgainst, readRatios } from './gate.js';
import { plotSvg } from './plot.js';
import { isMeasurable } from './ground/usage.js';
import { bildboteWay } from './ways/bildbote.js';
import { COPY_WAY } from './ways/copy.js';
import { DCMTK_WAY } from './ways/dcmtk.js';
import { MAIL_WAYS } from './ways/mail.js';
import { NGINX_WAYS } from './ways/nginx.js';
import { ORTHANC_WAY } from './ways/orthanc.js';
import { type Figures, type Ground, type OpenWay, type Way } from './ground/way.js';

/**
 * `bildbote bench`: made studies from a folder to a folder, by Bildbote and by what people use instead, side by side in one run, so that the
 * ratios hold whatever else the machine does. Every trip is checked byte for byte.
 */

export interface BenchOptions {
  readonly study: string;
  readonly ways: string;
  /** Megabits a second up, down, and milliseconds of round trip: `40/100/30`; `none`. */
  readonly line: string;
  readonly repeat: string;
  readonly out?: string;
  /** Where to draw the boards of the first try. */
  readonly plot?: string;
  /** A file of ratios: fails when one is more than 15 % worse. */
  readonly gate?: string;
}

const WAYS: readonly Way[] = [
  ...[
    bildboteWay('off'),
    bildboteWay('auto'),
    bildboteWay('again'),
    COPY_WAY,
    ...NGINX_WAYS,
    ...MAIL_WAYS,
    ORTHANC_WAY,
    DCMTK_WAY,
  ],
];

export async function runBench(options: BenchOptions, output: Output): Promise<void> {
  if (!isMeasurable()) throw new CliError('bench-unmeasurable');
  const plan = parsePlan(options);
  const folder = await mkdtemp(join(tmpdir(), 'bildbote-bench-'));
  try {
    const stored = options.gate === undefined ? {} : await readRatios(options.gate);
    const first: Record<string, number> = {};
    const drawn: Board[] = [];
    const worse = await holdAgainst(stored, async (cases) => {
      const boards = await measure(folder, plan, cases, output);
      if (drawn.length === 0) drawn.push(...boards);
      const ratios = ratiosOf(boards);
      for (const [name, ratio] of Object.entries(ratios)) first[name] ??= ratio;
      return ratios;
    });
    output.result({ type: 'benched', machine: machineText(), ratios: first }, machineText());
    if (options.out !== undefined) await writeFile(options.out, `${JSON.stringify(first, null, 2)}\n`);
    if (options.plot !== undefined) await writeFile(options.plot, plotSvg(drawn, machineText()));
    if (worse.length === 0) return;
    const list = worse.map((one) => `${one.name}: ${one.ratio.toFixed(3)} instead of ${one.stored.toFixed(3)}`);
    throw new CliError('bench-worse', list.join('; '));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param cases null: all; else only studies that one of them is about */
async function measure(
  folder: string,
  plan: BenchPlan,
  cases: ReadonlySet<string> | null,
  output: Output,
): Promise<Board[]> {
  const boards: Board[] = [];
  const isAsked = ({ title }: BenchStudy): boolean =>
    cases === null || [...cases].some((name) => name.startsWith(`${title}, `));
  for (const study of plan.studies.filter(isAsked)) {
    const board = await benchStudy(folder, study, plan, output);
    boards.push(board);
    output.result({ type: 'board', ...board }, boardText(board));
  }
  return boards;
}

interface BenchPlan {
  readonly studies: readonly BenchStudy[];
  readonly ways: readonly Way[];
  readonly line: LineOptions | null;
  readonly repeat: number;
}

function parsePlan({ study, ways, line, repeat }: BenchOptions): BenchPlan {
  const times = Number(repeat);
  if (!Number.isInteger(times) || times < 1 || times > 99) throw new UsageError('--repeat: from 1 to 99');
  return {
    studies: chosen('--study', STUDIES, study),
    ways: ways === 'all' ? WAYS : chosen('--ways', WAYS, ways),
    line: parseLine(line),
    repeat: times,
  };
}

function chosen<T extends { readonly name: string }>(option: string, all: readonly T[], text: string): readonly T[] {
  return text.split(',').map((name) => {
    const found = all.find((one) => one.name === name);
    if (found === undefined) throw new UsageError(`${option}: ${all.map((one) => one.name).join(', ')}`);
    return found;
  });
}

function parseLine(text: string): LineOptions | null {
  if (text === 'none') return null;
  const match = /^(\d{1,5})\/(\d{1,5})\/(\d{1,4})$/.exec(text);
  if (match === null) throw new UsageError('--line: none, or UP/DOWN/ROUNDTRIP like 40/100/30');
  const [up = 0, down = 0, roundTripMs = 0] = match.slice(1).map(Number);
  return { upBitsPerS: up * 1e6, downBitsPerS: down * 1e6, roundTripMs };
}

async function benchStudy(root: string, study: BenchStudy, plan: BenchPlan, output: Output): Promise<Board> {
  const source = join(root, study.name);
  const { bytes, smallest } = await writeStudy(study, source);
  const expected = await digestsOf(source);
  const missing: string[] = [];
  const open: { way: Way; opened: OpenWay; lines: Line[]; figures: Figures[] }[] = [];
  try {
    for (const way of plan.ways) {
      const program = await way.missing();
      if (program !== null) {
        missing.push(`${way.title} (no ${program})`);
        continue;
      }
      const lines: Line[] = [];
      const ground = await groundOf(join(root, `${study.name}-${way.name}`), plan.line, lines);
      const opened = await way.open(ground);
      open.push({ way, opened, lines, figures: [] });
      await opened.prepare?.(source);
    }
    for (let round = 0; round < plan.repeat; round++) {
      for (const { way, opened, lines, figures } of open) {
        const out = join(root, 'out');
        const before = upBytes(lines);
        const measured = await measureTrip(opened, { study: source, out }, smallest);
        const wireBytes = measured.wireBytes ?? (lines.length === 0 ? null : upBytes(lines) - before);
        await assertArrived(way, expected, out);
        await empty(out);
        figures.push({ ...measured, wireBytes });
        output.note(`${study.name} ${way.name}: ${measured.wallS.toFixed(2)} s`);
      }
    }
  } finally {
    for (const { opened, lines } of open) {
      await opened[Symbol.asyncDispose]();
      for (const line of lines) await line[Symbol.asyncDispose]();
    }
  }
  const rows: Row[] = open.map(({ way, figures }) => {
    const { name, title, isSealed } = way;
    return { way: { name, title, isSealed }, figures: medianFigures(figures), trips: figures.length };
  });
  return { study: study.title, line: lineText(plan.line), bytes, rows, missing };
}

async function assertArrived(way: Way, expected: readonly string[], out: string): Promise<void> {
  const found = await digestsOf(out);
  const isSame = way.keepsBytes ? found.join() === expected.join() : found.length === expected.length;
  if (!isSame) throw new CliError('bench-failed', `${way.title}: files differ`);
}

async function groundOf(folder: string, options: LineOptions | null, lines: Line[]): Promise<Ground> {
  await mkdir(folder, { recursive: true });
  return {
    folder,
    async line(port) {
      if (options === null) return port;
      const line = await openLine(port, options);
      lines.push(line);
      return line.port;
    },
  };
}

function upBytes(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.upBytes(), 0);
}

function lineText(line: LineOptions | null): string {
  if (line === null) return 'loopback';
  return `${line.upBitsPerS / 1e6} Mbit/s up, ${line.downBitsPerS / 1e6} down, ${line.roundTripMs} ms`;
}

/** The contents of a folder without their names: the digests of all instances, in order. */
async function digestsOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(await realpath(folder), { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || entry.name === 'manifest.json') continue;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(entry.parentPath, entry.name))) hash.update(chunk as Buffer);
    found.push(hash.digest('hex'));
  }
  return found.sort();
}

/** A folder that something else leads to stays, and only what it holds goes. */
async function empty(folder: string): Promise<void> {
  const real = await realpath(folder);
  for (const name of await readdir(real)) await rm(join(real, name), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}
