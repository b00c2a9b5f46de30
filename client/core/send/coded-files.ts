import type { FileId } from '../../../crypto/wire/ids.js';
import { MAX_CODED_FILE_BYTES, MAX_UNIT_BYTES } from '../coding/limits.js';
import type { Coding } from '../coding/coding.js';
import type { CodedTask, Way } from '../coding/task.js';
import type { CodedUnit } from '../coding/unit.js';
import { locatePixels } from '../dicom/pixel-place.js';
import { throwIfAborted } from '../error.js';
import { travelOrder, type KnownIds, type Plan, type PlanFile } from '../package/plan.js';
import type { ByteSource, CreateSha256 } from '../ports.js';
import { readAhead } from './concurrency.js';
import { cutFile, type Piece } from './cut-units.js';
import type { Gear } from './gear.js';
import type { GearPlan } from './gear-plan.js';
import type { GearMeter } from './gear-meter.js';
import { createSourceReader, type SourceReader } from './source-reader.js';
import { createWays, waysOf, type WayChoice, type Ways } from './ways.js';

type CodingGear = Exclude<Gear, 'stored'>;

/** The files of a plan in the order of travel, those to be coded in units that workers are already at. */
export type CodedItem =
  | { readonly kind: 'stored'; readonly file: PlanFile }
  | { readonly kind: 'unit'; readonly file: PlanFile; readonly unit: Promise<CodedUnit>; readonly bytes: number }
  /** All units of the file have come. */
  | { readonly kind: 'end'; readonly file: PlanFile; readonly sha256: Uint8Array };

export interface CodedFilesInput {
  readonly plan: Plan;
  readonly sources: ReadonlyMap<FileId, ByteSource>;
  readonly createSha256: CreateSha256;
  readonly coding: Coding;
  readonly gears: GearPlan;
  readonly meter: GearMeter;
  readonly signal?: AbortSignal | undefined;
  /** Files that do not travel. */
  readonly known?: KnownIds | undefined;
}

/** Original bytes read ahead of the package: enough to keep the workers busy, and the bound on memory. */
function aheadBytes({ coding }: CodedFilesInput): number {
  return MAX_UNIT_BYTES * Math.max(2, coding.atOnce);
}

/** @throws CoreError `source-changed`, `coding-changed`, `coding-failed`, `aborted` */
export function codedFiles(input: CodedFilesInput): AsyncGenerator<CodedItem, void, undefined> {
  return readAhead(items(input), aheadBytes(input), weightOf);
}

function weightOf(item: CodedItem): number {
  switch (item.kind) {
    case 'stored':
      return item.file.size;
    case 'unit':
      return item.bytes;
    case 'end':
      return 0;
  }
}

interface Run extends CodedFilesInput {
  readonly reader: SourceReader;
  readonly ways: Ways;
  readonly seriesOf: ReadonlyMap<FileId, string>;
}

async function* items(input: CodedFilesInput): AsyncGenerator<CodedItem, void, undefined> {
  const reader = createSourceReader(input.sources, input.createSha256);
  const run: Run = { ...input, reader, ways: createWays(), seriesOf: seriesByFile(input.plan) };
  try {
    for (const [index, file] of travelOrder(input.plan, input.known).entries()) {
      throwIfAborted(input.signal);
      const gear = await input.gears.of(index);
      if (gear === 'stored' || file.size === 0 || file.size > MAX_CODED_FILE_BYTES) yield { kind: 'stored', file };
      else yield* codeFile(run, file, gear);
    }
  } finally {
    await reader.close();
  }
}

function seriesByFile({ studies }: Plan): Map<FileId, string> {
  const series = studies.flatMap((study) => study.series);
  return new Map(
    series.flatMap(({ instances }, index) => instances.map(({ fileId }) => [fileId, `${index}`] as const)),
  );
}

async function* codeFile(run: Run, file: PlanFile, gear: CodingGear): AsyncGenerator<CodedItem, void, undefined> {
  const { reader } = run;
  const place = file.kind === 'instance' ? await locatePixels(await reader.peek(file)) : null;
  let at = 0;
  for (const piece of cutFile(file.size, place)) {
    throwIfAborted(run.signal);
    const bytes = run.coding.memory(piece.bytes);
    await fill(bytes, reader, file);
    const isHead = at < (place?.offset ?? 0);
    at += piece.bytes;
    const kind = isHead ? null : `${gear} ${kindOf(run, file, piece)}`;
    const choice = kind === null ? DEFLATED_HEAD : await run.ways.next(kind, amongOf(piece, gear));
    const task = run.coding.code({ bytes, shape: null, sign: 'unsigned', ...piece.samples, ...choice });
    if (kind !== null) run.ways.learn(kind, task);
    yield { kind: 'unit', file, unit: measured(run, gear, piece, choice, task), bytes: piece.bytes };
  }
  yield { kind: 'end', file, sha256: await reader.end() };
}

async function fill(bytes: Uint8Array<ArrayBuffer>, reader: SourceReader, file: PlanFile): Promise<void> {
  let at = 0;
  for await (const chunk of reader.read(file, bytes.length)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
}

/** Before the pixels there is text and there are numbers: always worth it, and too short to try anything. */
const DEFLATED_HEAD: WayChoice = { ways: ['deflated'], effort: 'first' };

function amongOf({ samples }: Piece, gear: CodingGear): readonly Way[] {
  return samples === null ? ['deflated'] : waysOf(gear);
}

/** Units that look alike: of one series and one shape. A document is a kind of its own. */
function kindOf({ seriesOf }: Run, file: PlanFile, { samples }: Piece): string {
  if (samples !== null) return JSON.stringify([seriesOf.get(file.fileId), samples]);
  const group = file.kind === 'instance' ? [seriesOf.get(file.fileId), file.transferSyntaxUid] : [file.fileId];
  return JSON.stringify(group);
}

function measured(
  { meter }: Run,
  gear: CodingGear,
  { samples }: Piece,
  { effort }: WayChoice,
  task: Promise<CodedTask>,
): Promise<CodedUnit> {
  const unit = task.then((coded) => {
    if (effort === 'first' && samples !== null) meter.add(gear, coded);
    return coded.unit;
  });
  // It is awaited later; until then its failure must not count as unhandled.
  unit.catch(() => undefined);
  return unit;
}
