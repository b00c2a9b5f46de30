import { scanSource } from '../../core/dicom/scan.js';
import { diskFile } from '../../node/disk-source.js';
import { isNotFound } from '../../node/durable.js';
import { type Log } from '../log.js';
import { type Outgoing } from '../outgoing/outgoing.js';
import { type Addition, type JobRequest } from '../outgoing/job.js';
import { type RoutedStudy, type Rule, chooseRule, routedStudy } from '../rules/rules.js';
import { type Collection, numberOf } from './collection.js';

/** Studies of a collection, and what becomes of them: a job each, by rules (docs/spec/spool.md §6). */
export interface GatheredStudy {
  readonly studyInstanceUid: string;
  /** What rules look at; null for what is no readable instance. */
  readonly first: RoutedStudy | null;
  readonly paths: string[];
}

export interface StudyJobsOptions {
  readonly log: Log;
  readonly outgoing: Pick<Outgoing, 'draft' | 'accept' | 'repeated'>;
  readonly rules: readonly Rule[];
  readonly expiresMs: number;
}

/** What is no readable instance goes with nothing else: its job fails, and names it. */
const UNREADABLE = 'unreadable';

interface Seen {
  readonly studyInstanceUid: string;
  readonly routed: RoutedStudy | null;
}

/** While a study is waited for, its collection is looked at again and again. */
const seenIn = new WeakMap<Collection, Map<string, Seen>>();

export async function studiesOf(collection: Collection): Promise<ReadonlyMap<string, GatheredStudy>> {
  const studies = new Map<string, GatheredStudy>();
  const seen = seenIn.get(collection) ?? new Map<string, Seen>();
  seenIn.set(collection, seen);
  for (const path of collection.files) {
    const one = seen.get(path) ?? (await see(collection, path));
    // Taken out meanwhile.
    if (one === null) continue;
    seen.set(path, one);
    const { studyInstanceUid, routed: first } = one;
    const known = studies.get(studyInstanceUid);
    if (known === undefined) studies.set(studyInstanceUid, { studyInstanceUid, first, paths: [path] });
    else known.paths.push(path);
  }
  return studies;
}

async function see({ titles, instances }: Collection, path: string): Promise<Seen | null> {
  try {
    const scan = await scanSource(await diskFile(path));
    if (scan.kind !== 'instance') return { studyInstanceUid: UNREADABLE, routed: null };
    return { studyInstanceUid: scan.studyInstanceUid, routed: routedStudy(scan, { source: 'dicom', ...titles }) };
  } catch (error) {
    if (isNotFound(error) && !instances.has(path)) return null;
    throw error;
  }
}

/** What has become a job: its instances are no longer part of the collection. */
export interface TakenStudy {
  readonly studyInstanceUid: string;
  readonly sopInstanceUids: readonly string[];
}

export type OnTaken = (taken: TakenStudy) => Promise<void>;

/**
 * A job for each study, the same ones when it is done again after a crash.
 * @param only these studies; all of them without it
 * @returns how many of them no rule fits
 */
export async function makeJobs(
  collection: Collection,
  options: StudyJobsOptions,
  onTaken: OnTaken,
  only?: ReadonlySet<string>,
): Promise<number> {
  let missing = 0;
  for (const study of (await studiesOf(collection)).values()) {
    if (only !== undefined && !only.has(study.studyInstanceUid)) continue;
    const from = { source: 'dicom' as const, ...collection.titles };
    const rule = chooseRule(options.rules, study.first ?? { ...NOTHING, ...from });
    if (rule === null) missing += 1;
    else await makeJob(collection, study, rule, options, onTaken);
  }
  return missing;
}

async function makeJob(
  collection: Collection,
  study: GatheredStudy,
  rule: Rule,
  { outgoing, expiresMs, log }: StudyJobsOptions,
  onTaken: OnTaken,
): Promise<void> {
  const { id, titles } = collection;
  const draft = await outgoing.draft();
  const file = { kind: 'instance', name: '', mediaType: 'application/dicom' } as const;
  for (const path of study.paths) await draft.link(file, path);
  const idempotency = idempotencyOf(collection, study);
  const request = requestOf(rule, { kind: 'dicom', ...titles }, idempotency, expiresMs);
  const { job } = await outgoing.accept(draft, request).catch(async (error: unknown) => {
    await draft.discard();
    throw error;
  });
  log.info({ collection: id, job: job.id, instances: study.paths.length, rule: rule.name }, 'study taken');
  // Not left beside a study without a rule: it may lie there longer than the queue remembers keys, and would be sent again.
  await takeOut(collection, study, onTaken);
}

async function takeOut(
  collection: Collection,
  { paths, studyInstanceUid }: GatheredStudy,
  onTaken: OnTaken,
): Promise<void> {
  const sopInstanceUids = paths.map((path) => collection.instances.get(path) ?? '');
  await collection.takeOut(paths);
  await onTaken({ studyInstanceUid, sopInstanceUids });
}

/**
 * A crash while files are taken out leaves fewer of them: the key says that it is the same study. With the number of its first file, which goes last: what comes of
 * the study afterwards has another one, and is another job.
 */
function idempotencyOf({ id }: Collection, { studyInstanceUid, paths }: GatheredStudy) {
  const first = paths.map(numberOf).reduce((a, b) => Math.min(a, b));
  return { scope: 'dicom', key: `${id}/${studyInstanceUid}/${first}`, digest: 'study' };
}

/** After a start, before anything new comes: what a crash has left of studies that are jobs already is taken out. */
export async function finishJobs(
  collection: Collection,
  outgoing: StudyJobsOptions['outgoing'],
  onTaken: OnTaken,
): Promise<void> {
  for (const study of (await studiesOf(collection)).values()) {
    const now = idempotencyOf(collection, study);
    // As earlier versions wrote it.
    const before = { ...now, key: `${collection.id}/${study.studyInstanceUid}` };
    const job = (await outgoing.repeated(now)) ?? (await outgoing.repeated(before));
    if (job !== null) await takeOut(collection, study, onTaken);
  }
}

const NOTHING = { modality: '', referringPhysician: '', studyDescription: '' };

/** What a rule makes of a study. */
export function requestOf(
  rule: Rule,
  source: JobRequest['source'],
  idempotency: JobRequest['idempotency'],
  expiresMs: number,
): JobRequest {
  const { to, cc, subject, text, deidentify, urgent, expires, priors } = rule;
  return {
    ...{ source, idempotency, to, cc, bcc: [], subject, text, replyTo: null, forwards: null },
    urgency: urgent === undefined ? null : { withinMs: urgent, reason: '' },
    expiresInMs: expires ?? expiresMs,
    deidentification: deidentify === undefined ? null : { ...deidentify, confirmRisk: false },
    ...{ mixedPatients: 'refuse', unreadable: 'refuse' },
    ...(priors === undefined ? {} : { additions: [additionOf(priors)] }),
  };
}

/** Priors as a rule wants them. */
export function additionOf({ pacs, most, modality, within, patience }: NonNullable<Rule['priors']>): Addition {
  const limits = { modalities: modality ?? null, withinMs: within ?? null, patienceMs: patience };
  return { kind: 'priors', pacs, most, ...limits };
}
