import * as z from 'zod';

/**
 * By what an entry is found again in a later run: its archive's own locator, and where it lies in it. The archive's size and
 * the entry's checksum are held against what is found then, so that another archive under the same name is noticed.
 */
export interface EntryLocator {
  readonly kind: 'zip' | 'iso';
  /** Locator of the archive, which may itself be an entry's. */
  readonly archive: string;
  readonly archiveBytes: number;
  /** Of the entry's local header (zip) or first extent (ISO) in the archive. */
  readonly offset: number;
  readonly size: number;
  /** CRC-32 of the entry; 0 in an ISO image, which has none. */
  readonly crc: number;
}

const PREFIX = 'archive:';

const uint = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const schema = z.tuple([z.enum(['zip', 'iso']), z.string(), uint, uint, uint, uint]);

export function encodeLocator({ kind, archive, archiveBytes, offset, size, crc }: EntryLocator): string {
  return PREFIX + JSON.stringify([kind, archive, archiveBytes, offset, size, crc]);
}

/** Null for a locator that is not an entry's. */
export function parseLocator(text: string): EntryLocator | null {
  if (!text.startsWith(PREFIX)) return null;
  let json: unknown;
  try {
    json = JSON.parse(text.slice(PREFIX.length));
  } catch {
    return null;
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) return null;
  const [kind, archive, archiveBytes, offset, size, crc] = parsed.data;
  return { kind, archive, archiveBytes, offset, size, crc };
}
