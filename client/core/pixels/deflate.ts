import { refusePixels } from './raster/refusal.js';

/** Deflated Image Frame Compression (transfer syntax 1.2.840.10008.1.2.8.1): each frame is a raw deflate stream. */

/** Exactly `length` bytes are wanted; a stream that goes on is cut there and never inflated further. */
export async function inflateFrame(bytes: Uint8Array, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(length);
  const reader = through(bytes, new DecompressionStream('deflate-raw'));
  let at = 0;
  try {
    while (at < length) {
      const { done, value } = await reader.read().catch(() => refusePixels('code-stream'));
      if (done) return refusePixels('truncated');
      const part = value.subarray(0, length - at);
      out.set(part, at);
      at += part.length;
    }
    return out;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

export async function deflateFrame(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const reader = through(bytes, new CompressionStream('deflate-raw'));
  const parts: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function through(bytes: Uint8Array, transform: GenericTransformStream): ReadableStreamDefaultReader<Uint8Array> {
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes.slice());
      controller.close();
    },
  });
  return source.pipeThrough(transform as ReadableWritablePair<Uint8Array, Uint8Array<ArrayBuffer>>).getReader();
}
