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
  const rows = uint16(values, TAG.rows, littleEndian);
  const columns = uint16(values, TAG.columns, littleEndian);
  const samples = uint16(values, TAG.samplesPerPixel, littleEndian);
  const bits = bitsAllocated ?? uint16(values, TAG.bitsAllocated, littleEndian);
  const frames = frameCount(values);
  if (rows === null || columns === null || samples === null || bits === null || frames === null) return;
  if (rows === 0 || columns === 0 || samples === 0 || bits === 0 || frames < 1) refuse('pixel-length');
  // 65,535² × 65,535 × 65,535 × 2³¹ is above 2^53, but still compares as larger than any length.
  const expected = Math.ceil((rows * columns * effectiveSamples(values, samples) * bits * frames) / 8);
  // More is padding, which some scanners write, and misleads nobody.
  if (length < expected) refuse('pixel-length');
}

/** Absent or empty counts as one frame; what is not a number counts as unknown. */
function frameCount(values: RawValues): number | null {
  return plainText(values, TAG.numberOfFrames) === '' ? 1 : integer(values, TAG.numberOfFrames);
}

/** YBR_FULL_422 halves two of three samples (PS3.3 §C.7.6.3.1.2). */
function effectiveSamples(values: RawValues, samples: number): number {
  return samples === 3 && plainText(values, TAG.photometricInterpretation).endsWith('_422') ? 2 : samples;
}
