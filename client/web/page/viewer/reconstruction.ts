import { type FramePlace, type GrayView, type Triple } from '../../desk/picture.js';
import { type Plane, along, dot, normalOf, planeOf } from './geometry.js';
import { type Frames, type Picture } from './frames.js';

/**
 * Slices that lie one behind the other at equal distances, as a block that can be cut along its three axes. The block is the slices' own
 * pictures in memory: nothing is copied.
 */
export interface Volume {
  readonly slices: readonly Picture[];
  /** Columns, rows, slices. */
  readonly counts: Triple;
  /** Where each of them leads, and in what steps, in mm. */
  readonly directions: readonly [Triple, Triple, Triple];
  readonly steps: Triple;
  readonly origin: Triple;
  readonly frameOfReference: string;
}

export type NoVolume = 'few' | 'unplaced' | 'unlike' | 'directions' | 'gaps' | 'tilted' | 'large' | 'colour' | 'coming';

export type VolumeResult =
  { readonly kind: 'volume'; readonly volume: Volume } | { readonly kind: 'none'; readonly reason: NoVolume };

const LEAST = 3;
/** Shares of the distance, and of a pixel. */
const MAX_UNEVEN = 0.03;

/** Geometry alone decides; a series that is not a block is not made one. */
export function volumeOf(
  pictures: readonly Picture[],
  places: readonly (FramePlace | null)[],
  maxBytes: number,
): VolumeResult {
  const none = (reason: NoVolume): VolumeResult => ({ kind: 'none', reason });
  if (pictures.length < LEAST) return none('few');
  if (places.some((one) => one?.isColor === true)) return none('colour');
  const placed = places.flatMap((one, i) => {
    const picture = pictures[i];
    return one?.place && one.pixelSpacing && picture !== undefined
      ? [{ picture, ...one, place: one.place, pixelSpacing: one.pixelSpacing }]
      : [];
  });
  const [first] = placed;
  if (first === undefined || placed.length < pictures.length) return none('unplaced');
  const { rows, columns, pixelSpacing, place } = first;
  if (rows * columns * 2 * placed.length > maxBytes) return none('large');
  const isLike = placed.every(
    (one) =>
      one.rows === rows &&
      one.columns === columns &&
      Math.abs(one.pixelSpacing[0] - pixelSpacing[0]) < 1e-4 &&
      Math.abs(one.pixelSpacing[1] - pixelSpacing[1]) < 1e-4 &&
      one.place.frameOfReference === place.frameOfReference,
  );
  if (!isLike) return none('unlike');
  const isParallel = placed.every(
    (one) => dot(one.place.row, place.row) > 0.9999 && dot(one.place.column, place.column) > 0.9999,
  );
  if (!isParallel) return none('directions');
  const normal = normalOf(place);
  const sorted = placed.toSorted((a, b) => dot(a.place.position, normal) - dot(b.place.position, normal));
  const [start, end] = [sorted[0] ?? first, sorted.at(-1) ?? first];
  const step = dot(subtract(end.place.position, start.place.position), normal) / (sorted.length - 1);
  if (!(step > 1e-3)) return none('gaps');
  const isEven = sorted.every(({ place: { position } }, i) => {
    return (
      Math.abs(dot(subtract(position, start.place.position), normal) - i * step) < Math.max(MAX_UNEVEN * step, 0.02)
    );
  });
  if (!isEven) return none('gaps');
  const isUpright = sorted.every(({ place: { position } }) => {
    const from = subtract(position, start.place.position);
    return Math.abs(dot(from, place.row)) < pixelSpacing[1] && Math.abs(dot(from, place.column)) < pixelSpacing[0];
  });
  if (!isUpright) return none('tilted');
  const volume: Volume = {
    slices: sorted.map(({ picture }) => picture),
    counts: [columns, rows, sorted.length],
    directions: [place.row, place.column, normal],
    steps: [pixelSpacing[1], pixelSpacing[0], step],
    origin: start.place.position,
    frameOfReference: place.frameOfReference,
  };
  return { kind: 'volume', volume };
}

function subtract(a: Triple, b: Triple): Triple {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

/** A cut of the block: which axis it stands on, and which ones run across and down, each as it is or the other way round. */
export interface Cut {
  readonly plane: Plane;
  readonly axis: number;
  readonly across: Run;
  readonly down: Run;
}

interface Run {
  readonly axis: number;
  readonly isReversed: boolean;
}

/** The three cuts, each as it is usually looked at: patient's right on the left, front above or left, head above. */
export function cutsOf({ directions }: Volume): readonly Cut[] {
  const cuts = [2, 1, 0].map((axis): Cut => {
    const plane = planeOf(directions[axis] ?? directions[2]);
    const [p, q] = [0, 1, 2].filter((one) => one !== axis) as [number, number];
    const wanted = plane === 'sagittal' ? 1 : 0;
    const size = (one: number): number => Math.abs(directions[one]?.[wanted] ?? 0);
    const [across, down] = size(p) >= size(q) ? [p, q] : [q, p];
    const downward = plane === 'axial' ? (directions[down]?.[1] ?? 0) : -(directions[down]?.[2] ?? 0);
    return {
      plane,
      axis,
      across: { axis: across, isReversed: (directions[across]?.[wanted] ?? 0) < 0 },
      down: { axis: down, isReversed: downward < 0 },
    };
  });
  const order: readonly Plane[] = ['axial', 'coronal', 'sagittal'];
  return cuts.toSorted((a, b) => order.indexOf(a.plane) - order.indexOf(b.plane));
}

export function placeOnCut(volume: Volume, { across, down }: Cut, at: Triple): readonly [number, number] {
  return [runTo(volume, across, at), runTo(volume, down, at)];
}

function runTo({ counts }: Volume, { axis, isReversed }: Run, at: Triple): number {
  const index = at[axis] ?? 0;
  return (isReversed ? (counts[axis] ?? 1) - 1 - index : index) + 0.5;
}

/** From a point on a cut back into the block. */
export function pointOfCut(volume: Volume, cut: Cut, index: number, [x, y]: readonly [number, number]): Triple {
  const at: [number, number, number] = [0, 0, 0];
  at[cut.axis] = index;
  for (const [run, value] of [
    [cut.across, x],
    [cut.down, y],
  ] as const) {
    const most = (volume.counts[run.axis] ?? 1) - 1;
    const step = Math.min(Math.max(Math.floor(value), 0), most);
    at[run.axis] = run.isReversed ? most - step : step;
  }
  return at;
}

/** The picture of a cut, of what is in memory; null while nothing is. What has not come is as dark as it gets. */
export function cutFrame(volume: Volume, cut: Cut, index: number, frames: Frames): GrayView | null {
  const loaded = volume.slices.map((slice) => {
    const one = frames.peek(slice);
    return one?.kind === 'here' && one.frame.kind === 'gray' ? one.frame : null;
  });
  const model = loaded.find((one) => one !== null);
  if (model === undefined) return null;
  const isAlike = loaded.every(
    (one) => one === null || (one.slope === model.slope && one.intercept === model.intercept),
  );
  const columns = volume.counts[cut.across.axis] ?? 1;
  const rows = volume.counts[cut.down.axis] ?? 1;
  const values =
    isAlike && !(model.values instanceof Float32Array)
      ? new (model.values.constructor as Int16ArrayConstructor)(rows * columns)
      : new Float32Array(rows * columns);
  fill(values, { volume, cut, index, loaded, isAlike, rows, columns });
  const [slope, intercept] = isAlike ? [model.slope, model.intercept] : [1, 0];
  const place = {
    position: cornerOf(volume, cut, index),
    ...runsOf(volume, cut),
    frameOfReference: volume.frameOfReference,
  };
  return {
    ...model,
    planes: [],
    rows,
    columns,
    values,
    slope,
    intercept,
    padding: isAlike ? model.padding : null,
    pixelSpacing: [volume.steps[cut.down.axis] ?? 1, volume.steps[cut.across.axis] ?? 1],
    facts: { ...model.facts, place, directions: ['', ''], sliceLocation: null, thickness: null, frameMs: null },
  };
}

interface Filling {
  readonly volume: Volume;
  readonly cut: Cut;
  readonly index: number;
  readonly loaded: readonly (GrayView | null)[];
  readonly isAlike: boolean;
  readonly rows: number;
  readonly columns: number;
}

function fill(out: GrayView['values'], { volume, cut, index, loaded, isAlike, rows, columns }: Filling): void {
  const at: [number, number, number] = [0, 0, 0];
  at[cut.axis] = index;
  const width = volume.counts[0];
  const dark = darkest(loaded);
  for (let y = 0; y < rows; y++) {
    at[cut.down.axis] = cut.down.isReversed ? rows - 1 - y : y;
    for (let x = 0; x < columns; x++) {
      at[cut.across.axis] = cut.across.isReversed ? columns - 1 - x : x;
      const slice = loaded[at[2]];
      const stored = slice ? (slice.values[at[1] * width + at[0]] ?? 0) : dark;
      out[y * columns + x] = isAlike || !slice ? stored : stored * slice.slope + slice.intercept;
    }
  }
}

function darkest(loaded: readonly (GrayView | null)[]): number {
  const one = loaded.find((slice) => slice !== null);
  return one ? (one.values[0] ?? 0) : 0;
}

function runsOf({ directions }: Volume, { across, down }: Cut): { readonly row: Triple; readonly column: Triple } {
  const way = ({ axis, isReversed }: Run): Triple => {
    const [x, y, z] = directions[axis] ?? directions[0];
    return isReversed ? [-x, -y, -z] : [x, y, z];
  };
  return { row: way(across), column: way(down) };
}

function cornerOf(volume: Volume, cut: Cut, index: number): Triple {
  const at: [number, number, number] = [0, 0, 0];
  at[cut.axis] = index;
  for (const { axis, isReversed } of [cut.across, cut.down]) at[axis] = isReversed ? (volume.counts[axis] ?? 1) - 1 : 0;
  return at.reduce<Triple>(
    (corner, count, axis) => along(corner, volume.directions[axis] ?? [0, 0, 0], count * (volume.steps[axis] ?? 0)),
    volume.origin,
  );
}
