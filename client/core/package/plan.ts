import { CoreError } from '../error.js';
import type { FileId } from '../../../crypto/wire/ids.js';

/**
 * Manifest part 0 (docs/spec/payload.md §7.3): what the package holds and in which order it comes. All that a receiver
 * shows before the first byte of an instance.
 */
export interface Plan {
  readonly studies: readonly PlanStudy[];
  readonly documents: readonly PlanDocument[];
  /**
   * In which order the files travel: a permutation of the indexes into `planFiles(plan)`. The order of `studies`, `series`
   * and `instances` is the one to show them in.
   */
  readonly order: readonly number[];
}

export interface PlanStudy {
  readonly studyInstanceUid: string;
  readonly patient: PlanPatient;
  /** DICOM DA and TM as the file has them, or empty. */
  readonly date: string;
  readonly time: string;
  readonly description: string;
  readonly accessionNumber: string;
  readonly id: string;
  readonly referringPhysician: string;
  readonly series: readonly PlanSeries[];
}

/** DICOM PN, LO, DA, CS as display text, each possibly empty. */
export interface PlanPatient {
  readonly name: string;
  readonly id: string;
  readonly birthDate: string;
  readonly sex: string;
}

export interface PlanSeries {
  readonly seriesInstanceUid: string;
  readonly modality: string;
  readonly number: number | null;
  readonly description: string;
  readonly instances: readonly PlanInstance[];
}

export interface PlanInstance {
  readonly kind: 'instance';
  readonly fileId: FileId;
  /** Bytes of the original file. */
  readonly size: number;
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
  readonly instanceNumber: number | null;
  readonly frames: number;
}

export interface PlanDocument {
  readonly kind: 'report' | 'attachment';
  readonly fileId: FileId;
  readonly size: number;
  /** Display text, not a path: whoever writes a file makes a safe name of it. */
  readonly name: string;
  readonly mediaType: string;
}

export type PlanFile = PlanInstance | PlanDocument;

/** Media type of every instance (RFC 3240). */
export const DICOM_MEDIA_TYPE = 'application/dicom';

export function mediaTypeOf(file: PlanFile): string {
  return file.kind === 'instance' ? DICOM_MEDIA_TYPE : file.mediaType;
}

/** All files: the documents, then the instances in the order of the tree. `Plan.order` counts in this list. */
export function planFiles(plan: Pick<Plan, 'studies' | 'documents'>): PlanFile[] {
  const instances = plan.studies.flatMap((study) => study.series.flatMap((series) => series.instances));
  return [...plan.documents, ...instances];
}

/** Files of a plan that do not travel with it, because they lie in payloads of earlier messages (docs/spec/payload.md §7.9). */
export type KnownIds = ReadonlySet<FileId>;

export const NOTHING_KNOWN: KnownIds = new Set();

/**
 * The files as they travel; those in `known` are left out. @throws CoreError `package-plan` when `order` names a file that is not
 * there, or `known` is not exactly its end
 */
export function travelOrder(plan: Plan, known: KnownIds = NOTHING_KNOWN): PlanFile[] {
  const files = planFiles(plan);
  const all = plan.order.map((index) => files[index] ?? refuseOrder('order names no file'));
  const count = all.length - known.size;
  if (all.some(({ fileId }, place) => known.has(fileId) !== place >= count)) refuseOrder('known files come last');
  return all.slice(0, count);
}

function refuseOrder(why: string): never {
  throw new CoreError('package-plan', why);
}

export interface PlanCounts {
  readonly files: number;
  readonly instances: number;
  /** Sum of the original sizes. */
  readonly bytes: number;
}

export function planCounts(plan: Pick<Plan, 'studies' | 'documents'>): PlanCounts {
  const files = planFiles(plan);
  return {
    files: files.length,
    instances: files.length - plan.documents.length,
    bytes: files.reduce((sum, file) => sum + file.size, 0),
  };
}
