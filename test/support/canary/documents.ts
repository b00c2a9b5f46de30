import { utf8 } from '../../../crypto/wire/bytes.js';
import { encodeFields, type Field, field, part10, SYNTAXES } from './data-set.js';
import type { CanaryCase } from './cases.js';
import type { Plant } from './plants.js';
import { createRandom, date, digits, type Random, word } from './random.js';

/** Objects whose content is words: reports, presentation states, encapsulated documents, annotated waveforms. */
export type DocumentKind = 'report' | 'presentation' | 'pdf' | 'cda' | 'stl' | 'waveform' | 'key-object';

export const DOCUMENT_KINDS: readonly DocumentKind[] = [
  'report',
  'presentation',
  'pdf',
  'cda',
  'stl',
  'waveform',
  'key-object',
];

const CLASSES: Readonly<Record<DocumentKind, string>> = {
  report: '1.2.840.10008.5.1.4.1.1.88.22',
  presentation: '1.2.840.10008.5.1.4.1.1.11.1',
  pdf: '1.2.840.10008.5.1.4.1.1.104.1',
  cda: '1.2.840.10008.5.1.4.1.1.104.2',
  stl: '1.2.840.10008.5.1.4.1.1.104.3',
  waveform: '1.2.840.10008.5.1.4.1.1.9.1.1',
  'key-object': '1.2.840.10008.5.1.4.1.1.88.59',
};

type Hide = (where: string) => string;

export function documentCase(seed: number, index: number, kind: DocumentKind, options: readonly string[]): CanaryCase {
  const random = createRandom(seed * 7919 + index);
  const plants: Plant[] = [];
  const hide: Hide = (where) => {
    const value = word(random, 12);
    plants.push({ column: 'documents', where: `${kind}: ${where}`, value, expect: 'gone' });
    return value;
  };
  const uids = { sop: `1.2.276.0.55.${digits(random, 12)}`, study: `1.2.276.0.55.${digits(random, 11)}` };
  const patientId = `D${digits(random, 8)}`;
  const studyDate = date(random);
  const fields: Field[] = [
    field(0x00080016, 'UI', CLASSES[kind]),
    field(0x00080018, 'UI', uids.sop),
    field(0x00080020, 'DA', studyDate),
    field(0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
    field(0x00080060, 'CS', 'CT'),
    field(0x00080070, 'LO', 'MAKER OF SCANNERS'),
    field(0x00080090, 'PN', hide('referring physician')),
    field(0x00100010, 'PN', hide('patient')),
    field(0x00100020, 'LO', patientId),
    field(0x00180050, 'DS', '2.5'),
    field(0x00180060, 'DS', '120'),
    field(0x0020000d, 'UI', uids.study),
    field(0x0020000e, 'UI', `${uids.study}.1`),
    field(0x00081140, 'SQ', [[field(0x00081150, 'UI', CLASSES[kind]), field(0x00081155, 'UI', uids.sop)]]),
    field(0x00200013, 'IS', '7'),
    ...contentOf(kind, hide, random, patientId),
  ];
  const syntax = SYNTAXES[index % 3] ?? fail();
  const dataSet = encodeFields(fields, { encoding: syntax.encoding, open: random.pick([0, 1]), unknown: 0 }, random);
  const meta = [
    field(0x00020002, 'UI', CLASSES[kind]),
    field(0x00020003, 'UI', uids.sop),
    field(0x00020010, 'UI', syntax.uid),
  ];
  return {
    name: `seed ${seed} ${kind} ${index} [${options.join(',')}]: `,
    bytes: part10(new Uint8Array(128), meta, dataSet, random),
    options,
    plants,
    sopInstanceUid: uids.sop,
    studyInstanceUid: uids.study,
    patientId,
    studyDate,
    pixels: null,
  };
}

function fail(): never {
  throw new RangeError('the canary generator is wrong');
}

function contentOf(kind: DocumentKind, hide: Hide, random: Random, patientId: string): Field[] {
  switch (kind) {
    case 'report':
      return report(hide, random, patientId);
    case 'key-object':
      return [
        field(0x0040a040, 'CS', 'CONTAINER'),
        field(0x0040a730, 'SQ', [textItem('113012', hide('description')), imageItem(random)]),
      ];
    case 'presentation':
      return presentation(hide);
    case 'waveform':
      return [field(0x0040b020, 'SQ', [[field(0x00700006, 'ST', hide('annotation')), field(0x0040a0b0, 'US', 1)]])];
    case 'pdf':
      return encapsulated('application/pdf', `%PDF-1.4\n(${hide('text')}) Tj\n%%EOF`, hide);
    case 'cda':
      return encapsulated('text/xml', `<ClinicalDocument><title>${hide('title')}</title></ClinicalDocument>`, hide);
    case 'stl':
      return encapsulated('model/stl', `solid ${hide('name')}\nendsolid`, hide);
  }
}

function encapsulated(mime: string, content: string, hide: Hide): Field[] {
  return [
    field(0x00420010, 'ST', hide('document title')),
    field(0x00420011, 'OB', utf8(content)),
    field(0x00420012, 'LO', mime),
  ];
}

function presentation(hide: Hide): Field[] {
  const text = [field(0x00700006, 'ST', hide('text object'))];
  return [
    field(0x00700001, 'SQ', [[field(0x00700002, 'CS', 'LAYER'), field(0x00700008, 'SQ', [text])]]),
    field(0x00700060, 'SQ', [[field(0x00700002, 'CS', 'LAYER'), field(0x00700068, 'LO', hide('layer description'))]]),
    field(0x00700080, 'CS', 'LABEL'),
    field(0x00700081, 'LO', hide('content description')),
    field(0x00700084, 'PN', hide('creator')),
  ];
}

function code(value: string, meaning: string, scheme = 'DCM'): Field[] {
  return [field(0x00080100, 'SH', value), field(0x00080102, 'SH', scheme), field(0x00080104, 'LO', meaning)];
}

function textItem(concept: string, text: string): Field[] {
  return [
    field(0x0040a010, 'CS', 'CONTAINS'),
    field(0x0040a040, 'CS', 'TEXT'),
    field(0x0040a043, 'SQ', [code(concept, 'Concept')]),
    field(0x0040a160, 'UT', text),
  ];
}

function imageItem(random: Random): Field[] {
  const reference = [
    field(0x00081150, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    field(0x00081155, 'UI', `1.2.276.0.9.${digits(random, 12)}`),
  ];
  return [field(0x0040a010, 'CS', 'CONTAINS'), field(0x0040a040, 'CS', 'IMAGE'), field(0x00081199, 'SQ', [reference])];
}

function report(hide: Hide, random: Random, patientId: string): Field[] {
  const item = (type: string, concept: string, ...value: Field[]): Field[] => [
    field(0x0040a010, 'CS', 'CONTAINS'),
    field(0x0040a040, 'CS', type),
    field(0x0040a043, 'SQ', [code(concept, 'Concept')]),
    ...value,
  ];
  return [
    field(0x0040a040, 'CS', 'CONTAINER'),
    field(0x0040a043, 'SQ', [code('126000', 'Imaging Measurement Report')]),
    field(0x0040a730, 'SQ', [
      textItem('121106', `Thorax ${hide('comment')} ohne Befund`),
      textItem('121022', hide('accession number')),
      textItem('121071', `${patientId} ${hide('finding')}`),
      item('PNAME', '121008', field(0x0040a123, 'PN', hide('person observer'))),
      item('UIDREF', '121012', field(0x0040a124, 'UI', `1.2.276.0.8.${digits(random, 12)}`)),
      [...item('CONTAINER', '121070'), field(0x0040a730, 'SQ', [textItem('121106', hide('deep comment'))])],
    ]),
  ];
}
