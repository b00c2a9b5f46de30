import { findElement, type ElementNode, type Extent } from './element-tree.js';
import type { PieceList } from './pieces.js';
import type { PixelImage } from './pixel-port.js';

/** A word of so many bits has less than 0x20 in its upper byte. */
const MOST_BITS = 12;

/**
 * The samples of the result in which no text can stand, so that the search need not go through them. Of 16-bit words that use 12 bits and no more
 * every second byte is below 0x10, or 0xf8 and above where a sign was extended into it: in no character set are there two letters side by side.
 * The rewriting clears those bits first (./native-pixels.ts). Words with more bits, samples of a byte and code streams are gone through.
 */
export function textlessExtent(elements: readonly ElementNode[], image: PixelImage, result: PieceList): Extent | null {
  const node = findElement(elements, 0x7fe00010);
  if (node === undefined || node.content.kind !== 'bulk') return null;
  const { bitsAllocated, bitsStored, highBit, photometricInterpretation } = image;
  const isNarrow = bitsAllocated === 16 && bitsStored > 0 && bitsStored <= MOST_BITS && highBit === bitsStored - 1;
  if (!isNarrow || !photometricInterpretation.startsWith('MONOCHROME')) return null;
  let start = 0;
  for (const piece of result.pieces) {
    const { length } = piece;
    // Only what the rewriting has cleaned: pieces that are plain ranges of the input have not been looked at.
    if (piece.kind === 'pixels' && piece.at === node.valueAt) return { at: start, length };
    start += length;
  }
  return null;
}
