import { type HeaderElement } from '../../core/dicom/header.js';
import { tagText, type JsonName } from '../../core/dicom/header-json.js';

/** The DICOM JSON Model (PS3.18 annex F) as DICOMweb answers it, with short bytes inline and long ones by address. */
export type DicomJson = { readonly [tag: string]: DicomJsonElement };

export interface DicomJsonElement {
  readonly vr: string;
  readonly Value?: readonly DicomJsonValue[];
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
}

export type DicomJsonValue = string | number | null | JsonName | DicomJson;

export function toDicomJson(elements: readonly HeaderElement[]): DicomJson {
  const json: Record<string, DicomJsonElement> = {};
  for (const element of elements) {
    // Group lengths are about bytes that are not there (PS3.18 §F.2.2).
    if ((element.tag & 0xffff) !== 0) json[tagText(element.tag)] = jsonElement(element);
  }
  return json;
}

function jsonElement({ vr, content }: HeaderElement): DicomJsonElement {
  switch (content.kind) {
    case 'omitted':
      return content.value === undefined || content.value.length === 0
        ? { vr }
        : { vr, InlineBinary: Buffer.from(content.value).toString('base64') };
    case 'items':
      return content.items.length === 0 ? { vr } : { vr, Value: content.items.map(toDicomJson) };
    case 'values':
      return content.values.length === 0 ? { vr } : { vr, Value: content.values.map((value) => jsonValue(vr, value)) };
  }
}

function jsonValue(vr: string, value: string | number): DicomJsonValue {
  if (vr === 'PN' && typeof value === 'string') return jsonName(value);
  // PS3.18 §F.2.4: numbers that JSON cannot write are absent values.
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

/** The values of an element as texts, names with their representations. */
export function textsOf(element: DicomJsonElement | undefined): string[] {
  return (element?.Value ?? []).map((value) => {
    if (value === null) return '';
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    const { Alphabetic = '', Ideographic = '', Phonetic = '' } = value as JsonName;
    return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '');
  });
}

export function firstText(data: DicomJson, tag: string): string {
  return textsOf(data[tag])[0] ?? '';
}
