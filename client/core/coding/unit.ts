import { readUint16, readUint32 } from '../../../crypto/wire/bytes.js';
import { CoreError } from '../error.js';
import { MAX_SAMPLES_PER_PIXEL, MAX_SIDE, MAX_UNIT_BYTES, UNIT_HEAD_BYTES } from './limits.js';

/** How a unit is coded (docs/spec/coding.md §3). 4 (HTJ2K) and 5 (JPEG XL) are reserved. */
export type UnitId = 0 | 1 | 2 | 3;

export const STORED = 0;
export const DEFLATED = 1;
export const PREDICTED = 2;
export const JPEG_LS = 3;

/** How bytes are samples of an image. Rows follow from the length. */
export interface SampleShape {
  readonly columns: number;
  /** 1 to 4, one after the other in each pixel. */
  readonly perPixel: number;
  readonly bytes: 1 | 2;
  readonly order: 'little' | 'big';
}

export interface UnitHead {
  readonly id: UnitId;
  /** Of PREDICTED and JPEG_LS, else null. */
  readonly shape: SampleShape | null;
  /** Subtracted from each sample before coding, modulo 2^8 or 2^16. */
  readonly base: number;
  /** Bits of a sample in JPEG_LS after that; 0 in all others. */
  readonly precision: number;
  readonly originalBytes: number;
  readonly codedBytes: number;
}

/** A unit as it travels, its coded bytes not copied. */
export interface CodedUnit extends Omit<UnitHead, 'codedBytes'> {
  readonly coded: Uint8Array<ArrayBuffer>;
}

const TWO_BYTES = 1;
const BIG_ENDIAN = 2;
const PER_PIXEL_SHIFT = 4;

export function encodeUnitHead(unit: UnitHead): Uint8Array {
  const bytes = new Uint8Array(UNIT_HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, unit.id);
  view.setUint8(1, unit.shape === null ? 0 : formOf(unit.shape));
  view.setUint16(2, unit.shape?.columns ?? 0);
  view.setUint16(4, unit.base);
  view.setUint8(6, unit.precision);
  view.setUint32(8, unit.originalBytes);
  view.setUint32(12, unit.codedBytes);
  return bytes;
}

function formOf({ bytes, order, perPixel }: SampleShape): number {
  return (bytes === 2 ? TWO_BYTES : 0) | (order === 'big' ? BIG_ENDIAN : 0) | ((perPixel - 1) << PER_PIXEL_SHIFT);
}

/**
 * @param restBytes of the original that no unit before has restored
 * @throws CoreError `package-coding`; `codec-unsupported` for a coding that this version does not know
 */
export function parseUnitHead(bytes: Uint8Array, restBytes: number): UnitHead {
  if (bytes.length !== UNIT_HEAD_BYTES) refuse('a unit head of another length');
  const id = idOf(bytes[0] ?? 0);
  const form = bytes[1] ?? 0;
  const columns = readUint16(bytes, 2);
  const base = readUint16(bytes, 4);
  const precision = bytes[6] ?? 0;
  const originalBytes = readUint32(bytes, 8);
  const codedBytes = readUint32(bytes, 12);
  if (bytes[7] !== 0) refuse('a reserved byte is not zero');
  if (originalBytes < 1 || originalBytes > Math.min(MAX_UNIT_BYTES, restBytes)) refuse('original length');
  // What does not get shorter has one spelling: stored.
  const fits = id === STORED ? codedBytes === originalBytes : codedBytes >= 1 && codedBytes < originalBytes;
  if (!fits) refuse('coded length');
  const isPlain = id === STORED || id === DEFLATED;
  if (isPlain && (form !== 0 || columns !== 0 || base !== 0 || precision !== 0)) refuse('a shape where none belongs');
  const shape = isPlain ? null : shapeOf(form, columns);
  if (shape !== null) assertSamples({ id, shape, base, precision, originalBytes, codedBytes }, shape);
  return { id, shape, base, precision, originalBytes, codedBytes };
}

function idOf(id: number): UnitId {
  if (id === STORED || id === DEFLATED || id === PREDICTED || id === JPEG_LS) return id;
  throw new CoreError('codec-unsupported', 'unknown unit coding');
}

function shapeOf(form: number, columns: number): SampleShape {
  const perPixel = (form >> PER_PIXEL_SHIFT) + 1;
  const bytes = (form & TWO_BYTES) === 0 ? 1 : 2;
  const order = (form & BIG_ENDIAN) === 0 ? 'little' : 'big';
  const shape: SampleShape = { columns, perPixel, bytes, order };
  const isCanonical =
    perPixel <= MAX_SAMPLES_PER_PIXEL && formOf(shape) === form && (bytes === 2 || order === 'little');
  if (!isCanonical || columns < 1) refuse('sample shape');
  return shape;
}

function assertSamples({ id, base, precision, originalBytes }: UnitHead, shape: SampleShape): void {
  const rows = rowsOf(shape, originalBytes);
  if (rows === null) refuse('length is not of whole rows');
  if (shape.bytes === 1 && base > 0xff) refuse('base');
  if (id === PREDICTED ? precision !== 0 : !isPrecision(precision, shape)) refuse('precision');
  if (id === JPEG_LS && rows !== null && rows * shape.perPixel > MAX_SIDE) refuse('too many rows');
}

/** One-byte samples have at most 8 bits; two-byte ones more, because codecs unpack 8 bits into one byte. */
function isPrecision(precision: number, { bytes }: SampleShape): boolean {
  return bytes === 1 ? precision >= 2 && precision <= 8 : precision >= 9 && precision <= 16;
}

/** Whole rows in so many bytes, or null. */
export function rowsOf({ columns, perPixel, bytes }: SampleShape, originalBytes: number): number | null {
  const row = columns * perPixel * bytes;
  return originalBytes % row === 0 ? originalBytes / row : null;
}

function refuse(why: string): never {
  throw new CoreError('package-coding', why);
}
