import { decodeText, parseCharacterSets } from '../dicom/charset.js';
import { type ElementNode, findElement, type ItemNode, itemsOf, valueBytes } from './element-tree.js';
import type { PixelImage, UltrasoundRegion } from './pixel-port.js';

/** Single values of one level. */
export interface Attributes {
  has(tag: number): boolean;
  /** Of the default repertoire, padding removed. */
  text(tag: number): string;
  /** In the level's character set. */
  words(tag: number): string;
  /** US; null when absent. */
  uint16(tag: number): number | null;
  /** UL or SL. */
  int32(tag: number): number | null;
  /** The first number of IS or DS. */
  number(tag: number): number | null;
}

const latin = new TextDecoder('iso-8859-1');

export function attributesOf(elements: readonly ElementNode[]): Attributes {
  const find = finderIn(elements);
  const text = (tag: number): string => {
    const node = find(tag);
    return node === undefined
      ? ''
      : latin
          .decode(valueBytes(node))
          .replace(/[\0 ]+$/, '')
          .trimStart();
  };
  const view = (tag: number, bytes: number): { view: DataView; little: boolean } | null => {
    const node = find(tag);
    const value = node === undefined ? null : valueBytes(node);
    if (node === undefined || value === null || value.length < bytes) return null;
    return { view: new DataView(value.buffer, value.byteOffset, value.length), little: node.encoding.littleEndian };
  };
  return {
    has: (tag) => find(tag) !== undefined,
    text,
    words(tag) {
      const node = find(tag);
      if (node === undefined) return '';
      return decodeText(valueBytes(node), parseCharacterSets(text(0x00080005)))
        .replace(/[\0 ]+$/, '')
        .trimStart();
    },
    uint16(tag) {
      const found = view(tag, 2);
      return found === null ? null : found.view.getUint16(0, found.little);
    },
    int32(tag) {
      const found = view(tag, 4);
      return found === null ? null : found.view.getInt32(0, found.little);
    },
    number(tag) {
      const first = text(tag).split('\\')[0]?.trim() ?? '';
      const value = Number(first);
      return first === '' || !Number.isFinite(value) ? null : value;
    },
  };
}

/** By tag, made when it is first asked; of an element that comes twice the first one. */
function finderIn(elements: readonly ElementNode[]): (tag: number) => ElementNode | undefined {
  let byTag: Map<number, ElementNode> | null = null;
  return (tag) => {
    if (byTag === null) {
      byTag = new Map();
      for (const node of elements) if (!byTag.has(node.tag)) byTag.set(node.tag, node);
    }
    return byTag.get(tag);
  };
}

const ULTRASOUND_REGIONS = 0x00186011;

/** @param at the same elements by tag */
export function pixelImageOf(
  at: Attributes,
  elements: readonly ElementNode[],
  transferSyntaxUid: string,
  littleEndian: boolean,
): PixelImage {
  const regions = findElement(elements, ULTRASOUND_REGIONS);
  return {
    transferSyntaxUid,
    sopClassUid: at.text(0x00080016),
    modality: at.text(0x00080060),
    manufacturer: at.words(0x00080070),
    manufacturerModelName: at.words(0x00081090),
    softwareVersions: at.words(0x00181020),
    imageType: at.text(0x00080008).split('\\'),
    conversionType: at.text(0x00080064),
    burnedInAnnotation: at.text(0x00280301),
    rows: at.uint16(0x00280010) ?? 0,
    columns: at.uint16(0x00280011) ?? 0,
    samplesPerPixel: at.uint16(0x00280002) ?? 1,
    photometricInterpretation: at.text(0x00280004),
    planarConfiguration: at.uint16(0x00280006) ?? 0,
    bitsAllocated: at.uint16(0x00280100) ?? 0,
    bitsStored: at.uint16(0x00280101) ?? 0,
    highBit: at.uint16(0x00280102) ?? 0,
    pixelRepresentation: at.uint16(0x00280103) ?? 0,
    // Frames that nobody can count are not cut: 0 makes the layout unknown.
    numberOfFrames: at.text(0x00280008) === '' ? 1 : Math.max(0, at.number(0x00280008) ?? 0),
    littleEndian,
    windowCenter: at.number(0x00281050),
    windowWidth: at.number(0x00281051),
    lossyImageCompression: at.text(0x00282110),
    ultrasoundRegions: regions === undefined ? [] : itemsOf(regions).flatMap(regionOf),
  };
}

function regionOf({ elements }: ItemNode): UltrasoundRegion[] {
  const at = attributesOf(elements);
  const [minX, minY, maxX, maxY] = [0x00186018, 0x0018601a, 0x0018601c, 0x0018601e].map((tag) => at.int32(tag));
  if (typeof minX !== 'number' || typeof minY !== 'number' || typeof maxX !== 'number' || typeof maxY !== 'number')
    return [];
  return [{ minX, minY, maxX, maxY, dataType: at.uint16(0x00186014) }];
}
