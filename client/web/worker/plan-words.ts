import { type Plan } from '../../core/package/plan.js';

/** What a plan says that somebody could look for. */
export function wordsOf({ studies, documents }: Plan): string {
  const words = studies.flatMap((study) => [
    study.patient.name,
    study.patient.id,
    ...datesOf(study.patient.birthDate),
    ...datesOf(study.date),
    study.description,
    study.accessionNumber,
    study.id,
    study.referringPhysician,
    study.studyInstanceUid,
    ...study.series.flatMap(({ modality, description }) => [modality, description]),
  ]);
  return [...new Set([...words, ...documents.map(({ name }) => name)])].filter((word) => word !== '').join('\n');
}

/** DICOM DA, and as people write it. */
function datesOf(date: string): string[] {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
  return year === '' ? [date] : [date, `${day}.${month}.${year}`, `${year}-${month}-${day}`];
}
