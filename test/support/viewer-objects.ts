import { concatBytes } from '../../crypto/wire/bytes.js';
import { element as e, file, item, sequence } from './dicom-bytes.js';

/** Instances that are no pictures, made for tests: a presentation state, a key object selection, a structured report, a PDF. */

const CLASS = '1.2.840.10008.5.1.4.1.1.';

export interface Of {
  readonly study: string;
  readonly series: string;
  readonly instance: string;
  readonly patientName?: string;
}

function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function signedLongs(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

function instance(sopClass: string, modality: string, of: Of, ...content: readonly Uint8Array[]): Uint8Array {
  return file(
    {},
    concatBytes(
      e(0x00080005, 'CS', 'ISO_IR 192'),
      e(0x00080016, 'UI', CLASS + sopClass),
      e(0x00080018, 'UI', of.instance),
      e(0x00080020, 'DA', '20260105'),
      e(0x00080060, 'CS', modality),
      e(0x00100010, 'PN', of.patientName ?? 'Muster^Erika'),
      e(0x00100020, 'LO', 'PH1'),
      e(0x0020000d, 'UI', of.study),
      e(0x0020000e, 'UI', of.series),
      ...content,
    ),
  );
}

function images(tag: number, uids: readonly string[]): Uint8Array {
  return sequence(
    tag,
    'SQ',
    uids.map((uid) => item(concatBytes(e(0x00081150, 'UI', `${CLASS}2`), e(0x00081155, 'UI', uid)))),
  );
}

export function code(tag: number, value: string, scheme: string, meaning: string): Uint8Array {
  const content = concatBytes(e(0x00080100, 'SH', value), e(0x00080102, 'SH', scheme), e(0x00080104, 'LO', meaning));
  return sequence(tag, 'SQ', [item(content)]);
}

/** Window 50 / 100, inverted, turned by 90° and then flipped, a line, a circle, a text, and a rectangle outside of which all is hidden. */
export function presentationState(of: Of, uids: readonly string[]): Uint8Array {
  const line = concatBytes(
    e(0x00700005, 'CS', 'PIXEL'),
    e(0x00700020, 'US', 2),
    e(0x00700021, 'US', 2),
    e(0x00700022, 'FL', floats(101, 101, 201, 101)),
    e(0x00700023, 'CS', 'POLYLINE'),
    e(0x00700024, 'CS', 'N'),
  );
  const circle = concatBytes(
    e(0x00700005, 'CS', 'PIXEL'),
    e(0x00700022, 'FL', floats(256, 256, 276, 256)),
    e(0x00700023, 'CS', 'CIRCLE'),
  );
  const text = concatBytes(
    e(0x00700003, 'CS', 'PIXEL'),
    e(0x00700006, 'ST', 'Blutung\r\nhier'),
    e(0x00700010, 'FL', floats(301, 201)),
    e(0x00700011, 'FL', floats(401, 251)),
  );
  const annotation = concatBytes(
    sequence(0x00700008, 'SQ', [item(text)]),
    sequence(0x00700009, 'SQ', [item(line), item(circle)]),
  );
  const window = concatBytes(e(0x00281050, 'DS', '50'), e(0x00281051, 'DS', '100'));
  return instance(
    '11.1',
    'PR',
    of,
    sequence(0x00081115, 'SQ', [item(images(0x00081140, uids))]),
    e(0x00181600, 'CS', 'RECTANGULAR'),
    e(0x00181602, 'IS', '20'),
    e(0x00181604, 'IS', '490'),
    e(0x00181606, 'IS', '30'),
    e(0x00181608, 'IS', '480'),
    sequence(0x00283110, 'SQ', [item(window)]),
    sequence(0x0070005a, 'SQ', [
      item(
        concatBytes(
          e(0x00700052, 'SL', signedLongs(1, 1)),
          e(0x00700053, 'SL', signedLongs(512, 512)),
          e(0x00700100, 'CS', 'SCALE TO FIT'),
        ),
      ),
    ]),
    sequence(0x00700001, 'SQ', [item(annotation)]),
    e(0x00700041, 'CS', 'Y'),
    e(0x00700042, 'US', 90),
    e(0x00700080, 'CS', 'BLUTUNG'),
    e(0x00700081, 'LO', 'Fragliche Blutung'),
    e(0x00700084, 'PN', 'Meier^A'),
    e(0x20500020, 'CS', 'INVERSE'),
  );
}

export function keyObjectSelection(of: Of, uids: readonly string[]): Uint8Array {
  const note = concatBytes(
    e(0x0040a040, 'CS', 'TEXT'),
    code(0x0040a043, '113012', 'DCM', 'Key Object Description'),
    e(0x0040a160, 'UT', 'Bitte diese ansehen'),
  );
  const picture = (uid: string): Uint8Array =>
    item(concatBytes(e(0x0040a040, 'CS', 'IMAGE'), images(0x00081199, [uid])));
  return instance(
    '88.59',
    'KO',
    of,
    e(0x0040a040, 'CS', 'CONTAINER'),
    code(0x0040a043, '113000', 'DCM', 'Of Interest'),
    sequence(0x0040a730, 'SQ', [item(note), ...uids.map(picture)]),
  );
}

export function structuredReport(of: Of): Uint8Array {
  const value = (type: string, name: string, ...content: readonly Uint8Array[]): Uint8Array =>
    item(concatBytes(e(0x0040a040, 'CS', type), code(0x0040a043, '1', '99X', name), ...content));
  const units = code(0x004008ea, 'mm', 'UCUM', 'millimeter');
  const size = value(
    'NUM',
    'Durchmesser',
    sequence(0x0040a300, 'SQ', [item(concatBytes(units, e(0x0040a30a, 'DS', '12.5')))]),
  );
  const finding = value('CODE', 'Art', code(0x0040a168, '2', '99X', 'Hämatom'), sequence(0x0040a730, 'SQ', [size]));
  const part = value(
    'CONTAINER',
    'Befund',
    sequence(0x0040a730, 'SQ', [
      value('TEXT', 'Beschreibung', e(0x0040a160, 'UT', 'Links temporal.\r\n<b>Rand scharf</b>')),
      finding,
    ]),
  );
  return instance(
    '88.22',
    'SR',
    of,
    e(0x0040a040, 'CS', 'CONTAINER'),
    code(0x0040a043, '18748-4', 'LN', 'Bildgebender Befund'),
    sequence(0x0040a073, 'SQ', [item(e(0x0040a075, 'PN', 'Meier^Anna'))]),
    e(0x0040a491, 'CS', 'COMPLETE'),
    e(0x0040a493, 'CS', 'VERIFIED'),
    sequence(0x0040a730, 'SQ', [part]),
  );
}

export function encapsulatedPdf(of: Of, pdf: Uint8Array): Uint8Array {
  const padded = pdf.length % 2 === 0 ? pdf : concatBytes(pdf, new Uint8Array(1));
  return instance(
    '104.1',
    'DOC',
    of,
    e(0x00420010, 'ST', 'Brief'),
    e(0x00420011, 'OB', padded),
    e(0x00420012, 'LO', 'application/pdf'),
  );
}
