import type { SegmentBytes } from '../../crypto/wire/payload.js';
import { DIGEST_BYTES } from '../../crypto/wire/payload.js';
import type { BlobKey, BlobStore } from '../blobs/store.js';
import type { Part } from './part-store.js';

/** Where segments lie in their parts. Every segment has full length but the last of a part that is the payload's last. */

/** A run of bytes of one blob. */
export interface Piece {
  readonly blobKey: BlobKey;
  readonly start: number;
  readonly end: number;
}

/** @param parts those that hold segments `first` to `end` (exclusive), in order */
export function piecesOf(parts: readonly Part[], first: number, end: number, segmentBytes: SegmentBytes): Piece[] {
  return parts.map((part) => {
    const from = Math.max(first - part.firstSegment, 0);
    const to = Math.min(end - part.firstSegment, part.segments);
    const stop = to === part.segments ? part.bytes : to * segmentBytes;
    return { blobKey: part.blobKey, start: from * segmentBytes, end: stop };
  });
}

export function bytesIn(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + piece.end - piece.start, 0);
}

export async function* readPieces(blobs: BlobStore, pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield* blobs.read(piece.blobKey, piece.start, piece.end);
}

export interface SegmentDigest {
  readonly index: number;
  readonly length: number;
  readonly digest: Uint8Array;
}

export function digestsOf(
  parts: readonly Part[],
  first: number,
  end: number,
  segmentBytes: SegmentBytes,
): SegmentDigest[] {
  return parts.flatMap((part) => {
    const from = Math.max(first, part.firstSegment);
    const to = Math.min(end, part.firstSegment + part.segments);
    return Array.from({ length: to - from }, (_, i) => segmentOf(part, from + i, segmentBytes));
  });
}

function segmentOf(part: Part, index: number, segmentBytes: SegmentBytes): SegmentDigest {
  const place = index - part.firstSegment;
  const length = Math.min(segmentBytes, part.bytes - place * segmentBytes);
  return { index, length, digest: part.digests.subarray(place * DIGEST_BYTES, (place + 1) * DIGEST_BYTES) };
}
