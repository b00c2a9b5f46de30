/**
 * What is inflated at a time. Deflate grows at most 1,032-fold, and some platforms inflate all of a piece before anybody can say stop: so a
 * piece never makes more than 17 MB (attack A21).
 */
const PIECE_BYTES = 16 * 1024;

/**
 * A raw deflate stream (RFC 1951), inflated as it is asked for: what is not asked for is not inflated.
 * @throws whatever the platform throws for a stream that is cut or not deflated
 */
export async function* inflateRaw(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = new DecompressionStream('deflate-raw');
  const fed = feed(chunks, stream.writable);
  // Its failure breaks the stream, and is thrown by the reading below.
  fed.catch(() => undefined);
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    await fed;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** One piece after the other, each only when the one before is inflated: nothing piles up. */
async function feed(chunks: AsyncIterable<Uint8Array>, writable: WritableStream<BufferSource>): Promise<void> {
  const writer = writable.getWriter();
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        await writer.write(chunk.slice(at, at + PIECE_BYTES));
      }
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}
