import { concatBytes, toHex } from '../../../crypto/wire/bytes.js';
import { codeUnit, type Way } from '../../../client/core/coding/task.js';
import { encodeUnitHead, type SampleShape } from '../../../client/core/coding/unit.js';
import { nodeCodecs } from '../../support/coding.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';

/** docs/spec/coding.md §3: a unit as it stands in a record, and what it restores. */
export interface CodingVector extends Vector {
  /** Head and coded bytes. */
  readonly unit: string;
  /** Bytes of the file that no unit before has restored. */
  readonly restBytes: number;
  /** Of a valid unit. */
  readonly original?: string;
}

/** 8 × 4 samples of 16 bits: 1000 + x + 3y, so that prediction is right but for the first of each row. */
const SHAPE: SampleShape = { columns: 8, perPixel: 1, bytes: 2, order: 'little' };
const SAMPLES = Uint16Array.from({ length: 32 }, (_, i) => 1000 + (i % 8) + 3 * (i >> 3));
const ORIGINAL = new Uint8Array(SAMPLES.buffer);

async function unit(way: Way | null, bytes = ORIGINAL, shape: SampleShape | null = SHAPE): Promise<Uint8Array> {
  const ways = way === null ? [] : [way];
  const task = { bytes: bytes.slice(), shape, sign: 'unsigned', ways, effort: 'first' } as const;
  const { unit: made } = await codeUnit(task, nodeCodecs);
  return concatBytes(encodeUnitHead({ ...made, codedBytes: made.coded.length }), made.coded);
}

/** Big-endian numbers of the head at these offsets. */
const COLUMNS = 2;
const BASE = 4;
const PRECISION = 6;
const ORIGINAL_BYTES = 8;
const CODED_BYTES = 12;

function changed(bytes: Uint8Array, offset: number, ...values: readonly number[]): string {
  const copy = bytes.slice();
  copy.set(values, offset);
  return toHex(copy);
}

/** The same head with another coded part, and its length set right. */
function recoded(bytes: Uint8Array, coded: Uint8Array): string {
  const copy = concatBytes(bytes.subarray(0, 16), coded);
  new DataView(copy.buffer).setUint32(CODED_BYTES, coded.length);
  return toHex(copy);
}

export async function codingVectors(): Promise<VectorSet<CodingVector>> {
  const [stored, deflated, predicted, jpegLs] = [
    await unit(null),
    await unit('deflated'),
    await unit('predicted'),
    await unit('jpeg-ls'),
  ];
  const colours: SampleShape = { columns: 8, perPixel: 3, bytes: 1, order: 'little' };
  const colourBytes = Uint8Array.from({ length: 96 }, (_, i) => 40 * (i % 3) + (i >> 3));
  const big: SampleShape = { ...SHAPE, order: 'big' };
  const bigBytes = ORIGINAL.map((_, i) => ORIGINAL[i ^ 1] ?? 0);
  const body = (bytes: Uint8Array): Uint8Array => bytes.subarray(16);
  const restBytes = 64;
  const good = (description: string, bytes: Uint8Array, original = ORIGINAL): CodingVector => {
    return { description, expect: 'valid', unit: toHex(bytes), restBytes: original.length, original: toHex(original) };
  };
  const bad = (description: string, hex: string, expect = 'package-coding', rest = restBytes): CodingVector => {
    return { description, expect, unit: hex, restBytes: rest };
  };
  return {
    'valid-stored': good('id 0', stored),
    'valid-deflated': good('id 1', deflated),
    'valid-predicted': good('id 2', predicted),
    'valid-jpeg-ls': good('id 3', jpegLs),
    'valid-predicted-colour': good('three samples a pixel, 8 bits', await unit('predicted', colourBytes, colours), colourBytes),
    'valid-predicted-big-endian': good('high byte first', await unit('predicted', bigBytes, big), bigBytes),
    'id-reserved': bad('HTJ2K is reserved', changed(jpegLs, 0, 4), 'codec-unsupported'),
    'id-unknown': bad('no such coding', changed(deflated, 0, 6), 'codec-unsupported'),
    'reserved-byte': bad('byte 7 is not zero', changed(deflated, 7, 1)),
    'head-cut-off': bad('15 bytes of a head', toHex(stored.subarray(0, 15))),
    'original-zero': bad('restores nothing', changed(deflated, ORIGINAL_BYTES, 0, 0, 0, 0)),
    'original-beyond-file': bad('restores more than the file has left', toHex(stored), 'package-coding', 63),
    'original-beyond-limit': bad('restores 2 MiB + 1', changed(deflated, ORIGINAL_BYTES, 0, 32, 0, 1), 'package-coding', 2 ** 30),
    'coded-zero': bad('nothing coded', changed(deflated, CODED_BYTES, 0, 0, 0, 0)),
    'coded-not-shorter': bad('as long as the original, and not stored', recoded(deflated, new Uint8Array(64))),
    'stored-other-length': bad('stored, with another length', recoded(stored, body(stored).subarray(1))),
    'deflated-with-form': bad('a shape where none belongs', changed(deflated, 1, 1)),
    'deflated-with-columns': bad('columns where none belong', changed(deflated, COLUMNS, 0, 8)),
    'deflated-with-base': bad('a base where none belongs', changed(deflated, BASE, 0, 1)),
    'columns-zero': bad('an image without columns', changed(predicted, COLUMNS, 0, 0)),
    'rows-not-whole': bad('a length that is not of whole rows', changed(predicted, COLUMNS, 0, 7)),
    'form-unknown-bit': bad('a bit of the form that means nothing', changed(predicted, 1, 5)),
    'form-five-samples': bad('five samples a pixel', changed(predicted, 1, 0x41)),
    'form-order-of-one-byte': bad('high byte first in samples of one', changed(predicted, 1, 2)),
    'base-too-large': bad('a base of 16 bits for samples of 8', changed(await unit('predicted', colourBytes, colours), BASE, 1, 0), 'package-coding', 96),
    'precision-of-predicted': bad('a precision where none belongs', changed(predicted, PRECISION, 12)),
    'precision-too-small': bad('samples of two bytes with 8 bits', changed(jpegLs, PRECISION, 8)),
    'precision-too-large': bad('17 bits', changed(jpegLs, PRECISION, 17)),
    'deflate-cut-off': bad('the stream ends early', recoded(deflated, body(deflated).subarray(0, -1))),
    'deflate-bytes-left-over': bad('a byte behind the stream', recoded(deflated, concatBytes(body(deflated), Uint8Array.of(0)))),
    'deflate-longer': bad('inflates to more than its original length', changed(deflated, ORIGINAL_BYTES, 0, 0, 0, 63)),
    'deflate-shorter': bad('inflates to less', changed(deflated, ORIGINAL_BYTES, 0, 0, 0, 65), 'package-coding', 65),
    'deflate-bomb': bad('30,000 zeros that say they are 64 bytes', recoded(deflated, await nodeCodecs.deflate.deflate(new Uint8Array(30_000), 'bytes'))),
    'predicted-row-too-many': bad('fewer differences than samples', changed(predicted, ORIGINAL_BYTES, 0, 0, 0, 80), 'package-coding', 80),
    'jpeg-ls-cut-off': bad('the scan ends early', recoded(jpegLs, body(jpegLs).subarray(0, -1))),
    'jpeg-ls-bytes-left-over': bad('a byte behind the scan', recoded(jpegLs, concatBytes(body(jpegLs), Uint8Array.of(0)))),
    'jpeg-ls-marker': bad('another frame header inside the scan', recoded(jpegLs, concatBytes(body(jpegLs).subarray(0, 2), Uint8Array.of(0xff, 0xf7), body(jpegLs).subarray(4)))),
  };
}

await writeVectorsWhenRun(import.meta.url, codingVectors);
