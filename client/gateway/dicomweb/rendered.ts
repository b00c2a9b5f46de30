import * as z from 'zod';
import { readHeader } from '../../core/dicom/header.js';
import type { PixelWorker } from '../../core/pixels/work.js';
import { diskFile } from '../../node/disk-source.js';
import { parse } from '../http/endpoint.js';
import type { Instance } from '../received/received.js';
import { firstText, toDicomJson } from '../received/data-set.js';
import { openFrames, pixelProblem } from './frames.js';
import { encodeJpeg } from './jpeg.js';
import { encodePng } from './png.js';
import { fit, type Rescale, showFrame, type Window } from './window.js';

/** Pictures of frames for whoever has no DICOM viewer (PS3.18 §8.3.5.1, §10.4.1.1.3). */

export const RENDERED_TYPES = ['image/jpeg', 'image/png'] as const;
export type RenderedType = (typeof RENDERED_TYPES)[number];

const MAX_SIDE = 8192;
const THUMBNAIL_SIDE = 256;
const DEFAULT_QUALITY = 90;
const NUMBER = String.raw`-?[0-9]{1,9}(?:\.[0-9]{1,9})?`;

/** Only what is obeyed is taken: a mark or a part of the picture that is asked for and not there would mislead. */
const querySchema = z.strictObject({
  accept: z.string().max(200).optional(),
  quality: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/)
    .optional(),
  viewport: z
    .string()
    .regex(/^[1-9][0-9]{0,3},[1-9][0-9]{0,3}$/)
    .optional(),
  window: z
    .string()
    .regex(new RegExp(`^${NUMBER},${NUMBER},(linear|linear-exact|sigmoid)$`))
    .optional(),
});

export interface RenderOptions {
  readonly type: RenderedType;
  readonly quality: number;
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly window: Window | null;
}

/** @throws Problem `request-invalid` */
export function renderOptions(query: unknown, type: RenderedType, kind: 'rendered' | 'thumbnail'): RenderOptions {
  const { quality, viewport, window } = parse(querySchema, query);
  const side = kind === 'thumbnail' ? THUMBNAIL_SIDE : MAX_SIDE;
  const [maxWidth = side, maxHeight = side] = (viewport ?? '')
    .split(',')
    .filter((one) => one !== '')
    .map(Number);
  return {
    type,
    quality: Number(quality ?? DEFAULT_QUALITY),
    maxWidth: Math.min(maxWidth, MAX_SIDE),
    maxHeight: Math.min(maxHeight, MAX_SIDE),
    window: window === undefined ? null : parseWindow(window),
  };
}

function parseWindow(text: string): Window {
  const [center = '', width = '', shape = ''] = text.split(',');
  return { center: Number(center), width: Math.max(Number(width), Number.MIN_VALUE), shape: shape as Window['shape'] };
}

/** @param frame from 0; null for the middle one @throws Problem `not-found` */
export async function render(
  instance: Instance,
  frame: number | null,
  options: RenderOptions,
  work: PixelWorker,
): Promise<Uint8Array> {
  const { image, frames } = await openFrames(instance);
  try {
    const at = frame ?? Math.floor(frames.count / 2);
    const raster = await work({ kind: 'decode', image, frame: await frames.read(at) });
    const window = options.window ?? defaultWindow(image);
    const picture = fit(
      showFrame(raster, image, window, await rescaleOf(instance)),
      options.maxWidth,
      options.maxHeight,
    );
    return options.type === 'image/png' ? encodePng(picture) : encodeJpeg(picture, options.quality);
  } catch (error) {
    throw pixelProblem(error);
  }
}

function defaultWindow({
  windowCenter,
  windowWidth,
}: {
  windowCenter: number | null;
  windowWidth: number | null;
}): Window | null {
  if (windowCenter === null || windowWidth === null || windowWidth < 1) return null;
  return { center: windowCenter, width: windowWidth, shape: 'linear' };
}

async function rescaleOf({ path }: Instance): Promise<Rescale> {
  const header = await readHeader(await diskFile(path));
  const data = header.kind === 'header' ? toDicomJson(header.elements) : {};
  const number = (tag: string, usual: number): number => {
    const text = firstText(data, tag);
    const value = Number(text);
    return text === '' || !Number.isFinite(value) ? usual : value;
  };
  return { slope: number('00281053', 1) || 1, intercept: number('00281052', 0) };
}
