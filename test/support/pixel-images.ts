import { deflateFrame } from '../../client/core/pixels/deflate.js';
import { type DecodableImage, frameBytes } from '../../client/core/pixels/geometry.js';
import { encodeLossless } from '../../client/core/pixels/jpeg/lossless.js';
import type { Raster } from '../../client/core/pixels/raster/raster.js';
import { encodeRle } from '../../client/core/pixels/rle.js';
import { frameCoding } from '../../client/core/pixels/syntax.js';
import { type CodecModules, encodeWasm } from '../../client/core/pixels/wasm-codec.js';
import { jpegOf } from './burned-in/jpeg-picture.js';

/** An image of 41 × 33 pixels of 16 bits, with other attributes where given. */
export function exampleImage(attributes: Partial<DecodableImage>): DecodableImage {
  return {
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
    modality: 'OT',
    manufacturer: '',
    manufacturerModelName: '',
    softwareVersions: '',
    imageType: [],
    conversionType: '',
    burnedInAnnotation: '',
    rows: 33,
    columns: 41,
    samplesPerPixel: 1,
    photometricInterpretation: 'MONOCHROME2',
    planarConfiguration: 0,
    bitsAllocated: 16,
    bitsStored: 16,
    highBit: 15,
    pixelRepresentation: 0,
    numberOfFrames: 1,
    littleEndian: true,
    windowCenter: null,
    windowWidth: null,
    lossyImageCompression: '',
    ultrasoundRegions: [],
    ...attributes,
  };
}

/** A native frame in which no two neighbours are equal, within the bits that are stored. */
export function textured(image: DecodableImage): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frameBytes(image));
  const width = image.bitsAllocated / 8;
  for (let i = 0; i < bytes.length / width; i++) {
    const value = (1 + i * 73 + Math.floor(i / 41) * 19) % 2 ** Math.min(16, image.bitsStored);
    bytes[i * width + (image.littleEndian ? 0 : width - 1)] = value & 0xff;
    if (width === 2) bytes[i * width + (image.littleEndian ? 1 : 0)] = value >>> 8;
  }
  return bytes;
}

/** A frame of the image's transfer syntax, one sample a pixel. */
export async function encodeFrame(modules: CodecModules, image: DecodableImage, raster: Raster): Promise<Uint8Array> {
  const { width, height, cells } = raster;
  const bits = image.bitsStored;
  const bytes = new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
  const frame = {
    width,
    height,
    bitsPerSample: bits,
    componentCount: 1,
    isSigned: false,
    isUsingColorTransform: false,
  };
  const coding = frameCoding(image.transferSyntaxUid);
  switch (coding) {
    case 'rle':
      return encodeRle(cells, { ...raster, bitsAllocated: image.bitsAllocated });
    case 'jpeg-lossless':
      return encodeLossless(cells, { width, height, components: 1, precision: bits });
    case 'jpeg':
      return jpegOf(cells, { width, height, samples: 1, precision: bits > 8 ? 12 : 8, quality: 90 });
    case 'deflate':
      return deflateFrame(bytes);
    case 'jpeg-ls':
    case 'jpeg-2000':
    case 'htj2k':
    case 'htj2k-rpcl':
      return encodeWasm(modules, coding, frame, bytes);
    default:
      return bytes;
  }
}
