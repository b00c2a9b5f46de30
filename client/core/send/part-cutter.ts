import { type SegmentBytes, partSegments, segmentPlainBytes } from '../../../crypto/wire/payload.js';
import { type Extent } from '../../../crypto/wire/tally.js';
import { type BufferPool } from './buffer-pool.js';
import { type PackedChunk } from './pack.js';

/** A part's plaintext, cut from the package. */
export interface PlainPart {
  readonly firstSegment: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Cuts the package into parts of whole segments (docs/spec/payload.md §6), each in a buffer of `pool`, to be given back by whoever has sealed it.
 * @param totalBytes length of the package
 * @param onManifest hears of each manifest part when its last byte has passed
 */
export async function* cutParts(
  packed: AsyncIterable<PackedChunk>,
  totalBytes: number,
  segmentBytes: SegmentBytes,
  onManifest: (ref: Extent) => void,
  pool: BufferPool,
): AsyncGenerator<PlainPart, void, undefined> {
  const plain = segmentPlainBytes(segmentBytes);
  let firstSegment = 0;
  let offset = 0;
  let part = newPart(0, 0);
  let used = 0;

  function newPart(segment: number, start: number): Uint8Array<ArrayBuffer> {
    return pool.take(Math.min(partSegments(segment) * plain, totalBytes - start));
  }

  for await (const chunk of packed) {
    if (chunk.kind === 'manifest') {
      onManifest({ offset: chunk.offset, length: chunk.length, sha256: chunk.sha256 });
      continue;
    }
    for (let rest = chunk.bytes; rest.length > 0;) {
      const take = Math.min(rest.length, part.length - used);
      part.set(rest.subarray(0, take), used);
      rest = rest.subarray(take);
      used += take;
      if (used < part.length) continue;
      const whole = { firstSegment, bytes: part };
      offset += used;
      firstSegment += Math.ceil(used / plain);
      used = 0;
      part = newPart(firstSegment, offset);
      yield whole;
    }
  }
}
