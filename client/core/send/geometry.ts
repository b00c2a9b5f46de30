import type { ScannedInstance } from '../dicom/scan.js';

/** Directions that differ by less than this (about a degree) count as the same: DS values are rounded. */
const PARALLEL = 0.9998;

/**
 * Where each instance lies along the normal of the stack they form, in mm; null unless all have a position and one common
 * orientation (PS3.3 §C.7.6.2.1.1).
 */
export function stackPositions(instances: readonly ScannedInstance[]): number[] | null {
  const normals = instances.map(normalOf);
  const [first] = normals;
  if (first === undefined || first === null) return null;
  const positions: number[] = [];
  for (const [index, instance] of instances.entries()) {
    const normal = normals[index];
    const position = instance.imagePosition;
    if (normal === undefined || normal === null || position === null || dot(normal, first) < PARALLEL) return null;
    positions.push(dot(position, first));
  }
  return positions;
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
