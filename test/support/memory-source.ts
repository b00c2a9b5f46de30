import type { ByteSource } from '../../client/core/ports.js';

/** A ByteSource over bytes; `chunkBytes` sets how it streams. */
export function memorySource(name: string, bytes: Uint8Array, chunkBytes = 65_536): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
    async *stream(offset = 0) {
      for (let at = offset; at < bytes.length; at += chunkBytes)
        yield await Promise.resolve(bytes.subarray(at, at + chunkBytes));
    },
  };
}

export async function* sourceTree(sources: Iterable<ByteSource>): AsyncIterable<ByteSource> {
  for (const source of sources) yield await Promise.resolve(source);
}
