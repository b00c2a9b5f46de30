import { refusePixels } from './raster/refusal.js';

/** Where a fragment's bytes lie in the file. */
export interface Fragment {
  readonly offset: number;
  readonly length: number;
}

/** What the encapsulated pixel data element says about its frames. */
export interface FragmentIndex {
  readonly fragments: readonly Fragment[];
  /** Entries of the Basic Offset Table (PS3.5 §A.4): from the first fragment's item tag. Empty when it is. */
  readonly basicOffsets: readonly number[];
  /** Entries of the Extended Offset Table (7FE0,0001), or empty. */
  readonly extendedOffsets: readonly number[];
}

const ITEM_HEADER = 8;

/**
 * Which fragments make which frame: by the tables where there are any, one each where their numbers agree, all of them for a single
 * frame, else by the code streams' beginnings.
 * @param startsFrame whether a fragment begins like a code stream; only asked where nothing else decides
 * @throws PixelRefused `fragments`
 */
export async function frameFragments(
  index: FragmentIndex,
  frameCount: number,
  startsFrame: (fragment: Fragment) => Promise<boolean>,
): Promise<readonly (readonly Fragment[])[]> {
  const { fragments } = index;
  if (fragments.length < frameCount) refusePixels('fragments');
  if (frameCount === 1) return [fragments];
  const offsets = [index.extendedOffsets, index.basicOffsets].find((table) => table.length === frameCount);
  const byTable = offsets === undefined ? null : cutByOffsets(fragments, offsets);
  if (byTable !== null) return byTable;
  if (fragments.length === frameCount) return fragments.map((fragment) => [fragment]);
  return cutByStarts(fragments, frameCount, startsFrame);
}

/** Null when an offset points at no fragment: tables lie, for instance after 4 GiB. */
function cutByOffsets(
  fragments: readonly Fragment[],
  offsets: readonly number[],
): readonly (readonly Fragment[])[] | null {
  const base = (fragments[0]?.offset ?? 0) - ITEM_HEADER;
  const byOffset = new Map(fragments.map(({ offset }, i) => [offset - ITEM_HEADER - base, i]));
  const starts = offsets.map((offset) => byOffset.get(offset));
  if (starts[0] !== 0) return null;
  const frames: (readonly Fragment[])[] = [];
  for (let i = 0; i < starts.length; i++) {
    const [start, end] = [starts[i], i + 1 < starts.length ? starts[i + 1] : fragments.length];
    if (start === undefined || end === undefined || end <= start) return null;
    frames.push(fragments.slice(start, end));
  }
  return frames;
}

async function cutByStarts(
  fragments: readonly Fragment[],
  frameCount: number,
  startsFrame: (fragment: Fragment) => Promise<boolean>,
): Promise<readonly (readonly Fragment[])[]> {
  const frames: Fragment[][] = [];
  for (const fragment of fragments) {
    if (frames.length === 0 || (await startsFrame(fragment))) frames.push([fragment]);
    else frames.at(-1)?.push(fragment);
    if (frames.length > frameCount) refusePixels('fragments');
  }
  return frames.length === frameCount ? frames : refusePixels('fragments');
}

/** Whether bytes begin like a JPEG, JPEG-LS (FFD8) or JPEG 2000 (FF4F, or a JP2 box) code stream. */
export function isCodeStreamStart(bytes: Uint8Array): boolean {
  if (bytes[0] === 0xff && (bytes[1] === 0xd8 || bytes[1] === 0x4f)) return true;
  return bytes[3] === 0x0c && bytes[4] === 0x6a && bytes[5] === 0x50;
}
