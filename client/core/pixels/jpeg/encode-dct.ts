import { BitWriter } from './bits.js';
import type { CoefficientPlane, Coefficients } from './coefficients.js';
import { bitLength, createEncoder, type HuffmanEncoder, type HuffmanTable, optimalTable } from './huffman.js';

/** Writes coefficients as one sequential scan with the quantisation they came with: what was not touched decodes as before. */

/** The end of a block, and a run of sixteen zeros (T.81 §F.1.2.2). */
const END_OF_BLOCK = 0x00;
const ZERO_RUN = 0xf0;

/** What a symbol and the bits behind it go to: a counter first, then the stream. */
type Sink = (kind: 'dc' | 'ac', symbol: number, value: number, size: number) => void;

/** Of all application segments and comments only Adobe's is written again: it says how colours are coded. */
export function encodeCoefficients(coefficients: Coefficients, expectedBytes: number): Uint8Array<ArrayBuffer> {
  const tables = coefficients.planes.length === 1 ? 1 : 2;
  const counts = Array.from({ length: tables }, () => ({ dc: new Uint32Array(256), ac: new Uint32Array(256) }));
  eachBlock(coefficients, (plane, at, before, component) => {
    const count = counts[Math.min(component, 1)]!;
    codeBlock(plane.blocks, at, before, (kind, symbol) => void count[kind][symbol]!++);
  });
  const optimal = counts.map(({ dc, ac }) => ({ dc: optimalTable(dc), ac: optimalTable(ac) }));
  const writer = new BitWriter(expectedBytes);
  writeSegments(writer, coefficients, optimal);
  const encoders = optimal.map(({ dc, ac }) => ({ dc: createEncoder(dc), ac: createEncoder(ac) }));
  eachBlock(coefficients, (plane, at, before, component) => {
    const encoder = encoders[Math.min(component, 1)]!;
    codeBlock(plane.blocks, at, before, (kind, symbol, value, size) => {
      writeSymbol(writer, encoder[kind], symbol, value, size);
    });
  });
  writer.flush();
  writer.bytes([0xff, 0xd9]);
  return writer.finish();
}

function writeSymbol(writer: BitWriter, table: HuffmanEncoder, symbol: number, value: number, size: number): void {
  writer.put(table.codes[symbol]!, table.lengths[symbol]!);
  // T.81 §F.1.2.1: a negative value is sent as one less, in its low bits.
  if (size > 0) writer.put(value < 0 ? value - 1 : value, size);
}

type BlockVisitor = (plane: CoefficientPlane, at: number, dcBefore: number, component: number) => void;

/** In the order of an interleaved scan, or row by row for a single component. */
function eachBlock({ header, planes }: Coefficients, visit: BlockVisitor): void {
  const before = planes.map(() => 0);
  const visitBlock = (index: number, column: number, row: number): void => {
    const plane = planes[index]!;
    const at = (row * plane.across + column) * 64;
    visit(plane, at, before[index]!, index);
    before[index] = plane.blocks[at]!;
  };
  const [first] = planes;
  if (first === undefined) return;
  if (planes.length === 1) {
    for (let row = 0; row < first.usedDown; row++) {
      for (let column = 0; column < first.usedAcross; column++) visitBlock(0, column, row);
    }
    return;
  }
  const [h0, v0] = [header.components[0]!.h, header.components[0]!.v];
  for (let row = 0; row < first.down / v0; row++) {
    for (let column = 0; column < first.across / h0; column++) {
      header.components.forEach(({ h, v }, index) => {
        for (let i = 0; i < h * v; i++) visitBlock(index, column * h + (i % h), row * v + Math.floor(i / h));
      });
    }
  }
}

/** T.81 §F.1.2. */
function codeBlock(blocks: Int16Array, at: number, dcBefore: number, sink: Sink): void {
  const difference = blocks[at]! - dcBefore;
  const dcSize = bitLength(difference);
  sink('dc', dcSize, difference, dcSize);
  let run = 0;
  for (let k = 1; k < 64; k++) {
    const value = blocks[at + k]!;
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) sink('ac', ZERO_RUN, 0, 0);
    const size = bitLength(value);
    sink('ac', (run << 4) | size, value, size);
    run = 0;
  }
  if (run > 0) sink('ac', END_OF_BLOCK, 0, 0);
}

interface ScanTables {
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
}

function writeSegments(writer: BitWriter, coefficients: Coefficients, tables: readonly ScanTables[]): void {
  const { header, quantization, adobeTransform } = coefficients;
  writer.bytes([0xff, 0xd8]);
  if (adobeTransform !== null) {
    writer.segment(0xee, [0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, adobeTransform]);
  }
  const used = new Set(header.components.map((component) => component.quantization));
  for (const [number, table] of quantization) if (used.has(number)) writeQuantization(writer, number, table);
  // T.81 §B.2.2: baseline has 8 bits; everything else sequential is extended.
  writer.segment(header.process === 'extended' || header.precision > 8 ? 0xc1 : 0xc0, [
    header.precision,
    ...[header.height >>> 8, header.height & 0xff, header.width >>> 8, header.width & 0xff],
    header.components.length,
    ...header.components.flatMap(({ id, h, v, quantization: table }) => [id, (h << 4) | v, table]),
  ]);
  tables.forEach(({ dc, ac }, number) => {
    writer.segment(0xc4, [number, ...dc.counts, ...dc.symbols]);
    writer.segment(0xc4, [0x10 | number, ...ac.counts, ...ac.symbols]);
  });
  const selectors = header.components.flatMap(({ id }, index) => [id, index === 0 ? 0x00 : 0x11]);
  writer.segment(0xda, [header.components.length, ...selectors, 0, 63, 0]);
}

function writeQuantization(writer: BitWriter, number: number, table: readonly number[]): void {
  const isWide = table.some((value) => value > 255);
  const values = isWide ? table.flatMap((value) => [value >>> 8, value & 0xff]) : table;
  writer.segment(0xdb, [(isWide ? 0x10 : 0) | number, ...values]);
}
