import { type Plan } from '../../core/package/plan.js';

/** How texts are searched: without case, accents and signs, by parts of words, and umlauts in both of their spellings. */

const DIGRAPHS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue' };

/** The two spellings of a text behind each other: `muller` and `mueller`. */
export function folded(text: string): string {
  const lower = text.normalize('NFC').toLowerCase().replaceAll('ß', 'ss');
  const short = plain(lower);
  const long = plain(lower.replaceAll(/[äöü]/g, (sign) => DIGRAPHS[sign] ?? sign));
  return short === long ? short : `${short}\n${long}`;
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Each word of the query stands somewhere in the text, whole or as a part of a word. */
export function matches(foldedText: string, query: string): boolean {
  return termsOf(query).every((term) => foldedText.includes(term));
}

/** As typed: who writes an umlaut means it in either spelling. */
function termsOf(query: string): string[] {
  const lower = query.normalize('NFC').toLowerCase().replaceAll('ß', 'ss');
  return plain(lower)
    .split(' ')
    .filter((term) => term !== '');
}

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
