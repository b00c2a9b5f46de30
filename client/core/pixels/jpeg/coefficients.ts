import { refusePixels } from '../raster/refusal.js';
import { BitReader } from './bits.js';
import { createDecoder, decodeSymbol, type HuffmanDecoder } from './huffman.js';
import { type JpegHeader, type JpegScan, type JpegSummary, type JpegTables, readJpeg } from './markers.js';

/** The quantised coefficients of one component: blocks of 64 in zigzag order, row by row. */
export interface CoefficientPlane {
  /** Blocks in a row and in a column, filled up to whole MCUs. */
  readonly across: number;
  readonly down: number;
  /** Blocks that the picture needs; the others are filling. */
  readonly usedAcross: number;
  readonly usedDown: number;
  readonly blocks: Int16Array;
}

export interface Coefficients extends JpegSummary {
  readonly planes: readonly CoefficientPlane[];
}

/** Samples of all components, filling included: what decoding needs at once. */
const MAX_SAMPLES = 256 * 1024 * 1024;

/**
 * Entropy decoding of the DCT processes (T.81 annexes F and G), 8 and 12 bits.
 * @throws PixelRefused `code-stream`, `truncated`, `unsupported`, `too-large`
 */
export function readCoefficients(bytes: Uint8Array): Coefficients {
  let planes: readonly CoefficientPlane[] | null = null;
  const summary = readJpeg(bytes, (scan, tables, header, at) => {
    if (header.process === 'lossless') refusePixels('unsupported');
    planes ??= createPlanes(header);
    return readScan(bytes, at, { scan, tables, header, planes });
  });
  return { ...summary, planes: planes ?? refusePixels('truncated') };
}

export function maxFactor({ components }: JpegHeader, axis: 'h' | 'v'): number {
  return Math.max(...components.map((component) => component[axis]));
}

function createPlanes(header: JpegHeader): CoefficientPlane[] {
  const [hMax, vMax] = [maxFactor(header, 'h'), maxFactor(header, 'v')];
  const mcusAcross = Math.ceil(header.width / (8 * hMax));
  const mcusDown = Math.ceil(header.height / (8 * vMax));
  const total = header.components.reduce((sum, { h, v }) => sum + mcusAcross * h * mcusDown * v * 64, 0);
  if (total > MAX_SAMPLES) refusePixels('too-large');
  return header.components.map(({ h, v }) => ({
    across: mcusAcross * h,
    down: mcusDown * v,
    usedAcross: Math.ceil(Math.ceil((header.width * h) / hMax) / 8),
    usedDown: Math.ceil(Math.ceil((header.height * v) / vMax) / 8),
    blocks: new Int16Array(mcusAcross * h * mcusDown * v * 64),
  }));
}

interface ScanTask {
  readonly scan: JpegScan;
  readonly tables: JpegTables;
  readonly header: JpegHeader;
  readonly planes: readonly CoefficientPlane[];
}

interface ScanComponent {
  readonly plane: CoefficientPlane;
  readonly h: number;
  readonly v: number;
  readonly dc: HuffmanDecoder | null;
  readonly ac: HuffmanDecoder | null;
  prediction: number;
}

interface ScanState {
  readonly bits: BitReader;
  readonly scan: JpegScan;
  /** Blocks that are still to be passed because their band has ended (T.81 §G.1.2.2). */
  endOfBand: number;
}

type BlockReader = (state: ScanState, component: ScanComponent, at: number) => void;

function readScan(bytes: Uint8Array, at: number, task: ScanTask): number {
  const components = task.scan.components.map((part) => scanComponent(part, task));
  const state: ScanState = { bits: new BitReader(bytes, at), scan: task.scan, endOfBand: 0 };
  const read = blockReader(task);
  const first = components[0] ?? refusePixels('code-stream');
  const isAlone = components.length === 1;
  const across = isAlone ? first.plane.usedAcross : first.plane.across / first.h;
  const down = isAlone ? first.plane.usedDown : first.plane.down / first.v;
  const { restartInterval } = task.tables;
  for (let mcu = 0; mcu < across * down; mcu++) {
    if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0) restart(state, components);
    const [column, row] = [mcu % across, Math.floor(mcu / across)];
    if (isAlone) read(state, first, (row * first.plane.across + column) * 64);
    else for (const component of components) readMcu(state, component, column, row, read);
  }
  return state.bits.position;
}

function readMcu(state: ScanState, component: ScanComponent, column: number, row: number, read: BlockReader): void {
  const { h, v, plane } = component;
  for (let y = 0; y < v; y++) {
    for (let x = 0; x < h; x++) read(state, component, ((row * v + y) * plane.across + column * h + x) * 64);
  }
}

function restart(state: ScanState, components: readonly ScanComponent[]): void {
  state.bits.restart();
  state.endOfBand = 0;
  for (const component of components) component.prediction = 0;
}

function scanComponent({ index, dc, ac }: JpegScan['components'][number], task: ScanTask): ScanComponent {
  const { header, planes, tables } = task;
  const component = header.components[index] ?? refusePixels('code-stream');
  const plane = planes[index] ?? refusePixels('code-stream');
  const [dcTable, acTable] = [tables.dc.get(dc), tables.ac.get(ac)];
  return {
    plane,
    h: component.h,
    v: component.v,
    dc: dcTable === undefined ? null : createDecoder(dcTable),
    ac: acTable === undefined ? null : createDecoder(acTable),
    prediction: 0,
  };
}

function blockReader({ header, scan }: ScanTask): BlockReader {
  if (scan.spectralEnd > 63 || scan.spectralStart > scan.spectralEnd) {
    if (header.process === 'progressive') refusePixels('code-stream');
  }
  if (header.process !== 'progressive') return readSequential;
  if (scan.spectralStart === 0) return scan.approximationHigh === 0 ? readDcFirst : readDcRefinement;
  if (scan.components.length !== 1) refusePixels('code-stream');
  return scan.approximationHigh === 0 ? readAcFirst : readAcRefinement;
}

function readDc(bits: BitReader, component: ScanComponent): number {
  const size = decodeSymbol(bits, component.dc ?? refusePixels('code-stream'));
  if (size > 15) refusePixels('code-stream');
  component.prediction += bits.takeSigned(size);
  return component.prediction;
}

/** T.81 §F.2.2. */
function readSequential({ bits }: ScanState, component: ScanComponent, at: number): void {
  const { blocks } = component.plane;
  const table = component.ac ?? refusePixels('code-stream');
  blocks[at] = readDc(bits, component);
  for (let k = 1; k < 64; k++) {
    const symbol = decodeSymbol(bits, table);
    const size = symbol & 15;
    if (size === 0) {
      if (symbol !== 0xf0) return;
      k += 15;
      continue;
    }
    k += symbol >>> 4;
    if (k > 63) refusePixels('code-stream');
    blocks[at + k] = bits.takeSigned(size);
  }
}

/** T.81 §G.1.2.1. */
function readDcFirst({ bits, scan }: ScanState, component: ScanComponent, at: number): void {
  component.plane.blocks[at] = readDc(bits, component) << scan.approximationLow;
}

function readDcRefinement({ bits, scan }: ScanState, { plane }: ScanComponent, at: number): void {
  plane.blocks[at]! |= bits.take(1) << scan.approximationLow;
}

/** T.81 §G.1.2.2. */
function readAcFirst(state: ScanState, { plane, ac }: ScanComponent, at: number): void {
  const { bits, scan } = state;
  if (state.endOfBand > 0) {
    state.endOfBand--;
    return;
  }
  const table = ac ?? refusePixels('code-stream');
  for (let k = scan.spectralStart; k <= scan.spectralEnd; k++) {
    const symbol = decodeSymbol(bits, table);
    const [run, size] = [symbol >>> 4, symbol & 15];
    if (size === 0 && run < 15) {
      state.endOfBand = (1 << run) - 1 + bits.take(run);
      return;
    }
    k += run;
    if (size === 0) continue;
    if (k > 63) refusePixels('code-stream');
    plane.blocks[at + k] = bits.takeSigned(size) << scan.approximationLow;
  }
}

/** T.81 §G.1.2.3: a bit more of what is known, and new coefficients of plus or minus one. */
function readAcRefinement(state: ScanState, { plane, ac }: ScanComponent, at: number): void {
  const { bits, scan } = state;
  const step = 1 << scan.approximationLow;
  let k = scan.spectralStart;
  if (state.endOfBand === 0) {
    const table = ac ?? refusePixels('code-stream');
    for (; k <= scan.spectralEnd; k++) {
      const symbol = decodeSymbol(bits, table);
      const [run, size] = [symbol >>> 4, symbol & 15];
      if (size === 0 && run < 15) {
        state.endOfBand = (1 << run) + bits.take(run);
        break;
      }
      const value = size === 0 ? 0 : bits.take(1) === 1 ? step : -step;
      k = refineUntil(bits, plane.blocks, at, { k, end: scan.spectralEnd, zeros: run, step });
      if (value !== 0 && k <= 63) plane.blocks[at + k] = value;
    }
  }
  if (state.endOfBand > 0) {
    refineUntil(bits, plane.blocks, at, { k, end: scan.spectralEnd, zeros: 64, step });
    state.endOfBand--;
  }
}

interface Refinement {
  readonly k: number;
  readonly end: number;
  /** Zero coefficients to pass. */
  readonly zeros: number;
  readonly step: number;
}

function refineUntil(bits: BitReader, blocks: Int16Array, at: number, { k, end, zeros, step }: Refinement): number {
  let left = zeros;
  let place = k;
  for (; place <= end; place++) {
    const value = blocks[at + place]!;
    if (value === 0) {
      if (left-- === 0) break;
    } else if (bits.take(1) === 1 && (value & step) === 0) blocks[at + place] = value + (value > 0 ? step : -step);
  }
  return place;
}
