import { concatBytes, equalBytes, readUint32, utf8, writeUint32, writeUint64 } from './bytes.js';
import { WireError } from './error.js';
import { sha256, taggedHash } from './hash.js';
import { type PayloadId, idBytes, payloadIdFrom } from './ids.js';
import { leafHash } from './merkle.js';

/** What anyone may know of a payload: its header, the sizes of its segments, the hashes over them (docs/spec/payload.md). */

const MAGIC = utf8('BBPAYL1\n');
/** FLOE parameters of suite 0x0001: AES-256-GCM (0), SHA-384 (0), then u32 segment length and u32 IV length 32. */
const FLOE_HEADER_BYTES = 74;
const FLOE_IV_BYTES = 32;

export const PAYLOAD_HEADER_BYTES = MAGIC.length + FLOE_HEADER_BYTES;
/** Segment length on the wire; the small one only when all inputs together are at most SMALL_PAYLOAD_BYTES. */
export const SEGMENT_BYTES = 262_144;
export const SMALL_SEGMENT_BYTES = 65_536;
export const SMALL_PAYLOAD_BYTES = 524_288;
/** Frame 4, IV 12, tag 16. */
export const SEGMENT_OVERHEAD = 32;
export const MAX_PART_SEGMENTS = 32;
/** What senders cut: 4 MiB in flight each, so that several fit into little memory. */
export const SENT_PART_SEGMENTS = 16;
export const DIGEST_BYTES = 32;
/** Padding hides the size of anything smaller. */
const MIN_PADDED_BYTES = 4096;
const INNER_FRAME = 0xffffffff;

export type SegmentBytes = typeof SEGMENT_BYTES | typeof SMALL_SEGMENT_BYTES;

export interface PayloadHeader {
  /** All 82 bytes. */
  readonly bytes: Uint8Array;
  readonly payloadId: PayloadId;
  readonly segmentBytes: SegmentBytes;
  readonly floeHeader: Uint8Array;
}

/** docs/spec/payload.md §2. @throws WireError `length`, `magic`, `suite` */
export function parsePayloadHeader(bytes: Uint8Array): PayloadHeader {
  if (bytes.length !== PAYLOAD_HEADER_BYTES) throw new WireError('length', 'a payload header has 82 bytes');
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) throw new WireError('magic', 'not a payload header');
  const floeHeader = bytes.subarray(MAGIC.length);
  const segmentBytes = readUint32(floeHeader, 2);
  if (floeHeader[0] !== 0 || floeHeader[1] !== 0 || readUint32(floeHeader, 6) !== FLOE_IV_BYTES) {
    throw new WireError('suite', 'unknown FLOE parameters');
  }
  if (segmentBytes !== SEGMENT_BYTES && segmentBytes !== SMALL_SEGMENT_BYTES) {
    throw new WireError('suite', 'unknown segment length');
  }
  return { bytes, payloadId: payloadIdFrom(taggedHash('payload', bytes)), segmentBytes, floeHeader };
}

export function encodePayloadHeader(floeHeader: Uint8Array): PayloadHeader {
  return parsePayloadHeader(concatBytes(MAGIC, floeHeader));
}

/** The FLOE associated data of every payload. */
export const PAYLOAD_AAD: Uint8Array = utf8('bb1/payload\0');

export function chooseSegmentBytes(uncodedBytes: number): SegmentBytes {
  return uncodedBytes <= SMALL_PAYLOAD_BYTES ? SMALL_SEGMENT_BYTES : SEGMENT_BYTES;
}

/** `max(4096, Padmé(length))`: at most 12 % more, typically below 1 %, and only O(log log length) of the length leaks. */
export function padded(length: number): number {
  if (length <= MIN_PADDED_BYTES) return MIN_PADDED_BYTES;
  const exponent = Math.floor(Math.log2(length));
  const low = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
  return Math.ceil(length / low) * low;
}

export function segmentPlainBytes(segmentBytes: SegmentBytes): number {
  return segmentBytes - SEGMENT_OVERHEAD;
}

/** @param totalBytes padded plaintext length, at least 1 */
export function segmentCountOf(totalBytes: number, segmentBytes: SegmentBytes): number {
  return Math.ceil(totalBytes / segmentPlainBytes(segmentBytes));
}

/** Length on the wire of segment `index` in a payload of `totalBytes` plaintext. */
export function segmentLength(index: number, totalBytes: number, segmentBytes: SegmentBytes): number {
  const plain = segmentPlainBytes(segmentBytes);
  return Math.min(plain, totalBytes - index * plain) + SEGMENT_OVERHEAD;
}

export function payloadWireBytes(totalBytes: number, segmentBytes: SegmentBytes): number {
  return totalBytes + segmentCountOf(totalBytes, segmentBytes) * SEGMENT_OVERHEAD;
}

/** Where a segment stands: positions are told by the sender's tally, never by the relay (docs/spec/envelope.md §9). */
export type SegmentPosition = 'inner' | 'last';

/**
 * The frame in front of a segment of `length` bytes: `FFFFFFFF` for an inner one, its own length for the last.
 * @throws WireError `shape` unless frame, length and segment size fit together
 */
export function parseSegmentFrame(frame: Uint8Array, length: number, segmentBytes: SegmentBytes): SegmentPosition {
  const value = readUint32(frame, 0);
  if (value === INNER_FRAME && length === segmentBytes) return 'inner';
  if (value === length && length > SEGMENT_OVERHEAD && length <= segmentBytes) return 'last';
  throw new WireError('shape', 'a segment frame does not fit its length');
}

const SEGMENT_LABEL = utf8('bb1/seg');

/** docs/spec/payload.md §4. @param digest SHA-256 of the whole segment on the wire, `length` bytes */
export function segmentLeaf(payloadId: PayloadId, index: number, length: number, digest: Uint8Array): Uint8Array {
  return leafHash(concatBytes(SEGMENT_LABEL, idBytes(payloadId), writeUint64(index), writeUint32(length), digest));
}

/** @param digests SHA-256 values of a part's segments, one after the other */
export function partDigest(digests: Uint8Array): Uint8Array {
  return sha256(digests);
}

/** Splits a digest list. @throws WireError `length` unless it holds 1 to 32 whole digests */
export function parsePartDigests(digests: Uint8Array): Uint8Array[] {
  const count = digests.length / DIGEST_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > MAX_PART_SEGMENTS) {
    throw new WireError('length', 'a part has 1 to 32 segments');
  }
  return Array.from({ length: count }, (_, i) => digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES));
}

/**
 * How many segments the part that starts at `firstSegment` holds at most: 1, 1, 2, 4, 8, 16, 16, …
 * The first ones are small so that a first image can be shown early; all senders cut alike, so that a resumed upload meets its own parts.
 */
export function partSegments(firstSegment: number): number {
  return firstSegment === 0 ? 1 : Math.min(firstSegment, SENT_PART_SEGMENTS);
}
