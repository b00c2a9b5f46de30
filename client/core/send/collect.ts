import { scanSource, type ScanRefusal, type ScanResult, type ScannedInstance } from '../dicom/scan.js';
import { throwIfAborted } from '../error.js';
import type { ByteSource, CreateSha256, SourceTree } from '../ports.js';
import type { CollectedInstance, DuplicateSource } from './collected.js';
import { mapOrdered } from './concurrency.js';
import { withoutRepetitions } from './repetition.js';
import { studyTree, type CollectedStudy } from './study-tree.js';

/** A source that is not sent as an instance. It can travel as an attachment, except when it cannot be read. */
export interface OtherSource {
  readonly source: ByteSource;
  /** Relative, as the shell gave it: for the screen, never for a log. */
  readonly path: string;
  readonly reason: OtherReason;
}

export type OtherReason = ScanRefusal | 'directory';

export interface Collection {
  readonly studies: readonly CollectedStudy[];
  readonly others: readonly OtherSource[];
  /** What cannot be sent at all: it could not be read. */
  readonly skipped: readonly OtherSource[];
  readonly duplicates: readonly DuplicateSource[];
  /** More than one patient (name, id, birth date): the sender must look twice. */
  readonly mixedPatients: boolean;
}

export interface CollectInput {
  readonly tree: SourceTree;
  readonly createSha256: CreateSha256;
  readonly signal?: AbortSignal | undefined;
  /** After each source. */
  readonly onProgress?: ((progress: { readonly files: number; readonly bytes: number }) => void) | undefined;
}

/** Sources scanned at a time: enough to hide the latency of a disk or a share. */
const SCANS_AT_ONCE = 8;

/** Files, folders or a medium → studies in the order to show them (docs/walkthrough.md). @throws CoreError `aborted` */
export async function collectStudies(input: CollectInput): Promise<Collection> {
  const scanned: { source: ByteSource; result: ScanResult }[] = [];
  let bytes = 0;
  const scans = mapOrdered(input.tree, SCANS_AT_ONCE, async (source) => {
    throwIfAborted(input.signal);
    return { source, result: await scanSource(source) };
  });
  for await (const one of scans) {
    throwIfAborted(input.signal);
    scanned.push(one);
    bytes += one.source.size;
    input.onProgress?.({ files: scanned.length, bytes });
  }
  return sortOut(scanned, input);
}

async function sortOut(
  scanned: readonly { source: ByteSource; result: ScanResult }[],
  { createSha256, signal }: CollectInput,
): Promise<Collection> {
  const instances: CollectedInstance[] = [];
  const refused: OtherSource[] = [];
  for (const { source, result } of scanned) {
    if (result.kind === 'instance') instances.push({ source, scan: result, size: source.size });
    else refused.push({ source, path: source.name, reason: result.kind === 'directory' ? 'directory' : result.reason });
  }
  const { kept, duplicates } = await withoutRepetitions(instances, createSha256, signal);
  return {
    studies: studyTree(kept),
    others: refused.filter(({ reason }) => reason !== 'unreadable'),
    skipped: refused.filter(({ reason }) => reason === 'unreadable'),
    duplicates,
    mixedPatients: new Set(kept.map(({ scan }) => patientKey(scan))).size > 1,
  };
}

/** The same person under two spellings counts as two: better asked once too often. */
function patientKey({ patient }: ScannedInstance): string {
  return JSON.stringify([patient.name, patient.id, patient.birthDate]);
}
