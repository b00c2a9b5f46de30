import type { PixelEdit } from './pieces.js';
import type { PixelImage, PixelMask } from './pixel-port.js';

/** How native pixel data lies in its bytes (PS3.5 §8). Null where the attributes contradict each other. */
export interface NativeLayout {
  readonly frameBits: number;
  readonly frames: number;
  /** Of all frames, even. */
  readonly length: number;
  /** Bytes of one pixel of one plane, or 0 where pixels are no whole bytes. */
  readonly pixelBytes: number;
  readonly planes: number;
}

export function nativeLayout(image: PixelImage, bitsAllocated = image.bitsAllocated): NativeLayout | null {
  const { rows, columns, samplesPerPixel, numberOfFrames } = image;
  if (rows === 0 || columns === 0 || bitsAllocated === 0 || samplesPerPixel === 0 || numberOfFrames < 1) return null;
  const is422 = samplesPerPixel === 3 && image.photometricInterpretation.endsWith('_422');
  const samples = is422 ? 2 : samplesPerPixel;
  const frameBits = rows * columns * samples * bitsAllocated;
  const bytes = Math.ceil((frameBits * numberOfFrames) / 8);
  if (!Number.isSafeInteger(bytes)) return null;
  const planes = samplesPerPixel > 1 && image.planarConfiguration === 1 && !is422 ? samplesPerPixel : 1;
  const pixelBits = (samples * bitsAllocated) / planes;
  return {
    frameBits,
    frames: numberOfFrames,
    length: bytes + (bytes % 2),
    pixelBytes: pixelBits % 8 === 0 ? pixelBits / 8 : 0,
    planes,
  };
}

/** Blackens regions and clears bits that are no pixels; null when there is nothing to do. */
export function nativeEdit(
  image: PixelImage,
  layout: NativeLayout,
  masks: readonly PixelMask[],
  padding: readonly number[],
): PixelEdit | null {
  const edits = [unusedBitsEdit(image, padding), masks.length === 0 ? null : maskEdit(image, layout, masks)];
  const used = edits.filter((edit) => edit !== null);
  if (used.length === 0) return null;
  return (bytes, offset) => used.reduce((edited, edit) => edit(edited, offset), bytes);
}

/**
 * PS3.5 §8.1.1 lets overlays live in the bits that pixels do not use; whatever is there is no pixel and may be writing. A sign that was
 * extended into them stays, and so does the padding value, which some scanners write with more bits than they declare.
 */
function unusedBitsEdit(image: PixelImage, padding: readonly number[]): PixelEdit | null {
  const { bitsAllocated, bitsStored, littleEndian } = image;
  const used = usedBits(image);
  if (used === null) return null;
  if (bitsAllocated === 8) return (bytes) => Uint8Array.from(bytes, (byte) => byte & used);
  const clean = wordCleaner(image, padding);
  if (clean === null) return null;
  return (bytes) => {
    if (!hasUnusedBits(bytes, used, littleEndian)) return bytes;
    if (isSigned(image) && littleEndian && isSignExtended(bytes, bitsStored)) return bytes;
    // Not `slice`: where a shell gives Buffers, that is the same memory.
    const cleaned = new Uint8Array(bytes);
    const view = new DataView(cleaned.buffer);
    for (let at = 0; at + 1 < cleaned.length; at += 2) {
      const word = view.getUint16(at, littleEndian);
      const kept = clean(word);
      if (kept !== word) view.setUint16(at, kept, littleEndian);
    }
    return cleaned;
  };
}

/** A mask of the bits that are pixels; null where all are, or the attributes contradict each other. */
function usedBits({ bitsAllocated, bitsStored, highBit }: PixelImage): number | null {
  if (bitsStored === 0 || bitsStored >= bitsAllocated || highBit >= bitsAllocated || highBit + 1 < bitsStored)
    return null;
  return (2 ** bitsStored - 1) * 2 ** (highBit + 1 - bitsStored);
}

function isSigned({ pixelRepresentation, highBit, bitsStored }: PixelImage): boolean {
  return pixelRepresentation === 1 && highBit === bitsStored - 1;
}

/** What remains of a 16-bit word; null where every bit is a pixel's, or words have another length. */
export function wordCleaner(image: PixelImage, padding: readonly number[]): ((word: number) => number) | null {
  const used = usedBits(image);
  if (used === null || image.bitsAllocated !== 16) return null;
  const sign = isSigned(image) ? 2 ** (image.bitsStored - 1) : 0;
  const unused = ~used & 0xffff;
  return (word) => {
    if ((word & unused) === 0 || padding.includes(word)) return word;
    return (word & sign) !== 0 && (word & unused) === unused ? word : word & used;
  };
}

/** The usual case, that there are none, four bytes at a time. Elements begin at even places, so a word before the first four is looked at alone. */
function hasUnusedBits(bytes: Uint8Array, used: number, littleEndian: boolean): boolean {
  if (bytes.byteOffset % 2 !== 0) return true;
  const before = Math.min(bytes.length, bytes.byteOffset % 4);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + before, (bytes.length - before) >>> 2);
  let all = 0;
  let at = 0;
  // Four at a time: this loop is most of what a study of native pixels costs.
  for (const end = words.length - 3; at < end; at += 4)
    all |= words[at]! | words[at + 1]! | words[at + 2]! | words[at + 3]!;
  for (; at < words.length; at++) all |= words[at]!;
  for (let i = 0; i < before; i++) all |= (bytes[i] ?? 0) << (8 * (i % 2));
  for (let i = before + words.length * 4; i < bytes.length; i++) all |= (bytes[i] ?? 0) << (8 * (i % 2));
  const word = littleEndian ? used : ((used & 0xff) << 8) | (used >>> 8);
  return ((all | (all >>> 16)) & 0xffff & ~word) !== 0;
}

/** The usual case of signed pixels: nothing but signs in the upper bits. */
function isSignExtended(bytes: Uint8Array, bitsStored: number): boolean {
  if (bytes.byteOffset % 2 !== 0) return false;
  const words = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 1);
  const shift = 32 - bitsStored;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    if ((word << shift) >> shift !== word) return false;
  }
  return true;
}

function maskEdit(image: PixelImage, layout: NativeLayout, masks: readonly PixelMask[]): PixelEdit {
  const runs = masks.map((mask) => clipped(mask, image)).filter(({ width, height }) => width > 0 && height > 0);
  const rowBits = (layout.frameBits / layout.planes / image.rows) | 0;
  const pixelBits = rowBits / image.columns;
  const fill = fillPattern(image, layout);
  return (original, offset) => {
    const bytes = new Uint8Array(original);
    const first = Math.max(0, Math.floor((offset * 8) / layout.frameBits));
    const last = Math.min(layout.frames - 1, Math.floor(((offset + bytes.length) * 8 - 1) / layout.frameBits));
    for (let frame = first; frame <= last; frame++) {
      for (const run of runs) {
        if (run.frame !== null && run.frame !== frame) continue;
        for (let plane = 0; plane < layout.planes; plane++) {
          const base = frame * layout.frameBits + plane * (layout.frameBits / layout.planes);
          for (let y = run.y; y < run.y + run.height; y++) {
            const start = base + y * rowBits + run.x * pixelBits - offset * 8;
            fillBits(bytes, start, run.width * pixelBits, fill);
          }
        }
      }
    }
    return bytes;
  };
}

/** In pixels that exist, and in pairs where two share their colour or their word. */
function clipped(mask: PixelMask, image: PixelImage): PixelMask {
  const inPairs =
    image.photometricInterpretation.endsWith('_422') || (!image.littleEndian && image.bitsAllocated === 8);
  const left = Math.max(0, Math.floor(mask.x));
  const right = Math.min(image.columns, Math.ceil(mask.x + mask.width));
  const y = Math.max(0, Math.floor(mask.y));
  const bottom = Math.min(image.rows, Math.ceil(mask.y + mask.height));
  const x = inPairs ? left - (left % 2) : left;
  const end = inPairs ? Math.min(image.columns, right + (right % 2)) : right;
  return { ...mask, x, y, width: end - x, height: bottom - y };
}

/** Black, byte by byte of one pixel. */
function fillPattern(image: PixelImage, { pixelBytes }: NativeLayout): Uint8Array {
  const { photometricInterpretation, bitsAllocated, bitsStored, pixelRepresentation, littleEndian } = image;
  if (pixelBytes === 0) return Uint8Array.of(0);
  if (photometricInterpretation.endsWith('_422')) return Uint8Array.of(0, 0, 128, 128);
  if (photometricInterpretation.startsWith('YBR') && pixelBytes === 3) return Uint8Array.of(0, 128, 128);
  const isSigned = pixelRepresentation === 1;
  const bits = bitsStored === 0 ? bitsAllocated : bitsStored;
  const white = isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const black = photometricInterpretation === 'MONOCHROME1' ? white : isSigned ? -(2 ** (bits - 1)) : 0;
  const pattern = new Uint8Array(pixelBytes);
  const view = new DataView(pattern.buffer);
  if (pixelBytes === 2 && bitsAllocated === 16) view.setInt16(0, black, littleEndian);
  else if (pixelBytes === 4 && bitsAllocated === 32) view.setInt32(0, black, littleEndian);
  else if (pixelBytes === 1) view.setInt8(0, black);
  return pattern;
}

/** From bit `start` of the window, which it may begin before and end behind. Bits are packed from the lowest (PS3.5 §8.1.1). */
function fillBits(bytes: Uint8Array, start: number, count: number, fill: Uint8Array): void {
  const from = Math.max(0, start);
  const to = Math.min(bytes.length * 8, start + count);
  if (start % 8 === 0 && count % 8 === 0) {
    for (let at = from / 8; at < to / 8; at++) bytes[at] = fill[(at - start / 8) % fill.length] ?? 0;
    return;
  }
  for (let bit = from; bit < to; bit++) bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) & ~(1 << (bit & 7));
}
