import { type BitPlane, type FrameView, type ShutterView, type WindowView } from '../../desk/picture.js';
import { type Placement, type Size } from './placement.js';
import { colorPixels, grayPixels } from './window.js';

/** Draws one viewport's pictures. What does not change from one drawing to the next (moving, zooming) is kept. */
export interface Painter {
  paint(canvas: HTMLCanvasElement, sheet: Sheet): void;
}

export interface Sheet {
  readonly frame: FrameView | null;
  /** Null for colours. */
  readonly window: WindowView | null;
  readonly isInverted: boolean;
  readonly isBare: boolean;
  readonly placement: Placement | null;
  readonly size: Size;
  readonly shutters: readonly ShutterView[];
}

export function createPainter(): Painter {
  let shown: { readonly of: readonly unknown[]; readonly picture: OffscreenCanvas } | null = null;
  const pictureOf = (frame: FrameView, window: WindowView | null, isInverted: boolean): OffscreenCanvas => {
    const of = [frame, isInverted, ...keyOf(window)];
    if (shown !== null && shown.of.length === of.length && shown.of.every((one, i) => one === of[i]))
      return shown.picture;
    const isFit = shown?.picture.width === frame.columns && shown.picture.height === frame.rows;
    const picture = isFit && shown !== null ? shown.picture : new OffscreenCanvas(frame.columns, frame.rows);
    const pixels = frame.kind === 'gray' && window !== null ? grayPixels(frame, window, isInverted) : null;
    const image = pixels ?? (frame.kind === 'color' ? colorPixels(frame, isInverted) : null);
    if (image !== null) picture.getContext('2d')?.putImageData(image, 0, 0);
    shown = { of, picture };
    return picture;
  };
  return {
    paint(canvas, { frame, window, isInverted, isBare, placement, size, shutters }) {
      const ratio = devicePixelRatio;
      resize(canvas, Math.round(size[0] * ratio), Math.round(size[1] * ratio));
      const context = canvas.getContext('2d');
      if (context === null) return;
      context.resetTransform();
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (frame === null || placement === null) return;
      const [a, b, c, d, e, f] = placement.matrix;
      context.save();
      context.setTransform(a * ratio, b * ratio, c * ratio, d * ratio, e * ratio, f * ratio);
      for (const shutter of shutters) clip(context, shutter);
      context.imageSmoothingEnabled = true;
      context.imageSmoothingQuality = 'high';
      context.drawImage(pictureOf(frame, window, isInverted), 0, 0);
      if (!isBare) for (const plane of frame.planes) drawPlane(context, plane);
      context.restore();
    },
  };
}

function keyOf(window: WindowView | null): readonly unknown[] {
  if (window === null) return [];
  return window.shape === 'table' ? [window.entries, window.first] : [window.shape, window.center, window.width];
}

const planes = new WeakMap<BitPlane, OffscreenCanvas>();

function drawPlane(context: CanvasRenderingContext2D, plane: BitPlane): void {
  const made = planes.get(plane) ?? planePicture(plane);
  planes.set(plane, made);
  context.drawImage(made, plane.x, plane.y);
}

function planePicture({ width, height, bits }: BitPlane): OffscreenCanvas {
  const picture = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  const out = new Uint32Array(image.data.buffer);
  for (let i = 0; i < out.length; i++) if (((bits[i >> 3] ?? 0) >> (i & 7)) & 1) out[i] = OVER;
  picture.getContext('2d')?.putImageData(image, 0, 0);
  return picture;
}

/** Opaque, in the colour of what is drawn over pictures; blue, green and red from the top. */
const OVER = 0xffb0e08f;

/** PS3.3 §C.7.6.11: rows and columns count from 1; what lies outside of all shutters is hidden. */
function clip(context: CanvasRenderingContext2D, shutter: ShutterView): void {
  context.beginPath();
  switch (shutter.kind) {
    case 'rectangle':
      context.rect(shutter.left, shutter.top, shutter.right - shutter.left - 1, shutter.bottom - shutter.top - 1);
      break;
    case 'circle':
      context.arc(shutter.center[0] - 0.5, shutter.center[1] - 0.5, shutter.radius, 0, 2 * Math.PI);
      break;
    case 'polygon':
      for (const [x, y] of shutter.points) context.lineTo(x - 0.5, y - 0.5);
      context.closePath();
  }
  context.clip();
}

/** A canvas that is given its own size again would be emptied and made anew. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== Math.max(1, width)) canvas.width = Math.max(1, width);
  if (canvas.height !== Math.max(1, height)) canvas.height = Math.max(1, height);
}
