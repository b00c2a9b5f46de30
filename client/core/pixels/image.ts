import type { UltrasoundRegion } from '../deidentification/pixel-port.js';
import { decimals, integer, plainText, uint16, type RawValues } from '../dicom/attributes.js';
import type { Cursor } from '../dicom/cursor.js';
import {
  type ElementHeader,
  type Encoding,
  ITEM,
  ITEM_END,
  readElementHeader,
  SEQUENCE_END,
  UNDEFINED_LENGTH,
} from '../dicom/element.js';
import { type Budget, skipSequence, spend } from '../dicom/sequence.js';
import type { DecodableImage, Palette } from './geometry.js';

/** Attributes that pixels depend on, by tag (PS3.6). */
export const PIXEL_TAG = {
  imageType: 0x00080008,
  sopClassUid: 0x00080016,
  modality: 0x00080060,
  conversionType: 0x00080064,
  manufacturer: 0x00080070,
  manufacturerModelName: 0x00081090,
  softwareVersions: 0x00181020,
  ultrasoundRegions: 0x00186011,
  samplesPerPixel: 0x00280002,
  photometricInterpretation: 0x00280004,
  planarConfiguration: 0x00280006,
  numberOfFrames: 0x00280008,
  rows: 0x00280010,
  columns: 0x00280011,
  bitsAllocated: 0x00280100,
  bitsStored: 0x00280101,
  highBit: 0x00280102,
  pixelRepresentation: 0x00280103,
  burnedInAnnotation: 0x00280301,
  windowCenter: 0x00281050,
  windowWidth: 0x00281051,
  redDescriptor: 0x00281101,
  redTable: 0x00281201,
  greenTable: 0x00281202,
  blueTable: 0x00281203,
  lossyImageCompression: 0x00282110,
  extendedOffsetTable: 0x7fe00001,
} as const;

const WANTED: ReadonlySet<number> = new Set(Object.values(PIXEL_TAG));

export function isWanted(tag: number): boolean {
  return WANTED.has(tag);
}

export interface PixelValues {
  readonly raw: RawValues;
  ultrasoundRegions: readonly UltrasoundRegion[];
}

export function describeImage(
  { raw, ultrasoundRegions }: PixelValues,
  transferSyntaxUid: string,
  littleEndian: boolean,
): DecodableImage {
  const text = (tag: number): string => plainText(raw, tag);
  const number = (tag: number): number => uint16(raw, tag, littleEndian) ?? 0;
  const bitsAllocated = number(PIXEL_TAG.bitsAllocated);
  const bitsStored = number(PIXEL_TAG.bitsStored) || bitsAllocated;
  return {
    transferSyntaxUid,
    sopClassUid: text(PIXEL_TAG.sopClassUid),
    modality: text(PIXEL_TAG.modality),
    manufacturer: text(PIXEL_TAG.manufacturer),
    manufacturerModelName: text(PIXEL_TAG.manufacturerModelName),
    softwareVersions: text(PIXEL_TAG.softwareVersions),
    imageType: text(PIXEL_TAG.imageType).split('\\'),
    conversionType: text(PIXEL_TAG.conversionType),
    burnedInAnnotation: text(PIXEL_TAG.burnedInAnnotation),
    rows: number(PIXEL_TAG.rows),
    columns: number(PIXEL_TAG.columns),
    samplesPerPixel: raw.has(PIXEL_TAG.samplesPerPixel) ? number(PIXEL_TAG.samplesPerPixel) : 1,
    photometricInterpretation: text(PIXEL_TAG.photometricInterpretation),
    planarConfiguration: number(PIXEL_TAG.planarConfiguration),
    bitsAllocated,
    bitsStored,
    highBit: raw.has(PIXEL_TAG.highBit) ? number(PIXEL_TAG.highBit) : bitsStored - 1,
    pixelRepresentation: number(PIXEL_TAG.pixelRepresentation),
    // Absent or empty is one frame; what is no number is none, and refused with the geometry.
    numberOfFrames: text(PIXEL_TAG.numberOfFrames) === '' ? 1 : (integer(raw, PIXEL_TAG.numberOfFrames) ?? 0),
    littleEndian,
    windowCenter: firstDecimal(raw, PIXEL_TAG.windowCenter),
    windowWidth: firstDecimal(raw, PIXEL_TAG.windowWidth),
    lossyImageCompression: text(PIXEL_TAG.lossyImageCompression),
    ultrasoundRegions,
    palette: paletteOf(raw, littleEndian),
  };
}

function firstDecimal(raw: RawValues, tag: number): number | null {
  const count = plainText(raw, tag).split('\\').length;
  return decimals(raw, tag, count)?.[0] ?? null;
}

/** PS3.3 §C.7.6.3.1.5 and .6. Null without tables, or when they are shorter than they say: then indices are looked at as they are. */
function paletteOf(raw: RawValues, littleEndian: boolean): Palette | null {
  const descriptor = raw.get(PIXEL_TAG.redDescriptor);
  if (descriptor === undefined || descriptor.length < 6) return null;
  const view = new DataView(descriptor.buffer, descriptor.byteOffset, 6);
  const entries = view.getUint16(0, littleEndian) || 65_536;
  const isSigned = uint16(raw, PIXEL_TAG.pixelRepresentation, littleEndian) === 1;
  const first = isSigned ? view.getInt16(2, littleEndian) : view.getUint16(2, littleEndian);
  const tables = [PIXEL_TAG.redTable, PIXEL_TAG.greenTable, PIXEL_TAG.blueTable].map((tag) =>
    tableOf(raw.get(tag), entries, littleEndian),
  );
  const [red, green, blue] = tables;
  return red && green && blue ? { first, tables: [red, green, blue] } : null;
}

/** Entries of 16 bits carry their weight in the high byte; some writers pack entries of 8 bits. */
function tableOf(value: Uint8Array | undefined, entries: number, littleEndian: boolean): Uint8Array | null {
  if (value === undefined || value.length < entries) return null;
  if (value.length < 2 * entries) return value.slice(0, entries);
  const high = littleEndian ? 1 : 0;
  const table = Uint8Array.from({ length: entries }, (_, i) => value[2 * i + high]!);
  // Entries of 8 bits in words have nothing in their high byte.
  return table.some((entry) => entry !== 0) ? table : Uint8Array.from(table, (_, i) => value[2 * i + 1 - high]!);
}

type RegionNumbers = Record<keyof UltrasoundRegion, number>;

const DATA_TYPE = 0x00186014;

const CORNERS: ReadonlyMap<number, keyof UltrasoundRegion> = new Map([
  [0x00186018, 'minX'],
  [0x0018601a, 'minY'],
  [0x0018601c, 'maxX'],
  [0x0018601e, 'maxY'],
]);

/** The Sequence of Ultrasound Regions (PS3.3 §C.8.5.5): corners of each item, 32 bits each. */
export async function readUltrasoundRegions(
  cursor: Cursor,
  { length }: ElementHeader,
  encoding: Encoding,
  budget: Budget,
): Promise<readonly UltrasoundRegion[]> {
  const end = length === UNDEFINED_LENGTH ? Number.POSITIVE_INFINITY : cursor.position + length;
  const regions: Partial<RegionNumbers>[] = [];
  while (cursor.position < end) {
    const header = await readElementHeader(cursor, encoding);
    if (header === null || header.tag === SEQUENCE_END) break;
    spend(budget, 'elements');
    if (header.tag === ITEM) regions.push({});
    else if (header.tag === ITEM_END) continue;
    else if (header.length === UNDEFINED_LENGTH) await skipSequence(cursor, encoding, header, budget);
    else await readCorner(cursor, header, encoding, regions.at(-1));
  }
  return regions.flatMap(({ minX, minY, maxX, maxY, dataType }) =>
    minX === undefined || minY === undefined || maxX === undefined || maxY === undefined
      ? []
      : [{ minX, minY, maxX, maxY, dataType: dataType ?? null }],
  );
}

async function readCorner(
  cursor: Cursor,
  { tag, length }: ElementHeader,
  { littleEndian }: Encoding,
  region: Partial<RegionNumbers> | undefined,
): Promise<void> {
  const corner = CORNERS.get(tag);
  if (corner !== undefined && length === 4 && region !== undefined && (await cursor.fill(4)) === 4) {
    region[corner] = cursor.view.getUint32(cursor.at, littleEndian);
  }
  if (tag === DATA_TYPE && length === 2 && region !== undefined && (await cursor.fill(2)) === 2)
    region.dataType = cursor.view.getUint16(cursor.at, littleEndian);
  await cursor.skip(length);
}
