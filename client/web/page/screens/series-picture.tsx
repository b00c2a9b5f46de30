import { type ReactNode, useEffect, useRef } from 'react';
import { type FrameView } from '../../desk/view.js';
import { useDesk } from '../state/desk.js';
import { colorPixels, defaultWindow, grayPixels } from '../viewer/window.js';

const SIDE = 64;

interface Props {
  readonly collectionId: string;
  readonly seriesUid: string;
}

/** A picture out of the middle of a chosen series; decoration: what cannot be decoded stays dark. */
export function SeriesPicture({ collectionId, seriesUid }: Props): ReactNode {
  const { worker } = useDesk();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isCurrent = true;
    worker.call('collectedFrame', { id: collectionId, seriesUid }).then(
      (view) => {
        if (isCurrent && canvas.current !== null) drawSmall(canvas.current, view as FrameView);
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [worker, collectionId, seriesUid]);
  return <canvas ref={canvas} className="series-picture" width={SIDE} height={SIDE} aria-hidden="true" />;
}

function drawSmall(target: HTMLCanvasElement, view: FrameView): void {
  const image = view.kind === 'gray' ? grayPixels(view, defaultWindow(view), false) : colorPixels(view, false);
  const whole = new OffscreenCanvas(view.columns, view.rows);
  whole.getContext('2d')?.putImageData(image, 0, 0);
  const scale = Math.min(SIDE / view.columns, SIDE / view.rows);
  const context = target.getContext('2d');
  if (context === null) return;
  context.imageSmoothingQuality = 'high';
  const [width, height] = [view.columns * scale, view.rows * scale];
  context.drawImage(whole, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
}
