import { WebError } from '../ports/error.js';
import { type WindowView } from '../desk/view.js';
import { type ImageDataSet } from './dataset.js';

/** The Image Pixel Module (PS3.3 §C.7.6.3) and the steps from stored value to value, checked. */
export interface PixelModule {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly photometric: string;
  readonly isPlanar: boolean;
  readonly bitsAllocated: 1 | 8 | 16 | 32;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly isSigned: boolean;
  readonly frames: number;
}

const MAX_SIDE = 65_535;
/** One frame in memory: 100 megapixels are more than any detector has. */
const MAX_PIXELS = 128 * 1024 * 1024;

const latin = new TextDecoder('iso-8859-1');

export function text({ values }: ImageDataSet, tag: number): string {
  return latin
    .decode(values.get(tag))
    .replace(/[\0 ]+$/, '')
    .trimStart();
}

/** US, of the given place in a value of several. */
export function uint16({ values, littleEndian }: ImageDataSet, tag: number, index = 0): number | null {
  const value = values.get(tag);
  if (value === undefined || value.length < 2 * index + 2) return null;
  return new DataView(value.buffer, value.byteOffset, value.length).getUint16(2 * index, littleEndian);
}

/** DS or IS, as many as there are; what is no number is left out. */
export function numbers(set: ImageDataSet, tag: number): number[] {
  return text(set, tag)
    .split('\\')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
    .filter(Number.isFinite);
}

/** @throws WebError `image-invalid`, `no-image` */
export function pixelModule(set: ImageDataSet): PixelModule {
  const rows = uint16(set, 0x00280010);
  const columns = uint16(set, 0x00280011);
  if (rows === null || columns === null || set.pixels === null) throw new WebError('no-image', 'no picture');
  const samples = uint16(set, 0x00280002) ?? 1;
  const allocated = uint16(set, 0x00280100) ?? 8;
  const stored = uint16(set, 0x00280101) ?? allocated;
  const highBit = uint16(set, 0x00280102) ?? stored - 1;
  const isSound =
    rows > 0 &&
    columns > 0 &&
    rows <= MAX_SIDE &&
    columns <= MAX_SIDE &&
    rows * columns <= MAX_PIXELS &&
    [1, 3].includes(samples) &&
    [1, 8, 16, 32].includes(allocated) &&
    stored >= 1 &&
    stored <= allocated &&
    highBit >= stored - 1 &&
    highBit < allocated;
  if (!isSound) throw new WebError('image-invalid', 'the pixel description contradicts itself');
  return {
    rows,
    columns,
    samples,
    photometric: text(set, 0x00280004).toUpperCase(),
    isPlanar: samples === 3 && uint16(set, 0x00280006) === 1,
    bitsAllocated: allocated as PixelModule['bitsAllocated'],
    bitsStored: stored,
    highBit,
    isSigned: uint16(set, 0x00280103) === 1,
    frames: Math.max(1, Math.trunc(numbers(set, 0x00280008)[0] ?? 1)),
  };
}

export function rescaleOf(set: ImageDataSet): { slope: number; intercept: number; unit: string } {
  const slope = numbers(set, 0x00281053)[0] ?? 1;
  const intercept = numbers(set, 0x00281052)[0] ?? 0;
  const modality = latin.decode(set.values.get(0x00080060)).trim();
  const type = text(set, 0x00281054);
  const unit = type === 'HU' || (type === '' && modality === 'CT') ? 'HU' : type === 'US' ? '' : type;
  return { slope: slope === 0 ? 1 : slope, intercept, unit };
}

/** What the sender proposes (PS3.3 §C.11.2.1.2); a width below what the function allows is no window. */
export function windowsOf(set: ImageDataSet): WindowView[] {
  const centers = numbers(set, 0x00281050);
  const widths = numbers(set, 0x00281051);
  const names = text(set, 0x00281055).split('\\');
  const shape = shapeOf(text(set, 0x00281056));
  const least = shape === 'linear' ? 1 : Number.MIN_VALUE;
  return centers.flatMap((center, i) => {
    const width = widths[i] ?? 0;
    return width >= least ? [{ center, width, name: (names[i] ?? '').trim().slice(0, 64), shape }] : [];
  });
}

function shapeOf(name: string): WindowView['shape'] {
  if (name === 'SIGMOID') return 'sigmoid';
  return name === 'LINEAR_EXACT' ? 'linear-exact' : 'linear';
}

/** Row and column spacing in mm; of a projection that of the detector. */
export function spacingOf(set: ImageDataSet): readonly [number, number] | null {
  const [row = 0, column = 0] = numbers(set, 0x00280030);
  const [imagerRow = 0, imagerColumn = 0] = numbers(set, 0x00181164);
  if (row > 0 && column > 0) return [row, column];
  return imagerRow > 0 && imagerColumn > 0 ? [imagerRow, imagerColumn] : null;
}

/** Stored values that are background (PS3.3 §C.7.5.1.1.2), lowest and highest. */
export function paddingOf(set: ImageDataSet, { isSigned }: PixelModule): readonly [number, number] | null {
  const value = signedIf(uint16(set, 0x00280120), isSigned);
  const limit = signedIf(uint16(set, 0x00280121), isSigned) ?? value;
  if (value === null || limit === null) return null;
  return [Math.min(value, limit), Math.max(value, limit)];
}

function signedIf(value: number | null, isSigned: boolean): number | null {
  return value !== null && isSigned && value > 0x7fff ? value - 0x10000 : value;
}
