/**
 * Names on a medium are ours: eight characters of A to Z, 0 to 9 and `_` (PS3.10 §8.2), counted. Nothing of a UID or a sender's name becomes a
 * path (attack A20).
 */

const DIGITS = 6;

function counted(prefix: string, number: number): string {
  return prefix + number.toString(36).toUpperCase().padStart(DIGITS, '0');
}

/** @param place the number of patient, study, series and instance, each within the one before, from 0 */
export function instanceFileId(place: readonly [number, number, number, number], prefix: string): string[] {
  const [patient, study, series, instance] = place;
  return ['DICOM', counted('PT', patient), counted('ST', study), counted('SE', series), counted(prefix, instance)];
}

/** Extensions that nothing runs by. What is none of them is kept as bytes. */
const EXTENSIONS = new Set(
  'PDF TXT CSV XML JPG JPEG PNG TIF TIFF BMP RTF DOC DOCX ODT XLS XLSX ODS DCM STL ZIP'.split(' '),
);
const BY_MEDIA_TYPE: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'PDF'],
  ['text/plain', 'TXT'],
  ['image/jpeg', 'JPG'],
  ['image/png', 'PNG'],
]);

/** Documents lie beside the DICOM files, under a number and an extension that cannot start anything (attack A18). */
export function documentPath(number: number, name: string, mediaType: string): string {
  const given = /\.([A-Za-z0-9]{1,4})$/.exec(name)?.[1]?.toUpperCase() ?? '';
  const extension = BY_MEDIA_TYPE.get(mediaType) ?? (EXTENSIONS.has(given) ? given : 'BIN');
  return `DOCUMENT/${`DOC${String(number + 1).padStart(5, '0')}`}.${extension.slice(0, 4)}`;
}
