/** Limits of looking into archives (docs/collecting.md §4). Each is compared before anything is allocated or inflated. */

/** Entries of one archive with everything nested in it: three times the largest study known, and 40 MB of memory. */
export const MAX_ENTRIES = 100_000;
/** The directory of one archive: 320 bytes an entry. */
export const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;
/** An archive in an archive is looked into, one in that is not: what nests deeper is a bomb or an accident. */
export const MAX_NESTING = 2;
/** An entry may grow to this many times its size, as a deflated data set may (attack A21) … */
const MAX_RATIO = 64;
/** … a small one always to this: an empty image deflates a thousandfold. */
const ENTRY_ALLOWED = 16 * 1024 * 1024;
/** All entries together: the same ratio, and this much for a small archive. */
const ARCHIVE_ALLOWED = 64 * 1024 * 1024;
/** A deflated archive inside an archive is held in memory up to this, because its directory stands at its end … */
export const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Of such archives together; the one that was not used for longest is inflated again when it is needed. */
export const MAX_HELD_TOTAL = 96 * 1024 * 1024;
/** … and beyond it put aside, if the shell can: all together this much, three times the largest study known. */
export const MAX_ASIDE_TOTAL = 16 * 1024 ** 3;
/** Only what grows no more than images do: an archive that is deflated again hardly grows, unless it stores its entries plain. */
export const MAX_ASIDE_RATIO = 16;
/** ECMA-119 §6.8.2.1 allows 8 levels of folders; Joliet and Rock Ridge images have more. */
export const MAX_FOLDER_DEPTH = 32;

export function entryLimit(compressedBytes: number): number {
  return Math.max(MAX_RATIO * compressedBytes, ENTRY_ALLOWED);
}

/** What one archive that the user gave may cost, with everything nested in it. */
export interface ArchiveBudget {
  entries: number;
  bytes: number;
}

export function createBudget(archiveBytes: number): ArchiveBudget {
  return { entries: MAX_ENTRIES, bytes: Math.max(MAX_RATIO * archiveBytes, ARCHIVE_ALLOWED) };
}

/** Takes one entry of `bytes` from the budget. @returns whether there was room */
export function spendEntry(budget: ArchiveBudget, bytes: number): boolean {
  if (budget.entries < 1 || bytes > budget.bytes) return false;
  budget.entries -= 1;
  budget.bytes -= bytes;
  return true;
}
