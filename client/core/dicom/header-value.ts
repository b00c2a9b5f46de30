import { decodeText } from './charset.js';

/** A value as people and programs use it. Whole numbers of 64 bits that a number cannot hold are texts. */
export type HeaderValue = string | number;

/** VRs whose text is in the data set's character set, one value or several (PS3.5 §6.1.2.2). */
const TEXTS = new Set(['LO', 'PN', 'SH', 'UC']);
const WHOLE_TEXTS = new Set(['LT', 'ST', 'UT']);
const PLAIN = new Set(['AE', 'AS', 'CS', 'DA', 'DS', 'DT', 'IS', 'TM', 'UI']);

const latin = new TextDecoder('iso-8859-1');

/** The values of an element, or null for a VR that holds bytes. An empty element has none. */
export function readValues(
  bytes: Uint8Array,
  vr: string,
  characterSets: readonly string[],
  littleEndian: boolean,
): HeaderValue[] | null {
  const read = NUMBERS[vr];
  if (read !== undefined) return readNumbers(bytes, read, littleEndian);
  if (vr === 'UR') return single(trimmed(latin.decode(bytes)));
  if (WHOLE_TEXTS.has(vr)) return single(trimmed(decodeText(bytes, characterSets)));
  if (TEXTS.has(vr)) return several(decodeText(bytes, characterSets));
  if (PLAIN.has(vr))
    return several(latin.decode(bytes)).map((text) => (vr === 'DS' || vr === 'IS' ? numeric(text) : text));
  return null;
}

function single(text: string): string[] {
  return text === '' ? [] : [text];
}

function several(text: string): string[] {
  const all = text.split('\\').map((part) => trimmed(part).trimStart());
  return all.length === 1 && all[0] === '' ? [] : all;
}

function trimmed(text: string): string {
  return text.replace(/[\0 ]+$/, '');
}

/** What is not a number stays the text it is: a screen should show it. */
function numeric(text: string): HeaderValue {
  const isNumber = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text);
  const value = Number(text);
  return isNumber && Number.isFinite(value) ? value : text;
}

interface NumberReader {
  readonly size: number;
  read(view: DataView, at: number, littleEndian: boolean): HeaderValue;
}

const NUMBERS: Readonly<Record<string, NumberReader | undefined>> = {
  US: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  SS: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  UL: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  SL: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  FL: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  FD: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  SV: { size: 8, read: (view, at, little) => whole(view.getBigInt64(at, little)) },
  UV: { size: 8, read: (view, at, little) => whole(view.getBigUint64(at, little)) },
  AT: {
    size: 4,
    read: (view, at, little) => hex(view.getUint16(at, little)) + hex(view.getUint16(at + 2, little)),
  },
};

function whole(value: bigint): HeaderValue {
  const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
  return isSafe ? Number(value) : value.toString();
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0');
}

function readNumbers(bytes: Uint8Array, { size, read }: NumberReader, littleEndian: boolean): HeaderValue[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(view, i * size, littleEndian));
}
