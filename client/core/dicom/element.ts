import type { Cursor } from './cursor.js';
import { refuse } from './refusal.js';

/** How elements are written (PS3.5 §7.1): with or without their value representation, low or high byte first. */
export interface Encoding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

export const IMPLICIT: Encoding = { explicit: false, littleEndian: true };
export const EXPLICIT: Encoding = { explicit: true, littleEndian: true };
export const EXPLICIT_BIG: Encoding = { explicit: true, littleEndian: false };

export interface ElementHeader {
  /** Group × 65,536 + element. */
  readonly tag: number;
  /** Empty when not written. */
  readonly vr: string;
  /** Bytes of the value; UNDEFINED_LENGTH for a sequence that is closed by a delimiter. */
  readonly length: number;
}

export const UNDEFINED_LENGTH = 0xffffffff;
export const ITEM = 0xfffee000;
export const ITEM_END = 0xfffee00d;
export const SEQUENCE_END = 0xfffee0dd;

const SHORT_HEADER = 8;
const LONG_HEADER = 12;
/** Value representations with 16 bits of length (PS3.5 table 7.1-2); all others, new ones too, have 32. */
const SHORT_VRS = new Set('AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));
const LONG_VRS = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));

export function isKnownVr(vr: string): boolean {
  return SHORT_VRS.has(vr) || LONG_VRS.has(vr);
}

/**
 * Reads an element's tag, VR and length and moves behind them; null at the end. Items and delimiters have no VR in any
 * encoding. A length beyond the end is refused here, so that no caller ever uses one.
 * @throws ScanRefused `truncated`, `malformed`
 */
export async function readElementHeader(cursor: Cursor, encoding: Encoding): Promise<ElementHeader | null> {
  const visible = cursor.window.length - cursor.at;
  const there = visible >= LONG_HEADER ? LONG_HEADER : await cursor.fill(LONG_HEADER);
  if (there === 0) return null;
  if (there < SHORT_HEADER) refuse('truncated');
  const header = parseHeader(cursor.view, cursor.at, there, encoding);
  cursor.advance(header.bytes);
  if (header.length !== UNDEFINED_LENGTH && header.length > cursor.left) refuse('truncated');
  return header;
}

function parseHeader(view: DataView, at: number, there: number, encoding: Encoding): ElementHeader & { bytes: number } {
  const little = encoding.littleEndian;
  const tag = view.getUint16(at, little) * 0x10000 + view.getUint16(at + 2, little);
  if (!encoding.explicit || tag >>> 16 === 0xfffe) {
    return { tag, vr: '', length: view.getUint32(at + 4, little), bytes: SHORT_HEADER };
  }
  const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5));
  if (SHORT_VRS.has(vr)) return { tag, vr, length: view.getUint16(at + 6, little), bytes: SHORT_HEADER };
  if (!/^[A-Z]{2}$/.test(vr)) refuse('malformed');
  if (there < LONG_HEADER) refuse('truncated');
  return { tag, vr, length: view.getUint32(at + 8, little), bytes: LONG_HEADER };
}
