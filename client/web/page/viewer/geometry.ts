import { type FramePlace, type PlaceView, type Triple } from '../../desk/picture.js';

/** Directions and distances in the patient: x to the left, y to the back, z to the head (PS3.3 §C.7.6.2.1.1). */

export type Point = readonly [x: number, y: number];

export function dot(a: Triple, b: Triple): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Triple, b: Triple): Triple {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function along(from: Triple, direction: Triple, distance: number): Triple {
  return [from[0] + direction[0] * distance, from[1] + direction[1] * distance, from[2] + direction[2] * distance];
}

export function normalOf({ row, column }: PlaceView): Triple {
  return cross(row, column);
}

/** Letters of a direction, the strongest first; what is less than a tenth of it is not said. */
export function lettersOf(direction: Triple): string {
  const names = [
    ['L', 'R'],
    ['P', 'A'],
    ['H', 'F'],
  ] as const;
  return direction
    .map((size, axis) => ({ size, name: names[axis]?.[size >= 0 ? 0 : 1] ?? '' }))
    .filter(({ size }) => Math.abs(size) > 0.1)
    .sort((a, b) => Math.abs(b.size) - Math.abs(a.size))
    .map(({ name }) => name)
    .join('');
}

const OPPOSITE: Readonly<Record<string, string>> = { L: 'R', R: 'L', A: 'P', P: 'A', H: 'F', F: 'H' };

export function opposite(letters: string): string {
  return [...letters].map((letter) => OPPOSITE[letter] ?? '').join('');
}

/** What stands at the right and at the bottom edge of an unturned picture; empty where nobody says. */
export function edgeLetters(place: PlaceView | null, directions: readonly [string, string]): readonly [string, string] {
  return place === null ? directions : [lettersOf(place.row), lettersOf(place.column)];
}

export type Plane = 'axial' | 'coronal' | 'sagittal';

export function planeOf(normal: Triple): Plane {
  const [x, y, z] = [Math.abs(normal[0]), Math.abs(normal[1]), Math.abs(normal[2])];
  if (z >= x && z >= y) return 'axial';
  return y >= x ? 'coronal' : 'sagittal';
}

/** Where a place lies along the normal of another one; null when they are not parallel or not in one frame of reference. */
export function distanceAlong(place: PlaceView, reference: PlaceView): number | null {
  if (place.frameOfReference === '' || place.frameOfReference !== reference.frameOfReference) return null;
  const normal = normalOf(reference);
  if (dot(normalOf(place), normal) < 0.99) return null;
  return dot(place.position, normal);
}

/** The one of `places` that lies nearest to `target`, or null when none can be held against it. */
export function nearestTo(target: PlaceView, places: readonly (FramePlace | null)[]): number | null {
  const wanted = dot(target.position, normalOf(target));
  let [best, least] = [-1, Number.POSITIVE_INFINITY];
  for (const [i, one] of places.entries()) {
    const at = one?.place ? distanceAlong(one.place, target) : null;
    if (at === null || Math.abs(at - wanted) >= least) continue;
    [best, least] = [i, Math.abs(at - wanted)];
  }
  return best < 0 ? null : best;
}
