import type { MaskedFrame, Region } from '../deidentification/pixel-port.js';
import { decodeFrame } from './decode.js';
import type { DecodableImage } from './geometry.js';
import { maskEncapsulatedFrame } from './mask-frame.js';
import { contentOutside } from './outside.js';
import { toPicture } from './picture.js';
import type { Picture, Raster } from './raster/raster.js';
import type { Box } from './text/extend.js';
import { type Demands, lookForText, type TextSeen } from './text/look.js';
import type { TextReader } from './text/words.js';
import type { CodecModules } from './wasm-codec.js';

/**
 * What can be asked of whoever works on pixels, as plain data: Node answers in a thread, the browser in a worker, tests on the
 * spot, all with `performPixelTask`.
 */
export type PixelTask =
  | { readonly kind: 'decode'; readonly image: DecodableImage; readonly frame: Uint8Array }
  | { readonly kind: 'picture'; readonly image: DecodableImage; readonly frame: Uint8Array }
  | {
      readonly kind: 'mask';
      readonly image: DecodableImage;
      readonly frame: Uint8Array;
      readonly regions: readonly Region[];
    }
  | {
      readonly kind: 'look';
      readonly image: DecodableImage;
      readonly frame: Uint8Array;
      readonly demands: Demands;
      /** Whether words are read, too; only by those who have a reader. */
      readonly reading: 'shapes' | 'shapes-and-words';
    };

export interface FrameSeen extends TextSeen {
  /** What is not plain outside of the ultrasound regions; null when there are none that can be believed. */
  readonly outside: readonly Box[] | null;
}

export interface PixelAnswers {
  readonly decode: Raster;
  readonly picture: Picture;
  readonly mask: MaskedFrame;
  readonly look: FrameSeen;
}

export type PixelTaskOf<K extends PixelTask['kind']> = Extract<PixelTask, { readonly kind: K }>;

/** @throws PixelRefused */
export type PixelWorker = <K extends PixelTask['kind']>(
  task: PixelTaskOf<K>,
  signal?: AbortSignal,
) => Promise<PixelAnswers[K]>;

export interface PixelTools {
  readonly modules: CodecModules;
  readonly reader: TextReader | null;
}

/** Does the work here and now. */
export function createPixelWorker(tools: PixelTools): PixelWorker {
  return (task) => performPixelTask(tools, task) as Promise<PixelAnswers[(typeof task)['kind']]>;
}

export async function performPixelTask(
  { modules, reader }: PixelTools,
  task: PixelTask,
): Promise<PixelAnswers[PixelTask['kind']]> {
  const { image, frame } = task;
  switch (task.kind) {
    case 'decode':
      return decodeFrame(modules, image, frame);
    case 'picture':
      return toPicture(await decodeFrame(modules, image, frame), image);
    case 'mask':
      return maskEncapsulatedFrame(modules, image, frame, task.regions);
    case 'look': {
      const picture = toPicture(await decodeFrame(modules, image, frame), image);
      const seen = await lookForText(picture, task.demands, task.reading === 'shapes' ? null : reader);
      return { ...seen, outside: contentOutside(picture, image.ultrasoundRegions) };
    }
  }
}
