import { concatBytes } from '../../../crypto/wire/bytes.js';
import type { ByteSource } from '../ports.js';
import type { ElementNode, Extent } from './element-tree.js';

/** Which fragments make a frame of encapsulated pixel data (PS3.5 §A.4), in order. */
export type FrameFragments = readonly (readonly Extent[])[];

/** A frame larger than this is not held in memory. */
export const MAX_FRAME_BYTES = 512 * 1024 * 1024;

export interface Encapsulated {
  readonly offsetTable: Extent;
  readonly frames: FrameFragments;
  /** How many more there are than the instance announces. */
  readonly surplus: number;
}

export async function encapsulatedFrames(
  node: ElementNode,
  numberOfFrames: number,
  source: ByteSource,
): Promise<Encapsulated | null> {
  if (node.content.kind !== 'fragments') return null;
  const [offsetTable, ...fragments] = node.content.fragments;
  if (offsetTable === undefined) return null;
  if (numberOfFrames === 1) return { offsetTable, frames: fragments.length === 0 ? [] : [fragments], surplus: 0 };
  if (fragments.length === numberOfFrames)
    return { offsetTable, frames: fragments.map((fragment) => [fragment]), surplus: 0 };
  const frames = (await byOffsetTable(offsetTable, fragments, source)) ?? (await byStart(fragments, source));
  // What comes behind the last frame that is announced is shown by nobody.
  const count = numberOfFrames > 0 ? Math.min(frames.length, numberOfFrames) : frames.length;
  return { offsetTable, frames: frames.slice(0, count), surplus: frames.length - count };
}

async function byOffsetTable(
  table: Extent,
  fragments: readonly Extent[],
  source: ByteSource,
): Promise<FrameFragments | null> {
  if (table.length < 4 || table.length > 4_000_000) return null;
  const bytes = await source.read(table.at, table.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const base = table.at + table.length;
  const starts = new Set<number>();
  for (let at = 0; at + 4 <= bytes.length; at += 4) starts.add(base + view.getUint32(at, true) + 8);
  if (![...starts].every((start) => fragments.some(({ at }) => at === start))) return null;
  return grouped(fragments, ({ at }) => starts.has(at));
}

/** Without a table a frame begins where a code stream does. */
async function byStart(fragments: readonly Extent[], source: ByteSource): Promise<FrameFragments> {
  const starts = new Set<Extent>();
  for (const fragment of fragments) {
    const head = await source.read(fragment.at, Math.min(2, fragment.length));
    if (head[0] === 0xff && (head[1] === 0xd8 || head[1] === 0x4f)) starts.add(fragment);
  }
  return grouped(fragments, (fragment) => starts.size === 0 || starts.has(fragment));
}

function grouped(fragments: readonly Extent[], startsFrame: (fragment: Extent) => boolean): FrameFragments {
  const frames: Extent[][] = [];
  for (const fragment of fragments) {
    if (frames.length === 0 || startsFrame(fragment)) frames.push([fragment]);
    else frames.at(-1)?.push(fragment);
  }
  return frames;
}

export async function readFrame(fragments: readonly Extent[], source: ByteSource): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const { at, length } of fragments) parts.push(await source.read(at, length));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : concatBytes(...parts);
}
