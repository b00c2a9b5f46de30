import { concatBytes, utf8 } from '../../../crypto/wire/bytes.js';
import { EXPLICIT, EXPLICIT_BIG, type Encoding, IMPLICIT } from '../../../client/core/dicom/element.js';
import { dictionaryVr } from '../../../client/core/dicom/dictionary-vr.js';
import type { Random } from './random.js';

/** Data sets for canaries: written by hand, independent of the product's writer, in every encoding and style. */

export interface Field {
  readonly tag: number;
  readonly vr: string;
  readonly value: Uint8Array | readonly (readonly Field[])[];
}

export function field(
  tag: number,
  vr: string,
  value: string | number | Uint8Array | readonly (readonly Field[])[],
): Field {
  if (typeof value === 'number') return { tag, vr, value: Uint8Array.of(value & 255, (value >>> 8) & 255) };
  return { tag, vr, value: typeof value === 'string' ? utf8(value) : value };
}

export interface Style {
  readonly encoding: Encoding;
  /** How often sequences and items are left open, or written as UN. */
  readonly open: number;
  readonly unknown: number;
}

const LONG = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));
const UNDEFINED = 0xffffffff;

function header(tag: number, vr: string, length: number, { explicit, littleEndian }: Encoding): Uint8Array {
  const isLong = explicit && vr !== '' && LONG.has(vr);
  const view = new DataView(new ArrayBuffer(isLong ? 12 : 8));
  view.setUint16(0, tag >>> 16, littleEndian);
  view.setUint16(2, tag & 0xffff, littleEndian);
  if (!explicit || vr === '') view.setUint32(4, length, littleEndian);
  else {
    view.setUint8(4, vr.charCodeAt(0));
    view.setUint8(5, vr.charCodeAt(1));
    if (isLong) view.setUint32(8, length, littleEndian);
    else view.setUint16(6, length, littleEndian);
  }
  return new Uint8Array(view.buffer);
}

/** In ascending order of tags, equal ones in the order given. */
export function encodeFields(fields: readonly Field[], style: Style, random: Random): Uint8Array {
  const sorted = fields
    .map((one, index) => ({ one, index }))
    .sort((a, b) => a.one.tag - b.one.tag || a.index - b.index);
  return concatBytes(...sorted.map(({ one }) => encodeField(one, style, random)));
}

function encodeField(one: Field, style: Style, random: Random): Uint8Array {
  const { encoding } = style;
  if (!(one.value instanceof Uint8Array)) return encodeSequence(one.tag, one.value, style, random);
  const isNumber = one.vr === 'US' || one.vr === 'SS' || one.vr === 'UL' || one.vr === 'OW';
  const ordered = isNumber && !encoding.littleEndian ? swapped(one.value, one.vr === 'UL' ? 4 : 2) : one.value;
  const vr = hidesVr(one, style, random) ? 'UN' : one.vr;
  const padded =
    ordered.length % 2 === 0
      ? ordered
      : concatBytes(ordered, Uint8Array.of(['UI', 'OB', 'UN'].includes(one.vr) ? 0 : 32));
  return concatBytes(header(one.tag, vr, padded.length, encoding), padded);
}

/** A writer that does not know an attribute calls it UN; its bytes are the same, if they are text. */
function hidesVr({ tag, vr }: Field, { encoding, unknown }: Style, random: Random): boolean {
  const isText = ['PN', 'LO', 'SH', 'LT', 'ST', 'UI', 'DA', 'DT'].includes(vr);
  return (
    isText &&
    encoding.explicit &&
    encoding.littleEndian &&
    tag >>> 16 > 8 &&
    tag !== 0x0020000d &&
    random.chance(unknown / 3)
  );
}

function swapped(bytes: Uint8Array, unit: number): Uint8Array {
  const out = bytes.slice();
  for (let at = 0; at + unit <= out.length; at += unit) out.subarray(at, at + unit).reverse();
  return out;
}

function encodeSequence(tag: number, items: readonly (readonly Field[])[], style: Style, random: Random): Uint8Array {
  const { encoding } = style;
  // PS3.5 §6.2.2 note 2: a sequence as UN is implicit inside; only known tags are found again when they have a length.
  const isUnknown =
    encoding.explicit && encoding.littleEndian && dictionaryVr(tag) === 'SQ' && random.chance(style.unknown);
  const inner: Style = isUnknown ? { ...style, encoding: IMPLICIT } : style;
  const parts = items.map((fields) => {
    const content = encodeFields(fields, inner, random);
    return random.chance(style.open)
      ? concatBytes(
          header(0xfffee000, '', UNDEFINED, inner.encoding),
          content,
          header(0xfffee00d, '', 0, inner.encoding),
        )
      : concatBytes(header(0xfffee000, '', content.length, inner.encoding), content);
  });
  const content = concatBytes(...parts);
  const vr = isUnknown ? 'UN' : 'SQ';
  return random.chance(style.open)
    ? concatBytes(header(tag, vr, UNDEFINED, encoding), content, header(0xfffee0dd, '', 0, inner.encoding))
    : concatBytes(header(tag, vr, content.length, encoding), content);
}

export const SYNTAXES: readonly { readonly uid: string; readonly encoding: Encoding; readonly deflated?: true }[] = [
  { uid: '1.2.840.10008.1.2.1', encoding: EXPLICIT },
  { uid: '1.2.840.10008.1.2', encoding: IMPLICIT },
  { uid: '1.2.840.10008.1.2.2', encoding: EXPLICIT_BIG },
  { uid: '1.2.840.10008.1.2.1.99', encoding: EXPLICIT, deflated: true },
];

/** Preamble and meta group with whatever is to be hidden in them. */
export function part10(preamble: Uint8Array, meta: readonly Field[], dataSet: Uint8Array, random: Random): Uint8Array {
  const group = encodeFields(meta, { encoding: EXPLICIT, open: 0, unknown: 0 }, random);
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, group.length, true);
  return concatBytes(
    preamble,
    utf8('DICM'),
    header(0x00020000, 'UL', 4, EXPLICIT),
    new Uint8Array(length.buffer),
    group,
    dataSet,
  );
}
