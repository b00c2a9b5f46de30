import { type CodecModules } from '../../core/pixels/wasm-codec.js';
import { type ByteSource } from '../../core/ports.js';
import { type PictureApi } from '../desk/picture.js';
import { Moved } from '../desk/rpc.js';
import { WebError } from '../ports/error.js';
import { readImageDataSet } from '../image/dataset.js';
import { framePlace } from '../image/facts.js';
import { type Opened, decodeFrame } from '../image/frame.js';
import { readObject } from '../image/objects/object.js';

/** Answers for one message's instances; those that were looked at last stay open, for films and their many frames. */
export type OpenSource = (fileId: string) => Promise<ByteSource>;

const MAX_OPEN = 6;

export function pictureMethods(openSource: () => OpenSource, modules: CodecModules): Omit<PictureApi, 'use'> {
  const opened = new Map<string, Promise<Opened>>();
  const open = (fileId: string): Promise<Opened> => {
    const known = opened.get(fileId) ?? openInstance(openSource(), fileId);
    opened.delete(fileId);
    opened.set(fileId, known);
    for (const oldest of opened.keys()) if (opened.size > MAX_OPEN) opened.delete(oldest);
    // What failed, because it had not come, is tried again.
    known.catch(() => opened.get(fileId) === known && opened.delete(fileId));
    return known;
  };
  return {
    frame: async ({ fileId, frame }) => {
      const view = await decodeFrame(await open(fileId), frame, modules);
      return new Moved(view, [view.kind === 'gray' ? view.values.buffer : view.rgba.buffer]);
    },
    place: async ({ fileId, frame }) => framePlace((await open(fileId)).set, frame),
    object: async ({ fileId }) => {
      const view = await readObject(await open(fileId));
      return view.kind === 'pdf' ? new Moved(view, [view.bytes.buffer]) : view;
    },
  };
}

async function openInstance(openSource: OpenSource, fileId: string): Promise<Opened> {
  const source = await openSource(fileId);
  if (source.size === 0) throw new WebError('no-image', 'an empty file');
  return { source, set: await readImageDataSet(source) };
}
