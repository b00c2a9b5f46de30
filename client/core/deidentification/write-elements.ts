import { concatBytes, utf8 } from '../../../crypto/wire/bytes.js';
import { type Encoding, ITEM, ITEM_END, SEQUENCE_END, UNDEFINED_LENGTH } from '../dicom/element.js';

/** Elements as bytes (PS3.5 §7.1). */

const LONG_VRS = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));

export function elementHeader(
  tag: number,
  vr: string,
  length: number,
  { explicit, littleEndian }: Encoding,
): Uint8Array {
  const isLong = explicit && LONG_VRS.has(vr);
  // No buffer and view of their own: a small array is a quarter of the work, and this is made for every element.
  const bytes = new Uint8Array(isLong ? 12 : 8);
  put16(bytes, 0, tag >>> 16, littleEndian);
  put16(bytes, 2, tag & 0xffff, littleEndian);
  if (!explicit) put32(bytes, 4, length, littleEndian);
  else {
    bytes[4] = vr.charCodeAt(0);
    bytes[5] = vr.charCodeAt(1);
    if (isLong) put32(bytes, 8, length, littleEndian);
    else put16(bytes, 6, length, littleEndian);
  }
  return bytes;
}

function put16(bytes: Uint8Array, at: number, value: number, littleEndian: boolean): void {
  bytes[at] = littleEndian ? value : value >>> 8;
  bytes[at + 1] = littleEndian ? value >>> 8 : value;
}

function put32(bytes: Uint8Array, at: number, value: number, littleEndian: boolean): void {
  put16(bytes, at, littleEndian ? value : value >>> 16, littleEndian);
  put16(bytes, at + 2, littleEndian ? value >>> 16 : value, littleEndian);
}

export function element(tag: number, vr: string, value: Uint8Array, encoding: Encoding): Uint8Array {
  const padded = padValue(value, vr);
  return concatBytes(elementHeader(tag, vr, padded.length, encoding), padded);
}

/** Text of the default repertoire. */
export function textElement(tag: number, vr: string, value: string, encoding: Encoding): Uint8Array {
  return element(tag, vr, utf8(value), encoding);
}

/** Even length: text with a blank, UIDs and bytes with a zero (PS3.5 §6.2). */
export function padValue(value: Uint8Array, vr: string): Uint8Array {
  if (value.length % 2 === 0) return value;
  const isText = !['UI', 'OB', 'UN'].includes(vr);
  return concatBytes(value, Uint8Array.of(isText ? 0x20 : 0));
}

function mark(tag: number, length: number, littleEndian: boolean): Uint8Array {
  return elementHeader(tag, '', length, { explicit: false, littleEndian });
}

export function itemHeader(length: number, { littleEndian }: Encoding): Uint8Array {
  return mark(ITEM, length, littleEndian);
}

export function openItemHeader(encoding: Encoding): Uint8Array {
  return itemHeader(UNDEFINED_LENGTH, encoding);
}

export function itemEnd({ littleEndian }: Encoding): Uint8Array {
  return mark(ITEM_END, 0, littleEndian);
}

export function sequenceEnd({ littleEndian }: Encoding): Uint8Array {
  return mark(SEQUENCE_END, 0, littleEndian);
}

/** A sequence with lengths. */
export function sequenceElement(tag: number, items: readonly Uint8Array[], encoding: Encoding): Uint8Array {
  const content = concatBytes(...items.flatMap((item) => [itemHeader(item.length, encoding), item]));
  return concatBytes(elementHeader(tag, 'SQ', content.length, encoding), content);
}

/** A code as the standard's macro has it (PS3.3 §8.8). */
export function codeItem(code: string, scheme: string, meaning: string, encoding: Encoding): Uint8Array {
  return concatBytes(
    textElement(0x00080100, 'SH', code, encoding),
    textElement(0x00080102, 'SH', scheme, encoding),
    textElement(0x00080104, 'LO', meaning, encoding),
  );
}

export function uint16(value: number, { littleEndian }: Encoding): Uint8Array {
  const bytes = new Uint8Array(2);
  put16(bytes, 0, value, littleEndian);
  return bytes;
}

export function uint32(value: number, { littleEndian }: Encoding): Uint8Array {
  const bytes = new Uint8Array(4);
  put32(bytes, 0, value, littleEndian);
  return bytes;
}

export function float32(values: readonly number[], { littleEndian }: Encoding): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => view.setFloat32(index * 4, value, littleEndian));
  return new Uint8Array(view.buffer);
}
