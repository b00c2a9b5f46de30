import { concatBytes } from '../../../crypto/wire/bytes.js';
import type { ByteSource } from '../ports.js';

/** The data set deflated again (PS3.5 §A.5): the same bytes for the same, as long as it is the same deflater. Even length. */
export async function deflate(source: ByteSource): Promise<Uint8Array> {
  const input = source.stream()[Symbol.asyncIterator]();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await input.next();
      if (done === true) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
  });
  const reader = stream.pipeThrough(new CompressionStream('deflate-raw')).getReader();
  const parts: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  const whole = concatBytes(...parts);
  return whole.length % 2 === 0 ? whole : concatBytes(whole, Uint8Array.of(0));
}
