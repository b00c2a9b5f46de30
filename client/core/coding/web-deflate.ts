import type { Deflate } from './codecs.js';

/**
 * Raw DEFLATE by the platform's streams, for browsers. Their decompressor ends with an error when bytes are missing or left
 * over (WHATWG Compression Standard §6).
 */
export const webDeflate: Deflate = {
  deflate: (bytes) => collect(bytes, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY),
  async inflate(coded, length) {
    const bytes = await collect(coded, new DecompressionStream('deflate-raw'), length);
    if (bytes.length !== length) throw new Error('inflates to another length');
    return bytes;
  },
};

/** @throws as soon as more than `most` bytes have come */
async function collect(
  input: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(input);
      controller.close();
    },
  });
  const reader = source.pipeThrough(transform).getReader();
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(pieces, total);
    total += value.length;
    if (total > most) {
      await reader.cancel().catch(() => undefined);
      throw new Error('inflates beyond its length');
    }
    pieces.push(value);
  }
}

function joined(pieces: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
