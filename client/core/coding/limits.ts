/** Limits of coded files (docs/spec/coding.md §2). A length from outside is compared with one of these before it is used. */

/** `id | form | columns | base | precision | 0 | original length | coded length`. */
export const UNIT_HEAD_BYTES = 16;
/**
 * Bytes of the original that one unit restores: what a decoder allocates at most, whatever it is told. A row of the widest
 * image (65,535 pixels of 4 × 16 bits) still fits.
 */
export const MAX_UNIT_BYTES = 2 * 1024 * 1024;
/** A file longer than this travels stored, so that its records stay within the extents of one digest part. */
export const MAX_CODED_FILE_BYTES = 2 ** 38;
/** Samples of a pixel that a unit keeps apart. */
export const MAX_SAMPLES_PER_PIXEL = 4;
/** JPEG-LS and DICOM count rows and columns in 16 bits. */
export const MAX_SIDE = 65_535;

/** Units that may be no shorter than what they restore, per file: the rest is for one in each 64 KiB. */
const SPARE_UNITS = 4;
const BYTES_PER_UNIT_HEAD = 65_536;

/**
 * The most that the units of a file of `size` bytes may have together: coding never makes a file noticeably longer, and nobody
 * sends a file in units of one byte.
 */
export function maxCodedBytes(size: number): number {
  return size + UNIT_HEAD_BYTES * (Math.ceil(size / BYTES_PER_UNIT_HEAD) + SPARE_UNITS);
}
