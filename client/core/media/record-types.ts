import type { Wanted, WantedAttribute } from '../dicom/read-attributes.js';

/** What a directory record says beyond the fields that all records have (PS3.3 §F.5). */
export interface RecordType {
  readonly name: string;
  /** Two letters of the file ids of such instances. */
  readonly prefix: string;
  /** Keys that must be there and hold something (type 1). */
  readonly required: readonly number[];
  /** Keys that must be there and may be empty (type 2). */
  readonly present: readonly number[];
  /** Keys that are there when the instance has them (types 1C and 3). */
  readonly optional: readonly number[];
}

const INSTANCE_NUMBER = 0x00200013;
const CONTENT_DATE = 0x00080023;
const CONTENT_TIME = 0x00080033;
const CONTENT_LABEL = 0x00700080;
const CONTENT_DESCRIPTION = 0x00700081;
const CREATOR_NAME = 0x00700084;
const CONCEPT_NAME = 0x0040a043;
const CONTENT_SEQUENCE = 0x0040a730;
const REFERENCED_SERIES = 0x00081115;

const NAMED_CONTENT = [INSTANCE_NUMBER, CONTENT_DATE, CONTENT_TIME, CONTENT_LABEL];

function type(
  name: string,
  prefix: string,
  required: readonly number[],
  present: readonly number[] = [],
  optional: readonly number[] = [],
): RecordType {
  return { name, prefix, required, present, optional };
}

function named(name: string, prefix: string): RecordType {
  return type(name, prefix, NAMED_CONTENT, [CONTENT_DESCRIPTION, CREATOR_NAME]);
}

export const PATIENT = type('PATIENT', 'PT', [0x00100020], [0x00100010], [0x00100030, 0x00100040]);
export const STUDY = type('STUDY', 'ST', [0x00080020, 0x00080030, 0x00200010, 0x0020000d], [0x00080050, 0x00081030]);
export const SERIES = type('SERIES', 'SE', [0x00080060, 0x0020000e, 0x00200011], [], [0x0008103e]);
const IMAGE = type('IMAGE', 'IM', [INSTANCE_NUMBER], [], [0x00080008, 0x00280008, 0x00280010, 0x00280011]);

const TYPES: readonly (readonly [RecordType, readonly string[]])[] = [
  [type('RT DOSE', 'RD', [INSTANCE_NUMBER, 0x3004000a]), ['481.2']],
  [type('RT STRUCTURE SET', 'RS', [INSTANCE_NUMBER, 0x30060002], [0x30060008, 0x30060009]), ['481.3']],
  [type('RT PLAN', 'RP', [INSTANCE_NUMBER, 0x300a0002], [0x300a0006, 0x300a0007]), ['481.5', '481.8']],
  [type('RT TREAT RECORD', 'RX', [INSTANCE_NUMBER], [0x30080250, 0x30080251]), ['481.4', '481.6', '481.7', '481.9']],
  [
    type(
      'PRESENTATION',
      'PR',
      [0x00700082, 0x00700083, INSTANCE_NUMBER, CONTENT_LABEL],
      [CONTENT_DESCRIPTION, CREATOR_NAME],
      [REFERENCED_SERIES],
    ),
    [...numbered('11', 1, 12), '131'],
  ],
  [
    type('WAVEFORM', 'WV', [INSTANCE_NUMBER, CONTENT_DATE, CONTENT_TIME]),
    '9.1.1 9.1.2 9.1.3 9.2.1 9.3.1 9.4.1 9.4.2 9.5.1 9.6.1 9.6.2 9.7.1 9.7.2 9.7.3 9.7.4 9.8.1'.split(' '),
  ],
  [
    type(
      'SR DOCUMENT',
      'SR',
      [INSTANCE_NUMBER, 0x0040a491, 0x0040a493, CONTENT_DATE, CONTENT_TIME, CONCEPT_NAME],
      [],
      [0x0040a030, CONTENT_SEQUENCE],
    ),
    [...'78.6 79.1 88.11 88.22 88.33 88.34 88.35 88.40 88.50 88.65'.split(' '), ...numbered('88', 67, 77)],
  ],
  [
    type('KEY OBJECT DOC', 'KY', [INSTANCE_NUMBER, CONTENT_DATE, CONTENT_TIME, CONCEPT_NAME], [], [CONTENT_SEQUENCE]),
    ['88.59'],
  ],
  [
    type('SPECTROSCOPY', 'SP', [
      0x00080008,
      CONTENT_DATE,
      CONTENT_TIME,
      INSTANCE_NUMBER,
      0x00280008,
      0x00280010,
      0x00280011,
      0x00289001,
      0x00289002,
    ]),
    ['4.2'],
  ],
  [type('RAW DATA', 'RW', [CONTENT_DATE, CONTENT_TIME], [INSTANCE_NUMBER]), ['66']],
  [named('REGISTRATION', 'RG'), ['66.1', '66.3']],
  [named('FIDUCIAL', 'FD'), ['66.2']],
  [named('VALUE MAP', 'VM'), ['67']],
  [type('STEREOMETRIC', 'SX', []), ['77.1.5.3']],
  [named('MEASUREMENT', 'MX'), ['78.1', '78.2', '78.3', '78.4', '78.5', '78.7', '80.1']],
  [named('SURFACE', 'SF'), ['66.5']],
  [type('SURFACE SCAN', 'SS', [CONTENT_DATE, CONTENT_TIME]), ['68.1', '68.2']],
  [named('TRACT', 'TR'), ['66.6']],
  [type('ASSESSMENT', 'AS', [INSTANCE_NUMBER, 0x00080012], [0x00080013]), ['90.1']],
  [named('ANNOTATION', 'AN'), ['91.1']],
  [
    type(
      'ENCAP DOC',
      'ED',
      [INSTANCE_NUMBER, 0x00420012],
      [CONTENT_DATE, CONTENT_TIME, 0x00420010, CONCEPT_NAME],
      [0x0040e001],
    ),
    numbered('104', 1, 5),
  ],
  [type('RADIOTHERAPY', 'RT', [INSTANCE_NUMBER], [], [0x30100033, 0x30100034]), numbered('481', 10, 25)],
];

function numbered(branch: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${branch}.${first + i}`);
}

const STORAGE = '1.2.840.10008.5.1.4.1.1.';
const BY_CLASS: ReadonlyMap<string, RecordType> = new Map(
  TYPES.flatMap(([one, classes]) => classes.map((uid) => [`${STORAGE}${uid}`, one] as const)),
);

/** By SOP class (PS3.3 table F.4-1); everything that is nothing else is an image. */
export function recordTypeOf(sopClassUid: string): RecordType {
  return BY_CLASS.get(sopClassUid) ?? IMAGE;
}

/** A code as PS3.3 §8.8 has it. */
const CODE: Wanted = new Map([
  [0x00080100, { vr: 'SH' }],
  [0x00080102, { vr: 'SH' }],
  [0x00080103, { vr: 'SH' }],
  [0x00080104, { vr: 'LO' }],
  [0x00080119, { vr: 'UC' }],
  [0x00080120, { vr: 'UR' }],
]);

const REFERENCE: Wanted = new Map([
  [0x00081150, { vr: 'UI' }],
  [0x00081155, { vr: 'UI' }],
]);

/** All keys of all records, and the character set that their texts are in. */
export const RECORD_KEYS: Wanted = new Map<number, WantedAttribute>([
  [0x00080005, { vr: 'CS' }],
  [0x00080008, { vr: 'CS' }],
  [0x00080012, { vr: 'DA' }],
  [0x00080013, { vr: 'TM' }],
  [0x00080020, { vr: 'DA' }],
  [0x00080021, { vr: 'DA' }],
  [0x00080022, { vr: 'DA' }],
  [0x00080023, { vr: 'DA' }],
  [0x00080030, { vr: 'TM' }],
  [0x00080031, { vr: 'TM' }],
  [0x00080032, { vr: 'TM' }],
  [0x00080033, { vr: 'TM' }],
  [0x00080050, { vr: 'SH' }],
  [0x00080060, { vr: 'CS' }],
  [0x00081030, { vr: 'LO' }],
  [0x0008103e, { vr: 'LO' }],
  [
    REFERENCED_SERIES,
    {
      vr: 'SQ',
      items: new Map<number, WantedAttribute>([
        [0x0020000e, { vr: 'UI' }],
        [0x00081140, { vr: 'SQ', items: REFERENCE }],
      ]),
    },
  ],
  [0x00100010, { vr: 'PN' }],
  [0x00100020, { vr: 'LO' }],
  [0x00100030, { vr: 'DA' }],
  [0x00100040, { vr: 'CS' }],
  [0x0020000d, { vr: 'UI' }],
  [0x0020000e, { vr: 'UI' }],
  [0x00200010, { vr: 'SH' }],
  [0x00200011, { vr: 'IS' }],
  [INSTANCE_NUMBER, { vr: 'IS' }],
  [0x00280008, { vr: 'IS' }],
  [0x00280010, { vr: 'US' }],
  [0x00280011, { vr: 'US' }],
  [0x00289001, { vr: 'UL' }],
  [0x00289002, { vr: 'UL' }],
  [0x0040a030, { vr: 'DT' }],
  [CONCEPT_NAME, { vr: 'SQ', items: CODE }],
  [0x0040a491, { vr: 'CS' }],
  [0x0040a493, { vr: 'CS' }],
  [
    CONTENT_SEQUENCE,
    {
      vr: 'SQ',
      items: new Map<number, WantedAttribute>([
        [0x0040a010, { vr: 'CS' }],
        [0x0040a040, { vr: 'CS' }],
        [CONCEPT_NAME, { vr: 'SQ', items: CODE }],
        [0x0040a160, { vr: 'UT' }],
        [0x0040a168, { vr: 'SQ', items: CODE }],
      ]),
    },
  ],
  [0x0040e001, { vr: 'ST' }],
  [0x00420010, { vr: 'ST' }],
  [0x00420012, { vr: 'LO' }],
  [CONTENT_LABEL, { vr: 'CS' }],
  [CONTENT_DESCRIPTION, { vr: 'LO' }],
  [0x00700082, { vr: 'DA' }],
  [0x00700083, { vr: 'TM' }],
  [CREATOR_NAME, { vr: 'PN' }],
  [0x3004000a, { vr: 'CS' }],
  [0x30060002, { vr: 'SH' }],
  [0x30060008, { vr: 'DA' }],
  [0x30060009, { vr: 'TM' }],
  [0x30080250, { vr: 'DA' }],
  [0x30080251, { vr: 'TM' }],
  [0x300a0002, { vr: 'SH' }],
  [0x300a0006, { vr: 'DA' }],
  [0x300a0007, { vr: 'TM' }],
  [0x30100033, { vr: 'SH' }],
  [0x30100034, { vr: 'LO' }],
]);
