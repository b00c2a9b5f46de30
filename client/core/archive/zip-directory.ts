import type { ByteSource } from '../ports.js';
import { bytesOf, readView, uint64 } from './bytes.js';
import { crc32 } from './crc32.js';
import { decodeZipName } from './entry-name.js';
import { MAX_DIRECTORY_BYTES, MAX_ENTRIES } from './limits.js';
import { refuseArchive } from './refusal.js';

/** An entry as the central directory has it (APPNOTE §4.3.12): claims, until they are held against the local header. */
export interface ZipEntry {
  readonly claimedName: string;
  readonly nameBytes: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly size: number;
  readonly offset: number;
  readonly isLink: boolean;
}

export interface ZipDirectory {
  /** By place in the archive. */
  readonly entries: readonly ZipEntry[];
  /** Where the entries' bytes end. */
  readonly end: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const END_64 = 0x06064b50;
const END_64_BYTES = 56;
const LOCATOR_64 = 0x07064b50;
const LOCATOR_64_BYTES = 20;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const FULL_16 = 0xffff;
const FULL_32 = 0xffffffff;

/** Reads the directory at the end of a zip. @throws ArchiveRefused `archive-damaged`, `archive-unsupported`, `archive-limit` */
export async function readZipDirectory(source: ByteSource): Promise<ZipDirectory> {
  const { offset, length, count } = await findDirectory(source);
  if (count > MAX_ENTRIES || length > MAX_DIRECTORY_BYTES) refuseArchive('archive-limit');
  if (count * CENTRAL_BYTES > length) refuseArchive('archive-damaged');
  const view = await readView(source, offset, length);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let n = 0; n < count; n++) {
    const { entry, bytes } = centralEntry(view, at, offset);
    entries.push(entry);
    at += bytes;
  }
  if (at !== length) refuseArchive('archive-damaged');
  return { entries: entries.sort((a, b) => a.offset - b.offset), end: offset };
}

interface Place {
  readonly offset: number;
  readonly length: number;
  readonly count: number;
}

/** APPNOTE §4.3.16. */
async function findDirectory(source: ByteSource): Promise<Place> {
  const tailBytes = Math.min(source.size, END_BYTES + MAX_COMMENT);
  const start = source.size - tailBytes;
  const tail = await readView(source, start, tailBytes);
  const at = endRecord(tail) ?? refuseArchive('archive-damaged');
  const place = {
    count: tail.getUint16(at + 10, true),
    length: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const is64 = place.count === FULL_16 || place.length === FULL_32 || place.offset === FULL_32;
  const found = is64 ? ((await findDirectory64(source, start + at)) ?? place) : place;
  // APPNOTE §4.3.3: the parts of a split archive count discs.
  const disc = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
  if (disc.some((number) => number !== 0 && number !== FULL_16)) refuseArchive('archive-unsupported');
  if (found.offset + found.length > start + at) refuseArchive('archive-damaged');
  return found;
}

/** The record whose comment ends where the file ends; readers that differ here would show different entries. */
function endRecord(tail: DataView): number | null {
  for (let at = tail.byteLength - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END) continue;
    if (at + END_BYTES + tail.getUint16(at + 20, true) === tail.byteLength) return at;
  }
  return null;
}

/** APPNOTE §4.3.14, §4.3.15; null where there is no such record and the 16 and 32 bits just happen to be full. */
async function findDirectory64(source: ByteSource, end: number): Promise<Place | null> {
  if (end < LOCATOR_64_BYTES) return null;
  const locator = await readView(source, end - LOCATOR_64_BYTES, LOCATOR_64_BYTES);
  if (locator.getUint32(0, true) !== LOCATOR_64) return null;
  const record = await readView(source, uint64(locator, 8), END_64_BYTES);
  if (record.getUint32(0, true) !== END_64) refuseArchive('archive-damaged');
  if (record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0) refuseArchive('archive-unsupported');
  return { count: uint64(record, 32), length: uint64(record, 40), offset: uint64(record, 48) };
}

function centralEntry(view: DataView, at: number, directory: number): { entry: ZipEntry; bytes: number } {
  if (at + CENTRAL_BYTES > view.byteLength || view.getUint32(at, true) !== CENTRAL) refuseArchive('archive-damaged');
  const nameBytes = view.getUint16(at + 28, true);
  const extraBytes = view.getUint16(at + 30, true);
  const bytes = CENTRAL_BYTES + nameBytes + extraBytes + view.getUint16(at + 32, true);
  if (at + bytes > view.byteLength) refuseArchive('archive-damaged');
  const rawName = bytesOf(view, at + CENTRAL_BYTES, nameBytes);
  const extra = extraFields(view, at + CENTRAL_BYTES + nameBytes, extraBytes);
  const sizes = sizes64(view, at, extra.get(EXTRA_ZIP64));
  if (sizes.offset >= directory) refuseArchive('archive-damaged');
  const entry: ZipEntry = {
    claimedName: unicodePath(extra.get(EXTRA_UNICODE_PATH), rawName) ?? decodeZipName(rawName),
    nameBytes,
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    ...sizes,
    isLink: isLink(view.getUint16(at + 4, true), view.getUint32(at + 38, true)),
  };
  return { entry, bytes };
}

const EXTRA_ZIP64 = 0x0001;
const EXTRA_UNICODE_PATH = 0x7075;

/** APPNOTE §4.5.1. What does not fit is not read: writers pad here. */
function extraFields(view: DataView, start: number, length: number): Map<number, DataView> {
  const fields = new Map<number, DataView>();
  for (let at = start; at + 4 <= start + length;) {
    const bytes = view.getUint16(at + 2, true);
    if (at + 4 + bytes > start + length) break;
    fields.set(view.getUint16(at, true), new DataView(view.buffer, view.byteOffset + at + 4, bytes));
    at += 4 + bytes;
  }
  return fields;
}

/** APPNOTE §4.5.3: only those fields are there whose 32 bits are full, in this order. */
function sizes64(view: DataView, at: number, extra: DataView | undefined) {
  let next = 0;
  const wide = (value: number): number => {
    if (value !== FULL_32 || extra === undefined) return value;
    if (next + 8 > extra.byteLength) refuseArchive('archive-damaged');
    next += 8;
    return uint64(extra, next - 8);
  };
  const size = wide(view.getUint32(at + 24, true));
  const compressedBytes = wide(view.getUint32(at + 20, true));
  const offset = wide(view.getUint32(at + 42, true));
  return { size, compressedBytes, offset };
}

/** APPNOTE §4.6.9: a name in UTF-8 beside the plain one, whose checksum it carries. */
function unicodePath(extra: DataView | undefined, rawName: Uint8Array): string | null {
  if (extra === undefined || extra.byteLength < 5 || extra.getUint8(0) !== 1) return null;
  if (extra.getUint32(1, true) !== crc32(rawName)) return null;
  return decodeZipName(bytesOf(extra, 5, extra.byteLength - 5));
}

const MADE_ON_UNIX = [3, 19];
const S_IFMT = 0xf000;
const S_IFLNK = 0xa000;

function isLink(madeBy: number, attributes: number): boolean {
  return MADE_ON_UNIX.includes(madeBy >>> 8) && ((attributes >>> 16) & S_IFMT) === S_IFLNK;
}
