import { refuse } from './refusal.js';

/** The attributes the scanner keeps, by tag (PS3.6). */
export const TAG = {
  mediaStorageSopClassUid: 0x00020002,
  transferSyntaxUid: 0x00020010,
  specificCharacterSet: 0x00080005,
  sopClassUid: 0x00080016,
  sopInstanceUid: 0x00080018,
  studyDate: 0x00080020,
  studyTime: 0x00080030,
  accessionNumber: 0x00080050,
  modality: 0x00080060,
  referringPhysicianName: 0x00080090,
  studyDescription: 0x00081030,
  seriesDescription: 0x0008103e,
  echoNumber: 0x00180086,
  triggerTime: 0x00181060,
  patientName: 0x00100010,
  patientId: 0x00100020,
  patientBirthDate: 0x00100030,
  patientSex: 0x00100040,
  studyInstanceUid: 0x0020000d,
  seriesInstanceUid: 0x0020000e,
  studyId: 0x00200010,
  seriesNumber: 0x00200011,
  acquisitionNumber: 0x00200012,
  instanceNumber: 0x00200013,
  imagePosition: 0x00200032,
  imageOrientation: 0x00200037,
  temporalPosition: 0x00200100,
  samplesPerPixel: 0x00280002,
  photometricInterpretation: 0x00280004,
  numberOfFrames: 0x00280008,
  rows: 0x00280010,
  columns: 0x00280011,
  bitsAllocated: 0x00280100,
  redPaletteDescriptor: 0x00281101,
  greenPaletteDescriptor: 0x00281102,
  bluePaletteDescriptor: 0x00281103,
  pixelDataProviderUrl: 0x00287fe0,
  floatPixelData: 0x7fe00008,
  doubleFloatPixelData: 0x7fe00009,
  pixelData: 0x7fe00010,
} as const;

const KEPT: ReadonlySet<number> = new Set(Object.values(TAG).filter((tag) => tag >>> 16 !== 0x7fe0));

/** Nothing of a value beyond this is looked at: PN has at most 3 × 64 characters of at most 4 bytes. */
export const MAX_VALUE_BYTES = 1024;

export function isKept(tag: number): boolean {
  return KEPT.has(tag);
}

/** Raw values as the file has them, first occurrence. */
export type RawValues = Map<number, Uint8Array>;

/** @throws ScanRefused `ambiguous` for a second, different value: other readers take the last one, or both */
export function keepValue(values: RawValues, tag: number, value: Uint8Array): void {
  const known = values.get(tag);
  if (known === undefined) values.set(tag, value);
  else if (known.length !== value.length || known.some((byte, i) => byte !== value[i])) refuse('ambiguous');
}

const latin = new TextDecoder('iso-8859-1');

/** Text of the default repertoire (UI, CS, DS, IS, DA, TM): padding at the end removed. */
export function plainText(values: RawValues, tag: number): string {
  return latin
    .decode(values.get(tag))
    .replace(/[\0 ]+$/, '')
    .trimStart();
}

/** IS: a whole number, or null when absent or not one. */
export function integer(values: RawValues, tag: number): number | null {
  const text = plainText(values, tag);
  if (!/^[+-]?[0-9]{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value >= -(2 ** 31) && value < 2 ** 31 ? value + 0 : null;
}

/** DS: exactly `count` finite numbers, or null. */
export function decimals(values: RawValues, tag: number, count: number): readonly number[] | null {
  const parts = plainText(values, tag).split('\\');
  if (parts.length !== count) return null;
  const numbers = parts.map((part) =>
    /^\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*$/.test(part) ? Number(part) : Number.NaN,
  );
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** US: a 16-bit number, the first by default, or null. */
export function uint16(values: RawValues, tag: number, littleEndian: boolean, index = 0): number | null {
  const value = values.get(tag);
  if (value === undefined || value.length < 2 * index + 2) return null;
  return new DataView(value.buffer, value.byteOffset + 2 * index, 2).getUint16(0, littleEndian);
}
