import type { ByteSource } from '../ports.js';
import { withBlockCache } from './block-cache.js';
import { safeEntryPath, shownName } from './entry-name.js';
import { isDescriptor, isoFileSource, isWhole, readIsoFiles, type IsoFile } from './iso.js';
import { spendEntry, type ArchiveBudget } from './limits.js';
import { encodeLocator } from './locator.js';
import { ArchiveRefused, type ArchiveRefusal } from './refusal.js';
import { readZipDirectory, type ZipEntry } from './zip-directory.js';
import { openZipEntry, zipEntryRefusal } from './zip-source.js';

/** What an archive holds, in the order in which it lies in it. */
export type ArchiveItem =
  | { readonly kind: 'source'; readonly source: ByteSource }
  | { readonly kind: 'refused'; readonly path: string; readonly reason: ArchiveRefusal };

export type ArchiveKind = 'zip' | 'iso' | 'unsupported';

/** Where ISO 9660 has its first descriptor (ECMA-119 §6.2.1). */
const ISO_START = 16 * 2048;
/** Magic numbers at the start of the file, and for tar at 257. */
/* eslint-disable no-control-regex -- magic numbers are bytes */
const ZIP = /^PK(\u0003\u0004|\u0005\u0006|00PK|\u0007\u0008)/;
const UNSUPPORTED = /^(7z\u00bc\u00af'\u001c|Rar!\u001a\u0007|\u001f\u008b\u0008|BZh[1-9]|\u00fd7zXZ\u0000)/;
const TAR = /^ustar[\u0000 ]/;
/* eslint-enable no-control-regex */

/** By its first bytes, never by its name; null for what is no archive. */
export async function archiveKind(source: ByteSource): Promise<ArchiveKind | null> {
  const start = latin(await source.read(0, 264));
  if (ZIP.test(start)) return 'zip';
  if (UNSUPPORTED.test(start) || TAR.test(start.slice(257))) return 'unsupported';
  if (source.size < ISO_START + 2048) return null;
  const bytes = await source.read(ISO_START, 7);
  if (bytes.length < 7) return null;
  if (isDescriptor(new DataView(bytes.buffer, bytes.byteOffset, bytes.length))) return 'iso';
  // ECMA-167: a disc with UDF alone.
  return latin(bytes).slice(1, 6) === 'BEA01' ? 'unsupported' : null;
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/**
 * The entries of an archive, each a source or named with the reason why not: one that is refused does not stop the others.
 * @throws ArchiveRefused when the archive as a whole cannot be read
 */
export async function* archiveItems(
  archive: ByteSource,
  kind: 'zip' | 'iso',
  budget: ArchiveBudget,
): AsyncGenerator<ArchiveItem, void, undefined> {
  const cached = withBlockCache(archive);
  if (kind === 'zip') yield* zipItems(cached, budget);
  else yield* isoItems(cached, budget);
}

async function* zipItems(archive: ByteSource, budget: ArchiveBudget): AsyncGenerator<ArchiveItem, void, undefined> {
  const { entries, end } = await readZipDirectory(archive);
  const overlapping = overlappingEntries(entries);
  for (const [index, entry] of entries.entries()) {
    const path = safeEntryPath(entry.claimedName);
    const isFolder = /[/\\]$/.test(entry.claimedName) && entry.size === 0;
    if (isFolder) continue;
    const name = `${archive.name}/${path ?? shownName(entry.claimedName)}`;
    const reason =
      (path === null ? 'entry-name' : null) ??
      (overlapping.has(entry) ? 'entry-overlap' : null) ??
      zipEntryRefusal(entry);
    if (reason !== null) yield { kind: 'refused', path: name, reason };
    else if (!spendEntry(budget, entry.size)) yield { kind: 'refused', path: name, reason: 'archive-limit' };
    else yield await zipItem(archive, entry, entries[index + 1]?.offset ?? end, name);
  }
}

async function zipItem(archive: ByteSource, entry: ZipEntry, end: number, name: string): Promise<ArchiveItem> {
  try {
    const { offset, size, crc } = entry;
    const place = { name, modifiedMs: archive.modifiedMs, locator: locatorOf(archive, 'zip', { offset, size, crc }) };
    return { kind: 'source', source: await openZipEntry(archive, entry, end, place) };
  } catch (error) {
    if (error instanceof ArchiveRefused) return { kind: 'refused', path: name, reason: error.reason };
    throw error;
  }
}

/** Both of two entries that share a byte: neither can be known to be the honest one. */
function overlappingEntries(entries: readonly ZipEntry[]): ReadonlySet<ZipEntry> {
  const found = new Set<ZipEntry>();
  let longest: ZipEntry | null = null;
  for (const entry of entries) {
    if (longest !== null && entry.offset < minimalEnd(longest)) found.add(entry).add(longest);
    if (longest === null || minimalEnd(entry) > minimalEnd(longest)) longest = entry;
  }
  return found;
}

/** APPNOTE §4.3.7: fixed header, name, data; the local extra field, unknown yet, only makes it longer. */
function minimalEnd(entry: ZipEntry): number {
  return entry.offset + 30 + entry.nameBytes + entry.compressedBytes;
}

async function* isoItems(archive: ByteSource, budget: ArchiveBudget): AsyncGenerator<ArchiveItem, void, undefined> {
  for (const file of await readIsoFiles(archive)) {
    const path = safeEntryPath(file.claimedName);
    const name = `${archive.name}/${path ?? shownName(file.claimedName)}`;
    if (path === null) yield { kind: 'refused', path: name, reason: 'entry-name' };
    else if (!isWhole(archive, file)) yield { kind: 'refused', path: name, reason: 'entry-damaged' };
    else if (!spendEntry(budget, file.size)) yield { kind: 'refused', path: name, reason: 'archive-limit' };
    else yield { kind: 'source', source: isoItem(archive, file, name) };
  }
}

function isoItem(archive: ByteSource, file: IsoFile, name: string): ByteSource {
  const at = { offset: file.extents[0]?.offset ?? 0, size: file.size, crc: 0 };
  const place = { name, modifiedMs: archive.modifiedMs, locator: locatorOf(archive, 'iso', at) };
  return isoFileSource(archive, file, place);
}

/** None for an archive that itself cannot be found again. */
function locatorOf(
  archive: ByteSource,
  kind: 'zip' | 'iso',
  at: { readonly offset: number; readonly size: number; readonly crc: number },
): string | undefined {
  if (archive.locator === undefined) return undefined;
  return encodeLocator({ kind, archive: archive.locator, archiveBytes: archive.size, ...at });
}
