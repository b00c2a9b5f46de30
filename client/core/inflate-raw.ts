import { concatBytes } from '../../crypto/wire/bytes.js';

/**
 * What is inflated at a time. Deflate grows at most 1,032-fold, and some platforms inflate all of a piece before anybody can say stop: so a
 * piece never makes more than 17 MB (attack A21).
 */
const PIECE_BYTES = 16 * 1024;

/**
 * Whether the stream fills its file, or something short may stand behind it: a zero that makes its length even (PS3.5 §A.5), and from writers
 * that took it for gzip the eight bytes of its trailer.
 */
export type Ending = 'exact' | 'padded';

/**
 * A raw deflate stream (RFC 1951), inflated as it is asked for: what is not asked for is not inflated.
 * @throws whatever the platform throws for a stream that is cut or not deflated
 */
export async function* inflateRaw(
  chunks: AsyncIterable<Uint8Array>,
  ending: Ending = 'exact',
): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = new DecompressionStream('deflate-raw');
  let isPadding = false;
  const fed = feed(ending === 'exact' ? chunks : lastBytesApart(chunks), stream.writable, (piece) => {
    isPadding = ending === 'padded' && piece.length === 1;
  });
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
  } catch (error) {
    // A browser calls bytes behind the stream an error. Everything before it was inflated and read: the next piece is taken when somebody waits for it.
    await fed.catch(() => undefined);
    if (!isPadding) throw error;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** One piece after the other, each only when the one before is inflated: nothing piles up. */
async function feed(
  chunks: AsyncIterable<Uint8Array>,
  writable: WritableStream<BufferSource>,
  onRefused: (piece: Uint8Array) => void,
): Promise<void> {
  const writer = writable.getWriter();
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const piece = chunk.slice(at, at + PIECE_BYTES);
        // Only this: a stream that is cut fails when it is closed.
        await writer.write(piece).catch((error: unknown) => {
          onRefused(piece);
          throw error;
        });
      }
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}

const MAX_TRAILER = 9;

/** The same bytes, the last nine in chunks of their own. */
async function* lastBytesApart(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    const both = concatBytes(held, chunk);
    const free = Math.max(0, both.length - MAX_TRAILER);
    if (free > 1) yield both.subarray(0, free);
    held = free > 1 ? both.slice(free) : both;
  }
  for (let at = 0; at < held.length; at++) yield held.subarray(at, at + 1);
}
