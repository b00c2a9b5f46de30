import { equalBytes } from '../../../crypto/wire/bytes.js';
import { CoreError } from '../error.js';
import type { Codecs, FrameSize, ScratchUse } from './codecs.js';
import { MAX_SIDE } from './limits.js';
import { bytesOf, fromPlanes, planesIn, rangeOf, toPlanes, type Planes } from './planes.js';
import { predict, unpredict } from './predict.js';
import { DEFLATED, JPEG_LS, PREDICTED, STORED, rowsOf, type CodedUnit, type SampleShape } from './unit.js';

/**
 * A way to make a unit. PREDICTED has two: what deflate finds in the differences of most images are runs, which is several
 * times as fast; in drawn ones, as of ultrasound, it finds more.
 */
export type Way = 'jpeg-ls' | 'predicted' | 'predicted-runs' | 'deflated';

/** Bytes of a file to be coded as one unit. */
export interface CodeTask {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A guess from the header that nothing but the ratio depends on; null where the bytes are no samples. */
  readonly shape: SampleShape | null;
  readonly sign: 'signed' | 'unsigned';
  /** Tried in this order; the first that gets shorter and comes back the same is taken. Stored when none does. */
  readonly ways: readonly Way[];
  /** `all`: every way is tried, and the shortest result taken. */
  readonly effort: 'first' | 'all';
}

export interface CodedTask {
  readonly unit: CodedUnit;
  /** What each way came to, of those that were shorter; only after `all`. */
  readonly sizes: readonly (readonly [Way, number])[];
  /** How long it took, check included. */
  readonly ms: number;
}

/**
 * Codes bytes, decodes the result and compares before it counts (docs/spec/coding.md §7). The same task gives the same unit
 * wherever the same codecs run. @returns a unit whose `coded` may be `task.bytes` itself
 */
export async function codeUnit(task: CodeTask, codecs: Codecs): Promise<CodedTask> {
  const beginMs = performance.now();
  const coded = await codeAndCheck(task, codecs);
  return { ...coded, ms: performance.now() - beginMs };
}

async function codeAndCheck(task: CodeTask, codecs: Codecs): Promise<Omit<CodedTask, 'ms'>> {
  const tried: { readonly way: Way; readonly unit: CodedUnit }[] = [];
  for (const way of task.ways) {
    const unit = await attempt(way, task, codecs);
    if (unit === null) continue;
    if (task.effort === 'first' && (await isTrue(unit, task, codecs))) return { unit, sizes: [] };
    tried.push({ way, unit });
  }
  const sizes = tried.map(({ way, unit }) => [way, unit.coded.length] as const);
  if (task.effort === 'all') {
    // Stable: of equal lengths the one that was named first.
    for (const { unit } of tried.toSorted((a, b) => a.unit.coded.length - b.unit.coded.length)) {
      if (await isTrue(unit, task, codecs)) return { unit, sizes };
    }
  }
  return { unit: storedUnit(task.bytes), sizes };
}

export function storedUnit(bytes: Uint8Array<ArrayBuffer>): CodedUnit {
  return { id: STORED, shape: null, base: 0, precision: 0, originalBytes: bytes.length, coded: bytes };
}

/** Null when the way does not fit, or does not make the bytes shorter. */
async function attempt(way: Way, task: CodeTask, codecs: Codecs): Promise<CodedUnit | null> {
  const unit = await encode(way, task, codecs);
  return unit === null || unit.coded.length >= task.bytes.length ? null : unit;
}

async function encode(way: Way, task: CodeTask, codecs: Codecs): Promise<CodedUnit | null> {
  const { bytes, shape } = task;
  switch (way) {
    case 'deflated': {
      const coded = await codecs.deflate.deflate(bytes, 'bytes');
      return { id: DEFLATED, shape: null, base: 0, precision: 0, originalBytes: bytes.length, coded };
    }
    case 'predicted':
    case 'predicted-runs':
      return shape === null ? null : encodePredicted(way === 'predicted' ? 'differences' : 'runs', task, shape, codecs);
    case 'jpeg-ls':
      return shape === null ? null : encodeJpegLs(task, shape, codecs);
  }
}

async function encodePredicted(
  kind: 'differences' | 'runs',
  { bytes, sign }: CodeTask,
  shape: SampleShape,
  codecs: Codecs,
): Promise<CodedUnit> {
  const { base } = rangeOf(bytes, shape, sign);
  const planes = planesFor('planes', bytes.length, shape, codecs);
  toPlanes(bytes, shape, base, planes);
  const coded = await codecs.deflate.deflate(predict(planes, shape.columns), kind);
  return { id: PREDICTED, shape, base, precision: 0, originalBytes: bytes.length, coded };
}

async function encodeJpegLs(task: CodeTask, shape: SampleShape, codecs: Codecs): Promise<CodedUnit | null> {
  const { bytes, sign } = task;
  const { jpegLs } = codecs;
  if (jpegLs === null) return null;
  const { base, bits } = rangeOf(bytes, shape, sign);
  const precision = Math.max(bits, shape.bytes === 1 ? 2 : 9);
  const size = frameSize(shape, precision, bytes.length);
  if (size.height > MAX_SIDE) return null;
  try {
    const planes = planesFor('planes', bytes.length, shape, codecs);
    toPlanes(bytes, shape, base, planes);
    const coded = await jpegLs.encode(bytesOf(planes), size);
    return { id: JPEG_LS, shape, base, precision, originalBytes: bytes.length, coded };
  } catch {
    // Noise that would become longer, or a library that failed: either way it is not taken.
    return null;
  }
}

/** docs/spec/coding.md §6: the planes are one picture, one below the other. */
function frameSize(shape: SampleShape, precision: number, originalBytes: number): FrameSize {
  const rows = rowsOf(shape, originalBytes) ?? 0;
  return { width: shape.columns, height: rows * shape.perPixel, precision };
}

async function isTrue(unit: CodedUnit, { bytes }: CodeTask, codecs: Codecs): Promise<boolean> {
  try {
    const memory = codecs.scratch?.('restored bytes', bytes.length);
    return isSame(await restoreUnit(unit, codecs, memory), bytes);
  } catch {
    return false;
  }
}

/** Four bytes at a time: this runs over everything that is sent. */
function isSame(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): boolean {
  if (a.length !== b.length || a.byteOffset % 4 !== 0 || b.byteOffset % 4 !== 0) return equalBytes(a, b);
  const words = a.length >>> 2;
  const [x, y] = [new Uint32Array(a.buffer, a.byteOffset, words), new Uint32Array(b.buffer, b.byteOffset, words)];
  for (let i = 0; i < words; i++) if (x[i] !== y[i]) return false;
  return equalBytes(a.subarray(4 * words), b.subarray(4 * words));
}

/**
 * The bytes that a unit was made from. Its head has been checked (`parseUnitHead`): its original length bounds what is
 * allocated. @param memory where samples may be put, if not into new memory
 * @throws CoreError `package-coding` when `coded` is not exactly such a unit; `codec-unsupported`
 */
export async function restoreUnit(
  unit: CodedUnit,
  codecs: Codecs,
  memory = new ArrayBuffer(unit.shape === null ? 0 : unit.originalBytes),
): Promise<Uint8Array<ArrayBuffer>> {
  if (unit.id === JPEG_LS && codecs.jpegLs === null) {
    throw new CoreError('codec-unsupported', 'JPEG-LS is not available here');
  }
  try {
    const bytes = await restore(unit, codecs, memory);
    if (bytes.length === unit.originalBytes) return bytes;
  } catch (cause) {
    throw new CoreError('package-coding', 'a unit does not decode', { cause });
  }
  throw new CoreError('package-coding', 'a unit decodes to another length');
}

async function restore(unit: CodedUnit, codecs: Codecs, memory: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  const { id, shape, base, precision, originalBytes, coded } = unit;
  if (id === STORED) return coded;
  if (id === DEFLATED) return codecs.deflate.inflate(coded, originalBytes);
  if (shape === null) throw new Error('a unit without the shape of its samples');
  const planes = planesFor('restored planes', originalBytes, shape, codecs);
  if (id === PREDICTED) unpredict(await codecs.deflate.inflate(coded, originalBytes), shape.columns, planes);
  else await codecs.jpegLs?.decode(coded, frameSize(shape, precision, originalBytes), bytesOf(planes));
  const bytes = new Uint8Array(memory, 0, originalBytes);
  fromPlanes(planes, shape, base, bytes);
  return bytes;
}

function planesFor(use: ScratchUse, bytes: number, shape: SampleShape, { scratch }: Codecs): Planes {
  return planesIn(scratch?.(use, bytes) ?? new ArrayBuffer(bytes), bytes / shape.bytes, shape);
}
