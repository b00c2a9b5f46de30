import { type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react';
import { type FrameView } from '../../desk/picture.js';
import { type Frames, type Picture } from './frames.js';
import { defaultWindow, colorPixels, grayPixels } from './window.js';

const SIDE = 96;

/** The middle picture of a series, small; decoration, the name stands beside it. */
interface Props {
  readonly frames: Frames;
  readonly picture: Picture | null;
  readonly isHere: boolean;
}

export function Thumbnail({ frames, picture, isHere }: Props): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const loaded = useSyncExternalStore(frames.subscribe, () => (picture === null ? null : frames.peek(picture)));
  useEffect(() => {
    if (picture !== null && isHere) frames.also(picture);
  }, [frames, picture, isHere]);
  useEffect(() => {
    if (canvas.current !== null && loaded?.kind === 'here') drawSmall(canvas.current, loaded.frame);
  }, [loaded]);
  return <canvas ref={canvas} className="thumbnail" width={SIDE} height={SIDE} aria-hidden="true" />;
}

function drawSmall(target: HTMLCanvasElement, view: FrameView): void {
  const image = view.kind === 'gray' ? grayPixels(view, defaultWindow(view), false) : colorPixels(view, false);
  const whole = new OffscreenCanvas(view.columns, view.rows);
  whole.getContext('2d')?.putImageData(image, 0, 0);
  const scale = Math.min(SIDE / view.columns, SIDE / view.rows);
  const context = target.getContext('2d');
  if (context === null) return;
  context.clearRect(0, 0, SIDE, SIDE);
  context.imageSmoothingQuality = 'high';
  const [width, height] = [view.columns * scale, view.rows * scale];
  context.drawImage(whole, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
}
