import { concatBytes } from '../../../crypto/wire/bytes.js';
import { UNDEFINED_LENGTH } from '../dicom/element.js';
import type { ByteSource } from '../ports.js';
import { cutRle, RLE, strippedFrame } from './code-stream.js';
import type { ElementNode, Extent } from './element-tree.js';
import { type Encapsulated, encapsulatedFrames, MAX_FRAME_BYTES, readFrame } from './frames.js';
import { GONE, type Outcome } from './job.js';
import { type NativeLayout, nativeEdit, nativeLayout, wordCleaner } from './native-pixels.js';
import type { FrameReader, PixelCleaner, PixelImage, PixelMask } from './pixel-port.js';
import { PieceList } from './pieces.js';
import { Refused, refuseInstance } from './refused.js';
import { cleanRleWords } from './rle-bits.js';
import { element, elementHeader, itemHeader, sequenceEnd } from './write-elements.js';

/** Replaced frames up to this are remembered; beyond it they are made again when they are read. */
const MAX_REMEMBERED = 64 * 1024 * 1024;

const EXTENDED_OFFSETS = 0x7fe00001;
const EXTENDED_LENGTHS = 0x7fe00002;

export interface PixelWork {
  readonly node: ElementNode;
  readonly image: PixelImage;
  readonly source: ByteSource;
  readonly masks: readonly PixelMask[];
  readonly cleaner: PixelCleaner | null;
  /** Values that may stand in bits the pixels do not use. */
  readonly padding: readonly number[];
  /** Whether rows and columns are given, be they zero. */
  readonly saysSize: boolean;
}

export interface PixelResult {
  readonly replacements: ReadonlyMap<number, Outcome>;
  readonly coding: 'same' | 'lossless' | 'lossy';
  readonly maskedFrames: number;
}

const UNCHANGED: PixelResult = { replacements: new Map(), coding: 'same', maskedFrames: 0 };

/** The pixel data element as it goes out: masked, without surplus bytes, without comments in its code streams. */
export async function treatPixelData(work: PixelWork): Promise<PixelResult> {
  if (work.node.content.kind !== 'fragments')
    return (await holdsFragments(work)) ? refusedOrSame(work) : treatNative(work);
  const encapsulated = await encapsulatedFrames(work.node, work.image.numberOfFrames, work.source);
  return encapsulated === null ? UNCHANGED : treatEncapsulated(work, encapsulated);
}

/** Fragments in an element with a length: against the standard, but what is in there are no native pixels. */
async function holdsFragments({ node, source }: PixelWork): Promise<boolean> {
  const start = await source.read(node.valueAt, Math.min(8, node.length));
  return start.length === 8 && start[0] === 0xfe && start[1] === 0xff && start[2] === 0x00 && start[3] === 0xe0;
}

function refusedOrSame({ masks }: PixelWork): PixelResult {
  return masks.length > 0 ? refuseInstance('pixels-not-maskable') : UNCHANGED;
}

export async function frameReader(
  node: ElementNode,
  image: PixelImage,
  source: ByteSource,
): Promise<FrameReader | null> {
  const encapsulated = await encapsulatedFrames(node, image.numberOfFrames, source);
  if (encapsulated !== null) {
    const { frames } = encapsulated;
    return { count: frames.length, kind: 'encapsulated', read: (frame) => readFrame(frames[frame] ?? [], source) };
  }
  const layout = nativeLayout(image);
  if (layout === null || layout.frameBits % 8 !== 0) return null;
  const bytes = layout.frameBits / 8;
  const count = Math.min(layout.frames, Math.floor(node.length / bytes));
  return { count, kind: 'native', read: (frame) => source.read(node.valueAt + frame * bytes, bytes) };
}

const BITS: Readonly<Record<number, number>> = { 0x7fe00008: 32, 0x7fe00009: 64 };

function treatNative({ node, image, masks, padding, saysSize }: PixelWork): PixelResult {
  const layout = nativeLayout(image, BITS[node.tag]);
  if (layout === null && masks.length > 0) refuseInstance('pixels-not-maskable');
  if (layout === null) return image.rows === 0 || image.columns === 0 ? withoutPixels({ node, saysSize }) : UNCHANGED;
  const edit = nativeEdit(image, layout, masks, padding);
  const length = Math.min(node.length, layout.length);
  if (edit === null && length === node.length) return UNCHANGED;
  const list = new PieceList();
  list.bytes(elementHeader(node.tag, node.vr, length, node.encoding));
  if (edit === null) list.input(node.valueAt, length);
  else list.add({ kind: 'pixels', at: node.valueAt, length, offset: 0, edit });
  const outcome: Outcome = { kind: 'pieces', list };
  const coding = masks.length > 0 ? 'lossless' : 'same';
  return { replacements: new Map([[node.tag, outcome]]), coding, maskedFrames: maskedFrames(masks, layout) };
}

/**
 * A picture of no rows or columns has no pixels: these bytes are something else, which nobody can look at. Where it says that it has none they turn to zeros,
 * which readers complain of as much as before, and where it says nothing they go.
 */
function withoutPixels({ node, saysSize }: Pick<PixelWork, 'node' | 'saysSize'>): PixelResult {
  if (node.length === 0) return UNCHANGED;
  const length = saysSize ? node.length : 0;
  const list = new PieceList();
  list.bytes(elementHeader(node.tag, node.vr, length, node.encoding));
  const edit = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.length);
  list.add({ kind: 'pixels', at: node.valueAt, length, offset: 0, edit });
  return { ...UNCHANGED, replacements: new Map([[node.tag, { kind: 'pieces', list }]]) };
}

function maskedFrames(masks: readonly PixelMask[], { frames }: Pick<NativeLayout, 'frames'>): number {
  if (masks.some(({ frame }) => frame === null)) return frames;
  return new Set(masks.map(({ frame }) => frame)).size;
}

/** What becomes of one frame; null bytes: it stays. */
interface Recoded {
  readonly bytes: Uint8Array | null;
  readonly coding: 'same' | 'lossless' | 'lossy';
}

async function treatEncapsulated(work: PixelWork, encapsulated: Encapsulated): Promise<PixelResult> {
  const { offsetTable, frames } = encapsulated;
  const { masks, image, cleaner } = work;
  if (masks.length > 0 && (cleaner === null || !cleaner.canMask(image))) refuseInstance('pixels-not-maskable');
  const out: FrameOut[] = [];
  let remembered = 0;
  let coding: PixelResult['coding'] = 'same';
  let changed = encapsulated.surplus > 0;
  for (const [index, fragments] of frames.entries()) {
    const recoded = await recodeFrame(work, index, fragments);
    if (recoded.coding !== 'same' && coding !== 'lossy') coding = recoded.coding;
    if (recoded.bytes === null) out.push({ kind: 'same', fragments });
    else {
      changed = true;
      const { length } = recoded.bytes;
      remembered += length;
      const bytes = remembered <= MAX_REMEMBERED ? recoded.bytes : null;
      out.push({
        kind: 'new',
        length,
        bytes,
        make: async () => (await recodeFrame(work, index, fragments)).bytes ?? NOTHING,
      });
    }
  }
  if (!changed) return UNCHANGED;
  const masked = frames.filter((_, index) => regionsOf(masks, index).length > 0).length;
  return { replacements: encapsulate(work, offsetTable, out), coding, maskedFrames: masked };
}

const NOTHING = new Uint8Array(0);

function regionsOf(masks: readonly PixelMask[], frame: number): PixelMask[] {
  return masks.filter((mask) => mask.frame === null || mask.frame === frame);
}

async function recodeFrame(work: PixelWork, index: number, fragments: readonly Extent[]): Promise<Recoded> {
  const { image, masks, cleaner, source } = work;
  const regions = regionsOf(masks, index);
  const size = fragments.reduce((sum, { length }) => sum + length, 0);
  if (size > MAX_FRAME_BYTES) refuseInstance('pixels-not-maskable');
  const frame = await readFrame(fragments, source);
  const stripped = withoutExtras(frame, work);
  if (regions.length === 0 || cleaner === null) return { bytes: stripped, coding: 'same' };
  try {
    const masked = await cleaner.maskFrame(image, stripped ?? frame, regions);
    const { bytes } = masked;
    const even = bytes.length % 2 === 0 ? bytes : concatBytes(bytes, Uint8Array.of(0));
    return { bytes: even, coding: masked.coding };
  } catch (cause) {
    throw new Refused('pixels-not-maskable', { cause });
  }
}

function withoutExtras(frame: Uint8Array, { image, padding }: PixelWork): Uint8Array | null {
  const stripped = strippedFrame(frame, image.transferSyntaxUid);
  if (image.transferSyntaxUid !== RLE || image.bitsAllocated % 8 !== 0) return stripped;
  const { columns, samplesPerPixel } = image;
  const pixels = image.rows * columns;
  const cut = cutRle(stripped ?? frame, pixels) ?? stripped;
  const clean = wordCleaner({ ...image, littleEndian: true }, padding);
  if (clean === null || pixels === 0 || pixels > MAX_FRAME_BYTES) return cut;
  return cleanRleWords(cut ?? frame, { pixels, columns, samplesPerPixel }, clean) ?? cut;
}

type FrameOut =
  | { readonly kind: 'same'; readonly fragments: readonly Extent[] }
  | {
      readonly kind: 'new';
      readonly length: number;
      readonly bytes: Uint8Array | null;
      readonly make: () => Promise<Uint8Array>;
    };

/** The element anew, with tables of offsets where there were some. */
function encapsulate({ node }: PixelWork, offsetTable: Extent, frames: readonly FrameOut[]): Map<number, Outcome> {
  const { encoding } = node;
  const body = new PieceList();
  const offsets: number[] = [];
  const lengths: number[] = [];
  for (const frame of frames) {
    offsets.push(body.length);
    if (frame.kind === 'same') {
      for (const { at, length } of frame.fragments) body.input(at - 8, length + 8);
      lengths.push(frame.fragments.reduce((sum, { length }) => sum + length, 0));
    } else {
      body.bytes(itemHeader(frame.length, encoding));
      if (frame.bytes !== null) body.bytes(frame.bytes);
      else body.add({ kind: 'made', length: frame.length, make: frame.make });
      lengths.push(frame.length);
    }
  }
  const list = new PieceList();
  list.bytes(elementHeader(node.tag, node.vr, UNDEFINED_LENGTH, encoding));
  const table = offsetTable.length === 0 || (offsets.at(-1) ?? 0) > 0xffffffff ? NOTHING : uint32s(offsets);
  list.bytes(itemHeader(table.length, encoding));
  list.bytes(table);
  list.addAll(body);
  list.bytes(sequenceEnd(encoding));
  return new Map<number, Outcome>([
    [node.tag, { kind: 'pieces', list }],
    [EXTENDED_OFFSETS, extended(EXTENDED_OFFSETS, offsets, node)],
    [EXTENDED_LENGTHS, extended(EXTENDED_LENGTHS, lengths, node)],
  ]);
}

/** Only put in where they were: the root asks for a replacement of what it finds. */
function extended(tag: number, values: readonly number[], { encoding }: ElementNode): Outcome {
  if (values.length === 0) return GONE;
  const view = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((value, index) => view.setBigUint64(index * 8, BigInt(value), true));
  const list = new PieceList();
  list.bytes(element(tag, 'OV', new Uint8Array(view.buffer), encoding));
  return { kind: 'pieces', list };
}

function uint32s(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => view.setUint32(index * 4, value, true));
  return new Uint8Array(view.buffer);
}
