import { type FrameView, type ScaledRegion } from '../../desk/picture.js';
import { type Point } from './geometry.js';
import { type MarkTool } from './view-state.js';

/** Lengths, angles and regions on a picture. Points count in pixels from the picture's corner. */
export interface Mark {
  readonly id: number;
  readonly kind: MarkTool;
  readonly points: readonly Point[];
}

export const POINTS: Readonly<Record<MarkTool, number>> = { length: 2, angle: 3, ellipse: 2, probe: 1 };

/** How reliable a length is, and its unit. */
export type Scale =
  | { readonly kind: 'mm'; readonly x: number; readonly y: number; readonly isAtDetector: boolean }
  | { readonly kind: 'pixel' };

export type Measured =
  | { readonly kind: 'length'; readonly value: number; readonly scale: Scale }
  | { readonly kind: 'angle'; readonly degrees: number }
  | { readonly kind: 'region'; readonly area: number; readonly scale: Scale; readonly values: Statistics | null }
  | { readonly kind: 'probe'; readonly at: Point; readonly value: number | readonly [number, number, number] | null };

export interface Statistics {
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly greatest: number;
  readonly count: number;
}

export function measure({ kind, points }: Mark, frame: FrameView): Measured | null {
  const [a, b, c] = points;
  const scale = scaleFor(frame, points);
  switch (kind) {
    case 'length':
      return a && b ? { kind: 'length', value: Math.hypot(...spread(a, b, scale)), scale } : null;
    case 'angle':
      return a && b && c ? { kind: 'angle', degrees: angle(a, b, c, scale) } : null;
    case 'ellipse':
      return a && b ? regionOf(a, b, frame, scale) : null;
    case 'probe':
      return a ? { kind: 'probe', at: a, value: valueAt(frame, a) } : null;
  }
}

/** In a region of an ultrasound picture its own scale, if all points lie in one; else the picture's. */
export function scaleFor({ pixelSpacing, facts }: FrameView, points: readonly Point[]): Scale {
  const region = facts.regions.find((one) => points.every((point) => isInside(point, one)));
  if (region !== undefined) return { kind: 'mm', x: region.mmX, y: region.mmY, isAtDetector: false };
  if (pixelSpacing === null || facts.regions.length > 0) return { kind: 'pixel' };
  return { kind: 'mm', x: pixelSpacing[1], y: pixelSpacing[0], isAtDetector: facts.calibration === 'detector' };
}

function isInside([x, y]: Point, { minX, minY, maxX, maxY }: ScaledRegion): boolean {
  return x >= minX && x <= maxX + 1 && y >= minY && y <= maxY + 1;
}

function spread(a: Point, b: Point, scale: Scale): Point {
  const [x, y] = scale.kind === 'mm' ? [scale.x, scale.y] : [1, 1];
  return [(b[0] - a[0]) * x, (b[1] - a[1]) * y];
}

/** At the second point. */
function angle(a: Point, b: Point, c: Point, scale: Scale): number {
  const [p, q] = [spread(b, a, scale), spread(b, c, scale)];
  const between = Math.abs(Math.atan2(p[1], p[0]) - Math.atan2(q[1], q[0]));
  return (Math.min(between, 2 * Math.PI - between) * 180) / Math.PI;
}

/** The ellipse in the rectangle between two corners; a pixel belongs to it when its middle does. */
function regionOf(a: Point, b: Point, frame: FrameView, scale: Scale): Measured {
  const [rx, ry] = [Math.abs(b[0] - a[0]) / 2, Math.abs(b[1] - a[1]) / 2];
  const factor = scale.kind === 'mm' ? scale.x * scale.y : 1;
  const area = Math.PI * rx * ry * factor;
  const center: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  return { kind: 'region', area, scale, values: frame.kind === 'gray' ? statistics(frame, center, rx, ry) : null };
}

type Gray = Extract<FrameView, { kind: 'gray' }>;

function statistics(frame: Gray, [cx, cy]: Point, rx: number, ry: number): Statistics | null {
  let [count, sum, squares] = [0, 0, 0];
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const [fromY, toY] = [Math.max(0, Math.floor(cy - ry)), Math.min(frame.rows - 1, Math.ceil(cy + ry))];
  const [fromX, toX] = [Math.max(0, Math.floor(cx - rx)), Math.min(frame.columns - 1, Math.ceil(cx + rx))];
  const offset = valueOf(frame, fromY * frame.columns + fromX);
  for (let y = fromY; y <= toY; y++) {
    for (let x = fromX; x <= toX; x++) {
      if (((x + 0.5 - cx) / rx) ** 2 + ((y + 0.5 - cy) / ry) ** 2 > 1) continue;
      const value = valueOf(frame, y * frame.columns + x);
      count += 1;
      // Around a value of the region: no digits are lost where values are large and alike.
      sum += value - offset;
      squares += (value - offset) ** 2;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
  }
  if (count === 0) return null;
  const mean = sum / count;
  return {
    mean: mean + offset,
    deviation: Math.sqrt(Math.max(0, squares / count - mean ** 2)),
    least,
    greatest,
    count,
  };
}

function valueOf({ values, slope, intercept }: Gray, at: number): number {
  return (values[at] ?? 0) * slope + intercept;
}

export function valueAt(frame: FrameView, [x, y]: Point): number | readonly [number, number, number] | null {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (column < 0 || row < 0 || column >= frame.columns || row >= frame.rows) return null;
  const at = row * frame.columns + column;
  if (frame.kind === 'gray') return valueOf(frame, at);
  return [frame.rgba[4 * at] ?? 0, frame.rgba[4 * at + 1] ?? 0, frame.rgba[4 * at + 2] ?? 0];
}
