import { type InputType, constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Deflate } from '../core/coding/codecs.js';

/** What `info: true` adds to the result of a one-shot call; the types do not know it. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

const inflateWithInfo = inflateRawSync as unknown as (bytes: InputType, options: object) => Inflated;

/** Differences: runs are 5 times as fast as the rest and, for images as scanners make them, the shortest, too. */
const SETTINGS = {
  bytes: { level: 6 },
  differences: { level: 6, strategy: constants.Z_FILTERED, memLevel: 9 },
  runs: { level: 1, strategy: constants.Z_RLE, memLevel: 9 },
} as const;

/** Raw DEFLATE by zlib, in the thread it is called from. */
export const nodeDeflate: Deflate = {
  deflate: (bytes, kind) => owned(deflateRawSync(bytes, SETTINGS[kind])),
  inflate(coded, length) {
    const { buffer, engine } = inflateWithInfo(coded, { info: true, maxOutputLength: length });
    // zlib ends at the end of the stream and would pass over what follows.
    if (buffer.length !== length || engine.bytesWritten !== coded.length) throw new Error('inflates to another length');
    return owned(buffer);
  },
};

/** Small buffers share memory with others, which must not travel with them. */
function owned(buffer: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer: memory, byteLength } = buffer;
  return memory instanceof ArrayBuffer && memory.byteLength === byteLength
    ? new Uint8Array(memory)
    : Uint8Array.from(buffer);
}
