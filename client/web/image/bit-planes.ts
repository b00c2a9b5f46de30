import { type ByteSource } from '../../core/ports.js';
import { type BitPlane } from '../desk/picture.js';
import { type Scopes, binary, bytesOf, numbers, uint16 } from './data-item.js';
import { type ImageDataSet } from './dataset.js';

/** Overlay planes (PS3.3 §C.9.2): groups 6000 to 601E, a bit for each pixel. */

const FIRST_GROUP = 0x6000;
const GROUPS = 16;
const MAX_SIDE = 65_535;
/** A plane over the largest detector. */
const MAX_PLANE_BYTES = 16 * 1024 * 1024;

export async function bitPlanes(source: ByteSource, set: ImageDataSet, frame: number): Promise<BitPlane[]> {
  const planes: BitPlane[] = [];
  for (let i = 0; i < GROUPS; i++) {
    const plane = await planeOf(source, set, (FIRST_GROUP + 2 * i) * 0x10000, frame);
    if (plane !== null) planes.push(plane);
  }
  return planes;
}

/** Null where there is none, or where it does not fit what it says of itself: the picture is shown without it. */
async function planeOf(source: ByteSource, set: ImageDataSet, group: number, frame: number): Promise<BitPlane | null> {
  const scopes: Scopes = [set.root];
  const height = uint16(scopes, group + 0x0010) ?? 0;
  const width = uint16(scopes, group + 0x0011) ?? 0;
  const [top = 1, left = 1] = binary(scopes, group + 0x0050, 'SS');
  // Frames of its own, beginning with one of the picture's.
  const frames = numbers(scopes, group + 0x0015)[0] ?? 1;
  const begin = (uint16(scopes, group + 0x0051) ?? 1) - 1;
  const at = frames > 1 ? frame - begin : 0;
  const length = Math.ceil((width * height) / 8);
  // Older writers kept them in bits that pixels do not use: those are not shown.
  if (uint16(scopes, group + 0x0100) !== 1 || width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
    return null;
  if (length > MAX_PLANE_BYTES || at < 0 || at >= frames || (at > 0 && (width * height) % 8 !== 0)) return null;
  const bytes = await planeBytes(source, set, group + 0x3000, at * length, length);
  if (bytes === null || bytes.length < length) return null;
  return { x: left - 1, y: top - 1, width, height, bits: new Uint8Array(bytes) };
}

async function planeBytes(
  source: ByteSource,
  { root }: ImageDataSet,
  tag: number,
  start: number,
  length: number,
): Promise<Uint8Array | null> {
  const value = root.values.get(tag);
  if (value?.kind === 'far') {
    return start + length <= value.length ? source.read(value.offset + start, length) : null;
  }
  return bytesOf([root], tag)?.subarray(start, start + length) ?? null;
}
