import { type FrameView, type WindowView } from '../../client/web/desk/picture.js';
import { readImageDataSet } from '../../client/web/image/dataset.js';
import { decodeFrame } from '../../client/web/image/frame.js';
import { placementOf } from '../../client/web/page/viewer/placement.js';
import { INITIAL_VIEW } from '../../client/web/page/viewer/view-state.js';
import { createPainter } from '../../client/web/page/viewer/painter.js';
import { defaultWindow } from '../../client/web/page/viewer/window.js';
import { webCodecs } from '../../client/web/worker/picture-codecs.js';
import { memorySource } from '../support/memory-source.js';
import { type ReferencePicture, gridOf } from '../support/reference-pictures.js';

/** What the tests call inside a browser: from an instance to what stands on the canvas, by the viewer's own reader, decoders and painter. */

const codecs = webCodecs();

type Wanted = Pick<ReferencePicture, 'frame' | 'window'>;

/** The file at /file/0, at its own size. @returns as `gridOf`, of the pixels of the canvas */
async function rendered({ frame, window }: Wanted): Promise<string> {
  const bytes = new Uint8Array(await (await fetch('/file/0')).arrayBuffer());
  const source = memorySource('a.dcm', bytes);
  const view = await decodeFrame({ source, set: await readImageDataSet(source) }, frame, codecs);
  const { rows, columns } = view;
  const canvas = new OffscreenCanvas(columns, rows);
  // A canvas of the page, but for its place on it.
  createPainter().paint(canvas as never, {
    frame: view,
    window: windowFor(view, window),
    isInverted: false,
    isBare: true,
    placement: { ...placementOf(view, INITIAL_VIEW, [columns, rows]), matrix: [1, 0, 0, 1, 0, 0] },
    size: [columns, rows],
    shutters: [],
  });
  const shown = canvas.getContext('2d')?.getImageData(0, 0, columns, rows).data ?? [];
  return gridOf(shown, columns, rows);
}

function windowFor(view: FrameView, window: Wanted['window']): WindowView | null {
  if (view.kind === 'color') return null;
  if (window === null) return defaultWindow(view);
  return { center: window[0], width: window[1], name: '', shape: 'linear' };
}

export const renderPage = { rendered };
export type RenderPage = typeof renderPage;

Object.assign(globalThis, { bildboteRender: renderPage });
