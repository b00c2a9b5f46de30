import { type ByteSource } from '../../core/ports.js';
import { type FrameView } from '../desk/view.js';
import { WebError } from '../ports/error.js';
import { colorFrame } from './color.js';
import { type ImageDataSet, readImageDataSet } from './dataset.js';
import { type PixelModule, paddingOf, pixelModule, rescaleOf, spacingOf, windowsOf } from './pixel-module.js';
import { modalityTable, storedValues } from './stored-values.js';

/** From an instance to one picture. */

/** Undoes a compression: the frame's bytes as if they lay uncompressed in the file. Null for what it cannot do. */
export type FrameDecoder = (source: ByteSource, set: ImageDataSet, frame: number) => Promise<Uint8Array | null>;

/** Until a decoder is given, compressed pictures are said not to be shown. */
const noDecoder: FrameDecoder = () => Promise.resolve(null);

/** @throws WebError `no-image`, `image-unsupported`, `image-invalid`, `not-here` */
export async function decodeFrame(
  source: ByteSource,
  frame: number,
  decoder: FrameDecoder = noDecoder,
): Promise<FrameView> {
  const set = await readImageDataSet(source);
  const module = pixelModule(set);
  if (frame < 0 || frame >= module.frames) throw new WebError('image-invalid', 'no such frame');
  const bytes = await frameBytes(source, set, module, frame, decoder);
  const shape = { rows: module.rows, columns: module.columns, pixelSpacing: spacingOf(set) };
  if (module.samples === 3 || module.photometric === 'PALETTE COLOR') {
    return { kind: 'color', ...shape, rgba: colorFrame(set, module, bytes) };
  }
  const stored = storedValues(module, bytes, set.littleEndian);
  const { unit, slope, intercept } = rescaleOf(set);
  const table = modalityTable(set, module);
  const isInverted = module.photometric === 'MONOCHROME1';
  const base = { kind: 'gray' as const, ...shape, isInverted, windows: windowsOf(set), unit };
  if (table !== null) return { ...base, values: table(stored), slope: 1, intercept: 0, padding: null };
  return { ...base, values: stored, slope, intercept, padding: paddingOf(set, module) };
}

/** Bits of one pixel over all samples; YBR_FULL_422 keeps two colour samples for two pixels (PS3.3 §C.7.6.3.1.2). */
function frameBits(module: PixelModule): number {
  const samples = module.photometric === 'YBR_FULL_422' ? 2 : module.samples;
  return module.rows * module.columns * samples * module.bitsAllocated;
}

async function frameBytes(
  source: ByteSource,
  set: ImageDataSet,
  module: PixelModule,
  frame: number,
  decoder: FrameDecoder,
): Promise<Uint8Array> {
  const { pixels } = set;
  if (pixels === null) throw new WebError('no-image', 'no picture');
  if (pixels.kind === 'encapsulated') {
    const decoded = await decoder(source, set, frame);
    if (decoded === null) throw new WebError('image-unsupported', 'a coding without a decoder');
    return decoded;
  }
  const bits = frameBits(module);
  // Frames of single bits follow each other without a gap: the first one may begin inside a byte.
  if (module.bitsAllocated === 1 && (bits * frame) % 8 !== 0) throw new WebError('image-unsupported', 'bit offset');
  const length = Math.ceil(bits / 8);
  const start = (bits * frame) / 8;
  const bytes =
    pixels.kind === 'inflated'
      ? pixels.bytes.subarray(start, start + length)
      : await source.read(pixels.offset + start, Math.min(length, pixels.length - start));
  if (bytes.length < length) throw new WebError('image-invalid', 'the picture is shorter than its size');
  return bytes;
}
