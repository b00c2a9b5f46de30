import { jpeg2000Header, jpegHeader, jpegLsHeader, type StreamHeader, codeStreamStart } from './code-stream.js';
import { type DecodableImage, assertGeometry, colourOf, frameBytes } from './geometry.js';
import { inflateFrame } from './deflate.js';
import { decodeDct, type JpegSamples } from './jpeg/decode-dct.js';
import { decodeLossless } from './jpeg/lossless.js';
import { readJpeg } from './jpeg/markers.js';
import { decodeNative, interleave } from './native.js';
import { type Cells, type Colour, createCells, type Raster } from './raster/raster.js';
import { refusePixels } from './raster/refusal.js';
import { decodeRle } from './rle.js';
import { frameCoding } from './syntax.js';
import { type CodecModules, type CodecOutput, decodeWasm, type WasmCodec } from './wasm-codec.js';

/**
 * Decodes one frame of any transfer syntax that is understood. Attributes and the code stream's header are held against each other
 * first: nothing is allocated by a dimension that is a lie.
 * @param frame native bytes, or a code stream with its fragments joined
 * @throws PixelRefused
 */
export async function decodeFrame(modules: CodecModules, image: DecodableImage, frame: Uint8Array): Promise<Raster> {
  assertGeometry(image);
  const coding = frameCoding(image.transferSyntaxUid) ?? refusePixels('unsupported');
  switch (coding) {
    case 'native':
      return decodeNative(frame, image);
    case 'deflate':
      return decodeNative(await inflateFrame(frame, frameBytes(image)), image);
    case 'rle':
      return rasterOf(image, image.bitsStored, colourOf(image), decodeRle(frame, shapeOf(image)));
    case 'jpeg':
    case 'jpeg-lossless':
      // Some writers put the other process into a syntax; the code stream knows.
      return readJpeg(frame, null).header.process === 'lossless'
        ? rasterOfJpeg(image, decodeLossless(matching(image, frame, jpegHeader)), 'lossless')
        : rasterOfJpeg(image, decodeDct(matching(image, frame, jpegHeader)), 'dct');
    case 'jpeg-ls':
      return decodeWithModule(modules, coding, image, matching(image, frame, jpegLsHeader));
    case 'jpeg-2000':
    case 'htj2k':
    case 'htj2k-rpcl': {
      const stream = matching(image, frame, jpeg2000Header);
      return decodeWithModule(modules, coding, image, stream.subarray(codeStreamStart(stream)));
    }
  }
}

function shapeOf(image: DecodableImage): Parameters<typeof decodeRle>[1] {
  const { columns, rows, samplesPerPixel, bitsAllocated } = image;
  return { width: columns, height: rows, samples: samplesPerPixel, bitsAllocated };
}

/** @throws PixelRefused `mismatch` when the code stream is of another picture than the attributes describe */
function matching(image: DecodableImage, frame: Uint8Array, headerOf: (bytes: Uint8Array) => StreamHeader): Uint8Array {
  const { width, height, components, precision } = headerOf(frame);
  if (width !== image.columns || height !== image.rows || components !== image.samplesPerPixel)
    refusePixels('mismatch');
  if (precision > image.bitsAllocated) refusePixels('mismatch');
  return frame;
}

function rasterOf(image: DecodableImage, bits: number, colour: Colour, cells: Cells): Raster {
  const { columns: width, rows: height, samplesPerPixel: samples, pixelRepresentation } = image;
  return { width, height, samples, bitsStored: bits, signed: pixelRepresentation === 1, colour, cells };
}

function rasterOfJpeg(image: DecodableImage, { isYcc, samples }: JpegSamples, process: 'dct' | 'lossless'): Raster {
  const said = colourOf(image);
  // A DCT stream that says nothing of its colours is YCbCr if the attributes say so; one that does knows better than they.
  const colour = process === 'dct' && isYcc !== null ? (isYcc ? 'ybr-full' : 'rgb') : said;
  const cells = createCells(image.bitsAllocated, samples.length);
  cells.set(samples);
  return rasterOf(image, image.bitsStored, image.samplesPerPixel === 3 ? colour : said, cells);
}

async function decodeWithModule(
  modules: CodecModules,
  codec: WasmCodec,
  image: DecodableImage,
  bytes: Uint8Array,
): Promise<Raster> {
  const output = await decodeWasm(modules, codec, bytes);
  const cells = cellsOf(output, image);
  return rasterOf(image, image.bitsStored, colourOf(image), cells);
}

function cellsOf({ frame, isPlanar, bytes }: CodecOutput, image: DecodableImage): Cells {
  const count = image.rows * image.columns * image.samplesPerPixel;
  const wide = frame.bitsPerSample > 8;
  if (bytes.length < count * (wide ? 2 : 1)) return refusePixels('code-stream');
  const cells = createCells(image.bitsAllocated, count);
  if (wide) for (let i = 0; i < count; i++) cells[i] = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
  else if (frame.isSigned === true && image.bitsAllocated > 8) {
    for (let i = 0; i < count; i++) cells[i] = (bytes[i]! << 24) >> 24;
  } else cells.set(bytes.subarray(0, count));
  return isPlanar && image.samplesPerPixel > 1 ? interleave(cells, image.samplesPerPixel) : cells;
}
