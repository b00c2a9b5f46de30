/** Limits of a package (docs/spec/payload.md §7.2). A length from outside is compared with one of these before it is used. */

/** `type | flags | reserved | header length | body length`. */
export const RECORD_PREFIX_BYTES = 16;
/** Only FILE records have a header, of at most 30 bytes; the rest is room for later versions. */
export const MAX_RECORD_HEADER_BYTES = 1024;
/** A unit a reader can hold in memory on the smallest device, and the grain of resuming. */
export const MAX_FILE_BODY_BYTES = 4 * 1024 * 1024;
/** A manifest part is decoded in memory: half a million files at 120 bytes each. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
/** Three numbers and a digest. */
export const MAX_TRAILER_BYTES = 256;
/** Largest file: 1 TiB. Whole-slide images reach 10 GB; sums of 2^20 such files stay below 2^53. */
export const MAX_FILE_BYTES = 2 ** 40;
/** Files of one package; what fits into a plan of MAX_MANIFEST_BYTES. */
export const MAX_FILES = 500_000;
/** FILE records that one digest part covers: a file of MAX_FILE_BYTES in full records. Bounds what a receiver must remember. */
export const MAX_EXTENTS = MAX_FILE_BYTES / MAX_FILE_BODY_BYTES;
/** Files that one digest part covers. Senders stop at DIGEST_EVERY_FILES. */
export const MAX_FILES_PER_DIGEST_PART = 4096;

/** The sender writes a digest part after this many files … */
export const DIGEST_EVERY_FILES = 64;
/** … or this many bytes, so that a receiver never waits long for what it may show. */
export const DIGEST_EVERY_BYTES = 8 * 1024 * 1024;

/** Longest file name of the common file systems. */
export const MAX_NAME_CHARS = 255;
/** RFC 6838 §4.2: 127 each for type and subtype. */
export const MAX_MEDIA_TYPE_CHARS = 255;
