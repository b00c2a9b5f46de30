import { type PayloadId } from '../../../crypto/wire/ids.js';
import { CompactRange } from '../../../crypto/wire/merkle.js';
import {
  DIGEST_BYTES,
  type SegmentBytes,
  segmentLeaf,
  segmentLength,
  segmentPlainBytes,
} from '../../../crypto/wire/payload.js';
import { type Extent } from '../../../crypto/wire/tally.js';

/** What of an upload may be tallied: the gapless beginning of its segments that the relay holds, and its root. */
export interface TallyKeeper {
  /** Segments of the gapless beginning. */
  readonly segments: number;
  readonly root: Uint8Array;
  /** The newest manifest part that lies in the gapless beginning as a whole. */
  readonly newestManifest: Extent | null;
  /** How many manifest parts lie in the gapless beginning. */
  readonly manifests: number;
  /** Length of the package with padding, before its last part is added. Until then all segments are full. */
  setTotal(totalBytes: number): void;
  addManifest(ref: Extent): void;
  /** The part is durable at the relay. @param digests SHA-256 of each segment, one after the other */
  addPart(firstSegment: number, digests: Uint8Array): void;
}

export function createTallyKeeper(payloadId: PayloadId, segmentBytes: SegmentBytes): TallyKeeper {
  let totalBytes = Number.POSITIVE_INFINITY;
  const range = new CompactRange();
  const waiting = new Map<number, Uint8Array>();
  const manifests: Extent[] = [];
  const plain = segmentPlainBytes(segmentBytes);
  const isCovered = (ref: Extent): boolean => ref.offset + ref.length <= Math.min(range.size * plain, totalBytes);

  function append(digests: Uint8Array): void {
    for (let at = 0; at < digests.length; at += DIGEST_BYTES) {
      const length = segmentLength(range.size, totalBytes, segmentBytes);
      range.append(segmentLeaf(payloadId, range.size, length, digests.subarray(at, at + DIGEST_BYTES)));
    }
  }

  return {
    get segments() {
      return range.size;
    },
    get root() {
      return range.root();
    },
    get newestManifest() {
      return manifests.findLast(isCovered) ?? null;
    },
    get manifests() {
      return manifests.filter(isCovered).length;
    },
    setTotal: (bytes) => void (totalBytes = bytes),
    addManifest: (ref) => void manifests.push(ref),
    addPart(firstSegment, digests) {
      waiting.set(firstSegment, digests);
      for (let next = waiting.get(range.size); next !== undefined; next = waiting.get(range.size)) {
        waiting.delete(range.size);
        append(next);
      }
    },
  };
}
