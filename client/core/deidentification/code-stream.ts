import { concatBytes } from '../../../crypto/wire/bytes.js';

/**
 * A compressed frame without anything that is no picture: comments, application segments, and bytes behind its end. The picture's
 * own code is not touched. Null when there was nothing, or when the syntax is none that can be looked into.
 */
export function strippedFrame(frame: Uint8Array, transferSyntaxUid: string): Uint8Array | null {
  if (transferSyntaxUid === RLE) return strippedRle(frame);
  if (isBoxed(frame)) return strippedBoxes(frame);
  if (frame[0] !== 0xff) return null;
  if (frame[1] === 0xd8) return strippedJpeg(frame);
  return frame[1] === 0x4f ? strippedJpeg2000(frame) : null;
}

export const RLE = '1.2.840.10008.1.2.5';

const EOI = 0xd9;
const SOS = 0xda;
const COM = 0xfe;

/** ITU-T T.81 annex B: segments up to the end, entropy-coded data in between. */
function strippedJpeg(frame: Uint8Array): Uint8Array | null {
  const kept: Uint8Array[] = [frame.subarray(0, 2)];
  let at = 2;
  let removed = false;
  while (at + 3 < frame.length) {
    if (frame[at] !== 0xff) return null;
    const marker = frame[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      removed = true;
      continue;
    }
    if (marker === EOI) break;
    const length = ((frame[at + 2] ?? 0) << 8) | (frame[at + 3] ?? 0);
    const end = at + 2 + length;
    if (length < 2 || end > frame.length) return null;
    const segment = frame.subarray(at, end);
    if (marker === COM || (marker >= 0xe0 && marker <= 0xef && !isNeededSegment(marker, segment))) removed = true;
    else
      kept.push(
        isJfif(marker, segment) ? ((removed = removed || segment.length > 18), withoutThumbnail(segment)) : segment,
      );
    at = end;
    if (marker === SOS) {
      const next = endOfScan(frame, at);
      kept.push(frame.subarray(at, next));
      at = next;
    }
  }
  // Cut off before its end it is shown by most readers all the same, so it must not keep its comments either.
  if (frame[at] !== 0xff || frame[at + 1] !== EOI)
    return removed ? finished(kept, NO_MARK, frame, frame.length, removed) : null;
  return finished(kept, frame.subarray(at, at + 2), frame, at + 2, removed);
}

const NO_MARK = new Uint8Array(0);

/** The end mark, then a zero where the length is odd; what stood behind it is gone. */
function finished(
  kept: readonly Uint8Array[],
  mark: Uint8Array,
  frame: Uint8Array,
  end: number,
  removed: boolean,
): Uint8Array | null {
  const rest = frame.subarray(end);
  const isPadding = rest.length <= 1 && rest.every((byte) => byte === 0);
  if (!removed && isPadding) return null;
  const whole = concatBytes(...kept, mark);
  return whole.length % 2 === 0 ? whole : concatBytes(whole, Uint8Array.of(0));
}

/** Adobe's says how colours were transformed, HP's the same for JPEG-LS: without them the picture changes. */
function isNeededSegment(marker: number, segment: Uint8Array): boolean {
  if (isJfif(marker, segment)) return true;
  const name = String.fromCharCode(...segment.subarray(4, 9));
  if (marker === 0xee) return name === 'Adobe' && segment.length <= 16;
  return marker === 0xe8 && name.startsWith('mrfx') && segment.length <= 16;
}

function isJfif(marker: number, segment: Uint8Array): boolean {
  return marker === 0xe0 && segment.length >= 18 && String.fromCharCode(...segment.subarray(4, 8)) === 'JFIF';
}

function withoutThumbnail(segment: Uint8Array): Uint8Array {
  if (segment.length === 18 && segment[16] === 0 && segment[17] === 0) return segment;
  const short = new Uint8Array(segment.subarray(0, 18));
  short.set([0, 16], 2);
  short.set([0, 0], 16);
  return short;
}

/** Where the entropy-coded data ends: at the next marker that is neither stuffing nor a restart. */
function endOfScan(frame: Uint8Array, start: number): number {
  for (let at = frame.indexOf(0xff, start); at >= 0; at = frame.indexOf(0xff, at + 1)) {
    const next = frame[at + 1] ?? 0;
    // In JPEG-LS a 0 bit follows FF, so that anything below 80 is data.
    if (next >= 0x80 && !(next >= 0xd0 && next <= 0xd7) && next !== 0xff) return at;
  }
  return frame.length;
}

const J2K_COM = 0x64;
const J2K_SOT = 0x90;
const J2K_EOC = 0xd9;

/** ISO/IEC 15444-1 annex A: the main header's comments, then tile-parts that say their length, then the end. */
function strippedJpeg2000(frame: Uint8Array): Uint8Array | null {
  const kept: Uint8Array[] = [frame.subarray(0, 2)];
  let at = 2;
  let removed = false;
  while (at + 3 < frame.length && frame[at] === 0xff && frame[at + 1] !== J2K_SOT) {
    const end = at + 2 + (((frame[at + 2] ?? 0) << 8) | (frame[at + 3] ?? 0));
    if (end <= at + 3 || end > frame.length) return null;
    if (frame[at + 1] === J2K_COM) removed = true;
    else kept.push(frame.subarray(at, end));
    at = end;
  }
  const tiles = at;
  const comments: Uint8Array[] = [];
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  while (at + 11 < frame.length && frame[at] === 0xff && frame[at + 1] === J2K_SOT) {
    const length = view.getUint32(at + 6);
    comments.push(...tileComments(frame, at + 12));
    // Zero: the last tile-part reaches to the end of the code stream.
    if (length === 0) at = lastMark(frame, at);
    else at += length;
    if (length !== 0 && length < 14) return null;
  }
  if (frame[at] !== 0xff || frame[at + 1] !== J2K_EOC) return null;
  const written = comments.filter((comment) => comment.some((byte) => byte !== 0));
  kept.push(written.length === 0 ? frame.subarray(tiles, at) : blanked(frame, tiles, at, written));
  removed ||= written.length > 0;
  return finished(kept, frame.subarray(at, at + 2), frame, at + 2, removed);
}

const J2K_SOD = 0x93;

/** Words of comments in a tile-part's header. They are blanked in place, because lengths of tile-parts stand in several places. */
function tileComments(frame: Uint8Array, start: number): Uint8Array[] {
  const comments: Uint8Array[] = [];
  for (let at = start; at + 3 < frame.length && frame[at] === 0xff && frame[at + 1] !== J2K_SOD;) {
    const end = at + 2 + (((frame[at + 2] ?? 0) << 8) | (frame[at + 3] ?? 0));
    if (end <= at + 3 || end > frame.length) break;
    // §A.9.2: length, then whether it is text, then the text.
    if (frame[at + 1] === J2K_COM) comments.push(frame.subarray(at + 6, end));
    at = end;
  }
  return comments;
}

function blanked(frame: Uint8Array, from: number, to: number, comments: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(frame.subarray(from, to));
  for (const { byteOffset, length } of comments) {
    const at = byteOffset - frame.byteOffset - from;
    out.fill(0, at, at + length);
  }
  return out;
}

/** JP2 and JPEG XL put their code streams in boxes, with others beside that hold words. */
const PICTURE_BOXES = new Set(['jP  ', 'JXL ', 'ftyp', 'jp2h', 'jp2c', 'jxlc', 'jxlp', 'jxll']);

function isBoxed(frame: Uint8Array): boolean {
  const name = String.fromCharCode(...frame.subarray(4, 8));
  return frame.length > 12 && (name === 'jP  ' || name === 'JXL ');
}

/** ISO/IEC 15444-1 annex I, ISO/IEC 18181-2: length, name, content; a length of 0 reaches to the end. */
function strippedBoxes(frame: Uint8Array): Uint8Array | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const kept: Uint8Array[] = [];
  let at = 0;
  let removed = false;
  while (at + 8 <= frame.length) {
    const short = view.getUint32(at);
    if (short === 1 && at + 16 > frame.length) break;
    const length = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? frame.length - at : short;
    if (length < 8 || at + length > frame.length) break;
    const name = String.fromCharCode(...frame.subarray(at + 4, at + 8));
    if (PICTURE_BOXES.has(name)) kept.push(frame.subarray(at, at + length));
    else removed = true;
    at += length;
  }
  return finished(kept, NO_MARK, frame, at, removed);
}

function lastMark(frame: Uint8Array, start: number): number {
  for (let at = frame.length - 2; at > start; at--) if (frame[at] === 0xff && frame[at + 1] === J2K_EOC) return at;
  return frame.length;
}

/** PS3.5 annex G: a header of 16 numbers, of which the unused are zero; the last segment ends where its rows do. */
function strippedRle(frame: Uint8Array): Uint8Array | null {
  if (frame.length < 64) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const segments = view.getUint32(0, true);
  if (segments < 1 || segments > 15) return null;
  const header = new Uint8Array(frame.subarray(0, 64));
  header.fill(0, 4 + 4 * segments);
  const sameHeader = header.every((byte, index) => byte === frame[index]);
  return sameHeader ? null : concatBytes(header, frame.subarray(64));
}

/** What is left behind the last segment of an RLE frame once `pixels` bytes of each segment are decoded: cut, to an even length. */
export function cutRle(frame: Uint8Array, pixels: number): Uint8Array | null {
  if (frame.length < 64) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const segments = view.getUint32(0, true);
  if (segments < 1 || segments > 15) return null;
  let at = view.getUint32(4 * segments, true);
  for (let count = 0; count < pixels && at < frame.length;) {
    const code = frame[at++] ?? 0;
    if (code === 128) continue;
    count += code < 128 ? code + 1 : 257 - code;
    at += code < 128 ? code + 1 : 1;
  }
  const end = at + (at % 2);
  return end < frame.length ? frame.subarray(0, end) : null;
}
