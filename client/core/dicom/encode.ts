import { concatBytes, utf8 } from '../../../crypto/wire/bytes.js';
import type { Attributes, AttributeValue } from './read-attributes.js';

/** Elements in explicit VR little endian (PS3.5 §7.1.2), the encoding of DICOMDIR and of every meta group. */

const LONG_VRS = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));

/** @param value is padded to an even length as its VR wants it (PS3.5 §6.2) */
export function encodeElement(tag: number, vr: string, value: Uint8Array): Uint8Array {
  const isOdd = value.length % 2 === 1;
  const padding = isOdd ? Uint8Array.of(vr === 'UI' || vr === 'OB' || vr === 'UN' ? 0 : 0x20) : new Uint8Array(0);
  const length = value.length + padding.length;
  const head = new DataView(new ArrayBuffer(LONG_VRS.has(vr) ? 12 : 8));
  writeTag(head, tag);
  head.setUint8(4, vr.charCodeAt(0));
  head.setUint8(5, vr.charCodeAt(1));
  if (LONG_VRS.has(vr)) head.setUint32(8, length, true);
  else head.setUint16(6, length, true);
  return concatBytes(new Uint8Array(head.buffer), value, padding);
}

export function textElement(tag: number, vr: string, text: string): Uint8Array {
  return encodeElement(tag, vr, utf8(text));
}

export function uint32Bytes(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}

export function uint16Bytes(value: number): Uint8Array {
  return uint32Bytes(value).subarray(0, 2);
}

function writeTag(view: DataView, tag: number): void {
  view.setUint16(0, tag >>> 16, true);
  view.setUint16(2, tag & 0xffff, true);
}

/** An item with its length (PS3.5 §7.5). */
export function encodeItem(content: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(8));
  writeTag(head, 0xfffee000);
  head.setUint32(4, content.length, true);
  return concatBytes(new Uint8Array(head.buffer), content);
}

/** In ascending order of tags (PS3.5 §7.1). */
export function encodeAttributes(attributes: Attributes): Uint8Array {
  const sorted = [...attributes].sort(([a], [b]) => a - b);
  return concatBytes(...sorted.map(([tag, value]) => encodeValue(tag, value)));
}

function encodeValue(tag: number, value: AttributeValue): Uint8Array {
  if (value.kind === 'bytes') return encodeElement(tag, value.vr, value.bytes);
  return encodeElement(tag, 'SQ', concatBytes(...value.items.map((item) => encodeItem(encodeAttributes(item)))));
}
