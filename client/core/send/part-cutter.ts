import { type SegmentBytes, partSegments, segmentPlainBytes } from '../../../crypto/wire/payload.js';
import { type Extent } from '../../../crypto/wire/tally.js';
import { type BufferPool } from '../buffer-pool.js';
import { type PackedChunk } from './pack.js';

/** A part's plaintext, cut from the package. */
export interface PlainPart {
  readonly firstSegment: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of files whose last byte is in this part. */
  readonly original: number;
  /** Nothing comes after it: only now the length of the package is known. */
  readonly isLast: boolean;
}

/**
 * Cuts the package into parts of whole segments (docs/spec/payload.md §6), each in a buffer of `pool`, to be given back by whoever has
 * sealed it. A full part is held back until there is a byte behind it, because the last segment of all is sealed differently.
 * @param onManifest hears of each manifest part when its last byte has passed
 */
export async function* cutParts(
  packed: AsyncIterable<PackedChunk>,
  segmentBytes: SegmentBytes,
  onManifest: (ref: Extent) => void,
  pool: BufferPool,
): AsyncGenerator<PlainPart, void, undefined> {
  const plain = segmentPlainBytes(segmentBytes);
  let firstSegment = 0;
  let part = newPart();
  let used = 0;
  let original = 0;

  function newPart(): Uint8Array<ArrayBuffer> {
    return pool.take(partSegments(firstSegment) * plain);
  }

  function finished(isLast: boolean): PlainPart {
    const whole = { firstSegment, bytes: part.subarray(0, used), original, isLast };
    firstSegment += Math.ceil(used / plain);
    used = 0;
    original = 0;
    return whole;
  }

  for await (const chunk of packed) {
    if (chunk.kind === 'manifest') {
      onManifest({ offset: chunk.offset, length: chunk.length, sha256: chunk.sha256 });
      continue;
    }
    for (let rest = chunk.bytes; rest.length > 0;) {
      if (used === part.length) {
        yield finished(false);
        part = newPart();
      }
      const take = Math.min(rest.length, part.length - used);
      part.set(rest.subarray(0, take), used);
      rest = rest.subarray(take);
      used += take;
    }
    original += chunk.original;
  }
  yield finished(true);
}
