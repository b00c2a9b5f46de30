import { decodeText, parseCharacterSets } from '../../core/dicom/charset.js';
import { displayText } from '../../core/dicom/text.js';

/** A data set, or an item of a sequence, as it was read: raw values, first occurrence, and ways to read them. */
export interface DataItem {
  readonly littleEndian: boolean;
  readonly values: ReadonlyMap<number, DataValue>;
  /** PS3.3 §C.12.1.1.2: an item has its own sets, or those around it. */
  readonly characterSets: readonly string[];
}

export type DataValue =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'items'; readonly items: readonly DataItem[] }
  /** Too long to be kept: where it lies. */
  | { readonly kind: 'far'; readonly offset: number; readonly length: number };

/** Where a value is looked for, the nearest first: of a frame its own groups, then what all frames share, then the data set. */
export type Scopes = readonly DataItem[];

export const CHARACTER_SET = 0x00080005;
const latin = new TextDecoder('iso-8859-1');
const NOTHING = new Uint8Array(0);

export function bytesOf(scopes: Scopes, tag: number): Uint8Array | null {
  for (const { values } of scopes) {
    const value = values.get(tag);
    if (value?.kind === 'bytes' && value.bytes.length > 0) return value.bytes;
  }
  return null;
}

export function itemsOf(scopes: Scopes, tag: number): readonly DataItem[] {
  for (const { values } of scopes) {
    const value = values.get(tag);
    if (value?.kind === 'items') return value.items;
  }
  return [];
}

/** Of the default repertoire: CS, DS, IS, UI, DA, TM. */
export function plain(scopes: Scopes, tag: number): string {
  return latin
    .decode(bytesOf(scopes, tag) ?? NOTHING)
    .replace(/[\0 ]+$/, '')
    .trimStart();
}

const MAX_TEXT_CHARS = 16_384;

/** Text in the item's character set, fit to stand in a line of a screen; line breaks of longer texts stay. */
export function words(scopes: Scopes, tag: number): string {
  const holder = scopes.find(({ values }) => values.get(tag)?.kind === 'bytes');
  if (holder === undefined) return '';
  const text = decodeText(bytesOf([holder], tag) ?? NOTHING, holder.characterSets);
  const lines = text.slice(0, MAX_TEXT_CHARS).split(/\r\n|\r|\n|\f/);
  return lines
    .map((line) => displayText(line.replaceAll('\t', ' '), MAX_TEXT_CHARS))
    .join('\n')
    .trim();
}

/** DS or IS, as many as there are; what is no number is left out. */
export function numbers(scopes: Scopes, tag: number): number[] {
  return plain(scopes, tag)
    .split('\\')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
    .filter(Number.isFinite);
}

export type Binary = 'US' | 'SS' | 'UL' | 'SL' | 'FL' | 'FD';
const SIZES: Readonly<Record<Binary, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 };

export function binary(scopes: Scopes, tag: number, vr: Binary): number[] {
  const bytes = bytesOf(scopes, tag);
  if (bytes === null) return [];
  const little = scopes[0]?.littleEndian ?? true;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = SIZES[vr];
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => readOne(view, i * size, vr, little));
}

function readOne(view: DataView, at: number, vr: Binary, little: boolean): number {
  switch (vr) {
    case 'US':
      return view.getUint16(at, little);
    case 'SS':
      return view.getInt16(at, little);
    case 'UL':
      return view.getUint32(at, little);
    case 'SL':
      return view.getInt32(at, little);
    case 'FL':
      return view.getFloat32(at, little);
    case 'FD':
      return view.getFloat64(at, little);
  }
}

export function uint16(scopes: Scopes, tag: number, index = 0): number | null {
  return binary(scopes, tag, 'US')[index] ?? null;
}

export function setsOf(bytes: Uint8Array): string[] {
  return parseCharacterSets(latin.decode(bytes).replace(/[\0 ]+$/, ''));
}
