import { equalBytes, fromUtf8, utf8 } from './bytes.js';
import { WireError } from './error.js';

/**
 * The only values our formats sign: no floats, tags, undefined, or indefinite lengths; map keys are unsigned integers;
 * text is NFC (docs/spec/envelope.md §1.2). Integers are safe integers.
 */
export type CborValue = null | boolean | number | string | Uint8Array | readonly CborValue[] | CborMap;
export type CborMap = ReadonlyMap<number, CborValue>;

export interface CborLimits {
  readonly maxBytes: number;
  /** Deepest nesting of arrays and maps. */
  readonly maxDepth?: number;
}

/** docs/spec/envelope.md §9, invariant 17: nothing of ours nests deeper. */
export const MAX_CBOR_DEPTH = 12;

/** A map with integer keys, written like the specs write it: `{1: x, 2: y}`. */
export function cborRecord(fields: Readonly<Record<number, CborValue>>): CborMap {
  return new Map(Object.entries(fields).map(([key, value]) => [Number(key), value]));
}

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const NULL_BYTES = Uint8Array.of(NULL);
const TRUE_BYTES = Uint8Array.of(TRUE);
const FALSE_BYTES = Uint8Array.of(FALSE);

/** Encodes by the core deterministic rules of RFC 8949 §4.2.1. @throws WireError `not-canonical` for a value outside CborValue */
export function encodeCbor(value: CborValue): Uint8Array<ArrayBuffer> {
  const writer: Writer = { bytes: new Uint8Array(256), length: 0 };
  write(value, writer);
  return writer.bytes.slice(0, writer.length);
}

/** One buffer that doubles: a foreign array of a million items must cost neither a million objects nor the stack. */
interface Writer {
  bytes: Uint8Array<ArrayBuffer>;
  length: number;
}

function write(value: CborValue, out: Writer): void {
  if (value === null) put(out, NULL_BYTES);
  else if (typeof value === 'boolean') put(out, value ? TRUE_BYTES : FALSE_BYTES);
  else if (typeof value === 'number') writeInteger(value, out);
  else if (typeof value === 'string') writeString(TEXT, utf8(assertText(value)), out);
  else if (value instanceof Uint8Array) writeString(BYTES, value, out);
  else if (Array.isArray(value)) writeArray(value, out);
  else writeMap(value as CborMap, out);
}

function writeInteger(value: number, out: Writer): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new WireError('not-canonical', 'not a safe integer');
  put(out, value < 0 ? head(NEGATIVE, -1 - value) : head(UNSIGNED, value));
}

function writeString(major: number, bytes: Uint8Array, out: Writer): void {
  put(out, head(major, bytes.length));
  put(out, bytes);
}

function writeArray(items: readonly CborValue[], out: Writer): void {
  put(out, head(ARRAY, items.length));
  for (const item of items) write(item, out);
}

function writeMap(map: CborMap, out: Writer): void {
  put(out, head(MAP, map.size));
  // Unsigned keys: the bytewise order of their shortest encodings is their numeric order.
  for (const [key, value] of [...map].sort(([a], [b]) => a - b)) {
    if (key < 0) throw new WireError('not-canonical', 'negative map key');
    writeInteger(key, out);
    write(value, out);
  }
}

function put(out: Writer, bytes: Uint8Array): void {
  const end = out.length + bytes.length;
  if (end > out.bytes.length) {
    const larger = new Uint8Array(Math.max(end, 2 * out.bytes.length));
    larger.set(out.bytes.subarray(0, out.length));
    out.bytes = larger;
  }
  out.bytes.set(bytes, out.length);
  out.length = end;
}

/** A lone surrogate would be encoded as U+FFFD and read back as another text. */
function assertText(text: string): string {
  if (text.normalize('NFC') !== text || !isWellFormed(text)) throw new WireError('not-canonical', 'text is not NFC');
  return text;
}

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

function head(major: number, n: number): Uint8Array {
  const high = major << 5;
  if (n < 24) return Uint8Array.of(high | n);
  const size = n < 0x100 ? 1 : n < 0x10000 ? 2 : n < 0x1_0000_0000 ? 4 : 8;
  const out = new Uint8Array(1 + size);
  out[0] = high | (24 + Math.log2(size));
  const view = new DataView(out.buffer);
  if (size === 1) view.setUint8(1, n);
  else if (size === 2) view.setUint16(1, n);
  else if (size === 4) view.setUint32(1, n);
  else view.setBigUint64(1, BigInt(n));
  return out;
}

/**
 * Parses exactly one value. The size is checked before anything is read, depth and counts before anything is allocated;
 * afterwards the value is encoded again and compared, so that no second spelling of a signed value exists.
 * @throws WireError `limits`, `length`, `not-canonical`, `encoding`
 */
export function parseCbor(bytes: Uint8Array, limits: CborLimits): CborValue {
  if (bytes.length > limits.maxBytes) throw new WireError('limits', 'CBOR is too long');
  const reader = { bytes, offset: 0, maxDepth: limits.maxDepth ?? MAX_CBOR_DEPTH };
  const value = read(reader, 0);
  if (reader.offset !== bytes.length) throw new WireError('length', 'bytes after the CBOR value');
  if (!equalBytes(encodeCbor(value), bytes)) throw new WireError('not-canonical', 'CBOR is not deterministic');
  return value;
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly maxDepth: number;
  offset: number;
}

function read(reader: Reader, depth: number): CborValue {
  const initial = take(reader, 1)[0] ?? 0;
  if (initial === NULL) return null;
  if (initial === TRUE || initial === FALSE) return initial === TRUE;
  const major = initial >>> 5;
  if (major > MAP) throw new WireError('not-canonical', 'tag, float or simple value');
  const n = argument(reader, initial & 0x1f);
  if (major === UNSIGNED) return n;
  if (major === NEGATIVE) return negative(n);
  if (major === BYTES) return take(reader, n).slice();
  if (major === TEXT) return assertText(fromUtf8(take(reader, n)));
  if (depth >= reader.maxDepth) throw new WireError('limits', 'CBOR nests too deep');
  // Every item takes at least one byte, so a count beyond the rest is a lie told to make us allocate.
  if (n > reader.bytes.length - reader.offset) throw new WireError('length', 'CBOR ends early');
  return major === ARRAY ? readArray(reader, n, depth) : readMap(reader, n, depth);
}

function readArray(reader: Reader, count: number, depth: number): CborValue[] {
  const items: CborValue[] = [];
  for (let i = 0; i < count; i++) items.push(read(reader, depth + 1));
  return items;
}

function readMap(reader: Reader, count: number, depth: number): CborMap {
  const map = new Map<number, CborValue>();
  let last = -1;
  for (let i = 0; i < count; i++) {
    const key = read(reader, depth + 1);
    if (typeof key !== 'number' || key <= last) throw new WireError('not-canonical', 'map keys out of order');
    map.set(key, read(reader, depth + 1));
    last = key;
  }
  return map;
}

function negative(n: number): number {
  if (!Number.isSafeInteger(-1 - n)) throw new WireError('limits', 'integer below −(2^53 − 1)');
  return -1 - n;
}

function argument(reader: Reader, info: number): number {
  if (info < 24) return info;
  if (info > 27) throw new WireError('not-canonical', 'indefinite or reserved length');
  const bytes = take(reader, 2 ** (info - 24));
  let n = 0n;
  for (const byte of bytes) n = (n << 8n) | BigInt(byte);
  if (n > BigInt(Number.MAX_SAFE_INTEGER)) throw new WireError('limits', 'integer above 2^53 − 1');
  return Number(n);
}

function take(reader: Reader, length: number): Uint8Array {
  const end = reader.offset + length;
  if (end > reader.bytes.length) throw new WireError('length', 'CBOR ends early');
  const bytes = reader.bytes.subarray(reader.offset, end);
  reader.offset = end;
  return bytes;
}
