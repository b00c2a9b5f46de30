import { type FrameView } from '../../desk/picture.js';
import { type Point } from './geometry.js';
import { type ViewState } from './view-state.js';

/** How a picture lies in its viewport: turned, flipped, moved and as large as wanted. Everything that is drawn goes by it. */
export interface Placement {
  /** From pixels of the picture, counted from its corner, to CSS pixels of the viewport. */
  toView(point: Point): Point;
  toPicture(point: Point): Point;
  /** As `setTransform` takes it, in CSS pixels. */
  readonly matrix: readonly [a: number, b: number, c: number, d: number, e: number, f: number];
  /** CSS pixels for a pixel of the picture, across and down. */
  readonly scale: Point;
}

export type Size = readonly [width: number, height: number];
export type Frame = Pick<FrameView, 'rows' | 'columns' | 'pixelSpacing'>;

const QUARTERS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

export function placementOf(frame: Frame, view: ViewState, [width, height]: Size): Placement {
  const [aspectX, aspectY] = aspectOf(frame);
  const area = view.area ?? { x: 0, y: 0, width: frame.columns, height: frame.rows };
  const [w, h] = [area.width * aspectX, area.height * aspectY];
  const isTurned = view.turns % 2 === 1;
  const fit = Math.min(width / (isTurned ? h : w), height / (isTurned ? w : h));
  const scale = (Number.isFinite(fit) && fit > 0 ? fit : 1) * view.zoom;
  const [cos, sin] = QUARTERS[view.turns % 4] ?? QUARTERS[0];
  const [sx, sy] = [scale * aspectX * (view.isFlipped ? -1 : 1), scale * aspectY];
  const [a, b, c, d] = [cos * sx, sin * sx, -sin * sy, cos * sy];
  const [middleX, middleY] = [area.x + area.width / 2, area.y + area.height / 2];
  const e = width * (0.5 + view.pan[0]) - a * middleX - c * middleY;
  const f = height * (0.5 + view.pan[1]) - b * middleX - d * middleY;
  const det = a * d - b * c;
  return {
    matrix: [a, b, c, d, e, f],
    scale: [scale * aspectX, scale * aspectY],
    toView: ([x, y]) => [a * x + c * y + e, b * x + d * y + f],
    toPicture: ([x, y]) => [(d * (x - e) - c * (y - f)) / det, (a * (y - f) - b * (x - e)) / det],
  };
}

/** The view in which a pixel of the picture is a pixel of the screen. */
export function nativeZoom(frame: Frame, view: ViewState, size: Size, ratio: number): number {
  const { scale } = placementOf(frame, { ...view, zoom: 1 }, size);
  return 1 / (scale[0] * ratio);
}

/** Pixels that are not square are drawn as they lie in the patient. */
function aspectOf({ pixelSpacing }: Frame): readonly [number, number] {
  if (pixelSpacing === null) return [1, 1];
  const ratio = pixelSpacing[0] / pixelSpacing[1];
  return ratio > 0.02 && ratio < 50 ? [1, ratio] : [1, 1];
}

/** Letters at the four edges of the viewport, for a picture whose rows and columns lead to `right` and `bottom`. */
export function turnedEdges<T>(
  edges: { readonly right: T; readonly left: T; readonly bottom: T; readonly top: T },
  { turns, isFlipped }: ViewState,
): { readonly right: T; readonly left: T; readonly bottom: T; readonly top: T } {
  const { right, left, bottom, top } = edges;
  // Clockwise, beginning at the top.
  const round = isFlipped ? [top, left, bottom, right] : [top, right, bottom, left];
  const at = (side: number): T => round[(side + 4 - (turns % 4)) % 4] ?? top;
  return { top: at(0), right: at(1), bottom: at(2), left: at(3) };
}
