import { type GdtRecord } from './record.js';

/** A patient of this practice, as its software knows him. */
export interface LocalPatient {
  /** Field 3000: the number that the practice software files by. */
  readonly number: string;
  readonly lastName: string;
  readonly firstName: string;
  /** `YYYYMMDD`, empty when it is not known. */
  readonly birthDate: string;
  readonly sex: 'M' | 'F' | 'O' | '';
}

/** Records that name the patient somebody works with: his data, an examination that is asked for, one that is to be shown. */
export const REQUEST_TYPES: ReadonlySet<string> = new Set(['6301', '6302', '6311']);

const MAX_NUMBER = 64;
const MAX_NAME = 200;

/** docs/spec/gdt.md §4. @returns null for a record that names nobody */
export function localPatientOf({ type, fields }: GdtRecord): LocalPatient | null {
  if (!REQUEST_TYPES.has(type)) return null;
  const value = (id: string): string => fields.find((one) => one.id === id)?.value ?? '';
  const number = value('3000');
  const [prefix, last, firstName] = [value('3100'), value('3101'), value('3102')];
  const lastName = prefix === '' ? last : `${prefix} ${last}`;
  if (number === '' || number.length > MAX_NUMBER || last === '') return null;
  if (lastName.length > MAX_NAME || firstName.length > MAX_NAME) return null;
  return { number, lastName, firstName, birthDate: dateOf(value('3103')), sex: sexOf(value('3110')) };
}

/** `TTMMJJJJ` → `YYYYMMDD`; what is no day is not known. */
export function dateOf(text: string): string {
  const [, day, month, year] = /^([0-9]{2})([0-9]{2})([0-9]{4})$/.exec(text) ?? [];
  if (day === undefined || month === undefined || year === undefined) return '';
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isDay = date.getUTCDate() === Number(day) && date.getUTCMonth() === Number(month) - 1;
  return isDay && Number(year) >= 1850 ? `${year}${month}${day}` : '';
}

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
