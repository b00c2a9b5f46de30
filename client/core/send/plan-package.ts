import type { FileId } from '../../../crypto/wire/ids.js';
import { displayText } from '../dicom/text.js';
import { MAX_NAME_CHARS } from '../package/limits.js';
import {
  planFiles,
  type Plan,
  type PlanDocument,
  type PlanFile,
  type PlanInstance,
  type PlanStudy,
} from '../package/plan.js';
import type { ByteSource } from '../ports.js';
import type { CollectedInstance } from './collected.js';
import type { CollectedSeries, CollectedStudy } from './study-tree.js';

/** A report or attachment that goes with the studies. */
export interface DocumentSource {
  readonly kind: 'report' | 'attachment';
  readonly source: ByteSource;
  /** Lower case, without parameters. */
  readonly mediaType: string;
}

export interface PlannedPackage {
  readonly plan: Plan;
  readonly sources: ReadonlyMap<FileId, ByteSource>;
}

/**
 * Plans a package: reports, then the middle instance of each series, so that there is something to look at early, then the rest in
 * the collected order, then attachments. @param newFileId gives a fresh random id each time
 */
export function planPackage(
  studies: readonly CollectedStudy[],
  documents: readonly DocumentSource[],
  newFileId: () => FileId,
): PlannedPackage {
  const sources = new Map<FileId, ByteSource>();
  const idFor = (source: ByteSource): FileId => {
    const fileId = newFileId();
    sources.set(fileId, source);
    return fileId;
  };
  const planned = {
    documents: documents.map((document) => planDocument(document, idFor)),
    studies: studies.map((study) => planStudy(study, idFor)),
  };
  return { plan: { ...planned, order: viewingOrder(planned) }, sources };
}

type IdFor = (source: ByteSource) => FileId;

function planDocument({ kind, source, mediaType }: DocumentSource, idFor: IdFor): PlanDocument {
  return { kind, fileId: idFor(source), size: source.size, name: fileName(source.name), mediaType };
}

/** The last part of the path: folders above it are the sender's business. */
function fileName(path: string): string {
  const name = displayText(path.split(/[/\\]/).at(-1) ?? '', MAX_NAME_CHARS);
  return name === '' ? 'file' : name;
}

function planStudy(study: CollectedStudy, idFor: IdFor): PlanStudy {
  return { ...study, series: study.series.map((series) => planSeries(series, idFor)) };
}

function planSeries(series: CollectedSeries, idFor: IdFor): PlanStudy['series'][number] {
  return { ...series, instances: series.instances.map((instance) => planInstance(instance, idFor)) };
}

function planInstance({ source, scan, size }: CollectedInstance, idFor: IdFor): PlanInstance {
  const { sopInstanceUid, sopClassUid, transferSyntaxUid, instanceNumber, numberOfFrames } = scan;
  const uids = { sopInstanceUid, sopClassUid, transferSyntaxUid };
  return { kind: 'instance', fileId: idFor(source), size, ...uids, instanceNumber, frames: numberOfFrames };
}

function viewingOrder(planned: Pick<Plan, 'studies' | 'documents'>): number[] {
  const files = planFiles(planned);
  const place = new Map(files.map((file, index) => [file, index] as const));
  const middles = planned.studies.flatMap((study) => study.series.map(({ instances }) => middleOf(instances)));
  const first = new Set<PlanFile | undefined>([
    ...planned.documents.filter(({ kind }) => kind === 'report'),
    ...middles,
  ]);
  const last = planned.documents.filter(({ kind }) => kind === 'attachment');
  const rest = files.filter((file) => !first.has(file) && file.kind === 'instance');
  return [...first, ...rest, ...last].flatMap((file) => (file === undefined ? [] : (place.get(file) ?? [])));
}

function middleOf<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(list.length / 2)];
}
