import { type LocalPatient } from './patient.js';

/** A patient as a study names him. */
export interface NamedPatient {
  /** DICOM PN: `Family^Given^Middle^Prefix^Suffix`, `=` between representations. */
  readonly name: string;
  /** `YYYYMMDD` */
  readonly birthDate: string;
  readonly sex: string;
}

/** Whether a study is one of a local patient: same names, same day of birth, and nothing that speaks against it. */
export function isSamePatient(named: NamedPatient, local: LocalPatient): boolean {
  const [alphabetic = ''] = named.name.split('=');
  const [family = '', given = '', middle = ''] = alphabetic.split('^');
  if (named.birthDate === '' || named.birthDate !== local.birthDate) return false;
  if (contradicts(named.sex, local.sex)) return false;
  const lastNames = [plain(family)];
  const firstNames = [plain(given), plain(`${given} ${middle}`)];
  const [lastName, firstName] = [plain(local.lastName), plain(local.firstName)];
  return lastName !== '' && firstName !== '' && lastNames.includes(lastName) && firstNames.includes(firstName);
}

function contradicts(one: string, other: string): boolean {
  return one !== '' && other !== '' && one !== other;
}

const UMLAUTS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };

/** Modalities without umlauts write them as two letters; case, accents, blanks and hyphens tell nobody apart. */
function plain(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[äöüß]/g, (char) => UMLAUTS[char] ?? char)
    .normalize('NFD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}
