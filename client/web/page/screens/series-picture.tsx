import { type ReactNode, createContext, useContext, useEffect, useRef, useState } from 'react';
import { type FrameView, type PictureApi } from '../../desk/picture.js';
import { type Client, connect } from '../../desk/rpc.js';
import { useDesk } from '../state/desk.js';
import { startPictureWorker } from '../state/desk-worker.js';
import { colorPixels, defaultWindow, grayPixels } from '../viewer/window.js';

const SIDE = 96;

export interface PictureSize {
  readonly rows: number;
  readonly columns: number;
}

type Pictures = Pick<Client<PictureApi>, 'call'>;
const PicturesContext = createContext<Pictures | null>(null);

/** One worker that decodes pictures of what was chosen, for as long as that is on the screen. */
export function SeriesPictures({
  collectionId,
  children,
}: {
  readonly collectionId: string;
  readonly children: ReactNode;
}): ReactNode {
  const { worker } = useDesk();
  const [pictures, setPictures] = useState<Pictures | null>(null);
  useEffect(() => {
    const decoder = startPictureWorker();
    const client = connect<PictureApi>(decoder, () => undefined);
    const { port1, port2 } = new MessageChannel();
    let isCurrent = true;
    Promise.all([
      worker.call('collectedPictures', { id: collectionId, port: port1 }, { transfer: [port1] }),
      client.call('use', { port: port2 }, { transfer: [port2] }),
    ]).then(
      () => isCurrent && setPictures(client),
      () => undefined,
    );
    return () => {
      isCurrent = false;
      decoder.terminate();
      client.end('account-locked');
    };
  }, [worker, collectionId]);
  return <PicturesContext value={pictures}>{children}</PicturesContext>;
}

/** A picture out of the middle of a chosen series; decoration: what cannot be decoded stays dark. */
export function SeriesPicture({
  seriesUid,
  side = SIDE,
  onSize,
}: {
  readonly seriesUid: string;
  readonly side?: number;
  /** Of the picture itself, once it is known. */
  readonly onSize?: (size: PictureSize) => void;
}): ReactNode {
  const pictures = useContext(PicturesContext);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isCurrent = true;
    pictures?.call('frame', { fileId: seriesUid, frame: 0 }).then(
      (view) => {
        if (!isCurrent || canvas.current === null) return;
        const { rows, columns } = view as FrameView;
        if (onSize !== undefined) fit(canvas.current, { rows, columns }, side);
        onSize?.({ rows, columns });
        drawSmall(canvas.current, view as FrameView);
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [pictures, seriesUid, side, onSize]);
  return <canvas ref={canvas} className="series-picture" width={side} height={side} aria-hidden="true" />;
}

function drawSmall(target: HTMLCanvasElement, view: FrameView): void {
  const image = view.kind === 'gray' ? grayPixels(view, defaultWindow(view), false) : colorPixels(view, false);
  const whole = new OffscreenCanvas(view.columns, view.rows);
  whole.getContext('2d')?.putImageData(image, 0, 0);
  const scale = Math.min(target.width / view.columns, target.height / view.rows);
  const context = target.getContext('2d');
  if (context === null) return;
  context.imageSmoothingQuality = 'high';
  const [width, height] = [view.columns * scale, view.rows * scale];
  context.drawImage(whole, (target.width - width) / 2, (target.height - height) / 2, width, height);
}

/** As wide and high as the picture: what is drawn over it lies where it should. */
function fit(target: HTMLCanvasElement, { rows, columns }: PictureSize, side: number): void {
  const scale = side / Math.max(rows, columns);
  target.width = Math.max(1, Math.round(columns * scale));
  target.height = Math.max(1, Math.round(rows * scale));
}
