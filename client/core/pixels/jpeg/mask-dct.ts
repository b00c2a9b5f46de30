import type { Region } from '../../deidentification/pixel-port.js';
import { type CoefficientPlane, type Coefficients, maxFactor, readCoefficients } from './coefficients.js';
import { forwardDct, ZIGZAG } from './dct.js';
import { blockSamples, quantizationOf } from './decode-dct.js';
import { encodeCoefficients } from './encode-dct.js';

/**
 * Blackens regions of a JPEG without decoding the rest: coefficients of blocks outside stay the numbers they are, blocks
 * inside become flat, blocks on the edge are drawn anew (docs/adr/0035-masking-in-the-domain-of-the-code-stream.md).
 * @param fill what each component holds where it is black
 * @throws PixelRefused `code-stream`, `truncated`, `unsupported`, `too-large`
 */
export function maskDct(
  bytes: Uint8Array,
  regions: readonly Region[],
  fill: readonly number[],
): Uint8Array<ArrayBuffer> {
  const coefficients = readCoefficients(bytes);
  const { header, planes } = coefficients;
  const [hMax, vMax] = [maxFactor(header, 'h'), maxFactor(header, 'v')];
  planes.forEach((plane, index) => {
    const { h, v } = header.components[index]!;
    const table = quantizationOf(coefficients, index);
    const level = (fill[index] ?? 0) - 2 ** (header.precision - 1);
    for (const region of regions) {
      maskPlane(plane, table, level, scaleRegion(region, header.width, header.height, h / hMax, v / vMax));
    }
  });
  flattenFilling(coefficients);
  return encodeCoefficients(coefficients, bytes.length + 1024);
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** In samples of a component; one that lies partly inside is covered. A region at the edge takes the filling with it. */
function scaleRegion(region: Region, width: number, height: number, scaleX: number, scaleY: number): Box {
  const right = region.x + region.width;
  const bottom = region.y + region.height;
  return {
    left: Math.max(0, Math.floor(region.x * scaleX)),
    top: Math.max(0, Math.floor(region.y * scaleY)),
    right: right >= width ? Number.POSITIVE_INFINITY : Math.ceil(right * scaleX),
    bottom: bottom >= height ? Number.POSITIVE_INFINITY : Math.ceil(bottom * scaleY),
  };
}

function maskPlane(plane: CoefficientPlane, table: readonly number[], level: number, box: Box): void {
  const rightBlock = Math.min(plane.across, Math.ceil(box.right / 8));
  const bottomBlock = Math.min(plane.down, Math.ceil(box.bottom / 8));
  const block = new Float64Array(64);
  for (let row = Math.floor(box.top / 8); row < bottomBlock; row++) {
    for (let column = Math.floor(box.left / 8); column < rightBlock; column++) {
      const at = (row * plane.across + column) * 64;
      const [left, top] = [box.left - column * 8, box.top - row * 8];
      const [right, bottom] = [box.right - column * 8, box.bottom - row * 8];
      if (left <= 0 && top <= 0 && right >= 8 && bottom >= 8) block.fill(level);
      else {
        blockSamples(plane.blocks, at, table, block);
        for (let i = 0; i < 64; i++) {
          const [x, y] = [i & 7, i >> 3];
          if (x >= left && x < right && y >= top && y < bottom) block[i] = level;
        }
      }
      storeBlock(plane.blocks, at, table, block);
    }
  }
}

function storeBlock(blocks: Int16Array, at: number, table: readonly number[], block: Float64Array): void {
  forwardDct(block);
  for (let k = 0; k < 64; k++) blocks[at + k] = Math.round(block[ZIGZAG[k]!]! / table[k]!);
}

/** Blocks behind the picture's edge are seen by nobody, and could still hold what stood there: they repeat their neighbour. */
function flattenFilling({ planes }: Coefficients): void {
  for (const { across, down, usedAcross, usedDown, blocks } of planes) {
    for (let row = 0; row < down; row++) {
      for (let column = 0; column < across; column++) {
        if (row < usedDown && column < usedAcross) continue;
        const at = (row * across + column) * 64;
        const dc = at === 0 ? 0 : blocks[at - 64]!;
        blocks.fill(0, at, at + 64);
        blocks[at] = dc;
      }
    }
  }
}
