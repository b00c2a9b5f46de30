import type { SampleShape } from './unit.js';

/**
 * Samples as numbers in native order, one plane below the other: all first samples of the pixels, then all second ones. `base`
 * has been subtracted, so that signed samples do not jump where they cross zero and no bit is spent on an offset.
 */
export type Planes = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** docs/spec/coding.md §4. Fills `planes` from `bytes`, which hold whole rows of `shape`. */
export function toPlanes(bytes: Uint8Array<ArrayBuffer>, shape: SampleShape, base: number, planes: Planes): void {
  const samples = samplesOf(bytes, shape);
  const { perPixel } = shape;
  if (perPixel === 1) return moveSamples(samples, planes, -base);
  let to = 0;
  for (let plane = 0; plane < perPixel; plane++) {
    for (let from = plane; from < samples.length; from += perPixel) planes[to++] = (samples[from] ?? 0) - base;
  }
}

/** The inverse of `toPlanes`: fills `bytes`, which starts at an even address. */
export function fromPlanes(planes: Planes, shape: SampleShape, base: number, bytes: Uint8Array<ArrayBuffer>): void {
  const samples = planesIn(bytes.buffer, planes.length, shape, bytes.byteOffset);
  const { perPixel } = shape;
  let from = 0;
  if (perPixel === 1) moveSamples(planes, samples, base);
  else
    for (let plane = 0; plane < perPixel; plane++) {
      for (let to = plane; to < samples.length; to += perPixel) samples[to] = (planes[from++] ?? 0) + base;
    }
  if (!isNative(shape)) swapPairs(bytes);
}

/** Gray pictures, which are most: one plane that lies as it is. Of two lengths the shorter one counts. */
function moveSamples(from: Planes, to: Planes, added: number): void {
  const length = Math.min(from.length, to.length);
  if (added === 0) to.set(from.subarray(0, length));
  else for (let i = 0; i < length; i++) to[i] = from[i]! + added;
}

/** Planes of `count` numbers in memory that is there. */
export function planesIn(
  memory: ArrayBuffer,
  count: number,
  { bytes }: Pick<SampleShape, 'bytes'>,
  offset = 0,
): Planes {
  return bytes === 1 ? new Uint8Array(memory, offset, count) : new Uint16Array(memory, offset, count);
}

export function bytesOf(planes: Planes): Uint8Array<ArrayBuffer> {
  return new Uint8Array(planes.buffer, planes.byteOffset, planes.byteLength);
}

/** The smallest sample, taken as signed or not, and how many bits all others need above it. */
export function rangeOf(
  bytes: Uint8Array<ArrayBuffer>,
  shape: SampleShape,
  sign: 'signed' | 'unsigned',
): { readonly base: number; readonly bits: number } {
  const samples = samplesOf(bytes, shape);
  const mask = shape.bytes === 1 ? 0xff : 0xffff;
  const flip = sign === 'signed' ? (mask + 1) >>> 1 : 0;
  let least = mask;
  let most = 0;
  for (let i = 0; i < samples.length; i++) {
    const value = (samples[i] ?? 0) ^ flip;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { base: least ^ flip, bits: 32 - Math.clz32(most - least) };
}

const LITTLE_MACHINE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Whether a typed array reads the samples as they lie. */
function isNative({ bytes, order }: SampleShape): boolean {
  return bytes === 1 || (order === 'little') === LITTLE_MACHINE;
}

function samplesOf(bytes: Uint8Array<ArrayBuffer>, shape: SampleShape): Planes {
  if (shape.bytes === 1) return bytes;
  const native = isNative(shape);
  const aligned = native && bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  if (!native) swapPairs(aligned);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

function swapPairs(bytes: Uint8Array): void {
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const first = bytes[i] ?? 0;
    bytes[i] = bytes[i + 1] ?? 0;
    bytes[i + 1] = first;
  }
}
