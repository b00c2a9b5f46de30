import { createCipheriv, createHmac } from 'node:crypto';
import { toHex, utf8, writeUint32, writeUint64 } from '../../../crypto/wire/bytes.js';
import { type SegmentPosition } from '../../../crypto/wire/payload.js';
import { type Vector, type VectorSet, flipBit, writeVectorsWhenRun } from '../vector-files.js';

/** A second FLOE, on node:crypto and with fixed IVs, so that the files are the same at every run. */

export interface FloeVector extends Vector {
  readonly key: string;
  readonly aad: string;
  readonly header: string;
  readonly segments: readonly FloeVectorSegment[];
}

export interface FloeVectorSegment {
  readonly index: number;
  readonly position: SegmentPosition;
  readonly segment: string;
  readonly plain: string;
}

const SEGMENT_BYTES = 64;
const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const IV = Uint8Array.from({ length: 32 }, (_, i) => 0xff - i);
const AAD = utf8('bb1/payload\0');
const PARAMS = params();
const ROTATION = 2 ** 20;

function params(aead = 0, hash = 0, segmentBytes = SEGMENT_BYTES, ivBytes = 32): Buffer {
  return Buffer.concat([Buffer.of(aead, hash), writeUint32(segmentBytes), writeUint32(ivBytes)]);
}

function derive(key: Uint8Array, purpose: Uint8Array, length: number, start = PARAMS): Buffer {
  const input = Buffer.concat([start, IV, purpose, AAD, Buffer.of(1)]);
  return createHmac('sha384', key).update(input).digest().subarray(0, length);
}

/** With a tag that fits the parameters, whatever they are. */
function header(start = PARAMS): string {
  return toHex(Buffer.concat([start, IV, derive(KEY, utf8('HEADER_TAG:'), 32, start)]));
}

function seal(index: number, plain: Uint8Array, position: SegmentPosition): FloeVectorSegment {
  const messageKey = derive(KEY, utf8('MESSAGE_KEY:'), 48);
  const key = derive(messageKey, Buffer.concat([utf8('DEK:'), writeUint64(index - (index % ROTATION))]), 32);
  const iv = Buffer.alloc(12, 0xa0 + (index % 16));
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.concat([writeUint64(index), Buffer.of(position === 'last' ? 1 : 0)]));
  const frame = writeUint32(position === 'last' ? plain.length + 32 : 0xffffffff);
  const segment = Buffer.concat([frame, iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { index, position, segment: toHex(segment), plain: toHex(plain) };
}

export async function generateFloeVectors(): Promise<VectorSet<FloeVector>> {
  const first = seal(0, new Uint8Array(32).fill(0x11), 'inner');
  const second = seal(1, new Uint8Array(32).fill(0x22), 'inner');
  const last = seal(2, new Uint8Array(7).fill(0x33), 'last');
  const short = seal(0, new Uint8Array(31).fill(0x66), 'inner');
  const long = seal(0, new Uint8Array(33).fill(0x66), 'inner');
  const longLast = seal(0, new Uint8Array(33).fill(0x66), 'last');
  const valid: FloeVector = {
    description: 'Two inner segments and a last one of 7 bytes',
    expect: 'valid',
    key: toHex(KEY),
    aad: toHex(AAD),
    header: header(),
    segments: [first, second, last],
  };
  const refused = (description: string, change: Partial<FloeVector>): FloeVector => ({
    ...valid,
    description,
    expect: 'open-failed',
    segments: [],
    ...change,
  });
  const segment = (description: string, changed: FloeVectorSegment): FloeVector =>
    refused(description, { expect: 'segment-invalid', segments: [changed] });
  return {
    valid,
    'valid-second-segment-key': {
      ...valid,
      description: 'The segments on both sides of the first change of the segment key',
      segments: [ROTATION - 1, ROTATION].map((index) => seal(index, new Uint8Array(32).fill(0x44), 'inner')),
    },
    'valid-last-full': {
      ...valid,
      description: 'A last segment of full length',
      segments: [seal(0, new Uint8Array(32).fill(0x55), 'last')],
    },
    'header-other-aead': refused('Another AEAD, with a tag that fits', { header: header(params(1)) }),
    'header-other-hash': refused('Another hash, with a tag that fits', { header: header(params(0, 1)) }),
    'header-no-plaintext': refused('Segments that hold nothing, with a tag that fits', {
      header: header(params(0, 0, 32)),
    }),
    'header-segments-too-long': refused('Segments of 1 MiB and a byte, with a tag that fits', {
      header: header(params(0, 0, 1024 * 1024 + 1)),
    }),
    'header-other-iv-length': refused('Another IV length, with a tag that fits', {
      header: header(params(0, 0, SEGMENT_BYTES, 16)),
    }),
    'inner-too-short': segment('An inner segment that is not full, sealed so by its sender', short),
    'inner-too-long': segment('An inner segment that is too long, sealed so by its sender', long),
    'last-too-long': segment('A last segment that is too long, sealed so by its sender', longLast),
    'header-tag-flipped': refused('A bit of the header tag is flipped', { header: flipBit(valid.header, -1) }),
    'header-iv-flipped': refused('A bit of the header IV is flipped', { header: flipBit(valid.header, 10) }),
    'header-length-changed': refused('The header claims another segment length', { header: flipBit(valid.header, 5) }),
    'header-truncated': refused('The header ends one byte early', { header: valid.header.slice(0, -2) }),
    'wrong-aad': refused('The associated data is another', { aad: flipBit(valid.aad, 0) }),
    'wrong-key': refused('The key is another', { key: flipBit(valid.key, 0) }),
    'segment-iv-flipped': segment('A bit of the IV is flipped', { ...first, segment: flipBit(first.segment, 4) }),
    'segment-ciphertext-flipped': segment('A bit of the ciphertext is flipped', {
      ...first,
      segment: flipBit(first.segment, 16),
    }),
    'segment-tag-flipped': segment('A bit of the tag is flipped', { ...first, segment: flipBit(first.segment, -1) }),
    'wrong-index': segment('A segment is opened at another index', { ...first, index: 1 }),
    'inner-as-last': segment('A full inner segment where the last is due', { ...first, position: 'last' }),
    'last-as-inner': segment('The last segment where an inner one is due', { ...last, position: 'inner' }),
    'inner-reframed-as-last': segment('An inner segment whose frame was rewritten to end the payload early', {
      ...second,
      position: 'last',
      segment: `00000040${second.segment.slice(8)}`,
    }),
    'segment-truncated': segment('The last segment ends one byte early', {
      ...last,
      segment: last.segment.slice(0, -2),
    }),
    'segment-truncated-and-reframed': segment('The last segment ends one byte early and its frame says so', {
      ...last,
      segment: `00000026${last.segment.slice(8, -2)}`,
    }),
    'segment-extended': segment('A byte stands after the last segment', { ...last, segment: `${last.segment}00` }),
    'segments-swapped': segment('The second segment stands in the place of the first', { ...second, index: 0 }),
  };
}

await writeVectorsWhenRun(import.meta.url, generateFloeVectors);
