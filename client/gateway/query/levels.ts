import { type DicomJson, firstText, textsOf } from '../received/data-set.js';
import { type Remote } from '../dimse/requestor.js';
import { find } from './find.js';
import { type Key } from '../dimse/identifier.js';

/** Patients, studies and series of a PACS, as programs ask for them. */

/** By attribute; `*` and `?` and ranges of dates as DICOM matches them. Empty or absent: any. */
export interface StudyCriteria {
  readonly patientId?: string | undefined;
  readonly patientName?: string | undefined;
  readonly birthDate?: string | undefined;
  readonly accessionNumber?: string | undefined;
  readonly studyDate?: string | undefined;
  readonly modality?: string | undefined;
  readonly studyInstanceUid?: string | undefined;
}

export interface PacsStudy {
  readonly studyInstanceUid: string;
  readonly patientId: string;
  readonly issuer: string;
  readonly patientName: string;
  readonly birthDate: string;
  readonly sex: string;
  readonly studyDate: string;
  readonly studyTime: string;
  readonly description: string;
  readonly accessionNumber: string;
  readonly referringPhysician: string;
  readonly modalities: readonly string[];
  /** Null where the PACS does not count. */
  readonly series: number | null;
  readonly instances: number | null;
}

export interface PacsSeries {
  readonly seriesInstanceUid: string;
  readonly modality: string;
  readonly number: string;
  readonly description: string;
  readonly instances: number | null;
}

export interface Rows<Row> {
  readonly rows: readonly Row[];
  readonly isCut: boolean;
}

const key = (tag: number, vr: string, value: string | undefined = ''): Key => ({ tag, vr, value });

export async function findStudies(remote: Remote, criteria: StudyCriteria, limit: number): Promise<Rows<PacsStudy>> {
  const { rows, isCut } = await find(remote, 'study', studyKeys(criteria), limit);
  return { rows: rows.map(studyOf).filter(({ studyInstanceUid }) => studyInstanceUid !== ''), isCut };
}

function studyKeys(criteria: StudyCriteria): Key[] {
  const { patientId, patientName, birthDate, accessionNumber, studyDate, modality, studyInstanceUid } = criteria;
  return [
    key(0x00080052, 'CS', 'STUDY'),
    key(0x00080020, 'DA', studyDate),
    key(0x00080030, 'TM'),
    key(0x00080050, 'SH', accessionNumber),
    key(0x00080061, 'CS', modality),
    key(0x00080090, 'PN'),
    key(0x00081030, 'LO'),
    key(0x00100010, 'PN', patientName),
    key(0x00100020, 'LO', patientId),
    key(0x00100021, 'LO'),
    key(0x00100030, 'DA', birthDate),
    key(0x00100040, 'CS'),
    key(0x0020000d, 'UI', studyInstanceUid),
    key(0x00200010, 'SH'),
    key(0x00201206, 'IS'),
    key(0x00201208, 'IS'),
  ];
}

function studyOf(row: DicomJson): PacsStudy {
  return {
    studyInstanceUid: firstText(row, '0020000D'),
    ...patientFields(row),
    studyDate: firstText(row, '00080020'),
    studyTime: firstText(row, '00080030'),
    description: firstText(row, '00081030'),
    accessionNumber: firstText(row, '00080050'),
    referringPhysician: firstText(row, '00080090'),
    modalities: textsOf(row['00080061']).filter((one) => one !== ''),
    series: countOf(row, '00201206'),
    instances: countOf(row, '00201208'),
  };
}

function patientFields(row: DicomJson) {
  return {
    patientId: firstText(row, '00100020'),
    issuer: firstText(row, '00100021'),
    patientName: firstText(row, '00100010'),
    birthDate: firstText(row, '00100030'),
    sex: firstText(row, '00100040'),
  };
}

function countOf(row: DicomJson, tag: string): number | null {
  const text = firstText(row, tag);
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : null;
}

export async function findSeries(remote: Remote, studyInstanceUid: string, limit: number): Promise<Rows<PacsSeries>> {
  const keys = [
    key(0x00080052, 'CS', 'SERIES'),
    key(0x00080060, 'CS'),
    key(0x0008103e, 'LO'),
    key(0x0020000d, 'UI', studyInstanceUid),
    key(0x0020000e, 'UI'),
    key(0x00200011, 'IS'),
    key(0x00201209, 'IS'),
  ];
  const { rows, isCut } = await find(remote, 'study', keys, limit);
  const series = rows.map((row): PacsSeries => {
    return {
      seriesInstanceUid: firstText(row, '0020000E'),
      modality: firstText(row, '00080060'),
      number: firstText(row, '00200011'),
      description: firstText(row, '0008103E'),
      instances: countOf(row, '00201209'),
    };
  });
  return { rows: series.filter(({ seriesInstanceUid }) => seriesInstanceUid !== ''), isCut };
}

/** A patient as the PACS or the worklist names it. */
export interface PacsPatient {
  readonly patientId: string;
  readonly issuer: string;
  readonly patientName: string;
  readonly birthDate: string;
  readonly sex: string;
  /** Of a planned examination; empty elsewhere. */
  readonly accessionNumber: string;
}

export type PatientCriteria = Pick<StudyCriteria, 'patientId' | 'patientName' | 'birthDate'>;

/** Each patient once. */
export async function findPatients(
  remote: Remote,
  criteria: PatientCriteria,
  limit: number,
): Promise<Rows<PacsPatient>> {
  const { patientId, patientName, birthDate } = criteria;
  const keys = [
    key(0x00080052, 'CS', 'PATIENT'),
    key(0x00100010, 'PN', patientName),
    key(0x00100020, 'LO', patientId),
    key(0x00100021, 'LO'),
    key(0x00100030, 'DA', birthDate),
    key(0x00100040, 'CS'),
  ];
  const { rows, isCut } = await find(remote, 'patient', keys, limit);
  return { rows: distinct(rows.map((row) => ({ ...patientFields(row), accessionNumber: '' }))), isCut };
}

/** Whoever is planned in the worklist (PS3.4 §K.6.1.2), with the accession number of the order. */
export async function findPlanned(
  remote: Remote,
  { patientName, birthDate }: PatientCriteria,
  limit: number,
): Promise<Rows<PacsPatient>> {
  const step: readonly Key[] = [
    ...[key(0x00080060, 'CS'), key(0x00400001, 'AE'), key(0x00400002, 'DA'), key(0x00400003, 'TM')],
  ];
  const keys = [
    key(0x00080050, 'SH'),
    key(0x00100010, 'PN', patientName),
    key(0x00100020, 'LO'),
    key(0x00100021, 'LO'),
    key(0x00100030, 'DA', birthDate),
    key(0x00100040, 'CS'),
    key(0x00401001, 'SH'),
    { tag: 0x00400100, vr: 'SQ', value: [step] },
  ];
  const { rows, isCut } = await find(remote, 'worklist', keys, limit);
  const planned = rows.map((row) => ({ ...patientFields(row), accessionNumber: firstText(row, '00080050') }));
  return { rows: distinct(planned), isCut };
}

function distinct(patients: readonly PacsPatient[]): PacsPatient[] {
  return [...new Map(patients.map((one) => [JSON.stringify(Object.values(one)), one])).values()];
}
