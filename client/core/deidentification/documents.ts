import { utf8 } from '../../../crypto/wire/bytes.js';
import { type ElementNode, findElement } from './element-tree.js';
import type { Outcome } from './job.js';
import { PieceList } from './pieces.js';
import { attributesOf } from './root-attributes.js';
import { element, padValue, uint32 } from './write-elements.js';

const ENCAPSULATED_DOCUMENT = 0x00420011;
const ENCAPSULATED_LENGTH = 0x00420015;

/** An encapsulated PDF, CDA or model cannot be cleaned: an empty one of its kind takes its place (PS3.15: action D). */
export function replaceDocument(elements: readonly ElementNode[]): ReadonlyMap<number, Outcome> {
  const node = findElement(elements, ENCAPSULATED_DOCUMENT);
  if (node === undefined) return new Map();
  const document = emptyDocument(attributesOf(elements).text(0x00420012).toLowerCase());
  const list = new PieceList();
  list.bytes(
    element(ENCAPSULATED_DOCUMENT, node.vr === 'UN' ? 'OB' : node.vr, padValue(document, 'OB'), node.encoding),
  );
  const length = new PieceList();
  length.bytes(element(ENCAPSULATED_LENGTH, 'UL', uint32(document.length, node.encoding), node.encoding));
  return new Map<number, Outcome>([
    [ENCAPSULATED_DOCUMENT, { kind: 'pieces', list }],
    [ENCAPSULATED_LENGTH, { kind: 'pieces', list: length }],
  ]);
}

export function hasDocument(elements: readonly ElementNode[]): boolean {
  return findElement(elements, ENCAPSULATED_DOCUMENT) !== undefined;
}

function emptyDocument(mime: string): Uint8Array {
  switch (mime) {
    case 'text/xml':
      return utf8(EMPTY_CDA);
    case 'model/stl':
    case 'application/sla':
      // A binary STL: 80 bytes of header, no triangle.
      return new Uint8Array(84);
    case 'model/obj':
    case 'model/mtl':
      return utf8('# removed\n');
    default:
      return emptyPdf();
  }
}

const EMPTY_CDA =
  '<?xml version="1.0" encoding="UTF-8"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" ' +
  'extension="POCD_HD000040"/><title>Removed</title></ClinicalDocument>\n';

/** One white page that says so, with a correct table of offsets. */
function emptyPdf(): Uint8Array {
  const text = 'BT /F1 14 Tf 72 760 Td (Removed by de-identification) Tj ET';
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let out = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = out.length;
    out += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  return utf8(
    `${out}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${out.length}\n%%EOF\n`,
  );
}
