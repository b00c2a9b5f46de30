import type { ScannedInstance, ScannedPatient, ScannedStudy } from '../dicom/scan.js';
import type { CollectedInstance } from './collected.js';
import { stackPositions } from './geometry.js';

export interface CollectedStudy extends ScannedStudy {
  readonly studyInstanceUid: string;
  /** Of the study's first instance. */
  readonly patient: ScannedPatient;
  readonly series: readonly CollectedSeries[];
}

export interface CollectedSeries {
  readonly seriesInstanceUid: string;
  readonly modality: string;
  readonly number: number | null;
  readonly description: string;
  readonly instances: readonly CollectedInstance[];
}

/** Studies by date, time and UID; series by number and UID; instances as they are scrolled through. Stable. */
export function studyTree(instances: readonly CollectedInstance[]): CollectedStudy[] {
  return grouped(instances, (scan) => scan.studyInstanceUid)
    .map(([studyInstanceUid, members, { study, patient }]) => {
      return { ...study, studyInstanceUid, patient, series: seriesOf(members) };
    })
    .sort((a, b) => {
      return byText(a.date, b.date) || byText(a.time, b.time) || byText(a.studyInstanceUid, b.studyInstanceUid);
    });
}

function seriesOf(instances: readonly CollectedInstance[]): CollectedSeries[] {
  return grouped(instances, (scan) => scan.seriesInstanceUid)
    .map(([seriesInstanceUid, members, { modality, series }]) => {
      return { ...series, seriesInstanceUid, modality, instances: sortInstances(members) };
    })
    .sort((a, b) => byNumber(a.number, b.number) || byText(a.seriesInstanceUid, b.seriesInstanceUid));
}

/** By geometry where all instances form one stack, else by instance number; then by path. */
function sortInstances(instances: readonly CollectedInstance[]): CollectedInstance[] {
  const positions = stackPositions(instances.map(({ scan }) => scan));
  return instances
    .map((instance, index) => ({ instance, position: positions?.[index] ?? 0 }))
    .sort((a, b) => a.position - b.position || byNumberThenPath(a.instance, b.instance))
    .map(({ instance }) => instance);
}

function byNumberThenPath(a: CollectedInstance, b: CollectedInstance): number {
  return byNumber(a.scan.instanceNumber, b.scan.instanceNumber) || byText(a.source.name, b.source.name);
}

/** Those without a number come last. */
function byNumber(a: number | null, b: number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a - b;
}

/** By code units: the same everywhere, whatever the language of the machine. */
function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Groups in order of first appearance, each with its key and its first member's scan. */
function grouped(
  instances: readonly CollectedInstance[],
  keyOf: (scan: ScannedInstance) => string,
): [string, CollectedInstance[], ScannedInstance][] {
  const groups = new Map<string, [string, CollectedInstance[], ScannedInstance]>();
  for (const instance of instances) {
    const key = keyOf(instance.scan);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [key, [instance], instance.scan]);
    else group[1].push(instance);
  }
  return [...groups.values()];
}
