import { scanSource, type ScannedInstance } from '../../core/dicom/scan.js';
import { diskFile } from '../../node/disk-source.js';
import { type PacsConfig } from '../config/config.js';
import { type AddedFiles, type FetchAddition } from '../outgoing/additions.js';
import { type Addition } from '../outgoing/job.js';
import { pacsNamed, remoteOf } from './remote.js';
import { compareIdentities } from '../patients/compare.js';
import { type Fetches } from './fetches.js';
import { type PacsStudy, findStudies } from './levels.js';
import { type MovedStudy } from './move.js';

/** Studies and priors of a PACS for jobs of the outgoing queue. */

export interface AdditionSources {
  readonly pacs: readonly PacsConfig[];
  readonly fetches: Fetches;
  readonly now: () => number;
}

/** Of one patient; whoever has more has old ones that nobody wants. */
const MAX_STUDIES = 500;

export function createFetchAddition(sources: AdditionSources): FetchAddition {
  return async (addition, instances, signal) => {
    const pacs = pacsNamed(sources.pacs, addition.pacs);
    const studies = addition.kind === 'study' ? [addition] : await priorsOf(sources, pacs, addition, instances);
    const fetched: AddedFiles[] = [];
    try {
      for (const study of studies) fetched.push(addedFiles(await sources.fetches.fetch(pacs, study, signal)));
      return fetched;
    } catch (error) {
      for (const one of fetched) await one.remove();
      throw error;
    }
  };
}

function addedFiles({ files, remove }: { readonly files: readonly string[]; remove(): Promise<void> }): AddedFiles {
  return { paths: files, remove };
}

type Priors = Extract<Addition, { kind: 'priors' }>;

/** Only of whom the PACS names exactly as the study does, by number, name and birth date: another's images would be worse than none. */
async function priorsOf(
  { now }: AdditionSources,
  pacs: PacsConfig,
  priors: Priors,
  instances: readonly string[],
): Promise<readonly MovedStudy[]> {
  const scans = await scansOf(instances);
  const [first] = scans;
  if (first === undefined) return [];
  const { patient } = first;
  if (patient.id === '') return [];
  const { rows } = await findStudies(remoteOf(pacs), { patientId: patient.id }, MAX_STUDIES);
  const sent = new Set(scans.map(({ studyInstanceUid }) => studyInstanceUid));
  const modalities = priors.modalities ?? [...new Set(scans.map(({ modality }) => modality))];
  const oldest = priors.withinMs === null ? '' : dateOf(now() - priors.withinMs);
  const isPrior = (study: PacsStudy): boolean =>
    !sent.has(study.studyInstanceUid) &&
    study.patientId === patient.id &&
    compareIdentities(identityOf(patient), identityOf({ ...study, name: study.patientName })) === 'exact' &&
    (study.modalities.length === 0 || study.modalities.some((one) => modalities.includes(one))) &&
    study.studyDate >= oldest;
  return rows
    .filter(isPrior)
    .sort((a, b) => (a.studyDate + a.studyTime < b.studyDate + b.studyTime ? 1 : -1))
    .slice(0, priors.most)
    .map(({ studyInstanceUid }) => ({ studyInstanceUid, seriesInstanceUids: null }));
}

function identityOf({ name, birthDate, sex }: { name: string; birthDate: string; sex: string }) {
  return { name, birthDate, sex };
}

async function scansOf(paths: readonly string[]): Promise<ScannedInstance[]> {
  const scans: ScannedInstance[] = [];
  for (const path of paths) {
    const scan = await scanSource(await diskFile(path));
    if (scan.kind === 'instance') scans.push(scan);
  }
  return scans;
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
}
