import { type DecodableImage, colourOf, frameBytes, storedSamples } from './geometry.js';
import { type Cells, createCells, type Raster } from './raster/raster.js';
import { refusePixels } from './raster/refusal.js';

/**
 * Native pixel data (PS3.5 §8.1): samples to cells, planes to pixels, shared colour spread out.
 * @throws PixelRefused `geometry`, `too-large`, `truncated`
 */
export function decodeNative(bytes: Uint8Array, image: DecodableImage): Raster {
  if (bytes.length < frameBytes(image)) refusePixels('truncated');
  const stored = readCells(bytes, image);
  return {
    width: image.columns,
    height: image.rows,
    samples: image.samplesPerPixel,
    bitsStored: image.bitsStored,
    signed: image.pixelRepresentation === 1,
    colour: colourOf(image),
    cells: arrange(stored, image),
  };
}

function readCells(bytes: Uint8Array, image: DecodableImage): Cells {
  const count = image.rows * image.columns * storedSamples(image);
  const { bitsAllocated, littleEndian } = image;
  const cells = createCells(bitsAllocated, count);
  if (bitsAllocated === 8) cells.set(bytes.subarray(0, count));
  // PS3.5 §8.1.1: the first pixel lies in the lowest bit.
  else if (bitsAllocated === 1) for (let i = 0; i < count; i++) cells[i] = (bytes[i >> 3]! >> (i & 7)) & 1;
  else if (bitsAllocated === 16) {
    const [low, high] = littleEndian ? [0, 1] : [1, 0];
    for (let i = 0; i < count; i++) cells[i] = bytes[2 * i + low]! | (bytes[2 * i + high]! << 8);
  } else {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; i < count; i++) cells[i] = view.getUint32(4 * i, littleEndian);
  }
  return cells;
}

function arrange(stored: Cells, image: DecodableImage): Cells {
  if (image.samplesPerPixel === 1) return stored;
  if (storedSamples(image) === 2) return spreadColour(stored, image.rows * image.columns);
  return image.planarConfiguration === 1 ? interleave(stored, image.samplesPerPixel) : stored;
}

/** Planes one behind the other → samples side by side. */
export function interleave(planes: Cells, samples: number): Cells {
  const out = planes.slice();
  const count = planes.length / samples;
  for (let sample = 0; sample < samples; sample++) {
    for (let i = 0, to = sample; i < count; i++, to += samples) out[to] = planes[sample * count + i]!;
  }
  return out;
}

/** PS3.3 §C.7.6.3.1.2: Y1 Y2 Cb Cr for two pixels. */
function spreadColour(stored: Cells, pixels: number): Cells {
  const out = createCells(stored.BYTES_PER_ELEMENT * 8, pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const from = (i >> 1) * 4;
    out[3 * i] = stored[from + (i & 1)]!;
    out[3 * i + 1] = stored[from + 2]!;
    out[3 * i + 2] = stored[from + 3]!;
  }
  return out;
}
