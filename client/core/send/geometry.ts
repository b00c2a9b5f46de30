import type { ScannedInstance } from '../dicom/scan.js';

/** Directions that differ by less than this (about a degree) count as the same: DS values are rounded. */
const PARALLEL = 0.9998;
/** Positions closer than this, in mm, are the same: no slice is thinner, and DS values are rounded. */
const SAME_PLACE = 0.01;

/** Instances of one orientation, by their index in the list that was asked about. */
export interface Stack {
  /** Each with its place along the stack's normal, in mm. */
  readonly members: readonly { readonly index: number; readonly position: number }[];
}

/**
 * The stacks that instances form: planes of one orientation, each with a place along their common normal (PS3.3 §C.7.6.2.1.1). A tilted
 * gantry moves the planes sideways, too, but their order along the normal stays. Null unless all have a position.
 */
export function stacksOf(instances: readonly ScannedInstance[]): Stack[] | null {
  const stacks: { normal: readonly number[]; members: { index: number; position: number }[] }[] = [];
  for (const [index, instance] of instances.entries()) {
    const normal = normalOf(instance);
    const place = instance.imagePosition;
    if (normal === null || place === null) return null;
    let stack = stacks.find((one) => dot(one.normal, normal) >= PARALLEL);
    if (stack === undefined) {
      // A turning detector has a direction of its own for each image: no stacks at all.
      if (stacks.length >= MAX_STACKS) return null;
      stacks.push((stack = { normal, members: [] }));
    }
    stack.members.push({ index, position: dot(place, stack.normal) });
  }
  return stacks;
}

/** A localizer has three; radial cuts have dozens, and are better shown by their numbers. */
const MAX_STACKS = 12;

/** Whether two places along a normal are the same but for rounding. */
export function isSamePlace(a: number, b: number): boolean {
  return Math.abs(a - b) < SAME_PLACE;
}

function normalOf({ imageOrientation }: ScannedInstance): readonly number[] | null {
  if (imageOrientation === null) return null;
  const [rx = 0, ry = 0, rz = 0, cx = 0, cy = 0, cz = 0] = imageOrientation;
  const normal = [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx];
  const length = Math.sqrt(dot(normal, normal));
  return length > 0.5 ? normal.map((part) => part / length) : null;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
