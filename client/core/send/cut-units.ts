import { MAX_SAMPLES_PER_PIXEL, MAX_SIDE, MAX_UNIT_BYTES } from '../coding/limits.js';
import type { SampleShape } from '../coding/unit.js';
import type { NativePixels, PixelPlace } from '../dicom/pixel-place.js';

/** What becomes one unit: the next `bytes` of a file. */
export interface Piece {
  readonly bytes: number;
  /** Null for what is no image. */
  readonly samples: Samples | null;
}

export interface Samples {
  readonly shape: SampleShape;
  readonly sign: 'signed' | 'unsigned';
}

/**
 * Cuts a file for coding (docs/spec/coding.md §7): what lies before the pixels, the pixels by whole frames or, of large ones,
 * by strips of whole rows, and what lies behind.
 */
export function* cutFile(size: number, place: PixelPlace | null): Generator<Piece, void, undefined> {
  const image = place?.native === null || place === null ? null : imageOf(place.native);
  const offset = Math.min(place?.offset ?? 0, size);
  yield* plainPieces(offset);
  let done = offset;
  if (image !== null && offset + image.frameBytes * image.frames <= size) {
    yield* imagePieces(image);
    done += image.frameBytes * image.frames;
  }
  yield* plainPieces(size - done);
}

function* plainPieces(length: number): Generator<Piece, void, undefined> {
  for (let left = length; left > 0; left -= MAX_UNIT_BYTES) {
    yield { bytes: Math.min(left, MAX_UNIT_BYTES), samples: null };
  }
}

interface Image extends Samples {
  readonly frames: number;
  readonly frameRows: number;
  readonly rowBytes: number;
  readonly frameBytes: number;
}

/** Null for samples that are not one, two or four whole bytes. */
function imageOf(native: NativePixels): Image | null {
  const { rows, columns, frames, bitsAllocated, isPlanar, isSigned, littleEndian } = native;
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) return null;
  const bytes = bitsAllocated === 8 ? 1 : 2;
  // A sample of 32 bits is coded as two of 16: its halves differ in how they behave.
  const perPixel = (isPlanar ? 1 : native.samplesPerPixel) * (bitsAllocated === 32 ? 2 : 1);
  const frameRows = rows * (isPlanar ? native.samplesPerPixel : 1);
  const rowBytes = columns * perPixel * bytes;
  if (perPixel > MAX_SAMPLES_PER_PIXEL || rowBytes > MAX_UNIT_BYTES) return null;
  const shape: SampleShape = { columns, perPixel, bytes, order: littleEndian || bytes === 1 ? 'little' : 'big' };
  const sign = isSigned ? 'signed' : 'unsigned';
  return { shape, sign, frames, frameRows, rowBytes, frameBytes: rowBytes * frameRows };
}

function* imagePieces(image: Image): Generator<Piece, void, undefined> {
  const { shape, sign, frames, frameRows, rowBytes, frameBytes } = image;
  const samples = { shape, sign };
  const mostRows = Math.min(Math.floor(MAX_UNIT_BYTES / rowBytes), Math.floor(MAX_SIDE / shape.perPixel));
  if (frameRows <= mostRows) {
    const together = Math.floor(mostRows / frameRows);
    for (let left = frames; left > 0; left -= together) {
      yield { bytes: Math.min(left, together) * frameBytes, samples };
    }
    return;
  }
  const strips = Math.ceil(frameRows / mostRows);
  const stripRows = Math.ceil(frameRows / strips);
  for (let frame = 0; frame < frames; frame++) {
    for (let left = frameRows; left > 0; left -= stripRows) {
      yield { bytes: Math.min(left, stripRows) * rowBytes, samples };
    }
  }
}
