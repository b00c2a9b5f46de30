import { createHmac } from 'node:crypto';
import { toHex } from '../../../crypto/wire/bytes.js';
import { bytesOf, expand, fixed, join, tagged, u32 } from '../second.js';
import { type Vector, type VectorSet, flipBit, writeVectorsWhenRun } from '../vector-files.js';

/** docs/spec/payload.md §2, written with node:crypto. */

export interface PayloadHeaderVector extends Vector {
  /** The payload secret, 32 bytes. */
  readonly secret: string;
  readonly header: string;
  /** In the valid one: what follows from header and secret. */
  readonly payloadId?: string;
  readonly segmentBytes?: number;
  readonly bulkKey?: string;
  readonly controlKey?: string;
}

export const PAYLOAD_SECRET = fixed('payload secret', 32);

/** @param params 10 bytes */
function headerWith(secret: Uint8Array, params: Uint8Array, iv = fixed('payload iv', 32)): Uint8Array {
  const start = join(params, iv);
  const input = join(start, bytesOf('HEADER_TAG:'), bytesOf('bb1/payload\0'), Uint8Array.of(1));
  const tag = createHmac('sha384', expand(secret, 'bb1/payload/floe')).update(input).digest().subarray(0, 32);
  return join(bytesOf('BBPAYL1\n'), start, tag);
}

function params(segmentBytes: number, algorithm = 0, hash = 0, ivBytes = 32): Uint8Array {
  return join(Uint8Array.of(algorithm, hash), u32(segmentBytes), u32(ivBytes));
}

export const PAYLOAD_HEADER = headerWith(PAYLOAD_SECRET, params(65_536));
export const PAYLOAD_ID = tagged('payload', PAYLOAD_HEADER);

export function generatePayloadHeaderVectors(): Promise<VectorSet<PayloadHeaderVector>> {
  const valid: PayloadHeaderVector = {
    description: 'A payload in segments of 65,536 bytes',
    expect: 'valid',
    secret: toHex(PAYLOAD_SECRET),
    header: toHex(PAYLOAD_HEADER),
    payloadId: toHex(PAYLOAD_ID),
    segmentBytes: 65_536,
    bulkKey: toHex(expand(PAYLOAD_SECRET, 'bb1/payload/floe')),
    controlKey: toHex(expand(PAYLOAD_SECRET, 'bb1/payload/ctrl')),
  };
  const { secret, header } = valid;
  const refused = (description: string, expect: string, changed: string): PayloadHeaderVector => ({
    description,
    expect,
    secret,
    header: changed,
  });
  const other = (description: string, bytes: Uint8Array): PayloadHeaderVector =>
    refused(description, 'suite', toHex(headerWith(PAYLOAD_SECRET, bytes)));
  return Promise.resolve({
    valid,
    'magic-flipped': refused('Another magic', 'magic', flipBit(header, 0)),
    truncated: refused('One byte short', 'length', header.slice(0, -2)),
    extended: refused('One byte more', 'length', `${header}00`),
    'cipher-unknown': other('Another cipher', params(65_536, 1)),
    'hash-unknown': other('Another hash', params(65_536, 0, 1)),
    'segment-length-unknown': other('Segments of 131,072 bytes', params(131_072)),
    'segment-length-zero': other('Segments of no length', params(0)),
    'iv-length-unknown': other('An IV of 31 bytes', params(65_536, 0, 0, 31)),
    'iv-flipped': refused('Another IV: the tag does not fit', 'open-failed', flipBit(header, 18)),
    'tag-flipped': refused('Another tag', 'open-failed', flipBit(header, -1)),
    'secret-flipped': { ...refused('Another secret', 'open-failed', header), secret: flipBit(secret, 0) },
  });
}

await writeVectorsWhenRun(import.meta.url, generatePayloadHeaderVectors);
