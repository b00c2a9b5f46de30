import { type ByteSource } from '../../core/ports.js';
import { type FileId } from '../../core/ids.js';
import { type MessageStore } from '../ports/message-store.js';
import { type InstanceApi } from '../desk/picture.js';
import { Moved } from '../desk/rpc.js';
import { WebError } from '../ports/error.js';

const READ_BYTES = 1024 * 1024;

/** A received, verified file as a source. @throws WebError `not-here`, from `read` too while it is not verified */
export function instanceSource(store: MessageStore, fileId: string): ByteSource {
  const id = fileId as FileId;
  const size = store.sizeOf(id);
  if (size === null) throw new WebError('not-here', 'no such file');
  return {
    name: fileId,
    size,
    read: (offset, length) => store.read(id, offset, length),
    async *stream(offset = 0) {
      for (let at = offset; at < size; at += READ_BYTES) yield await store.read(id, at, READ_BYTES);
    },
  };
}

/** A whole slice of a CT and its header: one question for most instances. */
const HEAD_BYTES = 640 * 1024;
/** Nobody needs more at once than a frame. */
const MAX_READ_BYTES = 512 * 1024 * 1024;

/** What a picture worker may read. @param storeOf throws WebError `not-here` */
export function instanceMethods(storeOf: (fileId: string) => MessageStore): InstanceApi {
  return sourceMethods((fileId) => instanceSource(storeOf(fileId), fileId));
}

/** @param sourceOf throws WebError `not-here` */
export function sourceMethods(sourceOf: (fileId: string) => ByteSource): InstanceApi {
  return {
    open: async ({ fileId }) => {
      const source = sourceOf(fileId);
      const head = new Uint8Array(await source.read(0, HEAD_BYTES));
      return new Moved({ size: source.size, head }, [head.buffer]);
    },
    read: async ({ fileId, offset, length }) => {
      if (length > MAX_READ_BYTES) throw new WebError('image-invalid', 'too long a piece');
      const bytes = new Uint8Array(await sourceOf(fileId).read(offset, length));
      return new Moved(bytes, [bytes.buffer]);
    },
  };
}
