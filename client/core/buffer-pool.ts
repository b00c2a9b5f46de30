/**
 * Buffers that are used again: a part's plaintext is 4 MiB, and memory that waits for the garbage collector counts as much
 * as memory in use. What comes out is not zeroed; whoever takes it fills it.
 */
export interface BufferPool {
  take(bytes: number): Uint8Array<ArrayBuffer>;
  /** Nobody looks into it any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void;
}

export function createBufferPool(maxBytes: number): BufferPool {
  const free: ArrayBuffer[] = [];
  return {
    take(bytes) {
      // Small parts come first and once; only the large ones are worth keeping.
      if (bytes * 2 < maxBytes) return new Uint8Array(bytes);
      return new Uint8Array(free.pop() ?? new ArrayBuffer(maxBytes), 0, bytes);
    },
    give(buffer) {
      if (buffer.buffer.byteLength === maxBytes) free.push(buffer.buffer);
    },
  };
}
