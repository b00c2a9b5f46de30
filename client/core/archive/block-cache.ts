import { concatBytes } from '../../../crypto/wire/bytes.js';
import type { ByteSource } from '../ports.js';

/**
 * An archive is read in thousands of small places, most of them beside each other; a disk or a share is better asked for one block than for
 * each of them.
 */
const BLOCK_BYTES = 64 * 1024;
/** As many as are looked at side by side. */
const MAX_BLOCKS = 16;
/** What is longer is not small: it is read as it is. */
export const SMALL_BYTES = 16 * 1024;

/** The same source, with small reads served from whole blocks. Streams are as they were. */
export function withBlockCache(source: ByteSource): ByteSource {
  const blocks = new Map<number, Promise<Uint8Array>>();

  function block(number: number): Promise<Uint8Array> {
    const known = blocks.get(number) ?? source.read(number * BLOCK_BYTES, BLOCK_BYTES);
    blocks.delete(number);
    blocks.set(number, known);
    const [oldest] = blocks.keys();
    if (blocks.size > MAX_BLOCKS && oldest !== undefined) blocks.delete(oldest);
    known.catch(() => blocks.delete(number));
    return known;
  }

  return {
    ...source,
    async read(offset, length) {
      if (length > SMALL_BYTES) return source.read(offset, length);
      const first = Math.floor(offset / BLOCK_BYTES);
      const from = offset - first * BLOCK_BYTES;
      const start = (await block(first)).slice(from, from + length);
      if (from + length <= BLOCK_BYTES || start.length === 0) return start;
      const rest = await block(first + 1);
      return concatBytes(start, rest.subarray(0, length - start.length));
    },
  };
}
