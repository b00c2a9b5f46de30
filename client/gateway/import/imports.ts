import { join } from 'node:path';
import { type ByteSource } from '../../core/ports.js';
import { scanSource, type ScannedInstance } from '../../core/dicom/scan.js';
import { diskFile } from '../../node/disk-source.js';
import { type PacsConfig } from '../config/config.js';
import { GatewayError } from '../error.js';
import { type ReceivedFile } from '../incoming/received-files.js';
import { type Listeners, createListeners } from '../part.js';
import { type LocalPatient, type LocalPatients } from '../patients/local-patients.js';
import { compareWith } from './candidates.js';
import { coerceInstance } from './coerce.js';
import {
  type Decision,
  type ImportRecord,
  type ImportStore,
  type IncomingPatient,
  openImportStore,
} from './records.js';

/** What is to become of an instance of a received message at a PACS. */
export type Treatment =
  | { readonly kind: 'store'; readonly change: (source: ByteSource) => Promise<ByteSource> }
  | { readonly kind: 'undecided' }
  | { readonly kind: 'refused' };

/** Into the right patient: every study is compared once, and stored when it is exactly one of the practice's own, or when a person has decided. */
export interface Imports {
  /** By path. @throws GatewayError when the PACS cannot be asked */
  treatments(
    message: ImportedMessage,
    pacs: PacsConfig,
    files: readonly ReceivedFile[],
  ): Promise<Map<string, Treatment>>;
  /** By name of the message. */
  all(): ReadonlyMap<string, readonly ImportRecord[]>;
  of(message: string): readonly ImportRecord[];
  /**
   * What a person has decided; a decision that was carried out stays.
   * @param pacs null: for every PACS in which the study waits @throws GatewayError `decision-unknown`
   */
  decide(message: string, studyInstanceUid: string, pacs: string | null, decision: Decision): Promise<void>;
  /** Compares what waits for a person once more: with the next round. */
  compareAgain(): void;
  readonly events: Pick<Listeners<ImportEvent>, 'subscribe'>;
}

export type ImportEvent =
  | { readonly kind: 'decided'; readonly message: string }
  /** What waits is to be compared once more. */
  | { readonly kind: 'stale' }
  /** A person is needed. */
  | { readonly kind: 'waiting'; readonly message: string };

export interface ImportedMessage {
  readonly name: string;
  /** Address of the sender: whose numbers they were. */
  readonly from: string;
}

export interface ImportsOptions {
  /** The gateway's data folder. */
  readonly folder: string;
  readonly patients: LocalPatients;
  /** Modifying System: the mailbox's address. */
  readonly modifiedBy: string;
  readonly now: () => number;
  /** Asks the PACS when not given. */
  readonly compare?: typeof compareWith;
}

/** Who decided, where no person had to. */
export const BY_COMPARISON = 'comparison';

export function importsFolder(data: string): string {
  return join(data, 'imports');
}

interface State {
  readonly options: ImportsOptions;
  readonly store: ImportStore;
  readonly events: Listeners<ImportEvent>;
  /** Of messages that were looked at lately: what is in them does not change. */
  readonly studies: Map<string, readonly ReceivedStudy[]>;
  /** Comparisons before this are out of date. */
  staleMs: number;
}

/** Messages whose studies are remembered. */
const MAX_REMEMBERED = 100;

export async function openImports(options: ImportsOptions): Promise<Imports> {
  const store = await openImportStore(importsFolder(options.folder));
  const state: State = { options, store, events: createListeners(), studies: new Map(), staleMs: 0 };
  return {
    events: state.events,
    all: () => store.all(),
    of: (message) => store.of(message),
    treatments: (message, pacs, files) => treatments(state, message, pacs, files),
    decide: (message, study, pacs, decision) => decide(state, { message, study, pacs }, decision),
    compareAgain() {
      state.staleMs = options.now() + 1;
      state.events.publish({ kind: 'stale' });
    },
  };
}

async function treatments(
  state: State,
  message: ImportedMessage,
  pacs: PacsConfig,
  files: readonly ReceivedFile[],
): Promise<Map<string, Treatment>> {
  const all = new Map<string, Treatment>();
  for (const study of await rememberedStudies(state, message.name, files)) {
    const record = await recordFor(state, message.name, pacs, study);
    const treatment = treatmentOf(state.options, message, record.decision);
    for (const path of study.paths) all.set(path, treatment);
  }
  return all;
}

function treatmentOf(
  { modifiedBy, now }: ImportsOptions,
  { from }: ImportedMessage,
  decision: Decision | null,
): Treatment {
  switch (decision?.kind) {
    case undefined:
      return { kind: 'undecided' };
    case 'refuse':
      return { kind: 'refused' };
    case 'as-signed':
      return { kind: 'store', change: (source) => Promise.resolve(source) };
    case 'assign': {
      const { patient } = decision;
      return {
        kind: 'store',
        change: (source) => coerceInstance(source, { patient, modifiedBy, source: from, atMs: now() }),
      };
    }
  }
}

interface ReceivedStudy {
  readonly studyInstanceUid: string;
  readonly paths: readonly string[];
  readonly incoming: IncomingPatient;
}

async function rememberedStudies(
  { studies }: State,
  name: string,
  files: readonly ReceivedFile[],
): Promise<readonly ReceivedStudy[]> {
  const known = studies.get(name) ?? (await studiesOf(files));
  studies.delete(name);
  studies.set(name, known);
  for (const oldest of studies.keys()) if (studies.size > MAX_REMEMBERED) studies.delete(oldest);
  return known;
}

/** What cannot be read as an instance has no patient: it is stored as it is, or refused by the PACS. */
async function studiesOf(files: readonly ReceivedFile[]): Promise<ReceivedStudy[]> {
  const studies = new Map<string, { paths: string[]; scans: ScannedInstance[] }>();
  for (const { path, absolute } of files) {
    const scan = await scanSource(await diskFile(absolute));
    if (scan.kind !== 'instance') continue;
    const known = studies.get(scan.studyInstanceUid) ?? { paths: [], scans: [] };
    studies.set(scan.studyInstanceUid, known);
    known.paths.push(path);
    if (known.scans.every((one) => JSON.stringify(one.patient) !== JSON.stringify(scan.patient)))
      known.scans.push(scan);
  }
  return [...studies].map(([studyInstanceUid, { paths, scans }]) => {
    return { studyInstanceUid, paths, incoming: incomingOf(scans) };
  });
}

/** @param scans one for each different patient */
function incomingOf(scans: readonly ScannedInstance[]): IncomingPatient {
  const [first] = scans;
  const { id = '', name = '', birthDate = '', sex = '' } = first?.patient ?? {};
  const isMixed = scans.length > 1;
  return { patientId: id, name, birthDate, sex, accessionNumber: first?.study.accessionNumber ?? '', isMixed };
}

async function recordFor(
  { store, options, staleMs, events }: State,
  message: string,
  pacs: PacsConfig,
  { studyInstanceUid, paths, incoming }: ReceivedStudy,
): Promise<ImportRecord> {
  const known = store.of(message).find((one) => one.pacs === pacs.name && one.studyInstanceUid === studyInstanceUid);
  if (known !== undefined && (known.decision !== null || known.comparedMs >= staleMs)) return known;
  const { verdict, candidates } = await (options.compare ?? compareWith)(incoming, options.patients.list(), pacs);
  const [best] = candidates;
  const atMs = options.now();
  const decision: Decision | null =
    verdict === 'exact' && best !== undefined
      ? { kind: 'assign', patient: best.patient, by: BY_COMPARISON, atMs }
      : null;
  const record: ImportRecord = {
    ...{ pacs: pacs.name, studyInstanceUid, instances: paths.length, incoming, verdict },
    ...{ candidates: [...candidates], comparedMs: atMs, decision },
  };
  await store.save(message, record);
  if (decision === null && known === undefined) events.publish({ kind: 'waiting', message });
  return record;
}

async function decide(
  { store, events }: State,
  { message, study, pacs }: { readonly message: string; readonly study: string; readonly pacs: string | null },
  decision: Decision,
): Promise<void> {
  const waiting = store
    .of(message)
    .filter((one) => one.studyInstanceUid === study && (pacs === null || one.pacs === pacs) && one.decision === null);
  if (waiting.length === 0) throw new GatewayError('decision-unknown', 'nothing waits for this');
  for (const record of waiting) await store.save(message, { ...record, decision });
  events.publish({ kind: 'decided', message });
}

/** A candidate by its number, as a person has chosen it. @throws GatewayError `decision-unknown` when it is none of them */
export function candidateOf(
  records: readonly ImportRecord[],
  study: string,
  patientId: string,
  issuer: string | null,
): LocalPatient {
  const found = records
    .filter(({ studyInstanceUid }) => studyInstanceUid === study)
    .flatMap(({ candidates }) => candidates)
    .filter(({ patient }) => patient.patientId === patientId && (issuer === null || patient.issuer === issuer));
  const [first] = found;
  if (first === undefined || new Set(found.map(({ patient }) => patient.issuer)).size > 1) {
    throw new GatewayError('decision-unknown', 'not one of the candidates');
  }
  return first.patient;
}
