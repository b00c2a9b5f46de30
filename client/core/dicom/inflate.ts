import type { ByteSource } from '../ports.js';
import { streamCursor, type Cursor } from './cursor.js';
import { refuse } from './refusal.js';

/** A deflated data set may grow to this many times its size (attack A21) … */
const MAX_RATIO = 64;
/** … but a small one always to this: an empty image deflates a thousandfold, and 16 MiB hurt nobody. */
const ALWAYS_ALLOWED = 16 * 1024 * 1024;
/** … and none beyond this. */
const NEVER_BEYOND = 2 * 1024 ** 3;

/** The data set of Deflated Explicit VR Little Endian (PS3.5 §A.5), which starts at `offset`, inflated as it is asked for. */
export function inflatedCursor(source: ByteSource, offset: number): Cursor {
  const limit = Math.min(Math.max(MAX_RATIO * source.size, ALWAYS_ALLOWED), NEVER_BEYOND);
  return streamCursor(inflate(source.stream(offset)), offset, limit);
}

async function* inflate(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const input = chunks[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await input.next();
      if (done === true) controller.close();
      else controller.enqueue(value.slice());
    },
    async cancel() {
      await input.return?.();
    },
  });
  const reader = stream.pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => refuse('truncated'));
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
