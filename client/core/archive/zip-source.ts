import { inflateRaw } from '../inflate-raw.js';
import type { ByteSource } from '../ports.js';
import { rangeStream, readView } from './bytes.js';
import { crc32 } from './crc32.js';
import { createForwardReader } from './forward-source.js';
import { entryLimit } from './limits.js';
import { ArchiveRefused, refuseArchive, type ArchiveRefusal } from './refusal.js';
import type { ZipEntry } from './zip-directory.js';

/** An entry of an archive as a source, with the name and the locator that its archive gives it. */
export interface EntryPlace {
  readonly name: string;
  readonly locator: string | undefined;
  readonly modifiedMs: number | undefined;
}

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
/** APPNOTE §4.4.4: encrypted, strongly encrypted, directory encrypted. */
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
/** Sizes and checksum stand behind the data, and zero in the local header. */
const DESCRIPTOR = 0x0008;
const FULL_32 = 0xffffffff;

/** What the directory alone says against an entry, or null. */
export function zipEntryRefusal(entry: ZipEntry): ArchiveRefusal | null {
  if (entry.isLink) return 'entry-name';
  if ((entry.flags & ENCRYPTED) !== 0) return 'entry-encrypted';
  if (entry.method !== STORED && entry.method !== DEFLATED) return 'entry-coding';
  if (entry.method === STORED && entry.compressedBytes !== entry.size) return 'entry-damaged';
  if (entry.method === DEFLATED && entry.size > entryLimit(entry.compressedBytes)) return 'entry-limit';
  return null;
}

/**
 * @param end where the next entry, or the directory, begins
 * @throws ArchiveRefused `entry-damaged`, `entry-overlap` when the local header contradicts the directory
 */
export async function openZipEntry(
  archive: ByteSource,
  entry: ZipEntry,
  end: number,
  place: EntryPlace,
): Promise<ByteSource> {
  const start = await dataStart(archive, entry, end);
  const packed = (skip: number): AsyncIterable<Uint8Array> => rangeStream(archive, start, entry.compressedBytes, skip);
  const isStored = entry.method === STORED;
  const content = isStored ? storedContent(archive, start, entry, packed) : deflatedContent(entry, packed);
  return {
    name: place.name,
    size: entry.size,
    ...(place.modifiedMs === undefined ? {} : { modifiedMs: place.modifiedMs }),
    ...(place.locator === undefined ? {} : { locator: place.locator }),
    ...(isStored ? {} : { access: 'forward', packedBytes: entry.compressedBytes }),
    read: content.read,
    stream: content.stream,
    check: () => checkEntry(entry, content),
  };
}

/** Only length and CRC-32 show that it is what was packed: everything is read once. */
async function checkEntry(entry: ZipEntry, content: Content): Promise<'damaged' | null> {
  await content.close();
  try {
    let [size, crc] = [0, 0];
    for await (const chunk of content.stream()) {
      size += chunk.length;
      crc = crc32(chunk, crc);
    }
    return size === entry.size && crc === entry.crc ? null : 'damaged';
  } catch {
    return 'damaged';
  }
}

/** APPNOTE §4.3.7: the local header repeats the directory's entry; where it differs, readers would disagree. */
async function dataStart(archive: ByteSource, entry: ZipEntry, end: number): Promise<number> {
  const header = await headerOf(archive, entry.offset);
  const nameBytes = header.getUint16(26, true);
  const start = entry.offset + LOCAL_BYTES + nameBytes + header.getUint16(28, true);
  const flags = header.getUint16(6, true);
  const isSame = nameBytes === entry.nameBytes && header.getUint16(8, true) === entry.method;
  if (!isSame || (flags & ENCRYPTED) !== 0) refuseArchive('entry-damaged');
  if (start + entry.compressedBytes > end) refuseArchive('entry-overlap');
  const told = [header.getUint32(14, true), header.getUint32(18, true), header.getUint32(22, true)];
  const known = [entry.crc, entry.compressedBytes, entry.size];
  const isLater = (flags & DESCRIPTOR) !== 0;
  const agrees = told.every(
    (value, i) => value === known[i] || (i > 0 && value === FULL_32) || (isLater && value === 0),
  );
  if (!agrees) refuseArchive('entry-damaged');
  return start;
}

async function headerOf(archive: ByteSource, offset: number): Promise<DataView> {
  try {
    const header = await readView(archive, offset, LOCAL_BYTES);
    return header.getUint32(0, true) === LOCAL ? header : refuseArchive('entry-damaged');
  } catch (error) {
    if (error instanceof ArchiveRefused) refuseArchive('entry-damaged');
    throw error;
  }
}

interface Content extends Pick<ByteSource, 'read' | 'stream'> {
  close(): Promise<void>;
}

type Packed = (skip: number) => AsyncIterable<Uint8Array>;

function storedContent(archive: ByteSource, start: number, entry: ZipEntry, packed: Packed): Content {
  return {
    read: (offset, length) => archive.read(start + offset, Math.max(0, Math.min(length, entry.size - offset))),
    stream: (offset = 0) => packed(offset),
    close: () => Promise.resolve(),
  };
}

function deflatedContent(entry: ZipEntry, packed: Packed): Content {
  const stream = (offset = 0): AsyncIterable<Uint8Array> => skipping(inflateEntry(entry, packed(0)), offset);
  const reader = createForwardReader(() => stream());
  return { read: reader.read, stream, close: reader.close };
}

/** Stops at the first byte too many: what was announced was budgeted, and nothing else is inflated (attack A21). */
async function* inflateEntry(
  entry: ZipEntry,
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = entry.size;
  for await (const chunk of inflateRaw(packed)) {
    left -= chunk.length;
    if (left < 0) refuseArchive('entry-damaged');
    yield chunk;
  }
  if (left > 0) refuseArchive('entry-damaged');
}

async function* skipping(
  chunks: AsyncIterable<Uint8Array>,
  offset: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = offset;
  for await (const chunk of chunks) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}
