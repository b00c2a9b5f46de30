import { concatBytes, utf8 } from '../../../crypto/wire/bytes.js';
import { crc32 } from '../archive/crc32.js';
import type { MediumSink } from './medium-sink.js';

/** A zip as a stream of bytes: nothing is held but one line an entry, and nothing written is touched again. */
export interface ZipWriter extends MediumSink {
  /** Writes the directory. Nothing may be added afterwards. */
  finish(): Promise<void>;
}

interface Written {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly size: number;
  readonly offset: number;
}

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END = 0x06054b50;
const VERSION = 20;
const VERSION_64 = 45;
/** Sizes and checksum follow the data (APPNOTE §4.4.4 bit 3). */
const FLAGS = 0x0008;
const DEFLATED = 8;
const FULL_16 = 0xffff;
const FULL_32 = 0xffffffff;
/** Deflate lengthens what it cannot shorten by less than a thousandth; above this an entry may need 64 bits. */
const LARGE = 0xff000000;

/** @param write takes the bytes in order. @param timeMs goes into every entry */
export function createZipWriter(write: (bytes: Uint8Array) => Promise<void>, timeMs: number): ZipWriter {
  const entries: Written[] = [];
  const time = dosTime(timeMs);
  let offset = 0;
  const put = async (...parts: readonly Uint8Array[]): Promise<void> => {
    const bytes = concatBytes(...parts);
    offset += bytes.length;
    await write(bytes);
  };
  return {
    async add(path, size, bytes) {
      const name = utf8(path);
      const start = offset;
      const is64 = size >= LARGE;
      await put(localHeader(name, time, is64));
      const { crc, length, compressedBytes } = await deflate(bytes, put);
      if (length !== size) throw new RangeError('an entry has another length than announced');
      await put(descriptor(crc, compressedBytes, size, is64));
      entries.push({ name, crc, compressedBytes, size, offset: start });
    },
    async finish() {
      const start = offset;
      for (const entry of entries) await put(centralHeader(entry, time));
      await put(endRecords(entries.length, start, offset - start));
    },
  };
}

interface Deflated {
  readonly crc: number;
  readonly length: number;
  readonly compressedBytes: number;
}

async function deflate(bytes: AsyncIterable<Uint8Array>, put: (bytes: Uint8Array) => Promise<void>): Promise<Deflated> {
  let [crc, length, compressedBytes] = [0, 0, 0];
  const stream = new CompressionStream('deflate-raw');
  const fed = feed(bytes, stream.writable, (chunk) => {
    crc = crc32(chunk, crc);
    length += chunk.length;
  });
  // Its failure ends the reading below, and is thrown there or by the last line.
  fed.catch(() => undefined);
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      compressedBytes += value.length;
      await put(value);
    }
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    // What went wrong in the source says more than that the stream broke.
    await fed;
    throw error;
  }
  await fed;
  return { crc, length, compressedBytes };
}

/** One chunk after the other, each only when the one before is deflated: nothing piles up. */
async function feed(
  bytes: AsyncIterable<Uint8Array>,
  writable: WritableStream<BufferSource>,
  seen: (chunk: Uint8Array) => void,
): Promise<void> {
  const writer = writable.getWriter();
  try {
    for await (const chunk of bytes) {
      seen(chunk);
      await writer.write(chunk as Uint8Array<ArrayBuffer>);
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    throw error;
  }
}

/** Fields of 2, 4 or 8 bytes, little endian, one after the other. */
function fields(...list: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(list.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of list) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

/** APPNOTE §4.3.7. With 64 bits the extra field says so, though the sizes come later. */
function localHeader(name: Uint8Array, time: number, is64: boolean): Uint8Array {
  const extra = is64 ? fields([2, 1], [2, 16], [8, 0], [8, 0]) : new Uint8Array(0);
  const size = is64 ? FULL_32 : 0;
  return concatBytes(
    fields([4, LOCAL], [2, is64 ? VERSION_64 : VERSION], [2, FLAGS], [2, DEFLATED], [4, time], [4, 0]),
    fields([4, size], [4, size], [2, name.length], [2, extra.length]),
    name,
    extra,
  );
}

/** APPNOTE §4.3.9. */
function descriptor(crc: number, compressedBytes: number, size: number, is64: boolean): Uint8Array {
  const bytes = is64 ? 8 : 4;
  return fields([4, DESCRIPTOR], [4, crc], [bytes, compressedBytes], [bytes, size]);
}

/** APPNOTE §4.3.12, §4.5.3. */
function centralHeader(entry: Written, time: number): Uint8Array {
  const { name, crc, compressedBytes, size, offset } = entry;
  const is64 = size >= LARGE;
  const wide: (readonly [8, number])[] = is64
    ? [
        [8, size],
        [8, compressedBytes],
      ]
    : [];
  if (offset >= FULL_32) wide.push([8, offset]);
  const extra =
    wide.length === 0 ? new Uint8Array(0) : concatBytes(fields([2, 1], [2, 8 * wide.length]), fields(...wide));
  const version = wide.length === 0 ? VERSION : VERSION_64;
  return concatBytes(
    fields([4, CENTRAL], [2, version], [2, version], [2, FLAGS], [2, DEFLATED], [4, time], [4, crc]),
    fields([4, is64 ? FULL_32 : compressedBytes], [4, is64 ? FULL_32 : size]),
    fields([2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0], [4, Math.min(offset, FULL_32)]),
    name,
    extra,
  );
}

/** APPNOTE §4.3.14 to §4.3.16: the 64-bit records only where they are needed. */
function endRecords(count: number, start: number, length: number): Uint8Array {
  const is64 = count >= FULL_16 || start >= FULL_32 || length >= FULL_32;
  const wide = is64
    ? concatBytes(
        fields([4, END_64], [8, 44], [2, VERSION_64], [2, VERSION_64], [4, 0], [4, 0], [8, count], [8, count]),
        fields([8, length], [8, start]),
        fields([4, LOCATOR_64], [4, 0], [8, start + length], [4, 1]),
      )
    : new Uint8Array(0);
  const [count16, length32, start32] = [Math.min(count, FULL_16), Math.min(length, FULL_32), Math.min(start, FULL_32)];
  return concatBytes(
    wide,
    fields([4, END], [2, 0], [2, 0], [2, count16], [2, count16], [4, length32], [4, start32], [2, 0]),
  );
}

/** Two-second steps since 1980, UTC: the place where the zip is made is nobody's business. */
function dosTime(timeMs: number): number {
  const date = new Date(Math.max(timeMs, Date.UTC(1980, 0, 1)));
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const second = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | second) >>> 0;
}
