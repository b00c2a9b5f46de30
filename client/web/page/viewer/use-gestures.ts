import { type PointerEvent, useRef } from 'react';
import { type FrameView, type WindowView } from '../../desk/picture.js';
import { type Point } from './geometry.js';
import { type Mark } from './measure.js';
import { type Placement, type Size } from './placement.js';
import { linearOf, windowOf } from './presets.js';
import { type Tool, type ViewState, isMarkTool, zoomed } from './view-state.js';

interface Target {
  readonly frame: FrameView | null;
  readonly given: WindowView | null;
  readonly placement: Placement | null;
  readonly size: Size;
  readonly tool: Tool;
  readonly marks: readonly Mark[];
  readonly isDrawing: boolean;
  readonly onView: (change: (view: ViewState) => ViewState) => void;
  readonly onScroll: (step: number) => void;
  readonly onPoint: (point: Point) => void;
  readonly onMove: (point: Point) => void;
  readonly onHandle: (id: number, at: number, point: Point) => void;
  readonly onCross: (point: Point) => void;
  readonly onActivate: () => void;
}

interface Hand {
  readonly points: Map<number, Point>;
  rest: number;
  dragged: number;
  handle: { readonly id: number; readonly at: number } | null;
}

const PIXELS_PER_SLICE = 8;
const NEAR_HANDLE = 10;
/** A hand that moves less than this has pressed, not drawn. */
const DRAG = 4;

/** Mouse, pen and fingers: one uses the tool, two move and zoom; the right button zooms and the middle one moves, whatever the tool. */
export function useGestures(target: Target) {
  const hand = useRef<Hand>({ points: new Map(), rest: 0, dragged: 0, handle: null });
  const at = (event: PointerEvent): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  return {
    onPointerDown(event: PointerEvent) {
      target.onActivate();
      event.currentTarget.setPointerCapture(event.pointerId);
      const { current } = hand;
      current.points.set(event.pointerId, at(event));
      current.rest = 0;
      current.dragged = 0;
      current.handle = null;
      if (event.button === 0 && current.points.size === 1) press(target, current, at(event));
    },
    onPointerMove(event: PointerEvent) {
      const { current } = hand;
      const from = current.points.get(event.pointerId);
      const to = at(event);
      const picture = target.placement?.toPicture(to);
      if (target.isDrawing && picture !== undefined) target.onMove(picture);
      if (from === undefined) return;
      current.points.set(event.pointerId, to);
      current.dragged += Math.hypot(to[0] - from[0], to[1] - from[1]);
      if (current.points.size === 2) pinch(target, current, event.pointerId, from, to);
      else drag(target, current, event.buttons, from, to);
    },
    onPointerUp(event: PointerEvent) {
      const { current } = hand;
      const isAlone = current.points.size === 1;
      current.points.delete(event.pointerId);
      const picture = target.placement?.toPicture(at(event));
      const isDrawn = isAlone && target.isDrawing && current.dragged > DRAG && current.handle === null;
      if (isDrawn && event.button === 0 && picture !== undefined) target.onPoint(picture);
    },
    onPointerCancel(event: PointerEvent) {
      hand.current.points.delete(event.pointerId);
    },
    onContextMenu: (event: { preventDefault(): void }) => event.preventDefault(),
  };
}

function press(target: Target, hand: Hand, at: Point): void {
  const picture = target.placement?.toPicture(at);
  if (picture === undefined) return;
  if (target.tool === 'cross') return target.onCross(picture);
  if (!isMarkTool(target.tool)) return;
  hand.handle = target.isDrawing ? null : handleNear(target, at);
  if (hand.handle === null) target.onPoint(picture);
}

function handleNear({ marks, placement }: Target, [x, y]: Point): Hand['handle'] {
  for (const { id, points } of marks) {
    for (const [i, point] of points.entries()) {
      const [px = 0, py = 0] = placement?.toView(point) ?? [];
      if (Math.hypot(px - x, py - y) < NEAR_HANDLE) return { id, at: i };
    }
  }
  return null;
}

function pinch(target: Target, hand: Hand, moved: number, from: Point, to: Point): void {
  const other = [...hand.points].find(([id]) => id !== moved)?.[1];
  if (other === undefined) return;
  const [before, after] = [distance(from, other), distance(to, other)];
  const [width, height] = target.size;
  const [dx, dy] = [(to[0] - from[0]) / 2 / Math.max(width, 1), (to[1] - from[1]) / 2 / Math.max(height, 1)];
  target.onView((view) => {
    const next = before > 20 ? zoomed(view, after / before) : view;
    return { ...next, pan: [next.pan[0] + dx, next.pan[1] + dy] };
  });
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

function drag(target: Target, hand: Hand, buttons: number, from: Point, to: Point): void {
  const picture = target.placement?.toPicture(to);
  if (hand.handle !== null && picture !== undefined) return target.onHandle(hand.handle.id, hand.handle.at, picture);
  const used: Tool = buttons === 2 ? 'zoom' : buttons === 4 ? 'pan' : target.tool;
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const [width, height] = target.size;
  switch (used) {
    case 'scroll': {
      hand.rest += dy;
      const steps = Math.trunc(hand.rest / PIXELS_PER_SLICE);
      hand.rest -= steps * PIXELS_PER_SLICE;
      if (steps !== 0) target.onScroll(steps);
      return;
    }
    case 'pan':
      return target.onView((view) => {
        return { ...view, pan: [view.pan[0] + dx / Math.max(width, 1), view.pan[1] + dy / Math.max(height, 1)] };
      });
    case 'zoom':
      return target.onView((view) => zoomed(view, Math.exp((-3 * dy) / Math.max(height, 1))));
    case 'window':
      return target.onView((view) => widened(view, target, dx / Math.max(width, 1), dy / Math.max(height, 1)));
    case 'cross':
      return picture === undefined ? undefined : target.onCross(picture);
    case 'length':
    case 'angle':
    case 'ellipse':
    case 'probe':
      return undefined;
  }
}

/** Across the width, down the centre: as everywhere. */
export function widened(
  view: ViewState,
  { frame, given }: Pick<Target, 'frame' | 'given'>,
  dx: number,
  dy: number,
): ViewState {
  if (frame?.kind !== 'gray') return view;
  const { center, width } = linearOf(windowOf(frame, view.window, given));
  const speed = Math.max(width, 10);
  const least = frame.values instanceof Float32Array ? 1e-3 : 1;
  const window = { kind: 'own', center: center + dy * speed, width: Math.max(least, width + dx * 2 * speed) } as const;
  return { ...view, window };
}
