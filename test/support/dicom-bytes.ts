import { concatBytes, utf8 } from '../../crypto/wire/bytes.js';
import { EXPLICIT, type Encoding } from '../../client/core/dicom/element.js';

/** DICOM bytes for tests, one element at a time, in any encoding, true to the standard or not. */

const LONG = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));
export const UNDEFINED = 0xffffffff;

function uint(value: number, bytes: 2 | 4, littleEndian: boolean): Uint8Array {
  const out = new DataView(new ArrayBuffer(bytes));
  if (bytes === 2) out.setUint16(0, value, littleEndian);
  else out.setUint32(0, value, littleEndian);
  return new Uint8Array(out.buffer);
}

/** A header alone, with whatever length. */
export function head(tag: number, vr: string, length: number, encoding: Encoding = EXPLICIT): Uint8Array {
  const little = encoding.littleEndian;
  const name = concatBytes(uint(tag >>> 16, 2, little), uint(tag & 0xffff, 2, little));
  if (!encoding.explicit || vr === '') return concatBytes(name, uint(length, 4, little));
  if (LONG.has(vr)) return concatBytes(name, utf8(vr), new Uint8Array(2), uint(length, 4, little));
  return concatBytes(name, utf8(vr), uint(length, 2, little));
}

/** Text (padded to even length), a 16-bit number, or bytes. */
export function element(
  tag: number,
  vr: string,
  value: string | number | Uint8Array,
  encoding: Encoding = EXPLICIT,
): Uint8Array {
  const bytes = valueBytes(vr, value, encoding);
  return concatBytes(head(tag, vr, bytes.length, encoding), bytes);
}

function valueBytes(vr: string, value: string | number | Uint8Array, { littleEndian }: Encoding): Uint8Array {
  if (typeof value === 'number') return uint(value, 2, littleEndian);
  if (typeof value !== 'string') return value;
  const bytes = utf8(value);
  return bytes.length % 2 === 0 ? bytes : concatBytes(bytes, Uint8Array.of(vr === 'UI' ? 0 : 0x20));
}

export function item(content: Uint8Array, length: number = content.length, encoding: Encoding = EXPLICIT): Uint8Array {
  const closed = length === UNDEFINED ? head(0xfffee00d, '', 0, encoding) : new Uint8Array(0);
  return concatBytes(head(0xfffee000, '', length, encoding), content, closed);
}

/** A sequence of undefined length. */
export function sequence(
  tag: number,
  vr: string,
  items: readonly Uint8Array[],
  encoding: Encoding = EXPLICIT,
): Uint8Array {
  return concatBytes(head(tag, vr, UNDEFINED, encoding), ...items, head(0xfffee0dd, '', 0, encoding));
}

export interface FileChoices {
  readonly syntax?: string;
  readonly encoding?: Encoding;
  /** Instead of the usual ones: between the UIDs and the pixel data, in the encoding above. */
  readonly extra?: readonly Uint8Array[];
  readonly pixels?: Uint8Array;
  readonly patientName?: string | Uint8Array;
  readonly characterSet?: string;
}

/** A data set of 4 × 3 pixels of 16 bits. */
export function dataSet(choices: FileChoices = {}): Uint8Array {
  const { encoding = EXPLICIT, extra = [], patientName = 'Muster^Erika', characterSet = 'ISO_IR 192' } = choices;
  const e = (tag: number, vr: string, value: string | number | Uint8Array): Uint8Array =>
    element(tag, vr, value, encoding);
  return concatBytes(
    e(0x00080005, 'CS', characterSet),
    e(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    e(0x00080018, 'UI', '1.2.3.4'),
    e(0x00080020, 'DA', '20261124'),
    e(0x00080060, 'CS', 'CT'),
    e(0x00100010, 'PN', patientName),
    e(0x0020000d, 'UI', '1.2.3'),
    e(0x0020000e, 'UI', '1.2.3.1'),
    e(0x00200011, 'IS', '+7 '),
    e(0x00200013, 'IS', '-3'),
    e(0x00200032, 'DS', '1.5\\-2e1\\ 3 '),
    e(0x00280002, 'US', 1),
    e(0x00280010, 'US', 3),
    e(0x00280011, 'US', 4),
    e(0x00280100, 'US', 16),
    ...extra,
    choices.pixels ?? e(0x7fe00010, 'OW', new Uint8Array(24).fill(7)),
  );
}

export function meta(syntax: string | undefined): Uint8Array {
  const group = concatBytes(
    element(0x00020002, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    element(0x00020003, 'UI', '1.2.3.4'),
    ...(syntax === undefined ? [] : [element(0x00020010, 'UI', syntax)]),
  );
  return concatBytes(element(0x00020000, 'UL', uint(group.length, 4, true)), group);
}

/** A Part 10 file around `content`, the data set by default. */
export function file(choices: FileChoices = {}, content: Uint8Array = dataSet(choices)): Uint8Array {
  return concatBytes(new Uint8Array(128), utf8('DICM'), meta(choices.syntax ?? '1.2.840.10008.1.2.1'), content);
}
