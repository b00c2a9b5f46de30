import { type ByteSource } from '../../core/ports.js';
import { type FileId } from '../../core/ids.js';
import { type MessageStore } from '../ports/message-store.js';
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
