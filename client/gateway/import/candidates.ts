import { type PacsConfig } from '../config/config.js';
import { type Verdict, compareIdentities } from '../patients/compare.js';
import { type LocalPatient, localPatientSchema } from '../patients/local-patients.js';
import { remoteOf } from '../query/remote.js';
import { type PacsPatient, type PatientCriteria, type Rows, findPatients, findPlanned } from '../query/levels.js';
import { type ImportRecord, type IncomingPatient } from './records.js';

/** Who of the practice's own patients a study may be about. */

export type Candidate = ImportRecord['candidates'][number];

export interface Compared {
  readonly verdict: Verdict;
  readonly candidates: readonly Candidate[];
}

/** Patients of one birth date in the largest PACS. */
const MAX_ROWS = 500;
/** What a person can look through. */
const MAX_CANDIDATES = 20;

/**
 * Asks the PACS, and the worklist where there is one; `offered` are those that programs of the practice have named.
 * @throws GatewayError when the PACS cannot be asked: without it nothing is known
 */
export async function compareWith(
  incoming: IncomingPatient,
  offered: readonly LocalPatient[],
  pacs: PacsConfig,
  limit = MAX_ROWS,
): Promise<Compared> {
  const { patients, isCut } = await askPacs(incoming, pacs, limit);
  const all = merged([...offered, ...patients]);
  const rated = all
    .map((patient): Candidate => ({ patient, verdict: compareIdentities(identityOf(incoming), patient) }))
    .filter(({ verdict }) => verdict !== 'none')
    .sort((a, b) => Number(a.verdict === 'probable') - Number(b.verdict === 'probable'));
  return { verdict: verdictOf(rated, incoming, isCut), candidates: rated.slice(0, MAX_CANDIDATES) };
}

/** Exactly one who fits exactly, or a person decides: two of one name and birth date are two, and who is not on a list that was cut may be there. */
function verdictOf(rated: readonly Candidate[], { isMixed }: IncomingPatient, isCut: boolean): Verdict {
  const exact = rated.filter(({ verdict }) => verdict === 'exact');
  if (exact.length === 1 && !isMixed && !isCut) return 'exact';
  return rated.length === 0 && !isMixed && !isCut ? 'none' : 'probable';
}

function identityOf({ name, birthDate, sex }: IncomingPatient) {
  return { name, birthDate, sex };
}

/** One entry for a number: what a program has said goes before what the PACS says, and an order's accession number is added. */
function merged(patients: readonly LocalPatient[]): LocalPatient[] {
  const byNumber = new Map<string, LocalPatient>();
  for (const patient of patients) {
    const key = JSON.stringify([patient.patientId, patient.issuer]);
    const known = byNumber.get(key);
    if (known === undefined) byNumber.set(key, patient);
    else if (known.accessionNumber === '') byNumber.set(key, { ...known, accessionNumber: patient.accessionNumber });
  }
  return [...byNumber.values()];
}

async function askPacs(
  incoming: IncomingPatient,
  pacs: PacsConfig,
  limit: number,
): Promise<{ readonly patients: readonly LocalPatient[]; readonly isCut: boolean }> {
  const remote = remoteOf(pacs);
  const asked = await ask(incoming, (criteria) => findPatients(remote, criteria, limit));
  const patients = asked.rows.flatMap((row) => localOf(row, 'pacs', pacs.issuer));
  const { worklistAeTitle } = pacs;
  if (worklistAeTitle === undefined) return { patients, isCut: asked.isCut };
  const worklist = { ...remote, calledAe: worklistAeTitle };
  const planned = await ask(incoming, (criteria) => findPlanned(worklist, criteria, limit));
  const ofWorklist = planned.rows.flatMap((row) => localOf(row, 'worklist', pacs.issuer));
  return { patients: [...orders(ofWorklist), ...patients], isCut: asked.isCut || planned.isCut };
}

/** Of several orders of a patient nothing says which one the study belongs to. */
function orders(planned: readonly LocalPatient[]): LocalPatient[] {
  return planned.map((one) => {
    const others = planned.filter(({ patientId, issuer }) => patientId === one.patientId && issuer === one.issuer);
    return new Set(others.map(({ accessionNumber }) => accessionNumber)).size === 1
      ? one
      : { ...one, accessionNumber: '' };
  });
}

/**
 * By birth date, which catches every spelling of the name, and by the name, which catches a slip in the birth date. A PACS may not look at the birth date at
 * all; then there are too many, and the name is asked for with it.
 */
async function ask(
  { name, birthDate }: IncomingPatient,
  find: (criteria: PatientCriteria) => Promise<Rows<PacsPatient>>,
): Promise<Rows<PacsPatient>> {
  const family = (name.split('=')[0] ?? '').split('^')[0]?.trim() ?? '';
  const patientName = family === '' ? '' : `${family.replaceAll(/[*?\\]/g, '?')}*`;
  const isDate = /^[0-9]{8}$/.test(birthDate);
  if (!isDate && patientName === '') return { rows: [], isCut: false };
  const byDate = isDate ? await find({ birthDate }) : { rows: [], isCut: false };
  const byName = patientName === '' ? { rows: [], isCut: false } : await find({ patientName });
  const narrow = byDate.isCut && patientName !== '' ? await find({ birthDate, patientName }) : null;
  const isCut = isDate ? byDate.isCut && (narrow === null || narrow.isCut) : byName.isCut;
  return { rows: [...byDate.rows, ...byName.rows, ...(narrow?.rows ?? [])], isCut };
}

/** @param issuer of the practice's own numbers, where the PACS does not say it. What has no number, or one that is none, is nobody. */
function localOf(row: PacsPatient, source: 'pacs' | 'worklist', issuer = ''): LocalPatient[] {
  const { patientId, patientName, birthDate, sex, accessionNumber } = row;
  const parsed = localPatientSchema.safeParse({
    ...{ patientId, issuer: row.issuer === '' ? issuer : row.issuer, name: patientName, accessionNumber, source },
    birthDate: /^[0-9]{8}$/.test(birthDate) ? birthDate : '',
    sex: ['M', 'F', 'O'].includes(sex) ? sex : '',
  });
  return parsed.success ? [parsed.data] : [];
}
