import { concatBytes, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { encodeText } from '../dicom/charset-encode.js';
import type { Extent } from './element-tree.js';
import type { Identifiers } from './identifiers.js';

/**
 * The last check: the finished bytes, all of them, are searched for every name, number and UID that was taken out, in every coding it can
 * have. It knows nothing of elements, so that no mistake of the rewriting can mislead it too.
 */
export interface ResidualSearch {
  /** Bytes of the result in order. */
  update(bytes: Uint8Array): void;
  /** How many different values were found. */
  hits(): number;
}

/** Shorter needles occur by chance in gigabytes of pixels. */
const WINDOW = 6;

interface Needle {
  /** The bytes as a text, to know equal ones by. */
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Numbers and UIDs must not be a part of longer ones. */
  readonly as: 'part' | 'number' | 'word';
  readonly value: string;
}

export interface SearchTables {
  /** 1 for bytes that stand in some window. */
  readonly used: Uint8Array;
  /** By `hashOf` of a pair of bytes: how far it is safe to go on. */
  readonly shifts: Uint8Array;
  readonly buckets: ReadonlyMap<number, readonly Needle[]>;
  readonly longest: number;
}

/** What to look for, prepared once an instance. */
export interface Wanted {
  readonly tables: SearchTables;
  /** Whether something of it stands in these bytes. */
  standsIn(bytes: Uint8Array): boolean;
}

/** @param characterSets of the instance */
export function wantedBytes(identifiers: Identifiers, characterSets: readonly string[]): Wanted {
  const tables = buildTables(needlesOf(identifiers, characterSets));
  return {
    tables,
    standsIn(bytes) {
      if (tables.longest === 0 || bytes.length < WINDOW) return false;
      const found = new Set<string>();
      search(bytes, tables, found);
      return found.size > 0;
    },
  };
}

/** @param textless bytes of the result in which no text can stand, see ./textless.ts */
export function createResidualSearch({ tables }: Wanted, textless: Extent | null = null): ResidualSearch {
  const found = new Set<string>();
  const [from, to] = textless === null ? [0, 0] : [textless.at, textless.at + textless.length];
  let position = 0;
  let tail: Uint8Array = new Uint8Array(0);
  const look = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    // What lies across two chunks is looked for in a joint of both, so that no chunk is copied.
    const joint = concatBytes(tail, bytes.subarray(0, tables.longest));
    if (tail.length > 0) search(joint, tables, found);
    search(bytes, tables, found);
    tail = bytes.length >= tables.longest ? bytes.slice(-tables.longest) : joint.slice(-tables.longest);
  };
  return {
    update(bytes) {
      const start = position;
      position += bytes.length;
      if (tables.longest === 0) return;
      const [before, behind] = [clamp(from - start, bytes.length), clamp(to - start, bytes.length)];
      if (before === behind) return look(bytes);
      look(bytes.subarray(0, before));
      tail = new Uint8Array(0);
      look(bytes.subarray(behind));
    },
    hits: () => found.size,
  };
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value));
}

/** Needles of a value in an instance's character sets: files of a study share most of what is looked for. */
const known = new Map<string, readonly Needle[]>();
const MAX_KNOWN = 10_000;

function needlesOf(identifiers: Identifiers, characterSets: readonly string[]): Needle[] {
  const needles = new Map<string, Needle>();
  const sets = characterSets.join('\\');
  const addAll = (kind: 'text' | 'uid', value: string, make: () => Needle[]): void => {
    const key = `${kind} ${kind === 'uid' ? '' : sets}\0${value}`;
    let made = known.get(key);
    if (made === undefined) {
      made = make();
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(key, made);
    }
    for (const needle of made) needles.set(needle.key, needle);
  };
  for (const value of identifiers.searched) addAll('text', value, () => needlesOfText(value, characterSets));
  for (const uid of identifiers.uids) addAll('uid', uid, () => needle(utf8(uid), uid, 'number'));
  return [...needles.values()];
}

/** None where it is shorter than what can be looked for. */
function needle(bytes: Uint8Array | null, value: string, as: Needle['as']): Needle[] {
  return bytes === null || bytes.length < WINDOW ? [] : [{ key: latin.decode(bytes), bytes, as, value }];
}

const latin = new TextDecoder('iso-8859-1');

function needlesOfText(value: string, characterSets: readonly string[]): Needle[] {
  const as = kindOf(value);
  if (as === null) return [];
  const plain = [...new Set([value, value.toUpperCase(), value.toLowerCase()])].flatMap((text) => [
    ...needle(utf8(text), value, as),
    ...needle(encodeText(text, characterSets), value, as),
    ...needle(encodeText(text, ['ISO_IR 100']), value, as),
    ...needle(utf16(text, true), value, 'part'),
    ...needle(utf16(text, false), value, 'part'),
  ]);
  const coded = as === 'part' ? codedForms(utf8(value)).flatMap((bytes) => needle(bytes, value, 'part')) : [];
  return [...plain, ...coded];
}

/** Shorter ones occur in other base64 by chance. */
const MIN_BASE64 = 9;

/** In base64, wherever in a longer text the value stands, and in hexadecimal: how programs put text where none may be. */
function codedForms(bytes: Uint8Array): Uint8Array[] {
  const base64 = [0, 1, 2].map((before) => {
    const shifted = concatBytes(new Uint8Array(before), bytes);
    const text = btoa(String.fromCharCode(...shifted));
    // The first and last characters also hold bits of what stands beside.
    const from = Math.ceil((before * 8) / 6);
    return text.slice(from, Math.floor((shifted.length * 8) / 6));
  });
  const hex = toHex(bytes);
  return [...base64.filter((text) => text.length >= MIN_BASE64), hex, hex.toUpperCase()].map((text) => utf8(text));
}

/** Numbers that look like a date or a time of day may be one that stays. */
function kindOf(value: string): Needle['as'] | null {
  if (!/^\d+$/.test(value)) return value.length < 8 ? 'word' : 'part';
  const isDate = /^(19|20)\d{6}$/.test(value);
  return value.length < 7 || isDate || new Set(value).size < 3 ? null : 'number';
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
}

/**
 * The method of Wu and Manber: the last six bytes of every needle are the window that is looked for, and pairs of bytes tell how far it is safe
 * to jump. Last, because UIDs and names differ there.
 */
function buildTables(needles: readonly Needle[]): SearchTables {
  const used = new Uint8Array(256);
  const shifts = new Uint8Array(4096).fill(WINDOW - 1);
  const buckets = new Map<number, Needle[]>();
  let longest = 0;
  for (const needle of needles) {
    const { bytes } = needle;
    longest = Math.max(longest, bytes.length);
    const base = bytes.length - WINDOW;
    used[bytes[base] ?? 0] = 1;
    for (let i = 1; i < WINDOW; i++) {
      used[bytes[base + i] ?? 0] = 1;
      const pair = hashOf(bytes[base + i - 1] ?? 0, bytes[base + i] ?? 0);
      const shift = WINDOW - 1 - i;
      if (shift < (shifts[pair] ?? 0)) shifts[pair] = shift;
      if (shift !== 0) continue;
      const bucket = buckets.get(pair);
      if (bucket === undefined) buckets.set(pair, [needle]);
      else bucket.push(needle);
    }
  }
  return { used, shifts, buckets, longest };
}

/** Small enough to stay in the fastest memory. */
function hashOf(first: number, second: number): number {
  return ((first << 5) ^ second) & 4095;
}

function search(text: Uint8Array, { used, shifts, buckets }: SearchTables, found: Set<string>): void {
  const { length } = text;
  for (let end = WINDOW - 1; end < length;) {
    const last = text[end] ?? 0;
    if (used[last] === 0) {
      end += WINDOW;
      continue;
    }
    const pair = hashOf(text[end - 1] ?? 0, last);
    const shift = shifts[pair] ?? 0;
    if (shift > 0) {
      end += shift;
      continue;
    }
    for (const needle of buckets.get(pair) ?? []) if (matches(text, end, needle)) found.add(needle.value);
    end++;
  }
}

function matches(text: Uint8Array, end: number, { bytes, as }: Needle): boolean {
  const start = end + 1 - bytes.length;
  if (start < 0) return false;
  for (let i = 0; i < bytes.length; i++) if (text[start + i] !== bytes[i]) return false;
  if (as === 'part') return true;
  const [before, after] = [text[start - 1] ?? 0, text[end + 1] ?? 0];
  return !isNumeral(before) && !isNumeral(after) && (as === 'number' || (!isLetter(before) && !isLetter(after)));
}

function isNumeral(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2e;
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte >= 0x80;
}
