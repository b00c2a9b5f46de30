import { type ReactNode, useEffect, useRef } from 'react';
import { type Frames, type Picture } from './frames.js';
import { defaultWindow, colorPixels, grayPixels } from './window.js';

const SIDE = 96;

/** The middle picture of a series, small; decoration, the name stands beside it. */
export function Thumbnail({
  frames,
  picture,
  isHere,
}: {
  readonly frames: Frames;
  readonly picture: Picture | null;
  readonly isHere: boolean;
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { fileId = '', frame = 0 } = picture ?? {};
  useEffect(() => {
    if (fileId === '' || !isHere) return undefined;
    let isCurrent = true;
    void frames.load({ fileId, frame }).then((loaded) => {
      const target = canvas.current;
      if (!isCurrent || target === null || loaded.kind !== 'here') return;
      const { frame: view } = loaded;
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
    });
    return () => {
      isCurrent = false;
    };
  }, [frames, fileId, frame, isHere]);
  return <canvas ref={canvas} className="thumbnail" width={SIDE} height={SIDE} aria-hidden="true" />;
}
