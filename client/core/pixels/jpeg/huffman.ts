import { refusePixels } from '../raster/refusal.js';
import type { BitReader } from './bits.js';

/** As it lies in a DHT segment: how many codes of 1 to 16 bits, and their symbols in order (T.81 §B.2.4.2). */
export interface HuffmanTable {
  readonly counts: readonly number[];
  readonly symbols: readonly number[];
}

const LOOKUP_BITS = 9;

export interface HuffmanDecoder {
  /** By the next 9 bits: code length × 256 + symbol, or 0 for a longer code. */
  readonly short: Uint16Array;
  /** By code length: the largest code, −1 for none; and what added to a code gives the symbol's place. */
  readonly maxCode: Int32Array;
  readonly offset: Int32Array;
  readonly symbols: readonly number[];
}

/** T.81 §C.2: codes are counted up; at each length they double. @throws PixelRefused `code-stream` for more codes than bits allow */
export function createDecoder({ counts, symbols }: HuffmanTable): HuffmanDecoder {
  const short = new Uint16Array(1 << LOOKUP_BITS);
  const maxCode = new Int32Array(17).fill(-1);
  const offset = new Int32Array(17);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1] ?? 0;
    if (code + count > 1 << length) refusePixels('code-stream');
    offset[length] = place - code;
    for (let i = 0; i < count; i++, code++, place++) {
      if (length > LOOKUP_BITS) continue;
      const from = code << (LOOKUP_BITS - length);
      short.fill((length << 8) | (symbols[place] ?? 0), from, from + (1 << (LOOKUP_BITS - length)));
    }
    if (count > 0) maxCode[length] = code - 1;
    code <<= 1;
  }
  return { short, maxCode, offset, symbols };
}

export function decodeSymbol(bits: BitReader, table: HuffmanDecoder): number {
  const entry = table.short[bits.peek(LOOKUP_BITS)]!;
  if (entry !== 0) {
    bits.drop(entry >>> 8);
    return entry & 0xff;
  }
  const code = bits.peek(16);
  for (let length = LOOKUP_BITS + 1; length <= 16; length++) {
    const prefix = code >>> (16 - length);
    if (prefix > table.maxCode[length]!) continue;
    bits.drop(length);
    return table.symbols[prefix + table.offset[length]!] ?? refusePixels('code-stream');
  }
  return refusePixels('code-stream');
}

export interface HuffmanEncoder {
  readonly codes: Uint16Array;
  readonly lengths: Uint8Array;
}

export function createEncoder({ counts, symbols }: HuffmanTable): HuffmanEncoder {
  const codes = new Uint16Array(256);
  const lengths = new Uint8Array(256);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length++) {
    for (let i = 0; i < (counts[length - 1] ?? 0); i++) {
      const symbol = symbols[place++] ?? 0;
      codes[symbol] = code++;
      lengths[symbol] = length;
    }
    code <<= 1;
  }
  return { codes, lengths };
}

/**
 * The shortest codes for symbols that occur so often, none longer than 16 bits and none of ones only (T.81 §K.2): a
 * symbol that never occurs takes the longest code, and lengths beyond 16 are folded back.
 */
export function optimalTable(frequencies: Uint32Array): HuffmanTable {
  const lengths = codeLengths(frequencies);
  const perLength = new Array<number>(Math.max(33, ...lengths) + 1).fill(0);
  for (const length of lengths) if (length > 0) perLength[length] = (perLength[length] ?? 0) + 1;
  for (let length = perLength.length - 1; length > 16; length--) {
    while (perLength[length]! > 0) {
      let shorter = length - 2;
      while (perLength[shorter] === 0) shorter--;
      perLength[length]! -= 2;
      perLength[length - 1]! += 1;
      perLength[shorter + 1]! += 2;
      perLength[shorter]! -= 1;
    }
  }
  let longest = 16;
  while (perLength[longest] === 0) longest--;
  perLength[longest]! -= 1; // the code of ones only
  const symbols = [...frequencies.keys()].filter((symbol) => (lengths[symbol] ?? 0) > 0);
  symbols.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  return { counts: perLength.slice(1, 17), symbols };
}

/** Of each symbol and, last, of the one that is reserved. */
function codeLengths(frequencies: Uint32Array): number[] {
  const weights = [...frequencies, 1];
  const lengths = new Array<number>(weights.length).fill(0);
  let trees = weights.map((weight, symbol) => ({ weight, members: [symbol] })).filter(({ weight }) => weight > 0);
  while (trees.length > 1) {
    // The reserved symbol stands last, so that among equals it gets the longest code.
    trees.sort((a, b) => b.weight - a.weight);
    const [a, b] = [trees.pop(), trees.pop()];
    if (a === undefined || b === undefined) break;
    const members = [...a.members, ...b.members];
    for (const member of members) lengths[member]! += 1;
    trees = [...trees, { weight: a.weight + b.weight, members }];
  }
  return lengths;
}

/** The number of bits of a difference or coefficient: T.81's SSSS. */
export function bitLength(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}
