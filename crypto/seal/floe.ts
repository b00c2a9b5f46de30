import { concatBytes, equalBytes, readUint32, utf8, writeUint32, writeUint64 } from '../wire/bytes.js';
import { SEGMENT_OVERHEAD, type SegmentPosition } from '../wire/payload.js';
import { SealError } from './error.js';
import { type AesGcmKey } from './native.js';
import {
  AES_GCM_IV_BYTES,
  KEY_BYTES,
  aesGcmKey,
  aesGcmOpen,
  aesGcmSeal,
  hmacSha384,
  randomBytes,
  wipe,
} from './suite.js';

/**
 * C2SP FLOE, AES-256-GCM with HKDF-Expand-SHA-384 (docs/spec/payload.md §3): segments that can be sealed and opened in
 * any order and in parallel, each bound to its index and to whether it is the last. Position and finality are the
 * caller's knowledge, from a verified tally; a frame that says otherwise is refused.
 */

type Bytes = Uint8Array<ArrayBuffer>;

export const FLOE_HEADER_BYTES = 74;
const PARAMS_BYTES = 10;
const FLOE_IV_BYTES = 32;
const HEADER_TAG_BYTES = 32;
const MESSAGE_KEY_BYTES = 48;
const FRAME_BYTES = 4;
const INNER_FRAME = 0xffffffff;
/** FLOE's own bound for AES-256-GCM. */
const MAX_SEGMENTS = 2 ** 40;
/** WebCrypto in browsers slows down near 1 MiB a call; nothing of ours is above 256 KiB. */
const MAX_SEGMENT_BYTES = 1024 * 1024;
const ROTATION_BITS = 20;
/** Segments are opened roughly in order, so a few segment keys are enough; memory stays flat. */
const MAX_CACHED_KEYS = 8;

const HEADER_TAG_PURPOSE = utf8('HEADER_TAG:');
const MESSAGE_KEY_PURPOSE = utf8('MESSAGE_KEY:');
const SEGMENT_KEY_PURPOSE = utf8('DEK:');
const EXPAND_FIRST_BLOCK = Uint8Array.of(1);

/** For the known answers of other implementations only. */
export interface FloeOptions {
  /** A segment key serves 2^rotationBits segments. 20 in every payload. */
  readonly rotationBits?: number;
}

export interface FloeSealer {
  /** 74 bytes, public: parameters(10) || IV(32) || tag(32). The tag commits to the key and the associated data. */
  readonly header: Bytes;
  /**
   * Draws a fresh IV at every call, so that sealing an index again never repeats one. `plain` must not change until then.
   * @param plain exactly segmentBytes − 32 bytes for `inner`, at most that many for `last`
   * @param out where the segment is written, 32 bytes longer than `plain`
   * @throws SealError `segment-invalid`
   */
  sealSegment(index: number, plain: Uint8Array, position: SegmentPosition, out?: Bytes): Promise<Bytes>;
}

export interface FloeOpener {
  readonly segmentBytes: number;
  /**
   * @param segment the whole segment as it travelled
   * @param position from the verified tally, never from the relay or the segment
   * @throws SealError `segment-invalid`, whatever is wrong
   */
  openSegment(index: number, segment: Uint8Array, position: SegmentPosition): Promise<Bytes>;
}

/** What every segment of one FLOE message needs. */
interface Message {
  readonly segmentBytes: number;
  readonly keyAt: (index: number) => Promise<AesGcmKey>;
}

/**
 * A new FLOE message with a random IV.
 * @param key 32 bytes, used for one message
 * @param segmentBytes length of an inner segment on the wire, 33 to 1,048,576
 * @throws SealError `key-invalid`, `limits`
 */
export async function createFloe(
  key: Uint8Array,
  aad: Uint8Array,
  segmentBytes: number,
  options: FloeOptions = {},
): Promise<FloeSealer> {
  assertKey(key);
  if (!isSegmentLength(segmentBytes)) throw new SealError('limits', 'no such segment length');
  const params = concatBytes(Uint8Array.of(0, 0), writeUint32(segmentBytes), writeUint32(FLOE_IV_BYTES));
  const start = concatBytes(params, randomBytes(FLOE_IV_BYTES));
  const header = concatBytes(start, deriveHeaderTag(key, start, aad));
  return sealer(header, deriveMessage(key, start, aad, options));
}

/**
 * Goes on with a message whose header exists already, after a restart.
 * @throws SealError `key-invalid`, `open-failed` when the header was not made with this key and associated data
 */
export async function resumeFloe(
  key: Uint8Array,
  aad: Uint8Array,
  header: Uint8Array,
  options: FloeOptions = {},
): Promise<FloeSealer> {
  return sealer(header.slice(), verifyHeader(key, aad, header, options));
}

/** @throws SealError `key-invalid`, `open-failed` when the header was not made with this key and associated data */
export async function openFloe(
  key: Uint8Array,
  aad: Uint8Array,
  header: Uint8Array,
  options: FloeOptions = {},
): Promise<FloeOpener> {
  const message = verifyHeader(key, aad, header, options);
  return {
    segmentBytes: message.segmentBytes,
    openSegment: (index, segment, position) => openSegment(message, index, segment, position),
  };
}

function sealer(header: Bytes, message: Message): FloeSealer {
  return { header, sealSegment: (index, plain, position, out) => sealSegment(message, index, plain, position, out) };
}

async function sealSegment(
  message: Message,
  index: number,
  plain: Uint8Array,
  position: SegmentPosition,
  out: Bytes = new Uint8Array(plain.length + SEGMENT_OVERHEAD),
): Promise<Bytes> {
  const length = plain.length + SEGMENT_OVERHEAD;
  if (!isIndex(index) || !fits(length, position, message) || out.length !== length) throw refused();
  const iv = randomBytes(AES_GCM_IV_BYTES);
  out.set(frame(length, position));
  out.set(iv, FRAME_BYTES);
  const sealed = out.subarray(FRAME_BYTES + AES_GCM_IV_BYTES);
  await aesGcmSeal(await message.keyAt(index), iv, segmentAad(index, position), plain, sealed);
  return out;
}

async function openSegment(
  message: Message,
  index: number,
  segment: Uint8Array,
  position: SegmentPosition,
): Promise<Bytes> {
  const { length } = segment;
  if (!isIndex(index) || !fits(length, position, message)) throw refused();
  if (!equalBytes(segment.subarray(0, FRAME_BYTES), frame(length, position))) throw refused();
  const iv = segment.subarray(FRAME_BYTES, FRAME_BYTES + AES_GCM_IV_BYTES);
  const sealed = segment.subarray(FRAME_BYTES + AES_GCM_IV_BYTES);
  try {
    return await aesGcmOpen(await message.keyAt(index), iv, segmentAad(index, position), sealed);
  } catch (cause) {
    throw refused(cause);
  }
}

function refused(cause?: unknown): SealError {
  return new SealError('segment-invalid', 'the segment does not fit here', { cause });
}

function isIndex(index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < MAX_SEGMENTS;
}

/** FLOE lets the last segment be empty or full; an inner one is always full. */
function fits(length: number, position: SegmentPosition, { segmentBytes }: Message): boolean {
  return position === 'inner' ? length === segmentBytes : length >= SEGMENT_OVERHEAD && length <= segmentBytes;
}

function frame(length: number, position: SegmentPosition): Bytes {
  return writeUint32(position === 'inner' ? INNER_FRAME : length);
}

function segmentAad(index: number, position: SegmentPosition): Bytes {
  return concatBytes(writeUint64(index), Uint8Array.of(position === 'last' ? 1 : 0));
}

function isSegmentLength(segmentBytes: number): boolean {
  return Number.isInteger(segmentBytes) && segmentBytes > SEGMENT_OVERHEAD && segmentBytes <= MAX_SEGMENT_BYTES;
}

function assertKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new SealError('key-invalid', 'a FLOE key has 32 bytes');
}

/** The tag is compared in constant time; nothing is derived from a header before it holds. */
function verifyHeader(key: Uint8Array, aad: Uint8Array, header: Uint8Array, options: FloeOptions): Message {
  assertKey(key);
  if (header.length !== FLOE_HEADER_BYTES || !hasOurParams(header)) throw headerRefused();
  const start = header.subarray(0, PARAMS_BYTES + FLOE_IV_BYTES);
  const claimedTag = header.subarray(PARAMS_BYTES + FLOE_IV_BYTES);
  if (!equalBytes(deriveHeaderTag(key, start, aad), claimedTag)) throw headerRefused();
  return deriveMessage(key, start, aad, options);
}

function headerRefused(): SealError {
  return new SealError('open-failed', 'the header was not made with this key');
}

/** AES-256-GCM (0), SHA-384 (0), u32 segment length, u32 IV length. */
function hasOurParams(header: Uint8Array): boolean {
  const isKnown = header[0] === 0 && header[1] === 0 && readUint32(header, 6) === FLOE_IV_BYTES;
  return isKnown && isSegmentLength(readUint32(header, 2));
}

function deriveHeaderTag(key: Uint8Array, start: Uint8Array, aad: Uint8Array): Bytes {
  return derive(key, start, HEADER_TAG_PURPOSE, aad, HEADER_TAG_BYTES);
}

/**
 * FLOE's KDF: HKDF-Expand-SHA-384 with one block, over parameters || IV || purpose || associated data.
 * @param start parameters || IV, the first 42 bytes of the header
 * @param length at most 48
 */
function derive(key: Uint8Array, start: Uint8Array, purpose: Uint8Array, aad: Uint8Array, length: number): Bytes {
  return hmacSha384(key, concatBytes(start, purpose, aad, EXPAND_FIRST_BLOCK)).subarray(0, length);
}

function deriveMessage(key: Uint8Array, headerStart: Uint8Array, aad: Uint8Array, options: FloeOptions): Message {
  const start = headerStart.slice();
  const boundAad = aad.slice();
  const messageKey = derive(key, start, MESSAGE_KEY_PURPOSE, boundAad, MESSAGE_KEY_BYTES);
  const rotation = 2 ** (options.rotationBits ?? ROTATION_BITS);
  const cache = new Map<number, Promise<AesGcmKey>>();
  return {
    segmentBytes: readUint32(start, 2),
    keyAt(index) {
      const first = index - (index % rotation);
      const known = cache.get(first);
      if (known !== undefined) return known;
      const purpose = concatBytes(SEGMENT_KEY_PURPOSE, writeUint64(first));
      const key = importAndWipe(derive(messageKey, start, purpose, boundAad, KEY_BYTES));
      forgetOldest(cache);
      cache.set(first, key);
      return key;
    },
  };
}

async function importAndWipe(rawKey: Uint8Array): Promise<AesGcmKey> {
  const key = await aesGcmKey(rawKey);
  wipe(rawKey);
  return key;
}

function forgetOldest(cache: Map<number, unknown>): void {
  const [oldest] = cache.keys();
  if (oldest !== undefined && cache.size >= MAX_CACHED_KEYS) cache.delete(oldest);
}
