import type { ScannedInstance, ScannedPatient, ScannedStudy } from '../dicom/scan.js';
import type { CollectedInstance } from './collected.js';
import { isSamePlace, stacksOf, type Stack } from './geometry.js';

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

/** By geometry where all instances have a place in space, else by instance number; then by path. */
function sortInstances(instances: readonly CollectedInstance[]): CollectedInstance[] {
  const stacks = stacksOf(instances.map(({ scan }) => scan));
  if (stacks === null) return [...instances].sort(byNumberThenPath);
  return stacks
    .map((stack) => sortStack(stack, instances))
    .sort((a, b) => byNumberThenPath(firstNumbered(a), firstNumbered(b)))
    .flat();
}

interface Placed {
  readonly instance: CollectedInstance;
  readonly position: number;
}

/** Pass by pass through the stack: a heart that beats is shown phase after phase, each from end to end. */
function sortStack({ members }: Stack, instances: readonly CollectedInstance[]): CollectedInstance[] {
  const placed = members.flatMap(({ index, position }): Placed[] => {
    const instance = instances[index];
    return instance === undefined ? [] : [{ instance, position }];
  });
  const places = groupedByPlace(placed).map((group) => group.sort((a, b) => byTurn(a.instance, b.instance)));
  return places
    .flatMap((group, place) => group.map(({ instance }, pass) => ({ instance, pass, place })))
    .sort((a, b) => a.pass - b.pass || a.place - b.place)
    .map(({ instance }) => instance);
}

/** Neighbours that are nearer than any slices are at one place. */
function groupedByPlace(placed: readonly Placed[]): Placed[][] {
  const groups: Placed[][] = [];
  for (const one of [...placed].sort((a, b) => a.position - b.position)) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && isSamePlace(group[0].position, one.position)) group.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** Images at one place, by when they were taken as far as the file says, then by number. */
function byTurn(a: CollectedInstance, b: CollectedInstance): number {
  const [one, other] = [a.scan.phase, b.scan.phase];
  return (
    byNumber(one.temporalPosition, other.temporalPosition) ||
    byNumber(one.echoNumber, other.echoNumber) ||
    byNumber(one.acquisitionNumber, other.acquisitionNumber) ||
    byNumber(one.triggerTime, other.triggerTime) ||
    byNumberThenPath(a, b)
  );
}

/** The member of a stack by which the stack is ordered among others. */
function firstNumbered(stack: readonly CollectedInstance[]): CollectedInstance {
  return stack.reduce((first, one) => (byNumberThenPath(one, first) < 0 ? one : first));
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
