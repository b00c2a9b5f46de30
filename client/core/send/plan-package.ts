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
 * Plans a package: reports, key images, then the series from coarse to fine, so that there is something to look at early and a stack can
 * be scrolled through before it is whole, then attachments. @param newFileId gives a fresh random id each time
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
  const keys = new Set<FileId>();
  const idForInstance = ({ source, isKey }: CollectedInstance): FileId => {
    const fileId = idFor(source);
    if (isKey === true) keys.add(fileId);
    return fileId;
  };
  const planned = {
    documents: documents.map((document) => planDocument(document, idFor)),
    studies: studies.map((study) => planStudy(study, idForInstance)),
  };
  return { plan: { ...planned, order: viewingOrder(planned, keys) }, sources };
}

type IdFor = (source: ByteSource) => FileId;
type IdForInstance = (instance: CollectedInstance) => FileId;

function planDocument({ kind, source, mediaType }: DocumentSource, idFor: IdFor): PlanDocument {
  return { kind, fileId: idFor(source), size: source.size, name: fileName(source.name), mediaType };
}

/** The last part of the path: folders above it are the sender's business. */
function fileName(path: string): string {
  const name = displayText(path.split(/[/\\]/).at(-1) ?? '', MAX_NAME_CHARS);
  return name === '' ? 'file' : name;
}

function planStudy(study: CollectedStudy, idFor: IdForInstance): PlanStudy {
  return { ...study, series: study.series.map((series) => planSeries(series, idFor)) };
}

function planSeries(series: CollectedSeries, idFor: IdForInstance): PlanStudy['series'][number] {
  return { ...series, instances: series.instances.map((instance) => planInstance(instance, idFor)) };
}

function planInstance(instance: CollectedInstance, idFor: IdForInstance): PlanInstance {
  const { scan, size } = instance;
  const { sopInstanceUid, sopClassUid, transferSyntaxUid, instanceNumber, numberOfFrames } = scan;
  const uids = { sopInstanceUid, sopClassUid, transferSyntaxUid };
  return { kind: 'instance', fileId: idFor(instance), size, ...uids, instanceNumber, frames: numberOfFrames };
}

function viewingOrder(planned: Pick<Plan, 'studies' | 'documents'>, keys: ReadonlySet<FileId>): number[] {
  const files = planFiles(planned);
  const place = new Map(files.map((file, index) => [file, index] as const));
  const series = planned.studies.flatMap((study) => study.series.map(({ instances }) => coarseToFine(instances)));
  const depth = Math.max(0, ...series.map((levels) => levels.length));
  const ordered = new Set<PlanFile>([
    ...planned.documents.filter(({ kind }) => kind === 'report'),
    ...files.filter(({ fileId }) => keys.has(fileId)),
    ...Array.from({ length: depth }, (_, level) => series.flatMap((levels) => levels[level] ?? [])).flat(),
    ...planned.documents,
  ]);
  return [...ordered].flatMap((file) => place.get(file) ?? []);
}

/** First the middle one, then those a quarter from the ends, and so on: each level halves the steps, in the order of showing. */
function coarseToFine<T>(list: readonly T[]): T[][] {
  const levels: T[][] = [];
  const taken = new Set<number>();
  for (let parts = 2; taken.size < list.length; parts *= 2) {
    const places = Array.from({ length: parts - 1 }, (_, i) => Math.floor(((i + 1) * list.length) / parts));
    // In the end every place is one of these; the first one is that of nothing divided.
    const fresh = parts > list.length ? rest(list.length, taken) : places.filter((one) => !taken.has(one));
    for (const one of fresh) taken.add(one);
    levels.push(fresh.flatMap((one) => list.slice(one, one + 1)));
  }
  return levels;
}

function rest(length: number, taken: ReadonlySet<number>): number[] {
  return Array.from({ length }, (_, i) => i).filter((one) => !taken.has(one));
}
