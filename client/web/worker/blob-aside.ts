import type { SetAside } from '../../core/ports.js';

/** Chunks of a stream are often small; a blob of a hundred thousand parts is slow to read. */
const PART_BYTES = 8 * 1024 * 1024;

/** In a blob, which a browser moves to its disk when it is large. */
export const setAsideInBlob: SetAside = async (chunks) => {
  const parts: Blob[] = [];
  let small: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    small.push(new Uint8Array(chunk));
    length += chunk.length;
    if (length < PART_BYTES) continue;
    parts.push(new Blob(small));
    [small, length] = [[], 0];
  }
  const blob = new Blob([...parts, ...small]);
  return {
    read: async (offset, count) => new Uint8Array(await blob.slice(offset, offset + count).arrayBuffer()),
    async *stream(offset = 0) {
      for (let at = offset; at < blob.size; at += PART_BYTES)
        yield new Uint8Array(await blob.slice(at, at + PART_BYTES).arrayBuffer());
    },
  };
};
