import { refusePixels } from '../raster/refusal.js';
import type { HuffmanTable } from './huffman.js';

/** The marker segments of a JPEG code stream (ITU-T T.81 annex B); entropy-coded data is left to the scans' decoders. */

export interface JpegComponent {
  readonly id: number;
  /** Sampling factors, 1 to 4. */
  readonly h: number;
  readonly v: number;
  readonly quantization: number;
}

export type JpegProcess = 'baseline' | 'extended' | 'progressive' | 'lossless';

export interface JpegHeader {
  readonly process: JpegProcess;
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  readonly components: readonly JpegComponent[];
}

export interface JpegScan {
  /** Places in `components`, and the numbers of their DC and AC tables. */
  readonly components: readonly { readonly index: number; readonly dc: number; readonly ac: number }[];
  readonly spectralStart: number;
  readonly spectralEnd: number;
  readonly approximationHigh: number;
  readonly approximationLow: number;
}

export interface JpegTables {
  readonly quantization: ReadonlyMap<number, readonly number[]>;
  readonly dc: ReadonlyMap<number, HuffmanTable>;
  readonly ac: ReadonlyMap<number, HuffmanTable>;
  readonly restartInterval: number;
}

/** What the reader of a scan does: decodes from `at` and says where it stopped. */
export type ScanReader = (scan: JpegScan, tables: JpegTables, header: JpegHeader, at: number) => number;

export interface JpegSummary {
  readonly header: JpegHeader;
  /** Of the Adobe segment: 0 for none, 1 for YCbCr, null without the segment. */
  readonly adobeTransform: number | null;
  readonly hasJfif: boolean;
  readonly quantization: ReadonlyMap<number, readonly number[]>;
}

const MAX_SCANS = 256;
const PROCESS: Readonly<Record<number, JpegProcess>> = {
  0xc0: 'baseline',
  0xc1: 'extended',
  0xc2: 'progressive',
  0xc3: 'lossless',
};

interface State {
  header: JpegHeader | null;
  adobeTransform: number | null;
  hasJfif: boolean;
  restartInterval: number;
  scans: number;
  readonly quantization: Map<number, readonly number[]>;
  readonly dc: Map<number, HuffmanTable>;
  readonly ac: Map<number, HuffmanTable>;
}

/**
 * Goes through the segments and hands each scan to `onScan`; without one it stops at the frame header, which is what has
 * to be held against the attributes before anything is allocated.
 * @throws PixelRefused `code-stream`, `truncated`, `unsupported`
 */
export function readJpeg(bytes: Uint8Array, onScan: ScanReader | null): JpegSummary {
  const state: State = {
    header: null,
    adobeTransform: null,
    hasJfif: false,
    restartInterval: 0,
    scans: 0,
    quantization: new Map(),
    dc: new Map(),
    ac: new Map(),
  };
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) refusePixels('code-stream');
  let at = 2;
  for (;;) {
    const next = nextMarker(bytes, at);
    if (next === null || next.marker === 0xd9) break;
    if (isStandalone(next.marker)) {
      at = next.at;
      continue;
    }
    const content = segmentAt(bytes, next.at);
    at = next.at + 2 + content.length;
    if (next.marker === 0xda) {
      if (onScan === null) break;
      at = readScan(state, content, at, onScan);
    } else readSegment(state, next.marker, content);
    if (onScan === null && state.header !== null) break;
  }
  const { header, adobeTransform, hasJfif, quantization } = state;
  if (header === null || (onScan !== null && state.scans === 0)) return refusePixels('truncated');
  return { header, adobeTransform, hasJfif, quantization };
}

function readScan(state: State, content: Uint8Array, at: number, onScan: ScanReader): number {
  if (state.header === null) return refusePixels('code-stream');
  if (++state.scans > MAX_SCANS) refusePixels('code-stream');
  return onScan(parseScan(content, state.header), state, state.header, at);
}

/** Skips what lies between scans: padding of FF, and rests of a scan whose reader stopped early. */
function nextMarker(bytes: Uint8Array, start: number): { marker: number; at: number } | null {
  for (let at = start; at + 1 < bytes.length; at++) {
    const marker = bytes[at + 1]!;
    if (bytes[at] === 0xff && marker !== 0 && marker !== 0xff) return { marker, at: at + 2 };
  }
  return null;
}

function isStandalone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

function segmentAt(bytes: Uint8Array, at: number): Uint8Array {
  const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  if (length < 2 || at + length > bytes.length) refusePixels('truncated');
  return bytes.subarray(at + 2, at + length);
}

function readSegment(state: State, marker: number, content: Uint8Array): void {
  if (marker === 0xc4) readHuffman(state, content);
  else if (marker === 0xdb) readQuantization(state, content);
  else if (marker === 0xdd) state.restartInterval = (content[0] ?? 0) * 256 + (content[1] ?? 0);
  else if (marker === 0xee && startsWith(content, 'Adobe')) state.adobeTransform = content[11] ?? null;
  else if (marker === 0xe0 && startsWith(content, 'JFIF')) state.hasJfif = true;
  else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) {
    if (state.header !== null) refusePixels('code-stream');
    state.header = parseHeader(marker, content);
  }
}

function startsWith(content: Uint8Array, word: string): boolean {
  return [...word].every((letter, i) => content[i] === letter.charCodeAt(0));
}

/** T.81 §B.2.2. */
function parseHeader(marker: number, content: Uint8Array): JpegHeader {
  const process = PROCESS[marker] ?? refusePixels('unsupported');
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  if (content.length < 6) refusePixels('truncated');
  const count = view.getUint8(5);
  if (count < 1 || count > 4 || content.length < 6 + 3 * count) refusePixels('code-stream');
  const components = Array.from({ length: count }, (_, i) => {
    const factors = view.getUint8(7 + 3 * i);
    return {
      id: view.getUint8(6 + 3 * i),
      h: factors >>> 4,
      v: factors & 15,
      quantization: view.getUint8(8 + 3 * i),
    };
  });
  if (components.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) refusePixels('code-stream');
  const header = { process, precision: view.getUint8(0), height: view.getUint16(1), width: view.getUint16(3) };
  if (header.width === 0 || header.height === 0) refusePixels('code-stream');
  if (header.precision < 2 || header.precision > 16) refusePixels('code-stream');
  if (process !== 'lossless' && header.precision !== 8 && header.precision !== 12) refusePixels('code-stream');
  return { ...header, components };
}

/** T.81 §B.2.3. */
function parseScan(content: Uint8Array, header: JpegHeader): JpegScan {
  const count = content[0] ?? 0;
  if (count < 1 || count > header.components.length || content.length < 4 + 2 * count) refusePixels('code-stream');
  const components = Array.from({ length: count }, (_, i) => {
    const index = header.components.findIndex(({ id }) => id === content[1 + 2 * i]);
    if (index < 0) refusePixels('code-stream');
    const tables = content[2 + 2 * i]!;
    return { index, dc: tables >>> 4, ac: tables & 15 };
  });
  const [spectralStart = 0, spectralEnd = 0, approximation = 0] = content.subarray(1 + 2 * count);
  if (new Set(components.map(({ index }) => index)).size !== count) refusePixels('code-stream');
  return {
    components,
    spectralStart,
    spectralEnd,
    approximationHigh: approximation >>> 4,
    approximationLow: approximation & 15,
  };
}

/** T.81 §B.2.4.2; several tables may share a segment. */
function readHuffman({ dc, ac }: State, content: Uint8Array): void {
  for (let at = 0; at < content.length;) {
    const kind = content[at]!;
    const counts = [...content.subarray(at + 1, at + 17)];
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (counts.length < 16 || total > 256 || at + 17 + total > content.length) refusePixels('code-stream');
    const table = { counts, symbols: [...content.subarray(at + 17, at + 17 + total)] };
    (kind >>> 4 === 0 ? dc : ac).set(kind & 15, table);
    at += 17 + total;
  }
}

/** T.81 §B.2.4.1, in zigzag order. */
function readQuantization({ quantization }: State, content: Uint8Array): void {
  for (let at = 0; at < content.length;) {
    const kind = content[at]!;
    const wide = kind >>> 4 === 1 ? 2 : 1;
    if (at + 1 + 64 * wide > content.length) refusePixels('code-stream');
    const table = Array.from({ length: 64 }, (_, i) =>
      wide === 1 ? content[at + 1 + i]! : content[at + 1 + 2 * i]! * 256 + content[at + 2 + 2 * i]!,
    );
    quantization.set(kind & 15, table);
    at += 1 + 64 * wide;
  }
}
