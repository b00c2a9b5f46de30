import { integer, plainText, TAG, uint16, type RawValues } from './attributes.js';
import { refuse } from './refusal.js';

/**
 * Holds the length of native pixel data against its dimensions (attack A23, PS3.5 §8.1.1), so that nobody behind us allocates
 * by dimensions that are a lie. Nothing to say when a dimension is absent.
 * @throws ScanRefused `pixel-length`
 */
export function assertPixelLength(
  values: RawValues,
  littleEndian: boolean,
  length: number,
  bitsAllocated?: number,
): void {
  const bits = bitsAllocated ?? uint16(values, TAG.bitsAllocated, littleEndian);
  const image = dimensions(values, littleEndian);
  if (image === null || bits === null) return;
  if (image.samples === 0 || bits === 0 || image.frames < 1) refuse('pixel-length');
  // 65,535² × 65,535 × 65,535 × 2³¹ is above 2^53, but still compares as larger than any length.
  const expected = Math.ceil((image.samples * bits * image.frames) / 8);
  // More is padding, which some scanners write, and misleads nobody.
  if (length < expected) refuse('pixel-length');
}

/** MPEG-2, MPEG-4 and HEVC streams (PS3.5 §A.4.5 and later): any number of frames in any number of fragments. */
const VIDEO = /^1\.2\.840\.10008\.1\.2\.4\.10[0-8](\.1)?$/;

/**
 * Encapsulated pixel data has a fragment for each frame at least (PS3.5 §A.4), behind the one with the offsets.
 * @throws ScanRefused `pixel-length`
 */
export function assertFragments(values: RawValues, littleEndian: boolean, items: number): void {
  const image = dimensions(values, littleEndian);
  if (image === null) return;
  if (image.samples === 0 || image.frames < 1) refuse('pixel-length');
  if (VIDEO.test(plainText(values, TAG.transferSyntaxUid))) return;
  if (items - 1 < image.frames) refuse('pixel-length');
}

interface Dimensions {
  /** Of one frame, all its pixels' samples. */
  readonly samples: number;
  readonly frames: number;
}

function dimensions(values: RawValues, littleEndian: boolean): Dimensions | null {
  const rows = uint16(values, TAG.rows, littleEndian);
  const columns = uint16(values, TAG.columns, littleEndian);
  const samples = uint16(values, TAG.samplesPerPixel, littleEndian);
  const frames = frameCount(values);
  if (rows === null || columns === null || samples === null || frames === null) return null;
  return { samples: rows * columns * effectiveSamples(values, samples), frames };
}

/** Absent or empty counts as one frame; what is not a number counts as unknown. */
function frameCount(values: RawValues): number | null {
  return plainText(values, TAG.numberOfFrames) === '' ? 1 : integer(values, TAG.numberOfFrames);
}

/** YBR_FULL_422 halves two of three samples (PS3.3 §C.7.6.3.1.2). */
function effectiveSamples(values: RawValues, samples: number): number {
  return samples === 3 && plainText(values, TAG.photometricInterpretation).endsWith('_422') ? 2 : samples;
}

/** Palette colour lookup table data (0028,1201-1203), by the tag of the descriptor it belongs to. */
export const PALETTE_DATA: ReadonlyMap<number, number> = new Map([
  [0x00281201, TAG.redPaletteDescriptor],
  [0x00281202, TAG.greenPaletteDescriptor],
  [0x00281203, TAG.bluePaletteDescriptor],
]);

/**
 * A palette whose table is shorter than its descriptor says sends readers out of bounds (attack A23, PS3.3 §C.7.6.3.1.5).
 * @param lengths of the tables, by tag
 * @throws ScanRefused `palette`
 */
export function assertPalette(values: RawValues, littleEndian: boolean, lengths: ReadonlyMap<number, number>): void {
  if (plainText(values, TAG.photometricInterpretation) !== 'PALETTE COLOR') return;
  for (const [data, descriptor] of PALETTE_DATA) {
    const entries = uint16(values, descriptor, littleEndian);
    const bits = uint16(values, descriptor, littleEndian, 2);
    const length = lengths.get(data);
    // Absent tables may be segmented or known by a UID; what is there must be whole.
    if (entries === null || bits === null || length === undefined) continue;
    if (length < (entries === 0 ? 65_536 : entries) * (bits > 8 ? 2 : 1)) refuse('palette');
  }
}
