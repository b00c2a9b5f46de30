import { createHash } from 'node:crypto';

/** Value of an element: text, numbers (US and UL), or bytes. */
export type ElementValue = string | readonly number[] | Uint8Array;
export type Element = readonly [tag: number, vr: string, value: ElementValue];

const LONG_VRS = new Set(['OB', 'OW', 'SQ', 'UN', 'UT', 'UC', 'UR']);
const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
const text = new TextEncoder();

/** A UID under 2.25 (PS3.5 §B.2) that depends on nothing but `parts`. */
export function uidOf(...parts: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `2.25.${BigInt(`0x${digest.slice(0, 32)}`)}`;
}

const IMPLEMENTATION_CLASS_UID = uidOf('bildbote', 'phantom');

/**
 * A Part 10 file in explicit little endian. @param elements of the data set in ascending order of tags, without pixel data
 * @param pixels 16-bit samples; they are copied
 */
export function encodeFile(elements: readonly Element[], pixels: Uint16Array | Int16Array): Uint8Array {
  const meta = encodeMeta(textOf(elements, 0x00080016), textOf(elements, 0x00080018));
  const dataSet = elements.map(encodeElement);
  const pixelBytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return Buffer.concat([...meta, ...dataSet, elementHead(0x7fe00010, 'OW', pixelBytes.length), pixelBytes]);
}

function textOf(elements: readonly Element[], tag: number): string {
  const value = elements.find(([found]) => found === tag)?.[2];
  if (typeof value !== 'string') throw new TypeError('an instance has class and instance UID');
  return value;
}

function encodeMeta(sopClassUid: string, sopInstanceUid: string): Uint8Array[] {
  const group = Buffer.concat(
    [
      [0x00020001, 'OB', Uint8Array.of(0, 1)] as const,
      [0x00020002, 'UI', sopClassUid] as const,
      [0x00020003, 'UI', sopInstanceUid] as const,
      [0x00020010, 'UI', EXPLICIT_LITTLE] as const,
      [0x00020012, 'UI', IMPLEMENTATION_CLASS_UID] as const,
      [0x00020013, 'SH', 'BILDBOTE PHANTOM'] as const,
    ].map(encodeElement),
  );
  return [new Uint8Array(128), text.encode('DICM'), encodeElement([0x00020000, 'UL', [group.length]]), group];
}

function encodeElement([tag, vr, value]: Element): Uint8Array {
  const bytes = encodeValue(vr, value);
  return Buffer.concat([elementHead(tag, vr, bytes.length), bytes]);
}

function elementHead(tag: number, vr: string, length: number): Uint8Array {
  const long = LONG_VRS.has(vr);
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(length, 8);
  else head.writeUInt16LE(length, 6);
  return head;
}

/** PS3.5 §6.2: even length; UIDs are padded with NUL, other text with a space. */
function encodeValue(vr: string, value: ElementValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') return encodeNumbers(vr, value);
  const bytes = text.encode(value);
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, text.encode(vr === 'UI' ? '\0' : ' ')]);
}

function encodeNumbers(vr: string, numbers: readonly number[]): Uint8Array {
  const size = vr === 'UL' ? 4 : 2;
  const bytes = Buffer.alloc(size * numbers.length);
  numbers.forEach((number, i) => {
    if (vr === 'UL') bytes.writeUInt32LE(number, i * size);
    else if (vr === 'SS') bytes.writeInt16LE(number, i * size);
    else bytes.writeUInt16LE(number, i * size);
  });
  return bytes;
}

/** DS: at most 16 characters. */
export function decimal(...numbers: readonly number[]): string {
  return numbers.map((number) => String(Number(number.toFixed(6)))).join('\\');
}
