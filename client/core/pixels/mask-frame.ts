import type { MaskedFrame, Region } from '../deidentification/pixel-port.js';
import { jpeg2000Header, jpegHeader, jpegLsHeader } from './code-stream.js';
import { decodeFrame } from './decode.js';
import { deflateFrame, inflateFrame } from './deflate.js';
import { type DecodableImage, frameBytes } from './geometry.js';
import { encodeLossless } from './jpeg/lossless.js';
import { maskDct } from './jpeg/mask-dct.js';
import { readJpeg } from './jpeg/markers.js';
import { blackOf, maskCells, maskNativeFrame } from './mask-native.js';
import type { Raster } from './raster/raster.js';
import { refusePixels } from './raster/refusal.js';
import { encodeRle } from './rle.js';
import { type FrameCoding, frameCoding } from './syntax.js';
import { type CodecModules, encodeWasm, type WasmCodec } from './wasm-codec.js';

/**
 * Blackens regions of one encapsulated frame and codes it again in the same transfer syntax. Nothing outside changes by a single
 * level; only in JPEG's DCT processes can pixels of the blocks on a region's edge
 * (docs/adr/0035-masking-in-the-domain-of-the-code-stream.md).
 * @throws PixelRefused
 */
export async function maskEncapsulatedFrame(
  modules: CodecModules,
  image: DecodableImage,
  frame: Uint8Array,
  regions: readonly Region[],
): Promise<MaskedFrame> {
  const coding = frameCoding(image.transferSyntaxUid) ?? refusePixels('unsupported');
  if (isDct(coding, frame)) return maskJpeg(image, frame, regions);
  if (coding === 'native' || coding === 'deflate') {
    const bytes = coding === 'native' ? frame.slice() : await inflateFrame(frame, frameBytes(image));
    maskNativeFrame(image, bytes, regions);
    return lossless(coding === 'native' ? bytes : await deflateFrame(bytes));
  }
  const raster = await decodeFrame(modules, image, frame);
  const recoded = { ...raster, cells: raster.cells };
  maskCells(recoded.cells, raster, regions, blackOfRaster(image, raster));
  switch (coding) {
    case 'rle':
      return lossless(encodeRle(recoded.cells, { ...raster, bitsAllocated: image.bitsAllocated }));
    case 'jpeg':
    case 'jpeg-lossless': {
      const { precision } = jpegHeader(frame);
      limitCells(recoded, precision);
      return lossless(encodeLossless(recoded.cells, { ...raster, components: raster.samples, precision }));
    }
    case 'jpeg-ls':
    case 'jpeg-2000':
    case 'htj2k':
    case 'htj2k-rpcl':
      return lossless(await encodeWithModule(modules, coding, { image, frame, raster: recoded }));
  }
}

/** The code stream's process decides, whatever the transfer syntax promises. */
function isDct(coding: FrameCoding, frame: Uint8Array): boolean {
  return (coding === 'jpeg' || coding === 'jpeg-lossless') && readJpeg(frame, null).header.process !== 'lossless';
}

function lossless(bytes: Uint8Array): MaskedFrame {
  return { bytes, coding: 'lossless' };
}

/** YBR_ICT and YBR_RCT are RGB once decoded. */
function blackOfRaster(image: DecodableImage, raster: Raster): readonly number[] {
  return raster.colour === 'rgb' ? new Array<number>(raster.samples).fill(0) : blackOf(image);
}

function maskJpeg(image: DecodableImage, frame: Uint8Array, regions: readonly Region[]): MaskedFrame {
  const { header, adobeTransform } = readJpeg(frame, null);
  if (header.width !== image.columns || header.height !== image.rows) refusePixels('mismatch');
  if (header.components.length !== image.samplesPerPixel) refusePixels('mismatch');
  const range = 2 ** header.precision;
  const isRgb =
    header.components.length > 1 &&
    (adobeTransform === 0 || (adobeTransform === null && image.photometricInterpretation === 'RGB'));
  const gray = image.photometricInterpretation === 'MONOCHROME1' ? range - 1 : 0;
  const fill = header.components.length === 1 ? [gray] : isRgb ? [0, 0, 0] : [0, range / 2, range / 2];
  return { bytes: maskDct(frame, regions, fill), coding: 'lossy' };
}

/** Samples are coded with the precision they came with: bits above it (a sign's extension) are none of the picture's. */
function limitCells({ cells }: Raster, precision: number): void {
  const mask = 2 ** precision - 1;
  for (let i = 0; i < cells.length; i++) cells[i] = cells[i]! & mask;
}

interface Recoding {
  readonly image: DecodableImage;
  /** As it was: its header says precision and sign. */
  readonly frame: Uint8Array;
  readonly raster: Raster;
}

async function encodeWithModule(
  modules: CodecModules,
  codec: WasmCodec,
  { image, frame, raster }: Recoding,
): Promise<Uint8Array> {
  const isWavelet = codec !== 'jpeg-ls';
  const { precision } = isWavelet ? jpeg2000Header(frame) : jpegLsHeader(frame);
  const isSigned = isWavelet && image.pixelRepresentation === 1;
  if (!isSigned) limitCells(raster, precision);
  const bytes = precision <= 8 ? Uint8Array.from(raster.cells) : lowByteFirst(raster.cells);
  const { width, height, samples: componentCount } = raster;
  const isUsingColorTransform = /^YBR_(ICT|RCT)$/.test(image.photometricInterpretation);
  const shape = { width, height, bitsPerSample: precision, componentCount, isSigned, isUsingColorTransform };
  return encodeWasm(modules, codec, shape, bytes);
}

function lowByteFirst(cells: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(cells.length * 2);
  for (let i = 0; i < cells.length; i++) {
    out[2 * i] = cells[i]!;
    out[2 * i + 1] = cells[i]! >>> 8;
  }
  return out;
}
