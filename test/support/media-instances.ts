import { concatBytes } from '../../crypto/wire/bytes.js';
import { EXPLICIT_BIG, IMPLICIT, type Encoding } from '../../client/core/dicom/element.js';
import type { ByteSource } from '../../client/core/ports.js';
import { element, file, item, sequence } from './dicom-bytes.js';
import { memorySource } from './memory-source.js';

/** Instances of many kinds for media: whole enough for the checkers of other toolkits. */

interface Choices {
  readonly sopClass?: string;
  readonly patient?: string;
  readonly patientId?: string;
  readonly study?: string;
  readonly series?: string;
  readonly characterSet?: string;
  readonly encoding?: Encoding;
  readonly extra?: readonly Uint8Array[];
}

const SYNTAX = new Map<Encoding | undefined, string>([
  [IMPLICIT, '1.2.840.10008.1.2'],
  [EXPLICIT_BIG, '1.2.840.10008.1.2.2'],
]);

export function mediumInstance(number: number, choices: Choices = {}): ByteSource {
  const { study = '1.2.3', encoding, patient = 'Müller^Jürgen', patientId = '4711' } = choices;
  const e = (tag: number, vr: string, value: string | number | Uint8Array): Uint8Array =>
    element(tag, vr, value, encoding);
  const content = concatBytes(
    e(0x00080005, 'CS', choices.characterSet ?? 'ISO_IR 192'),
    e(0x00080016, 'UI', `1.2.840.10008.5.1.4.1.1.${choices.sopClass ?? '7'}`),
    e(0x00080018, 'UI', `1.9.${number}`),
    e(0x00080020, 'DA', '20260101'),
    e(0x00080023, 'DA', '20260102'),
    e(0x00080030, 'TM', '1200'),
    e(0x00080033, 'TM', '1201'),
    e(0x00080060, 'CS', 'OT'),
    e(0x00100010, 'PN', patient),
    e(0x00100020, 'LO', patientId),
    e(0x0020000d, 'UI', study),
    e(0x0020000e, 'UI', choices.series ?? `${study}.1`),
    e(0x00200010, 'SH', 'S1'),
    e(0x00200011, 'IS', '1'),
    e(0x00200013, 'IS', String(number)),
    ...(choices.extra ?? []),
  );
  return memorySource(`${number}`, file({ syntax: SYNTAX.get(encoding) ?? '1.2.840.10008.1.2.1' }, content));
}

function code(encoding?: Encoding): Uint8Array {
  const e = (tag: number, vr: string, value: string): Uint8Array => element(tag, vr, value, encoding);
  return item(
    concatBytes(
      e(0x00080100, 'SH', '18748-4'),
      e(0x00080102, 'SH', 'LN'),
      e(0x00080104, 'LO', 'Diagnostic Imaging Report'),
    ),
    undefined,
    encoding,
  );
}

export const reportInstance = (number: number, encoding?: Encoding): ByteSource => {
  const content = (relationship: string): Uint8Array =>
    item(
      concatBytes(
        element(0x0040a010, 'CS', relationship, encoding),
        element(0x0040a040, 'CS', 'TEXT', encoding),
        sequence(0x0040a043, 'SQ', [code(encoding)], encoding),
        element(0x0040a160, 'UT', 'Deutsch', encoding),
      ),
      undefined,
      encoding,
    );
  return mediumInstance(number, {
    sopClass: '88.11',
    ...(encoding === undefined ? {} : { encoding }),
    extra: [
      sequence(0x0040a043, 'SQ', [code(encoding)], encoding),
      element(0x0040a491, 'CS', 'COMPLETE', encoding),
      element(0x0040a493, 'CS', 'UNVERIFIED', encoding),
      sequence(0x0040a730, 'SQ', [content('CONTAINS'), content('HAS CONCEPT MOD')], encoding),
    ],
  });
};
