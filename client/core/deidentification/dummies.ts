import { concatBytes, utf8 } from '../../../crypto/wire/bytes.js';
import type { Encoding } from '../dicom/element.js';
import { REMOVED } from './clean-text.js';
import { type ElementNode, findElement, itemsOf, type ItemNode, valueBytes } from './element-tree.js';
import type { Outcome, Subject } from './job.js';
import { PieceList } from './pieces.js';
import { latinText } from './text-value.js';
import { codeItem, element, float32, sequenceElement, textElement, uint16 } from './write-elements.js';

/** Values that say nothing and are valid for their VR: no reader and no validator stumbles over them. */

const DUMMY_DATE = '20000101';

export function dummyValue(vr: string, length: number): Uint8Array {
  const text = DUMMY_TEXT[vr];
  if (text !== undefined) return utf8(text);
  const unit = UNIT[vr] ?? 2;
  return new Uint8Array(Math.max(unit, Math.min(Math.floor(length / unit) * unit, 8)));
}

const DUMMY_TEXT: Readonly<Record<string, string>> = {
  AE: REMOVED,
  AS: '000Y',
  CS: REMOVED,
  DA: DUMMY_DATE,
  DS: '0 ',
  DT: `${DUMMY_DATE}000000`,
  IS: '0 ',
  LO: REMOVED,
  LT: REMOVED,
  PN: REMOVED,
  SH: REMOVED,
  ST: REMOVED,
  TM: '000000',
  UC: REMOVED,
  UR: 'urn:removed',
  UT: REMOVED,
};

const UNIT: Readonly<Record<string, number>> = {
  AT: 4,
  FD: 8,
  FL: 4,
  OD: 8,
  OF: 4,
  OL: 4,
  OV: 8,
  SL: 4,
  SV: 8,
  UL: 4,
  UV: 8,
};

const PERSON_IDENTIFICATION_CODE = 0x00401101;
const INSTITUTION_CODE = 0x00080082;
const CONTENT = 0x0040a730;
const GRAPHIC_ANNOTATION = 0x00700001;

/** A sequence under action D: its items with everything in them treated, or, where they say something by themselves, others. */
export function dummyItems({ node }: Subject): Outcome {
  const { encoding } = node;
  switch (node.tag) {
    case PERSON_IDENTIFICATION_CODE:
    case INSTITUTION_CODE:
      return whole(node, [codeItem(REMOVED, '99BILDBOTE', 'Removed', encoding)]);
    case CONTENT:
      return dummyContent(node, encoding);
    case GRAPHIC_ANNOTATION:
      return whole(
        node,
        itemsOf(node)
          .slice(0, 1)
          .map((item) => dummyGraphic(item, encoding)),
      );
    default:
      return { kind: 'descend' };
  }
}

/** Written anew, an opened UN becomes the sequence it is. */
function whole(node: ElementNode, items: readonly Uint8Array[]): Outcome {
  const list = new PieceList();
  list.bytes(sequenceElement(node.tag, items, node.encoding));
  return { kind: 'pieces', list };
}

/** One line of text instead of a report. Key objects are lists of references: these stay, their UIDs mapped. */
function dummyContent(node: ElementNode, encoding: Encoding): Outcome {
  const isReference = (item: ItemNode): boolean => ['IMAGE', 'COMPOSITE', 'WAVEFORM'].includes(valueType(item));
  if (itemsOf(node).length > 0 && itemsOf(node).some(isReference)) {
    return { kind: 'descend', drops: (item) => !isReference(item) };
  }
  const text = concatBytes(
    textElement(0x0040a010, 'CS', 'CONTAINS', encoding),
    textElement(0x0040a040, 'CS', 'TEXT', encoding),
    sequenceElement(0x0040a043, [codeItem('121106', 'DCM', 'Comment', encoding)], encoding),
    textElement(0x0040a160, 'UT', REMOVED, encoding),
  );
  return whole(node, [text]);
}

export function valueType(item: ItemNode): string {
  const type = findElement(item.elements, 0x0040a040);
  return type === undefined ? '' : latinText(valueBytes(type)).trim();
}

/** The layer stays, because other attributes name it; on it there is one point in the corner. */
function dummyGraphic({ elements }: ItemNode, encoding: Encoding): Uint8Array {
  const layer = findElement(elements, 0x00700002);
  const point = concatBytes(
    textElement(0x00700005, 'CS', 'PIXEL', encoding),
    element(0x00700020, 'US', uint16(2, encoding), encoding),
    element(0x00700021, 'US', uint16(1, encoding), encoding),
    element(0x00700022, 'FL', float32([1, 1], encoding), encoding),
    textElement(0x00700023, 'CS', 'POINT', encoding),
    textElement(0x00700024, 'CS', 'N', encoding),
  );
  return concatBytes(
    element(0x00700002, 'CS', layer === undefined ? utf8('LAYER') : valueBytes(layer), encoding),
    sequenceElement(0x00700009, [point], encoding),
  );
}
