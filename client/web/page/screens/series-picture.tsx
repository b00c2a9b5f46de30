import { type ReactNode, createContext, useContext, useEffect, useRef, useState } from 'react';
import { type FrameView, type PictureApi } from '../../desk/picture.js';
import { type Client, connect } from '../../desk/rpc.js';
import { useDesk } from '../state/desk.js';
import { startPictureWorker } from '../state/desk-worker.js';
import { colorPixels, defaultWindow, grayPixels } from '../viewer/window.js';

const SIDE = 96;

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
export function SeriesPicture({ seriesUid }: { readonly seriesUid: string }): ReactNode {
  const pictures = useContext(PicturesContext);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isCurrent = true;
    pictures?.call('frame', { fileId: seriesUid, frame: 0 }).then(
      (view) => {
        if (isCurrent && canvas.current !== null) drawSmall(canvas.current, view as FrameView);
      },
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [pictures, seriesUid]);
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
