/**
 * What the index keeps of an instance, by the level it belongs to: everything that PS3.18 (tables 10.6.3-3 to -5) and IHE's viewers
 * ask for. Other attributes are read from the instance when somebody asks.
 */
export const PATIENT_STUDY = [
  '00080020', // StudyDate
  '00080030', // StudyTime
  '00080050', // AccessionNumber
  '00080051', // IssuerOfAccessionNumberSequence
  '00080090', // ReferringPhysicianName
  '00080201', // TimezoneOffsetFromUTC
  '00081030', // StudyDescription
  '00100010', // PatientName
  '00100020', // PatientID
  '00100021', // IssuerOfPatientID
  '00100030', // PatientBirthDate
  '00100040', // PatientSex
  '0020000D', // StudyInstanceUID
  '00200010', // StudyID
] as const;

export const SERIES = [
  '00080021', // SeriesDate
  '00080031', // SeriesTime
  '00080060', // Modality
  '0008103E', // SeriesDescription
  '00180015', // BodyPartExamined
  '0020000E', // SeriesInstanceUID
  '00200011', // SeriesNumber
  '00200060', // Laterality
  '00400244', // PerformedProcedureStepStartDate
  '00400245', // PerformedProcedureStepStartTime
] as const;

export const INSTANCE = [
  '00080008', // ImageType
  '00080016', // SOPClassUID
  '00080018', // SOPInstanceUID
  '00080022', // AcquisitionDate
  '00080023', // ContentDate
  '00080033', // ContentTime
  '00200012', // AcquisitionNumber
  '00200013', // InstanceNumber
  '00280008', // NumberOfFrames
  '00280010', // Rows
  '00280011', // Columns
  '00280100', // BitsAllocated
] as const;

export type Level = 'study' | 'series' | 'instance';

const KEPT: Readonly<Record<Level, ReadonlySet<string>>> = {
  study: new Set(PATIENT_STUDY),
  series: new Set(SERIES),
  instance: new Set(INSTANCE),
};

export function keptAt(level: Level, tag: string): boolean {
  return KEPT[level].has(tag);
}
