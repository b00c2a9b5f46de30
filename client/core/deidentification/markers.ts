import { concatBytes, utf8 } from '../../../crypto/wire/bytes.js';
import type { Encoding } from '../dicom/element.js';
import { scrubText } from './clean-text.js';
import { type ElementNode, findElement, itemsOf } from './element-tree.js';
import type { Identifiers } from './identifiers.js';
import { EDITION, type OptionKey, type Profile } from './profile.js';
import type { Wanted } from './residual.js';
import { attributesOf } from './root-attributes.js';
import { codeItem, element, sequenceElement, textElement, uint32 } from './write-elements.js';

/** What a de-identified instance says about itself (PS3.15 §E.1.1, PS3.3 §C.12.1): only methods that were really used. */
export interface Marker {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

const IDENTITY_REMOVED = 0x00120062;
const METHOD = 0x00120063;
const METHOD_CODES = 0x00120064;
const BURNED_IN = 0x00280301;
const LONGITUDINAL = 0x00280303;
const LOSSY = 0x00282110;

/** Codes of CID 7050. */
const BASIC_CODE = ['113100', 'Basic Application Confidentiality Profile'] as const;
const OPTION_CODES: Readonly<Record<OptionKey, readonly [string, string]>> = {
  cleanPixelData: ['113101', 'Clean Pixel Data Option'],
  cleanVisualFeatures: ['113102', 'Clean Recognizable Visual Features Option'],
  cleanGraphics: ['113103', 'Clean Graphics Option'],
  cleanStructuredContent: ['113104', 'Clean Structured Content Option'],
  cleanDescriptors: ['113105', 'Clean Descriptors Option'],
  retainLongFullDates: ['113106', 'Retain Longitudinal Temporal Information Full Dates Option'],
  retainLongModifiedDates: ['113107', 'Retain Longitudinal Temporal Information Modified Dates Option'],
  retainPatientCharacteristics: ['113108', 'Retain Patient Characteristics Option'],
  retainDeviceIdentity: ['113109', 'Retain Device Identity Option'],
  retainUIDs: ['113110', 'Retain UIDs Option'],
  retainSafePrivate: ['113111', 'Retain Safe Private Option'],
  retainInstitutionIdentity: ['113112', 'Retain Institution Identity Option'],
};

export interface Applied {
  readonly profile: Profile;
  /** Of the two pixel options, those that were done to this instance. */
  readonly pixels: ReadonlySet<OptionKey>;
  readonly coding: 'same' | 'lossless' | 'lossy';
}

export function appliedOptions({ profile, pixels }: Applied): OptionKey[] {
  const ofPixels: readonly OptionKey[] = ['cleanPixelData', 'cleanVisualFeatures'];
  const others = [...profile.options].filter((key) => !ofPixels.includes(key));
  return [...others, ...ofPixels.filter((key) => pixels.has(key))];
}

/** Tags whose elements, if there are any, give way to the markers. */
export function markedTags(applied: Applied): number[] {
  return [
    IDENTITY_REMOVED,
    METHOD,
    METHOD_CODES,
    LONGITUDINAL,
    ...(applied.pixels.has('cleanPixelData') ? [BURNED_IN] : []),
    ...(applied.coding === 'lossy' ? [LOSSY] : []),
  ];
}

/** What must not be said again, as text and as bytes. */
export interface Searched {
  readonly identifiers: Identifiers;
  readonly wanted: Wanted;
}

export function markersFor(
  elements: readonly ElementNode[],
  encoding: Encoding,
  applied: Applied,
  searched: Searched,
): Marker[] {
  const { options } = applied.profile;
  const longitudinal = options.has('retainLongFullDates')
    ? 'UNMODIFIED'
    : options.has('retainLongModifiedDates')
      ? 'MODIFIED'
      : 'REMOVED';
  const text = (tag: number, vr: string, value: string): Marker => ({
    tag,
    bytes: textElement(tag, vr, value, encoding),
  });
  return [
    text(IDENTITY_REMOVED, 'CS', 'YES'),
    text(METHOD, 'LO', methods(elements, applied, searched).join('\\')),
    { tag: METHOD_CODES, bytes: sequenceElement(METHOD_CODES, methodCodes(elements, encoding, applied), encoding) },
    ...(applied.pixels.has('cleanPixelData') ? [text(BURNED_IN, 'CS', 'NO')] : []),
    text(LONGITUDINAL, 'CS', longitudinal),
    ...(applied.coding === 'lossy' ? [text(LOSSY, 'CS', '01')] : []),
  ];
}

const MAX_METHOD = 64;

/** Appended to what stands there; a value of LO has at most 64 characters, and the element 65,534 bytes. */
function methods(elements: readonly ElementNode[], applied: Applied, { identifiers, wanted }: Searched): string[] {
  const before = attributesOf(elements)
    .text(METHOD)
    .split('\\')
    .map((value) => scrubText(value.trim(), identifiers, 'all', () => ''))
    .filter((value) => value !== '' && /^[\x20-\x7e]*$/.test(value) && !wanted.standsIn(utf8(value)));
  const own = [
    `Bildbote: ${EDITION} Basic Profile, profile ${applied.profile.name}`.slice(0, MAX_METHOD).replaceAll('\\', '/'),
    ...appliedOptions(applied).map((key) =>
      OPTION_CODES[key][1].replace('Longitudinal Temporal Information', 'Longitudinal').slice(0, MAX_METHOD),
    ),
  ];
  return [...before.slice(0, 100), ...own.filter((value) => !before.includes(value))];
}

function methodCodes(elements: readonly ElementNode[], encoding: Encoding, applied: Applied): Uint8Array[] {
  const wanted = [BASIC_CODE, ...appliedOptions(applied).map((key) => OPTION_CODES[key])];
  const codes = new Map<string, Uint8Array>();
  const existing = findElement(elements, METHOD_CODES);
  for (const item of existing === undefined ? [] : itemsOf(existing)) {
    const at = attributesOf(item.elements);
    const [code, scheme, meaning] = [at.text(0x00080100), at.text(0x00080102), at.text(0x00080104)];
    // Codes of the standard only: whatever else somebody put here is not known to be harmless.
    if (scheme === 'DCM' && /^113\d{3}$/.test(code) && /^[A-Za-z ]+$/.test(meaning)) {
      codes.set(code, codeItem(code, scheme, meaning, encoding));
    }
  }
  for (const [code, meaning] of wanted) codes.set(code, codeItem(code, 'DCM', meaning, encoding));
  return [...codes.values()];
}

/** Group 0002, made anew: no AE titles, no private information, no history (PS3.10 §7.1). */
export function fileMeta(sopClassUid: string, sopInstanceUid: string, transferSyntaxUid: string): Uint8Array {
  const explicit: Encoding = { explicit: true, littleEndian: true };
  const uid = (tag: number, value: string): Uint8Array => textElement(tag, 'UI', value, explicit);
  const group = concatBytes(
    element(0x00020001, 'OB', Uint8Array.of(0, 1), explicit),
    sopClassUid === '' ? NOTHING : uid(0x00020002, sopClassUid),
    sopInstanceUid === '' ? NOTHING : uid(0x00020003, sopInstanceUid),
    uid(0x00020010, transferSyntaxUid),
    uid(0x00020012, IMPLEMENTATION_CLASS_UID),
    textElement(0x00020013, 'SH', IMPLEMENTATION_VERSION, explicit),
  );
  return concatBytes(
    new Uint8Array(128),
    utf8('DICM'),
    element(0x00020000, 'UL', uint32(group.length, explicit), explicit),
    group,
  );
}

/** 2.25 and a random UUID, made once for Bildbote. */
export const IMPLEMENTATION_CLASS_UID = '2.25.214603385418627403216520174958246183205';
const IMPLEMENTATION_VERSION = 'BILDBOTE_1';

const NOTHING = new Uint8Array(0);
