import type { FileId } from '../../../crypto/wire/ids.js';
import { UNIT_HEAD_BYTES } from '../coding/limits.js';
import { encodeUnitHead, type CodedUnit } from '../coding/unit.js';
import { throwIfAborted } from '../error.js';
import { CODEC_STORED, CODEC_UNITS } from '../package/digest-part.js';
import { createPackageWriter, storedRecords, type ManifestPart, type PackageWriter } from '../package/layout.js';
import { MAX_FILE_BODY_BYTES } from '../package/limits.js';
import { travelOrder, type KnownIds, type Plan, type PlanFile } from '../package/plan.js';
import type { ByteSource, CreateSha256, Sha256 } from '../ports.js';
import { codedFiles, type CodedFilesInput, type CodedItem } from './coded-files.js';
import { createSourceReader, type SourceReader } from './source-reader.js';

export type PackedChunk =
  /** Next bytes of the package; valid until the next chunk is asked for. `original`: bytes of files that end with them. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly original: number }
  /** Everything up to the end of this manifest part has been yielded: a tally may name it. */
  | ({ readonly kind: 'manifest' } & ManifestPart);

export interface PackInput {
  readonly plan: Plan;
  /** A source for every file of the plan, by its file id. */
  readonly sources: ReadonlyMap<FileId, ByteSource>;
  readonly createSha256: CreateSha256;
  readonly signal?: AbortSignal | undefined;
  /** Files that do not travel, and need no source. */
  readonly known?: KnownIds | undefined;
  /** Hears of each file when its last byte has been packed. */
  readonly onFile?: ((file: PlanFile, sha256: Uint8Array) => void) | undefined;
  /** How files are coded; all are stored without it. */
  readonly coding?: Pick<CodedFilesInput, 'coding' | 'gears' | 'meter'> | undefined;
}

/**
 * The package of a plan as a stream (docs/spec/payload.md §7): at most `packageBound(plan)` bytes, exactly
 * `packageLength(plan)` when nothing is coded, and the same ones for the same plan, sources and gears. Memory stays flat:
 * nothing is held but the sources' own chunks, what is being coded, and a record or manifest part.
 * @throws CoreError `plan-invalid`, `source-changed` (size differs, or reading fails), `coding-…`, `aborted`
 */
export async function* packPackage(input: PackInput): AsyncGenerator<PackedChunk, void, undefined> {
  const record = (bytes: Uint8Array): Uint8Array => digestOf(input.createSha256(), bytes);
  const writer = telling(createPackageWriter(input.plan, record, input.known), input.onFile);
  const reader = createSourceReader(input.sources, input.createSha256);
  const { bytes, part } = writer.plan();
  yield plain(bytes);
  yield { kind: 'manifest', ...part };
  let units: UnitRecord = emptyRecord();
  try {
    for await (const item of itemsOf(input)) {
      throwIfAborted(input.signal);
      if (item.kind === 'stored') yield* storedFile(writer, reader, item.file);
      else if (item.kind === 'unit') units = yield* addUnit(writer, units, item.file, await item.unit);
      else {
        yield* writeRecord(writer, item.file, units, true);
        yield* endFile(writer, item.file, { sha256: item.sha256, codec: CODEC_UNITS, meta: idsOf(units) });
        units = emptyRecord();
      }
    }
    const { bytes: trailer, padding } = writer.trailer();
    yield plain(trailer);
    yield* zeros(padding);
  } finally {
    await reader.close();
  }
}

function telling(writer: PackageWriter, onFile: PackInput['onFile']): PackageWriter {
  if (onFile === undefined) return writer;
  return {
    ...writer,
    endFile(file, end) {
      onFile(file, end.sha256);
      return writer.endFile(file, end);
    },
  };
}

function itemsOf({ coding, plan, ...input }: PackInput): AsyncIterable<CodedItem> {
  return coding === undefined ? allStored(plan, input.known) : codedFiles({ ...input, plan, ...coding });
}

async function* allStored(plan: Plan, known: KnownIds | undefined): AsyncGenerator<CodedItem, void, undefined> {
  for (const file of travelOrder(plan, known)) yield await Promise.resolve({ kind: 'stored', file });
}

function plain(bytes: Uint8Array, original = 0): PackedChunk {
  return { kind: 'bytes', bytes, original };
}

async function* storedFile(
  writer: PackageWriter,
  reader: SourceReader,
  file: PlanFile,
): AsyncGenerator<PackedChunk, void, undefined> {
  for (const { length, last } of storedRecords(file.size)) {
    yield plain(writer.record(file, CODEC_STORED, length, last));
    for await (const bytes of reader.read(file, length)) yield plain(bytes, bytes.length);
  }
  yield* endFile(writer, file, { sha256: await reader.end(), codec: CODEC_STORED, meta: null });
}

function* endFile(
  writer: PackageWriter,
  file: PlanFile,
  end: Parameters<PackageWriter['endFile']>[1],
): Generator<PackedChunk, void, undefined> {
  const manifest = writer.endFile(file, end);
  if (manifest === null) return;
  yield plain(manifest.bytes);
  yield { kind: 'manifest', ...manifest.part };
}

/** Units of one file that will be its next record, and which codings have occurred in the file. */
interface UnitRecord {
  readonly units: readonly CodedUnit[];
  readonly bytes: number;
  readonly ids: ReadonlySet<number>;
}

function emptyRecord(): UnitRecord {
  return { units: [], bytes: 0, ids: new Set() };
}

/** docs/spec/coding.md §2: a record has as many units as fit. */
function* addUnit(
  writer: PackageWriter,
  record: UnitRecord,
  file: PlanFile,
  unit: CodedUnit,
): Generator<PackedChunk, UnitRecord, undefined> {
  const length = UNIT_HEAD_BYTES + unit.coded.length;
  const ids = new Set([...record.ids, unit.id]);
  if (record.bytes + length <= MAX_FILE_BODY_BYTES) {
    return { units: [...record.units, unit], bytes: record.bytes + length, ids };
  }
  yield* writeRecord(writer, file, record, false);
  return { units: [unit], bytes: length, ids };
}

function* writeRecord(
  writer: PackageWriter,
  file: PlanFile,
  { units, bytes }: UnitRecord,
  last: boolean,
): Generator<PackedChunk, void, undefined> {
  yield plain(writer.record(file, CODEC_UNITS, bytes, last));
  for (const unit of units) {
    yield plain(encodeUnitHead({ ...unit, codedBytes: unit.coded.length }));
    yield plain(unit.coded, unit.originalBytes);
  }
}

function idsOf({ ids }: UnitRecord): number[] {
  return [...ids].sort((a, b) => a - b);
}

function digestOf(hash: Sha256, bytes: Uint8Array): Uint8Array {
  hash.update(bytes);
  return hash.digest();
}

const ZEROS = new Uint8Array(65_536);

function* zeros(length: number): Generator<PackedChunk, void, undefined> {
  for (let left = length; left > 0; left -= ZEROS.length) {
    yield plain(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
  }
}
