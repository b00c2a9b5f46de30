import { type GdtCharset, charsetNumber, charsetOfNumber, decodeGdt, encodeGdt } from './charset.js';

/** Records of GDT 2.1 (docs/spec/gdt.md §2): lines of three digits of length, four of a field's number, its content, CR LF. */

export interface GdtField {
  /** Four digits. */
  readonly id: string;
  readonly value: string;
}

export interface GdtRecord {
  /** What the record is: `6302` asks for an examination, `6310` hands one over. */
  readonly type: string;
  /** In their order, without 8000 and 8100. */
  readonly fields: readonly GdtField[];
}

export type ParsedGdt =
  | { readonly kind: 'record'; readonly record: GdtRecord; readonly charset: GdtCharset }
  | { readonly kind: 'refused'; readonly reason: GdtRefusal };

export type GdtRefusal =
  | 'too-large'
  | 'malformed' // a line that is none, or whose length is not what it says
  | 'incomplete' // shorter than it says itself
  | 'several-records';

const MAX_BYTES = 256 * 1024;
/** Length, number and line end of a line. */
const OVERHEAD = 9;
/** Three digits say no more. */
export const MAX_VALUE_BYTES = 999 - OVERHEAD;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
/** How files of DOS end. */
const END_OF_FILE = 0x1a;

/** @param usual what to read it with when it does not say */
export function parseGdt(bytes: Uint8Array, usual: GdtCharset): ParsedGdt {
  if (bytes.length > MAX_BYTES) return { kind: 'refused', reason: 'too-large' };
  const lines = linesOf(withoutMark(bytes));
  const raw: RawField[] = [];
  for (const line of lines) {
    const field = fieldOf(line);
    if (field === null) return { kind: 'refused', reason: 'malformed' };
    raw.push(field);
  }
  const [first, ...rest] = raw;
  const type = first?.id === '8000' ? ascii(first.value) : '';
  if (!/^[0-9]{4}$/.test(type)) return { kind: 'refused', reason: 'malformed' };
  if (rest.some(({ id }) => id === '8000')) return { kind: 'refused', reason: 'several-records' };
  if (rest.length === 0) return { kind: 'refused', reason: 'incomplete' };
  const said = rest.find(({ id }) => id === '8100');
  if (said !== undefined && Number(ascii(said.value)) > bytes.length) return { kind: 'refused', reason: 'incomplete' };
  const charset = charsetOf(rest, bytes, usual);
  const fields = rest
    .filter(({ id }) => id !== '8100')
    .map(({ id, value }) => ({ id, value: decodeGdt(value, charset).trim() }));
  return { kind: 'record', record: { type, fields }, charset };
}

interface RawField {
  readonly id: string;
  readonly value: Uint8Array;
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, at);
    const line = bytes.subarray(at, end < 0 ? bytes.length : end);
    const content = line.at(-1) === RETURN ? line.subarray(0, -1) : line;
    const isEnd = content.length === 0 || (content.length === 1 && content[0] === END_OF_FILE);
    if (!isEnd) lines.push(content);
    at = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}

function fieldOf(line: Uint8Array): RawField | null {
  const head = ascii(line.subarray(0, 7));
  if (!/^[0-9]{7}$/.test(head)) return null;
  const value = line.subarray(7);
  const said = Number(head.slice(0, 3));
  // Systems that write UTF-8 count characters, or bytes.
  const isSaid = said === value.length + OVERHEAD || said === charactersOf(value) + OVERHEAD;
  return isSaid ? { id: head.slice(3), value } : null;
}

function charactersOf(value: Uint8Array): number {
  return value.filter((byte) => (byte & 0xc0) !== 0x80).length;
}

function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** What 9206 says; UTF-8 where nothing is said and it can be nothing else. */
function charsetOf(fields: readonly RawField[], bytes: Uint8Array, usual: GdtCharset): GdtCharset {
  const said = fields.find(({ id }) => id === '9206');
  const named = said === undefined ? null : charsetOfNumber(ascii(said.value).trim());
  if (named !== null) return named;
  return bytes.some((byte) => byte >= 128) && isUtf8(bytes) ? 'utf-8' : usual;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The record's length stands in its second line, and counts itself: five digits, whatever it is. @throws RangeError for a field that no line can hold */
export function encodeRecord({ type, fields }: GdtRecord, charset: GdtCharset): Uint8Array {
  const first = line({ id: '8000', value: type }, charset);
  const rest = withCharset(fields, charset).map((field) => line(field, charset));
  const length = (value: number): Buffer => line({ id: '8100', value: String(value).padStart(5, '0') }, charset);
  const total = [first, length(0), ...rest].reduce((sum, one) => sum + one.length, 0);
  if (total > MAX_RECORD_BYTES) throw new RangeError('a record that no length can say');
  return Buffer.concat([first, length(total), ...rest]);
}

/** Behind receiver and sender, where the specification has it. */
function withCharset(fields: readonly GdtField[], charset: GdtCharset): GdtField[] {
  const others = fields.filter(({ id }) => id !== '9206');
  const number = charsetNumber(charset);
  if (number === null) return others;
  const at = others.findIndex(({ id }) => id !== '8315' && id !== '8316');
  const place = at < 0 ? others.length : at;
  return [...others.slice(0, place), { id: '9206', value: number }, ...others.slice(place)];
}

export const MAX_RECORD_BYTES = 99_999;

function line({ id, value }: GdtField, charset: GdtCharset): Buffer {
  // Nothing that a text says can begin another field.
  // eslint-disable-next-line no-control-regex -- these are what is replaced
  const content = encodeGdt(value.replaceAll(/[\u0000-\u001f\u007f\u0085\u2028\u2029]/g, ' '), charset);
  if (content.length > MAX_VALUE_BYTES) throw new RangeError('a field that no line can hold');
  const head = `${String(content.length + OVERHEAD).padStart(3, '0')}${id}`;
  return Buffer.concat([Buffer.from(head, 'latin1'), content, Buffer.from('\r\n', 'latin1')]);
}
