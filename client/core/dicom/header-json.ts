import type { HeaderElement } from './header.js';
import type { HeaderValue } from './header-value.js';

/** One element of the DICOM JSON Model (PS3.18 annex F.2). */
export interface JsonElement {
  readonly vr: string;
  readonly Value?: readonly (string | number | null | JsonName | JsonDataSet)[];
}

export interface JsonName {
  readonly Alphabetic?: string;
  readonly Ideographic?: string;
  readonly Phonetic?: string;
}

export type JsonDataSet = { readonly [tag: string]: JsonElement };

/** The DICOM JSON Model of a header: tags as eight hex digits. Bytes are left out, as bulk data without an address. */
export function toJsonModel(elements: readonly HeaderElement[]): JsonDataSet {
  return Object.fromEntries(elements.map((element) => [tagText(element.tag), jsonElement(element)]));
}

export function tagText(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(8, '0');
}

function jsonElement({ vr, content }: HeaderElement): JsonElement {
  switch (content.kind) {
    case 'omitted':
      return { vr };
    case 'items':
      return content.items.length === 0 ? { vr } : { vr, Value: content.items.map(toJsonModel) };
    case 'values':
      return content.values.length === 0 ? { vr } : { vr, Value: content.values.map((value) => jsonValue(vr, value)) };
  }
}

function jsonValue(vr: string, value: HeaderValue): string | number | null | JsonName {
  if (vr === 'PN' && typeof value === 'string') return jsonName(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return value === '' ? null : value;
}

function jsonName(text: string): JsonName {
  const [alphabetic = '', ideographic = '', phonetic = ''] = text.split('=');
  return {
    ...(alphabetic === '' ? {} : { Alphabetic: alphabetic }),
    ...(ideographic === '' ? {} : { Ideographic: ideographic }),
    ...(phonetic === '' ? {} : { Phonetic: phonetic }),
  };
}

/** By keyword, one value as itself and several as a list; what has no keyword goes by its tag. Built without a prototype. */
export type NaturalDataSet = { readonly [keyword: string]: NaturalValue };
export type NaturalValue = HeaderValue | null | readonly HeaderValue[] | readonly NaturalDataSet[];

export function toNatural(elements: readonly HeaderElement[]): NaturalDataSet {
  const natural = Object.create(null) as Record<string, NaturalValue>;
  for (const { tag, keyword, content } of elements) natural[keyword ?? tagText(tag)] = naturalValue(content);
  return natural;
}

function naturalValue(content: HeaderElement['content']): NaturalValue {
  switch (content.kind) {
    case 'omitted':
      return null;
    case 'items':
      return content.items.map(toNatural);
    case 'values':
      return content.values.length <= 1 ? (content.values[0] ?? null) : content.values;
  }
}
