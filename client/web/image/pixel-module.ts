import { WebError } from '../ports/error.js';
import { type Scopes, numbers, plain, uint16 } from './data-item.js';
import { type ImageDataSet } from './dataset.js';

/** The Image Pixel Module (PS3.3 §C.7.6.3), checked. */
export interface PixelModule {
  readonly rows: number;
  readonly columns: number;
  readonly samples: 1 | 3;
  readonly photometric: string;
  readonly bitsAllocated: 1 | 8 | 16 | 32 | 64;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly isSigned: boolean;
  readonly frames: number;
}

const MAX_SIDE = 65_535;
/** One frame in memory: 100 megapixels are more than any detector has. */
const MAX_PIXELS = 128 * 1024 * 1024;
const MAX_FRAMES = 1_000_000;

/** @throws WebError `image-invalid`, `no-image` */
export function pixelModule({ root, pixels }: ImageDataSet): PixelModule {
  const set: Scopes = [root];
  const rows = uint16(set, 0x00280010);
  const columns = uint16(set, 0x00280011);
  if (rows === null || columns === null || pixels === null) throw new WebError('no-image', 'no picture');
  const isWhole = pixels.kind === 'encapsulated' || pixels.of === 'integer';
  const samples = uint16(set, 0x00280002) ?? 1;
  const allocated = uint16(set, 0x00280100) ?? 8;
  const stored = isWhole ? (uint16(set, 0x00280101) ?? allocated) : allocated;
  const highBit = isWhole ? (uint16(set, 0x00280102) ?? stored - 1) : stored - 1;
  const frames = Math.max(1, Math.trunc(numbers(set, 0x00280008)[0] ?? 1));
  const isSound =
    rows > 0 &&
    columns > 0 &&
    rows <= MAX_SIDE &&
    columns <= MAX_SIDE &&
    rows * columns <= MAX_PIXELS &&
    frames <= MAX_FRAMES &&
    [1, 3].includes(samples) &&
    (isWhole ? [1, 8, 16, 32] : [32, 64]).includes(allocated) &&
    stored >= 1 &&
    stored <= allocated &&
    highBit >= stored - 1 &&
    highBit < allocated;
  if (!isSound) throw new WebError('image-invalid', 'the pixel description contradicts itself');
  return {
    rows,
    columns,
    samples: samples as PixelModule['samples'],
    photometric: plain(set, 0x00280004).toUpperCase(),
    bitsAllocated: allocated as PixelModule['bitsAllocated'],
    bitsStored: stored,
    highBit,
    isSigned: uint16(set, 0x00280103) === 1,
    frames,
  };
}
