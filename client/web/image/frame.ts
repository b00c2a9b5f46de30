import { decodeFrame as decodeCoded } from '../../core/pixels/decode.js';
import { type DecodableImage } from '../../core/pixels/geometry.js';
import { describeImage } from '../../core/pixels/image.js';
import { joinFragments } from '../../core/pixels/open-pixels.js';
import { toPicture } from '../../core/pixels/picture.js';
import { type Raster } from '../../core/pixels/raster/raster.js';
import { PixelRefused } from '../../core/pixels/raster/refusal.js';
import { frameCoding } from '../../core/pixels/syntax.js';
import { type CodecModules } from '../../core/pixels/wasm-codec.js';
import { type ByteSource } from '../../core/ports.js';
import { type FrameView } from '../desk/picture.js';
import { WebError } from '../ports/error.js';
import { type Scopes } from './data-item.js';
import { bitPlanes } from './bit-planes.js';
import { type ImageDataSet, type PixelPlace } from './dataset.js';
import { factsOf, spacingOf } from './facts.js';
import { scopesOf } from './frame-scopes.js';
import { paletteOf } from './palette.js';
import { type PixelModule, pixelModule } from './pixel-module.js';
import { modalityTable, paddingOf, rescaleOf, windowsOf } from './rescale.js';
import { type Values, rasterValues, storedValues } from './stored-values.js';

/** From an opened instance to one picture. */

export interface Opened {
  readonly source: ByteSource;
  readonly set: ImageDataSet;
}

/** @throws WebError `no-image`, `image-unsupported`, `image-video`, `image-invalid`, `not-here` */
export async function decodeFrame(opened: Opened, frame: number, modules: CodecModules): Promise<FrameView> {
  try {
    return await decode(opened, frame, modules);
  } catch (cause) {
    if (!(cause instanceof PixelRefused)) throw cause;
    const isUnknown = cause.reason === 'unsupported';
    throw new WebError(isUnknown ? 'image-unsupported' : 'image-invalid', 'not decoded', { cause });
  }
}

async function decode({ source, set }: Opened, frame: number, modules: CodecModules): Promise<FrameView> {
  const module = pixelModule(set);
  const { pixels } = set;
  if (pixels === null) throw new WebError('no-image', 'no picture');
  if (frame < 0 || frame >= module.frames) throw new WebError('image-invalid', 'no such frame');
  const scopes = scopesOf(set, frame);
  const { rows, columns } = module;
  const base = {
    rows,
    columns,
    pixelSpacing: spacingOf(scopes).pixelSpacing,
    facts: factsOf(set, scopes, module.frames),
    planes: await bitPlanes(source, set, frame),
  };
  const bytes = await frameBytes(source, set, pixels, module, frame);
  if (module.samples === 3 || module.photometric === 'PALETTE COLOR') {
    const image = describe(set, scopes, module);
    return { kind: 'color', ...base, rgba: colours(await decodeCoded(modules, image, bytes), image) };
  }
  const values =
    pixels.kind === 'encapsulated'
      ? rasterValues(await decodeCoded(modules, describe(set, scopes, module), bytes))
      : storedValues(module, bytes, pixels.of, set.root.littleEndian);
  return { kind: 'gray', ...base, ...shown(scopes, module, values) };
}

function shown(scopes: Scopes, module: PixelModule, values: Values) {
  const isInverted = module.photometric === 'MONOCHROME1';
  const windows = windowsOf(scopes, module.isSigned);
  const table = modalityTable(scopes, module);
  if (table === null) return { ...rescaleOf(scopes), values, padding: paddingOf(scopes, module), isInverted, windows };
  return { values: table.apply(values), slope: 1, intercept: 0, unit: table.unit, padding: null, isInverted, windows };
}

/** The attributes that a decoder needs; of segmented palettes it knows nothing, so it is given the tables. */
function describe(set: ImageDataSet, scopes: Scopes, module: PixelModule): DecodableImage {
  const raw = new Map<number, Uint8Array>();
  for (const [tag, value] of set.root.values) if (value.kind === 'bytes') raw.set(tag, value.bytes);
  const image = describeImage({ raw, ultrasoundRegions: [] }, set.syntax, set.root.littleEndian);
  const isPalette = module.photometric === 'PALETTE COLOR' && module.samples === 1;
  return { ...image, palette: isPalette ? paletteOf(scopes, module.isSigned) : null };
}

function colours(raster: Raster, image: DecodableImage): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, samples, bytes } = toPicture(raster, image);
  const out = new Uint8ClampedArray(4 * width * height);
  for (let i = 0, to = 0; to < out.length; i += samples, to += 4) {
    out[to] = bytes[i]!;
    out[to + 1] = bytes[i + (samples === 3 ? 1 : 0)]!;
    out[to + 2] = bytes[i + (samples === 3 ? 2 : 0)]!;
    out[to + 3] = 255;
  }
  return out;
}

async function frameBytes(
  source: ByteSource,
  { syntax, isSwapped }: ImageDataSet,
  pixels: PixelPlace,
  module: PixelModule,
  frame: number,
): Promise<Uint8Array> {
  if (pixels.kind === 'encapsulated') {
    // PS3.5 §A.4.6 to .11: MPEG-2, H.264 and H.265 are one stream over all fragments, and no pictures.
    if (/^1\.2\.840\.10008\.1\.2\.4\.10\d/.test(syntax)) throw new WebError('image-video', 'a video');
    if (frameCoding(syntax) === null) throw new WebError('image-unsupported', 'a coding without a decoder');
    const fragments = pixels.frames[frame];
    if (fragments === undefined) throw new WebError('image-invalid', 'no such frame');
    return joinFragments(source, fragments);
  }
  const bits = frameBits(module);
  return isSwapped && module.bitsAllocated <= 8
    ? swappedBytes(source, pixels, frame, bits)
    : nativeBytes(source, pixels, (bits * frame) / 8, bits);
}

/** Bits of one pixel over all samples; YBR_FULL_422 keeps two colour samples for two pixels (PS3.3 §C.7.6.3.1.2). */
function frameBits({ rows, columns, samples, photometric, bitsAllocated }: PixelModule): number {
  return rows * columns * (samples === 3 && photometric.endsWith('_422') ? 2 : samples) * bitsAllocated;
}

/** Words that the frame lies in, each turned round, and of their bytes the frame's. */
async function swappedBytes(
  source: ByteSource,
  pixels: Exclude<PixelPlace, { kind: 'encapsulated' }>,
  frame: number,
  bits: number,
): Promise<Uint8Array> {
  if (bits % 8 !== 0) throw new WebError('image-unsupported', 'single bits in words');
  const [start, end] = [(bits / 8) * frame, (bits / 8) * (frame + 1)];
  const first = start - (start % 2);
  const words = (await nativeBytes(source, pixels, first, 8 * (end + (end % 2) - first))).slice();
  for (let i = 0; i + 1 < words.length; i += 2) [words[i], words[i + 1]] = [words[i + 1]!, words[i]!];
  return words.subarray(start - first, end - first);
}

async function nativeBytes(
  source: ByteSource,
  pixels: Exclude<PixelPlace, { kind: 'encapsulated' }>,
  at: number,
  bits: number,
): Promise<Uint8Array> {
  // Frames of single bits follow each other without a gap (PS3.5 §8.1.1): one may begin inside a byte.
  const [start, shift] = [Math.floor(at), 8 * (at - Math.floor(at))];
  const length = Math.ceil((shift + bits) / 8);
  const bytes =
    pixels.kind === 'inflated'
      ? pixels.bytes.subarray(start, start + length)
      : await source.read(pixels.offset + start, Math.max(0, Math.min(length, pixels.length - start)));
  if (bytes.length < length) throw new WebError('image-invalid', 'the picture is shorter than its size');
  if (shift === 0) return bytes;
  return Uint8Array.from({ length: Math.ceil(bits / 8) }, (_, i) => (bytes[i]! | ((bytes[i + 1] ?? 0) << 8)) >> shift);
}
