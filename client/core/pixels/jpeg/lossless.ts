import { refusePixels } from '../raster/refusal.js';
import { BitReader, BitWriter } from './bits.js';
import { bitLength, createDecoder, createEncoder, decodeSymbol, type HuffmanDecoder, optimalTable } from './huffman.js';
import { type JpegHeader, type JpegScan, type JpegTables, readJpeg } from './markers.js';
import type { JpegSamples } from './decode-dct.js';

/** Lossless JPEG (T.81 annex H): each sample is predicted from its neighbours and the difference is Huffman-coded. */

const MAX_SAMPLES = 256 * 1024 * 1024;

/**
 * Any predictor, 2 to 16 bits, components not subsampled.
 * @throws PixelRefused `code-stream`, `truncated`, `unsupported`, `too-large`
 */
export function decodeLossless(bytes: Uint8Array): JpegSamples {
  let samples: Uint16Array<ArrayBuffer> | null = null;
  const { header } = readJpeg(bytes, (scan, tables, frame, at) => {
    samples ??= createSamples(frame);
    return readScan(bytes, at, { scan, tables, header: frame, samples });
  });
  const { width, height, precision } = header;
  const components = header.components.length;
  return { width, height, components, precision, isYcc: null, samples: samples ?? refusePixels('truncated') };
}

function createSamples(header: JpegHeader): Uint16Array<ArrayBuffer> {
  if (header.process !== 'lossless') refusePixels('unsupported');
  if (header.components.some(({ h, v }) => h !== 1 || v !== 1)) refusePixels('unsupported');
  const count = header.width * header.height * header.components.length;
  if (count > MAX_SAMPLES) refusePixels('too-large');
  return new Uint16Array(count);
}

interface LosslessScan {
  readonly scan: JpegScan;
  readonly tables: JpegTables;
  readonly header: JpegHeader;
  readonly samples: Uint16Array;
}

function readScan(bytes: Uint8Array, at: number, { scan, tables, header, samples }: LosslessScan): number {
  const bits = new BitReader(bytes, at);
  const count = header.components.length;
  const decoders = scan.components.map(({ dc }) => createDecoder(tables.dc.get(dc) ?? refusePixels('code-stream')));
  const offsets = scan.components.map(({ index }) => index);
  const { width, height, precision } = header;
  const rowRestart = tables.restartInterval / width;
  if (!Number.isInteger(rowRestart)) refusePixels('unsupported');
  const shift = scan.approximationLow;
  const first = 2 ** (precision - shift - 1);
  if (scan.spectralStart < 1 || scan.spectralStart > 7 || shift >= precision) refusePixels('code-stream');
  for (let y = 0; y < height; y++) {
    const isFirstRow = y === 0 || (rowRestart > 0 && y % rowRestart === 0);
    if (isFirstRow && y > 0) bits.restart();
    const row: Row = { samples, at: y * width * count, width, count, isFirst: isFirstRow, first };
    readRow(bits, row, { decoders, offsets, predictor: scan.spectralStart });
  }
  if (shift > 0) for (const offset of offsets) shiftComponent(samples, offset, count, shift);
  return bits.position;
}

interface Row {
  readonly samples: Uint16Array;
  readonly at: number;
  readonly width: number;
  readonly count: number;
  /** Of the picture or behind a restart: then the left neighbour alone predicts (T.81 §H.1.2.1). */
  readonly isFirst: boolean;
  /** What predicts the very first sample. */
  readonly first: number;
}

interface RowCoding {
  readonly decoders: readonly HuffmanDecoder[];
  readonly offsets: readonly number[];
  readonly predictor: number;
}

function readRow(bits: BitReader, row: Row, { decoders, offsets, predictor }: RowCoding): void {
  const { samples, width, count } = row;
  for (let x = 0; x < width; x++) {
    for (let i = 0; i < decoders.length; i++) {
      const at = row.at + x * count + offsets[i]!;
      const size = decodeSymbol(bits, decoders[i]!);
      // T.81 §H.1.2.2: a difference of 32,768 has no further bits.
      const difference = size === 16 ? 32_768 : size > 16 ? refusePixels('code-stream') : bits.takeSigned(size);
      samples[at] = predict(row, x, at, predictor) + difference;
    }
  }
}

function predict({ samples, width, count, isFirst, first }: Row, x: number, at: number, predictor: number): number {
  if (isFirst) return x === 0 ? first : samples[at - count]!;
  const above = samples[at - width * count]!;
  if (x === 0) return above;
  const left = samples[at - count]!;
  const corner = samples[at - width * count - count]!;
  switch (predictor) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return corner;
    case 4:
      return left + above - corner;
    case 5:
      return left + ((above - corner) >> 1);
    case 6:
      return above + ((left - corner) >> 1);
    default:
      return (left + above) >> 1;
  }
}

function shiftComponent(samples: Uint16Array, offset: number, count: number, shift: number): void {
  for (let i = offset; i < samples.length; i += count) samples[i] = samples[i]! << shift;
}

export interface LosslessShape {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly precision: number;
}

/** Selection value 1, as transfer syntax 1.2.840.10008.1.2.4.70 wants it; allowed in .57, too. */
export function encodeLossless(samples: ArrayLike<number>, shape: LosslessShape): Uint8Array<ArrayBuffer> {
  const frequencies = new Uint32Array(17);
  eachDifference(samples, shape, (difference) => void frequencies[sizeOf(difference)]!++);
  const table = optimalTable(frequencies);
  const writer = new BitWriter(samples.length);
  writeSegments(writer, shape, [...table.counts, ...table.symbols]);
  const { codes, lengths } = createEncoder(table);
  eachDifference(samples, shape, (difference) => {
    const size = sizeOf(difference);
    writer.put(codes[size]!, lengths[size]!);
    if (size > 0 && size < 16) writer.put(difference < 0 ? difference - 1 : difference, size);
  });
  writer.flush();
  writer.bytes([0xff, 0xd9]);
  return writer.finish();
}

function sizeOf(difference: number): number {
  return difference === -32_768 ? 16 : bitLength(difference);
}

/** Differences modulo 2^16, from −32,768 (which stands for +32,768) to 32,767. */
function eachDifference(
  samples: ArrayLike<number>,
  { width, height, components, precision }: LosslessShape,
  visit: (difference: number) => void,
): void {
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < components; i++, at++) {
        const above = y === 0 ? 2 ** (precision - 1) : samples[at - width * components]!;
        const prediction = x === 0 ? above : samples[at - components]!;
        visit(((samples[at]! - prediction) << 16) >> 16);
      }
    }
  }
}

function writeSegments(writer: BitWriter, shape: LosslessShape, table: readonly number[]): void {
  const { width, height, components, precision } = shape;
  const ids = Array.from({ length: components }, (_, i) => i + 1);
  writer.bytes([0xff, 0xd8]);
  writer.segment(0xc3, [
    precision,
    ...[height >>> 8, height & 0xff, width >>> 8, width & 0xff],
    components,
    ...ids.flatMap((id) => [id, 0x11, 0]),
  ]);
  writer.segment(0xc4, [0, ...table]);
  writer.segment(0xda, [components, ...ids.flatMap((id) => [id, 0]), 1, 0, 0]);
}
