import type { ScannedInstance, ScannedPatient, ScanWarning } from '../dicom/scan.js';
import { throwIfAborted } from '../error.js';
import type { ByteSource, CreateSha256, SetAside, SourceTree } from '../ports.js';
import type { CollectedInstance, DuplicateSource } from './collected.js';
import { markKeyImages } from './key-images.js';
import { inspectMedium, type Medium } from './medium.js';
import type { OtherReason } from './reasons.js';
import { withoutRepetitions } from './repetition.js';
import { scanTree, type Scanned } from './scan-tree.js';
import { studyTree, type CollectedStudy } from './study-tree.js';

export type { OtherReason } from './reasons.js';

/** What cannot be sent at all, and why. */
export interface SkippedSource {
  /** Relative, as the shell gave it: for the screen, never for a log. */
  readonly path: string;
  readonly reason: OtherReason;
}

/** A source that is not sent as an instance. It can travel as an attachment. */
export interface OtherSource extends SkippedSource {
  readonly source: ByteSource;
}

/** An instance that is sent, with something the sender should know. */
export interface WarnedSource {
  readonly path: string;
  readonly warning: ScanWarning;
}

export interface FoundPatient extends ScannedPatient {
  readonly instances: number;
}

export interface Collection {
  readonly studies: readonly CollectedStudy[];
  readonly others: readonly OtherSource[];
  readonly skipped: readonly SkippedSource[];
  readonly duplicates: readonly DuplicateSource[];
  readonly warnings: readonly WarnedSource[];
  /** Media by their DICOMDIR. */
  readonly media: readonly Medium[];
  /** By name, id and birth date; the same person under two spellings counts as two. */
  readonly patients: readonly FoundPatient[];
  /** More than one patient: the sender must look twice. */
  readonly mixedPatients: boolean;
}

export interface CollectInput {
  readonly tree: SourceTree;
  readonly createSha256: CreateSha256;
  readonly signal?: AbortSignal | undefined;
  /** For archives in archives that are too large for memory; without it they are refused. */
  readonly setAside?: SetAside | undefined;
  /** After each source, those in archives included. */
  readonly onProgress?: ((progress: { readonly files: number; readonly bytes: number }) => void) | undefined;
}

/**
 * Files, folders, archives (zip, ISO 9660, each also once inside another) and media → studies in the order to show them
 * (docs/collecting.md). @throws CoreError `aborted`
 */
export async function collectStudies(input: CollectInput): Promise<Collection> {
  const scanned: Scanned[] = [];
  let bytes = 0;
  for await (const one of scanTree(input.tree, input.signal, input.setAside)) {
    throwIfAborted(input.signal);
    scanned.push(one);
    bytes += one.source?.size ?? 0;
    input.onProgress?.({ files: scanned.length, bytes });
  }
  return sortOut(scanned, input);
}

async function sortOut(scanned: readonly Scanned[], { createSha256, signal }: CollectInput): Promise<Collection> {
  const instances: CollectedInstance[] = [];
  const others: OtherSource[] = [];
  const skipped: SkippedSource[] = [];
  const directories: ByteSource[] = [];
  for (const one of scanned) {
    const { source } = one;
    if (one.kind === 'scanned' && one.result.kind === 'instance') {
      instances.push({ source: one.source, scan: one.result, size: one.source.size });
      continue;
    }
    const path = pathOf(one);
    const reason = reasonOf(one);
    if (one.kind === 'scanned' && one.result.kind === 'directory') directories.push(one.source);
    if (source === null || reason === 'unreadable') skipped.push({ path, reason });
    else others.push({ source, path, reason });
  }
  const { media, problems } = await inspectMedia(directories, scanned);
  const { kept, duplicates } = await withoutRepetitions(instances, createSha256, signal);
  const patients = patientsOf(kept);
  const marked = await markKeyImages(kept);
  return {
    studies: studyTree(marked),
    others,
    skipped: [...skipped, ...problems],
    duplicates,
    warnings: kept.flatMap(({ source, scan }) => scan.warnings.map((warning) => ({ path: source.name, warning }))),
    media,
    patients,
    mixedPatients: patients.length > 1,
  };
}

function pathOf(one: Scanned): string {
  return one.kind === 'scanned' ? one.source.name : one.path;
}

function reasonOf(one: Scanned): OtherReason {
  if (one.kind === 'refused') return one.reason;
  return one.result.kind === 'other' ? one.result.reason : 'directory';
}

/** Each is held against all paths: an archive of nothing but indexes must not take for ever. */
const MAX_MEDIA = 100;

async function inspectMedia(directories: readonly ByteSource[], scanned: readonly Scanned[]) {
  const paths = scanned.map(pathOf);
  const inspected = [];
  for (const source of directories.slice(0, MAX_MEDIA)) inspected.push(await inspectMedium(source, paths));
  return { media: inspected.map(({ medium }) => medium), problems: inspected.flatMap(({ problems }) => problems) };
}

function patientsOf(instances: readonly CollectedInstance[]): FoundPatient[] {
  const found = new Map<string, { patient: ScannedPatient; instances: number }>();
  for (const { scan } of instances) {
    const key = patientKey(scan);
    const known = found.get(key);
    if (known === undefined) found.set(key, { patient: scan.patient, instances: 1 });
    else known.instances += 1;
  }
  return [...found.values()].map(({ patient, instances: count }) => ({ ...patient, instances: count }));
}

/** The same person under two spellings counts as two: better asked once too often. */
function patientKey({ patient }: ScannedInstance): string {
  return JSON.stringify([patient.name, patient.id, patient.birthDate]);
}
