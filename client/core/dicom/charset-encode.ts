import { decodeText } from './charset.js';

/**
 * Text back into the bytes of a declared character set (PS3.3 §C.12.1.1.2), the other way of ./charset.ts. Each table is made by decoding
 * every code once. Null when a character has no code there: nothing is ever written as a question mark.
 */
export function encodeText(text: string, characterSets: readonly string[]): Uint8Array | null {
  if (isAscii(text)) return latin(text);
  const [first = ''] = characterSets;
  if (characterSets.length <= 1 && isUtf8(first)) return new TextEncoder().encode(text);
  if (characterSets.length <= 1 && WHOLE_SETS.has(first)) return encodeWith([{ set: first, escape: [] }], text);
  return encodeWith(codings(characterSets), text);
}

/** Whether bytes and text are the same for the default repertoire; ESC is not: it switches sets. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7e || code === 0x1b) return false;
  }
  return true;
}

function isUtf8(set: string): boolean {
  return set === 'ISO_IR 192' || set === 'ISO_IR 6';
}

function latin(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const WHOLE_SETS = new Set(
  [100, 101, 109, 110, 126, 127, 138, 144, 148, 166, 203, 13].map((n) => `ISO_IR ${n}`).concat('GB18030', 'GBK'),
);

/** A way to write characters: the escape sequence before the first of them, and the set whose codes they have. */
interface Coding {
  readonly set: string;
  readonly escape: readonly number[];
}

/** PS3.3 tables C.12-3 and C.12-4, in bytes behind ESC. */
const ESCAPES: Readonly<Record<string, readonly number[]>> = {
  'ISO 2022 IR 13': [0x29, 0x49],
  'ISO 2022 IR 58': [0x24, 0x29, 0x41],
  'ISO 2022 IR 87': [0x24, 0x42],
  'ISO 2022 IR 100': [0x2d, 0x41],
  'ISO 2022 IR 101': [0x2d, 0x42],
  'ISO 2022 IR 109': [0x2d, 0x43],
  'ISO 2022 IR 110': [0x2d, 0x44],
  'ISO 2022 IR 126': [0x2d, 0x46],
  'ISO 2022 IR 127': [0x2d, 0x47],
  'ISO 2022 IR 138': [0x2d, 0x48],
  'ISO 2022 IR 144': [0x2d, 0x4c],
  'ISO 2022 IR 148': [0x2d, 0x4d],
  'ISO 2022 IR 149': [0x24, 0x29, 0x43],
  'ISO 2022 IR 159': [0x24, 0x28, 0x44],
  'ISO 2022 IR 166': [0x2d, 0x54],
  'ISO 2022 IR 203': [0x2d, 0x62],
};

function codings(sets: readonly string[]): Coding[] {
  return sets.flatMap((set, index) => {
    const name = set.replace(/^ISO_IR/, 'ISO 2022 IR');
    const escape = ESCAPES[name];
    // The first set needs no escape: it is active from the start, unless it is a two-byte one.
    return escape === undefined ? [] : [{ set: name, escape: index === 0 && escape.length === 2 ? [] : escape }];
  });
}

function encodeWith(ways: readonly Coding[], text: string): Uint8Array | null {
  const out: number[] = [];
  let active: Coding | null = null;
  for (const point of text) {
    const code = point.charCodeAt(0);
    if (code < 0x80) {
      // PS3.5 §6.1.2.5.3: delimiters and line ends stand in the first set; JIS X 0208 must be left for any ASCII.
      if (active !== null && isLowSet(active)) out.push(0x1b, 0x28, 0x42);
      if (active !== null && (isLowSet(active) || '\\^=\r\n\f\t'.includes(point))) active = null;
      out.push(code);
      continue;
    }
    const way: Coding | undefined =
      active !== null && tableOf(active.set).has(point) ? active : ways.find(({ set }) => tableOf(set).has(point));
    const bytes = way === undefined ? undefined : tableOf(way.set).get(point);
    if (way === undefined || bytes === undefined) return null;
    if (way !== active) {
      if (active !== null && isLowSet(active) && !isLowSet(way)) out.push(0x1b, 0x28, 0x42);
      if (way.escape.length > 0) out.push(0x1b, ...way.escape);
    }
    active = way;
    out.push(...bytes);
  }
  if (active !== null && isLowSet(active)) out.push(0x1b, 0x28, 0x42);
  return Uint8Array.from(out);
}

function isLowSet({ set }: Coding): boolean {
  return set === 'ISO 2022 IR 87' || set === 'ISO 2022 IR 159';
}

const tables = new Map<string, ReadonlyMap<string, readonly number[]>>();

function tableOf(set: string): ReadonlyMap<string, readonly number[]> {
  const known = tables.get(set);
  if (known !== undefined) return known;
  const table = makeTable(set);
  tables.set(set, table);
  return table;
}

const TWO_BYTE_LOW = new Set(['ISO 2022 IR 87', 'ISO 2022 IR 159']);
const TWO_BYTE_HIGH = new Set(['ISO 2022 IR 149', 'ISO 2022 IR 58']);

function makeTable(set: string): Map<string, readonly number[]> {
  const table = new Map<string, readonly number[]>();
  const learn = (bytes: readonly number[]): void => {
    const escape = ESCAPES[set];
    const text = decodeText(
      Uint8Array.from(escape === undefined ? bytes : [0x1b, ...escape, ...bytes]),
      escape === undefined ? [set] : ['', set],
    );
    if ([...text].length === 1 && !text.includes('\ufffd') && !table.has(text)) table.set(text, bytes);
  };
  if (TWO_BYTE_LOW.has(set)) eachPair(0x21, 0x7e, 0x21, 0x7e, learn);
  else if (TWO_BYTE_HIGH.has(set)) eachPair(0xa1, 0xfe, 0xa1, 0xfe, learn);
  else if (set === 'GB18030' || set === 'GBK') eachPair(0x81, 0xfe, 0x40, 0xfe, learn);
  else for (let byte = 0x80; byte < 0x100; byte++) learn([byte]);
  return table;
}

function eachPair(a: number, b: number, c: number, d: number, learn: (bytes: readonly number[]) => void): void {
  for (let high = a; high <= b; high++) for (let low = c; low <= d; low++) learn([high, low]);
}
