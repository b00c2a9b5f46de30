import { type LocalPatient, localPatientSchema } from '../patients/local-patients.js';
import { type GdtRecord } from './record.js';

/** Records that name the patient somebody works with: his data, an examination that is asked for, one that is to be shown. */
export const REQUEST_TYPES: ReadonlySet<string> = new Set(['6301', '6302', '6311']);

/** docs/spec/gdt.md §4. @param issuer of the practice's own numbers @returns null for a record that names nobody, or not as DICOM can */
export function localPatientOf({ type, fields }: GdtRecord, issuer: string): LocalPatient | null {
  if (!REQUEST_TYPES.has(type)) return null;
  const value = (id: string): string => fields.find((one) => one.id === id)?.value ?? '';
  const [prefix, family, given] = [value('3100'), value('3101'), value('3102')].map(componentOf);
  if (family === undefined || family === '') return null;
  const parsed = localPatientSchema.safeParse({
    ...{ patientId: value('3000'), issuer, accessionNumber: '', source: 'gdt' },
    name: `${prefix === '' ? family : `${prefix} ${family}`}^${given}`,
    ...{ birthDate: dateOf(value('3103')), sex: sexOf(value('3110')) },
  });
  return parsed.success ? parsed.data : null;
}

/** What separates components of a name in DICOM separates nothing in a name (PS3.5 §6.2.1). */
function componentOf(text: string): string {
  return text.replaceAll(/[\^=\\]/g, ' ').trim();
}

/** `TTMMJJJJ` → `YYYYMMDD`; what is no day is not known. */
export function dateOf(text: string): string {
  const [, day, month, year] = /^([0-9]{2})([0-9]{2})([0-9]{4})$/.exec(text) ?? [];
  if (day === undefined || month === undefined || year === undefined || Number(year) < FIRST_YEAR) return '';
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isDay = date.getUTCDate() === Number(day) && date.getUTCMonth() === Number(month) - 1;
  return isDay ? `${year}${month}${day}` : '';
}

/** Nobody who lives was born before; and dates of two digits do not pass for years. */
const FIRST_YEAR = 1850;

/** `YYYYMMDD` → `TTMMJJJJ`; empty for anything else. */
export function gdtDate(text: string): string {
  const [, year, month, day] = /^([0-9]{4})([0-9]{2})([0-9]{2})$/.exec(text) ?? [];
  return year === undefined ? '' : `${day}${month}${year}`;
}

const SEXES: Readonly<Record<string, LocalPatient['sex']>> = {
  ...{ '1': 'M', M: 'M', '2': 'F', W: 'F', F: 'F', '3': 'O', D: 'O', X: 'O' },
};

function sexOf(text: string): LocalPatient['sex'] {
  return SEXES[text.toUpperCase()] ?? '';
}

/** Field 3110 of GDT 2.1 knows two; nothing is said of others. */
export function gdtSex(sex: string): string {
  return sex === 'M' ? '1' : sex === 'F' ? '2' : '';
}
