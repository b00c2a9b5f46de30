import { type Hash, createHash } from 'node:crypto';
import { WireError } from '../../crypto/wire/error.js';
import { type SegmentBytes, parseSegmentFrame } from '../../crypto/wire/payload.js';
import { Problem } from '../http/problem.js';

const FRAME_BYTES = 4;

/** What is known of a part once all its bytes have passed. */
export interface CheckedPart {
  bytes: number;
  /** It ends with the payload's last segment. */
  isLast: boolean;
}

interface Segment {
  readonly hash: Hash;
  readonly frame: Buffer;
  length: number;
}

function startSegment(): Segment {
  return { hash: createHash('sha256'), frame: Buffer.alloc(FRAME_BYTES), length: 0 };
}

/**
 * Passes the bytes of a part on and checks them on the way, one segment's hash state at a time.
 * @param result is filled when the last byte has passed
 * @throws Problem `digest-mismatch`, also for too many or too few bytes; `payload-invalid` for a segment that is framed wrongly
 */
export async function* checkSegments(
  source: AsyncIterable<Uint8Array>,
  digests: readonly Uint8Array[],
  segmentBytes: SegmentBytes,
  result: CheckedPart,
): AsyncGenerator<Uint8Array> {
  let index = 0;
  let segment = startSegment();
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length;) {
      if (index === digests.length) throw new Problem('digest-mismatch', { detail: 'more bytes than digests' });
      const piece = chunk.subarray(offset, offset + segmentBytes - segment.length);
      absorb(segment, piece);
      offset += piece.length;
      result.bytes += piece.length;
      if (segment.length === segmentBytes) {
        finish(segment, digests, index, segmentBytes, result);
        index += 1;
        segment = startSegment();
      }
    }
    yield chunk;
  }
  if (segment.length > 0) {
    finish(segment, digests, index, segmentBytes, result);
    index += 1;
  }
  if (index !== digests.length) throw new Problem('digest-mismatch', { detail: 'fewer bytes than digests' });
}

function absorb(segment: Segment, piece: Uint8Array): void {
  if (segment.length < FRAME_BYTES) segment.frame.set(piece.subarray(0, FRAME_BYTES - segment.length), segment.length);
  segment.hash.update(piece);
  segment.length += piece.length;
}

function finish(
  { frame, length, hash }: Segment,
  digests: readonly Uint8Array[],
  index: number,
  segmentBytes: SegmentBytes,
  result: CheckedPart,
): void {
  const expected = digests[index];
  if (expected === undefined || !hash.digest().equals(expected)) throw new Problem('digest-mismatch');
  result.isLast = positionOf(frame, length, segmentBytes) === 'last';
  if (result.isLast && index !== digests.length - 1) {
    throw new Problem('payload-invalid', { detail: 'segments follow the last one' });
  }
}

function positionOf(frame: Buffer, length: number, segmentBytes: SegmentBytes): 'inner' | 'last' {
  try {
    return parseSegmentFrame(frame, length, segmentBytes);
  } catch (error) {
    throw error instanceof WireError ? new Problem('payload-invalid', { cause: error }) : error;
  }
}
